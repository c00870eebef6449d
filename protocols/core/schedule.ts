/**
 * What may happen to a cluster from outside, step by step, as data: drawn from a seed, written by hand, or left over
 * when a failing run has been cut down. Times are ticks of the simulated world. Machines are numbered from 0 in the
 * order of the roster, clients from 0; on the network, clients come after the machines.
 */
import * as v from 'valibot';
import { commandSchema, readModes } from './client.ts';
import { behaviourSchema } from './behaviour.ts';
import { limits } from './limits.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(limits.integerMax));
const signed = v.pipe(v.number(), v.safeInteger());
const machine = v.pipe(count, v.maxValue(2 * limits.votersMax));
const machines = v.pipe(v.array(machine), v.maxLength(2 * limits.votersMax));
const at = count;

/**
 * - `request`: client `client` asks for `command`
 * - `query`: the client reads `key` outside the log, by `index` if nothing else is said
 * - `vanish`: the client is gone for good, and a new one takes its place (F21)
 * - `transfer`, `membership`: the person at a machine hands over its office, or changes who votes (F19)
 * - `crash`: memory is gone; a write under way is lost, torn, or was just in time (F11, F15)
 * - `restart`: with what the disk holds (F11)
 * - `lose`: the disk is gone or damaged. Its identity must not come back with less than it promised: it stays away (F16, F17)
 * - `pause`, `wake`: the machine stands still (F12)
 * - `slow`: everything takes `ticks` longer there; 0 ends it (F13)
 * - `jump`: the machine's clock leaps forward (F14)
 * - `drift`: its clock runs faster by so many millionths, or slower (F14)
 * - `turn`: the machine begins to lie, besides what it lies about already; `null`: it lies no more
 * - `cut`: nothing passes from any of `from` to any of `to`, nor back if `bothWays` (F7, F8, F25)
 * - `mend`: the opposite
 * - `clog`: what travels from one to the other waits for `ticks` (F5, F10)
 * - `filter`: messages of one name are dropped on the way from one to the other; `null` stands for all (F9)
 * - `unfilter`: no filters any more
 * - `calm`: from here on the network loses, repeats and delays nothing unusual
 * - `heal`: all is well for the `core`, for ever: it must come to rest (I17, F26)
 */
export const stepSchema = v.variant('type', [
  v.strictObject({ type: v.literal('request'), at, client: count, command: commandSchema }),
  v.strictObject({
    type: v.literal('query'),
    at,
    client: count,
    key: v.string(),
    read: v.optional(v.picklist(readModes)),
  }),
  v.strictObject({ type: v.literal('vanish'), at, client: count }),
  v.strictObject({ type: v.literal('transfer'), at, machine, to: machine }),
  v.strictObject({
    type: v.literal('membership'),
    at,
    machine,
    voters: machines,
    learners: machines,
  }),
  v.strictObject({
    type: v.literal('crash'),
    at,
    machine,
    write: v.picklist(['lost', 'torn', 'kept']),
  }),
  v.strictObject({ type: v.literal('restart'), at, machine }),
  v.strictObject({ type: v.literal('lose'), at, machine }),
  v.strictObject({ type: v.literal('pause'), at, machine }),
  v.strictObject({ type: v.literal('wake'), at, machine }),
  v.strictObject({ type: v.literal('slow'), at, machine, ticks: count }),
  v.strictObject({ type: v.literal('jump'), at, machine, ticks: count }),
  v.strictObject({ type: v.literal('drift'), at, machine, millionths: signed }),
  v.strictObject({
    type: v.literal('turn'),
    at,
    machine,
    behaviour: v.nullable(behaviourSchema),
  }),
  v.strictObject({
    type: v.literal('cut'),
    at,
    from: machines,
    to: machines,
    bothWays: v.boolean(),
  }),
  v.strictObject({ type: v.literal('mend'), at, from: machines, to: machines }),
  v.strictObject({ type: v.literal('clog'), at, from: machine, to: machine, ticks: count }),
  v.strictObject({
    type: v.literal('filter'),
    at,
    from: v.nullable(machine),
    to: v.nullable(machine),
    message: v.string(),
  }),
  v.strictObject({ type: v.literal('unfilter'), at }),
  v.strictObject({ type: v.literal('calm'), at }),
  v.strictObject({ type: v.literal('heal'), at, core: machines }),
]);
export type Step = v.InferOutput<typeof stepSchema>;

const perMille = v.pipe(count, v.maxValue(1_000));

/** The world a schedule runs in. What it leaves to chance is drawn from the seed. */
export const worldSchema = v.strictObject({
  seed: count,
  nodes: v.pipe(count, v.minValue(1), v.maxValue(limits.votersMax)),
  /** Of the `nodes`, the last so many stand outside of the first configuration: they may be taken into it later. */
  newcomers: v.optional(count, 0),
  clients: v.pipe(count, v.minValue(1), v.maxValue(limits.votersMax)),
  network: v.strictObject({
    /** Every packet takes `delayMin` and an exponential of mean `delayMean` (F1). */
    delayMin: count,
    delayMean: count,
    /** Of 1,000 packets, how many are lost (F2), and how many come twice (F3). */
    lossPerMille: perMille,
    repeatPerMille: perMille,
    /** Packets on the way from one to another; what comes on top is lost (F6). 0: no bound. */
    pathCapacity: count,
  }),
  disk: v.strictObject({
    /** A durable write takes `delayMin` and an exponential of mean `delayMean`. */
    delayMin: count,
    delayMean: count,
    /** The disk says "written" so many ticks too early: it breaks what every protocol assumes. 0: it does not lie. */
    lieTicks: count,
  }),
  snapshots: v.strictObject({
    /** A replica takes one after so many entries. 0: when the protocol thinks it worth it, which few runs last long enough for. */
    every: count,
    /** So many entries before it stay in the log. */
    kept: count,
  }),
  /** Of 1,000 sendings of a client, how many also go to a second replica (F21). */
  clientRepeatPerMille: perMille,
  /** The names of the protocol's switches that are on. */
  switches: v.optional(v.array(v.string()), []),
});
export type World = v.InferOutput<typeof worldSchema>;

/** Three machines, one client, and nothing left to chance but the election timers. */
export const quietWorld: World = {
  seed: 1,
  nodes: 3,
  newcomers: 0,
  clients: 1,
  network: { delayMin: 2, delayMean: 0, lossPerMille: 0, repeatPerMille: 0, pathCapacity: 0 },
  disk: { delayMin: 1, delayMean: 0, lieTicks: 0 },
  snapshots: { every: 0, kept: 0 },
  clientRepeatPerMille: 0,
  switches: [],
};

/** A run that anyone can repeat: the world, and all that happens in it by somebody's will. */
export const scriptSchema = v.strictObject({
  /** What it shows, in a sentence. */
  title: v.string(),
  protocol: v.string(),
  /** The planted bug it was found with; `null` for the honest protocol. */
  bug: v.nullable(v.string()),
  world: worldSchema,
  steps: v.array(stepSchema),
  /** The run ends here, or when a `heal` was kept. */
  until: count,
});
export type Script = v.InferOutput<typeof scriptSchema>;
