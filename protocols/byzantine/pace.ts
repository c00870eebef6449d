/** Lies about time: late, again, or too often (G3, G4, G15). No evidence: order and pace are not signed. */
import type { BehaviourKind } from '../core/behaviour.ts';
import type { Effect } from '../core/replica.ts';
import { editSends, send, victimsOf } from './edits.ts';
import { isSend } from './liar.ts';

const slowTimer = 'byzantine slow';
/** Old messages that a replay keeps, and how many steps pass between two replays. */
const rememberedMax = 64;
const stepsPerReplay = 4;
/** How often a flood says everything. */
const copies = 8;

export const pace: readonly BehaviourKind<unknown, unknown, unknown>[] = [
  {
    id: 'G3',
    title: 'Slow: just under the timeout',
    forecast: () =>
      'Nothing false comes of it; while it leads, everybody waits for it nearly as long as they are willing to.',
    convictedBy: [],
    begin: (behaviour, liar) => {
      const victims = victimsOf(behaviour, liar);
      const ticks = Math.max(1, Math.floor((liar.timing.electionTicksMin * 2) / 3));
      let held: Effect<unknown, unknown>[] = [];
      return (event, step) => {
        if (event.type === 'timeout' && event.timer === slowTimer) {
          const due = held;
          held = [];
          return due;
        }
        const before = held.length;
        // A machine that slept has lost the timer: what is held leaves at once.
        const due = event.type === 'wake' ? held.splice(0) : [];
        const effects = editSends<unknown, unknown>(victims, (message, to) => {
          held.push(...send<unknown, unknown>(to, message));
          return [];
        })(event, step);
        const arm: Effect<unknown, unknown>[] =
          before === 0 && held.length > 0
            ? [{ type: 'setTimer', timer: slowTimer, ticksMin: ticks, ticksMax: ticks }]
            : [];
        return [...due, ...effects, ...arm];
      };
    },
  },
  {
    id: 'G4',
    title: 'Replay old messages',
    forecast: () => 'Nothing: whoever hears a thing twice has heard it once.',
    convictedBy: [],
    begin: (behaviour, liar) => {
      const victims = victimsOf(behaviour, liar);
      const remembered: Effect<unknown, unknown>[] = [];
      let steps = 0;
      return (event, step) => {
        const effects = step(event);
        steps++;
        const replayed = remembered[(steps * 7) % rememberedMax];
        for (const effect of effects) {
          if (!isSend(effect)) continue;
          const to = effect.to.filter((id) => victims.includes(id));
          remembered[steps % rememberedMax] = { ...effect, to };
        }
        return steps % stepsPerReplay === 0 && replayed ? [...effects, replayed] : effects;
      };
    },
  },
  {
    id: 'G15',
    title: 'Flood',
    forecast: () =>
      `Everything it says comes ${copies} times: quotas and sets of identities make it one.`,
    convictedBy: [],
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) =>
        Array.from({ length: copies }, () => send(to, message)).flat(),
      ),
  },
];
