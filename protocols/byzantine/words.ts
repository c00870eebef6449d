/** Lies in the words themselves: changed a little, absurd, malformed, or in another's name (G5, G6, G14, G16, and the mutator). */
import type { BehaviourKind } from '../core/behaviour.ts';
import { editSends, send, sendGarbage, victimsOf } from './edits.ts';
import type { Tongue } from './tongue.ts';

type Kind = BehaviourKind<unknown, unknown, unknown>;

/** Messages of others that a mutation may borrow from. */
const heardMax = 64;
/** Deeper than any honest message. */
const depth = 500;

export function words(tongue: Tongue<unknown>): readonly Kind[] {
  return [
    impersonate(tongue),
    malformed(),
    corruptState(tongue),
    giantNumber(tongue),
    mutate(tongue),
  ];
}

function impersonate(tongue: Tongue<unknown>): Kind {
  return {
    id: 'G5',
    title: 'Speak in the name of others',
    forecast: () => 'Nothing: the signature cannot be right, and everybody who hears it says so.',
    convictedBy: [],
    begin: (behaviour, liar) => {
      const victims = victimsOf(behaviour, liar);
      return editSends(victims, (message, to) => {
        const other = liar.voters.find((id) => id !== liar.self && !to.includes(id));
        const named = other ?? liar.voters.find((id) => id !== liar.self);
        const forged = named === undefined ? null : tongue.forge(message, named);
        return [...send(to, message), ...(forged === null ? [] : send(to, forged))];
      });
    },
  };
}

function malformed(): Kind {
  return {
    id: 'G6',
    title: 'Malformed: no number, 2^53, too deep',
    forecast: () => 'Dropped at the door of whoever hears it, and counted there.',
    convictedBy: [],
    begin: (behaviour, liar) => {
      let turn = 0;
      return editSends(victimsOf(behaviour, liar), (message, to) => {
        const fields = Object.entries(message as Record<string, unknown>);
        const bad = [NaN, 2 ** 53, -1, 'x'.repeat(100_000), nested(depth)][turn++ % 5];
        const broken = fields.map(([name, value]) => [
          name,
          typeof value === 'number' || typeof value === 'object' ? bad : value,
        ]);
        return sendGarbage(to, Object.fromEntries(broken));
      });
    },
  };
}

function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

function corruptState(tongue: Tongue<unknown>): Kind {
  return {
    id: 'G14',
    title: 'Corrupt what it hands to those who are behind',
    forecast: ({ f }) =>
      f === 0
        ? 'Whoever is behind takes over what it says: one such replica is enough.'
        : 'The digest does not match what a quorum signed: another is asked.',
    convictedBy: [],
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) =>
        send(to, tongue.corrupt(message) ?? message),
      ),
  };
}

function giantNumber(tongue: Tongue<unknown>): Kind {
  return {
    id: 'G16',
    title: 'A term or view beyond all counting',
    forecast: ({ f }) =>
      f === 0
        ? 'Whoever follows it there can never count on, and stops.'
        : 'Nobody moves for one voice: it takes f + 1.',
    convictedBy: ['E1', 'E2', 'E9', 'E10', 'E11', 'E13'],
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) => [
        ...send(to, message),
        ...send(to, tongue.giant(message, liar.self)),
      ]),
  };
}

function mutate(tongue: Tongue<unknown>): Kind {
  return {
    id: 'MU1',
    title: 'Small changes: the view one off, the value of another, an old word, a few receivers',
    forecast: ({ f, liars }) =>
      liars <= f && f > 0
        ? 'What does not fit is refused; what fits is one vote of many.'
        : 'Beyond what the protocol tolerates: anything may come of it.',
    convictedBy: ['E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'E8', 'E9', 'E10', 'E11', 'E13'],
    begin: (behaviour, liar) => {
      const victims = victimsOf(behaviour, liar);
      const heard: unknown[] = [];
      let turn = 0;
      const edit = editSends<unknown, unknown>(victims, (message, to) => {
        turn++;
        const changed = tongue.mutations(message, heard, liar.self);
        // Every third message stays as it is; of the others, each change has its turn.
        const mutation = changed[Math.floor(turn / 3) % Math.max(1, changed.length)];
        if (mutation === undefined || turn % 3 === 0) return send(to, message);
        const some = to.filter((_, i) => (i + turn) % 2 === 0);
        const others = to.filter((_, i) => (i + turn) % 2 === 1);
        return [...send(some, mutation), ...send(others, message)];
      });
      return (event, step) => {
        if (event.type === 'receive' && event.from !== liar.self) {
          heard[turn % heardMax] = event.message;
        }
        return edit(event, step);
      };
    },
  };
}
