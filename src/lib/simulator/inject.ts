/** One step of a schedule, done to a running cluster. */
import type { Operation } from '#protocols/core/replica.ts';
import type { Step } from '#protocols/core/schedule.ts';
import { replicaNumbered, type Simulation } from './simulation.ts';

/** Delays of a network that has nothing against anyone. */
const calmNetwork = {
  delayMin: 1,
  delayMean: 4,
  lossPerMille: 0,
  repeatPerMille: 0,
  pathCapacity: 0,
};

/** A step that names a machine or a client that is not there does nothing. */
export function inject(simulation: Simulation, step: Step): void {
  const { network, clients, counts } = simulation;
  switch (step.type) {
    case 'request':
      return clients.ask(step.client, step.command);
    case 'query':
      return clients.query(step.client, step.key, step.read ?? 'index');
    case 'vanish':
      return clients.vanish(step.client);
    case 'transfer':
      return operate(simulation, step.machine, {
        type: 'transferLeadership',
        to: replicaNumbered(step.to),
      });
    case 'membership':
      return operate(simulation, step.machine, {
        type: 'changeMembership',
        voters: step.voters.map(replicaNumbered),
        learners: step.learners.map(replicaNumbered),
      });
    case 'turn':
      return turn(simulation, step);
    case 'cut':
      if (step.bothWays) counts.F7++;
      else counts.F8++;
      network.cut(step.from, step.to);
      if (step.bothWays) network.cut(step.to, step.from);
      return;
    case 'mend':
      network.mend(step.from, step.to);
      network.mend(step.to, step.from);
      return;
    case 'clog':
      counts.F5++;
      return network.clog(step.from, step.to, step.ticks);
    case 'filter':
      return network.filter(step);
    case 'unfilter':
      return network.unfilter();
    case 'calm':
      network.options = calmNetwork;
      return;
    case 'heal':
      return heal(simulation, step.core);
    default:
      return onMachine(simulation, step);
  }
}

type OnMachine = Extract<
  Step,
  { type: 'crash' | 'restart' | 'lose' | 'pause' | 'wake' | 'slow' | 'jump' | 'drift' }
>;

function onMachine({ machines, watch, counts }: Simulation, step: OnMachine): void {
  const machine = machines[step.machine];
  if (!machine) return;
  switch (step.type) {
    case 'crash':
      if (!machine.isUp) return;
      counts.F11++;
      machine.crash(step.write);
      return watch.crashed(machine.self);
    case 'restart':
      return machine.start();
    case 'lose':
      counts.F17++;
      machine.crash('lost');
      machine.lost = true;
      return watch.crashed(machine.self);
    case 'pause':
      if (machine.isUp) counts.F12++;
      return machine.pause();
    case 'wake':
      return machine.wake();
    case 'slow':
      if (step.ticks > 0) counts.F13++;
      return machine.slow(step.ticks);
    case 'jump':
      counts.F14++;
      return machine.jump(step.ticks);
    case 'drift':
      if (step.millionths !== 0) counts.F14++;
      return machine.drift(step.millionths);
  }
}

function operate({ machines, counts }: Simulation, machine: number, operation: Operation): void {
  const self = replicaNumbered(machine);
  if (machines[machine]?.receive(self, { type: 'operation', operation })) counts.F19++;
}

function turn(
  { machines, watch, counts, liars }: Simulation,
  { machine, behaviour }: Extract<Step, { type: 'turn' }>,
): void {
  const self = machines[machine]?.self;
  if (self === undefined) return;
  if (behaviour) counts.turned++;
  watch.distrust(self);
  liars.turn(self, behaviour);
}

/** The core's machines, their links and all clients work from here on. Whoever is not of the core stays as it is. */
function heal({ machines, network, clients }: Simulation, core: readonly number[]): void {
  const all = [...core, ...clients.endpoints(machines.length)];
  network.options = calmNetwork;
  network.unfilter();
  network.mend(all, all);
  network.unclog(all, all);
  for (const i of core) {
    const machine = machines[i];
    if (!machine) continue;
    machine.slow(0);
    machine.drift(0);
    machine.start();
    machine.wake();
  }
}
