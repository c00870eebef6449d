/**
 * Views in plain words, told once however many replicas go through them: what was proposed, what a quorum voted for,
 * and who gave up on whom.
 */
import type { HotStuffNote } from '#protocols/hotstuff/notes.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import type { ShownEvent } from '../../host/trace-wire.ts';
import { seconds, type Tell, type Timed } from '../narration.ts';

/** Under load nobody reads view by view: so many are told in so many ms of the replicas' clocks. */
const viewsToldMax = 4;
const periodMs = 3_000;
/** Views remembered. */
const knownMax = 256;

type Note<Name extends HotStuffNote['note']> = Extract<HotStuffNote, { note: Name }>;

/** What was said of one view. */
interface View {
  /** Whether its blocks and certificates are told: not if too many views were in so short a time. */
  readonly isTold: boolean;
  readonly said: Set<string>;
  leader: ReplicaId | null;
}

const blocks = {
  heavy: 'a block of commands',
  light: 'an empty block: it carries what commits the blocks below',
} as const;

const certificates: Readonly<Record<Note<'certified'>['phase'], string>> = {
  generic: 'a quorum voted for the block of view',
  prepare: 'a quorum prepared the block of view',
  'pre-commit': 'a quorum pre-committed the block of view',
  commit: 'a quorum committed the block of view',
};

class Views {
  readonly #views = new Map<number, View>();
  #recent: readonly number[] = [];

  /** At `now`, in ms of a replica's clock. */
  at(view: number, now: number): View {
    const known = this.#views.get(view);
    if (known) return known;
    this.#recent = this.#recent.filter((at) => now - at < periodMs);
    const isTold = this.#recent.length < viewsToldMax;
    if (isTold) this.#recent = [...this.#recent, now];
    const fresh: View = { isTold, said: new Set(), leader: null };
    this.#views.set(view, fresh);
    const [oldest] = this.#views.keys();
    if (this.#views.size > knownMax && oldest !== undefined) this.#views.delete(oldest);
    return fresh;
  }
}

/** Who tells, and how others are called. */
interface Teller {
  readonly views: Views;
  readonly who: string;
  readonly name: (id: ReplicaId) => string;
}

export function createTell(): Tell {
  const views = new Views();
  return (from, batch, name) => {
    const teller: Teller = { views, who: name(from), name };
    return batch.events.flatMap((event) => {
      const lines = [...proposals(event, teller), ...notes(event, teller)];
      return lines.map((line): Timed => ({ ...line, lamport: event.lamport }));
    });
  };
}

type Line = Omit<Timed, 'lamport'>;

/** The line, if it is the first of its `topic` in `view`. */
function once({ said }: View, topic: string, line: Line): readonly Line[] {
  if (said.has(topic)) return [];
  said.add(topic);
  return [line];
}

function proposals({ at, effects }: ShownEvent<unknown>, { views, who }: Teller): readonly Line[] {
  return effects.flatMap((effect) => {
    if (effect.type !== 'send' || effect.message.name !== 'PROPOSAL') return [];
    const { term, heavy } = effect.message;
    const view = views.at(term, at);
    if (!view.isTold) return [];
    const what = blocks[heavy ? 'heavy' : 'light'];
    return once(view, 'proposal', {
      text: `${who} proposes in view ${term} ${what}`,
      tone: 'plain',
    });
  });
}

function notes(event: ShownEvent<unknown>, teller: Teller): readonly Line[] {
  const { at, effects } = event;
  return effects.flatMap((effect) => {
    if (effect.type !== 'note') return [];
    // Notes were held to the protocol's schema when they were decoded.
    const note = effect.note as HotStuffNote;
    switch (note.note) {
      case 'viewEntered':
        return viewEntered(note, at, teller);
      case 'timedOut':
        return timedOut(note, event, teller);
      case 'certified':
        return certified(note, at, teller);
      default:
        return [];
    }
  });
}

function certified(
  { phase, view: number }: Note<'certified'>,
  at: number,
  { views, who }: Teller,
): readonly Line[] {
  const view = views.at(number, at);
  if (!view.isTold) return [];
  const text = `${who} counts the votes: ${certificates[phase]} ${number}`;
  return once(view, phase, { text, tone: 'plain' });
}

function viewEntered(
  { view: number, leader, by }: Note<'viewEntered'>,
  at: number,
  { views, name }: Teller,
): readonly Line[] {
  const view = views.at(number, at);
  view.leader = leader ?? view.leader;
  if (by === 'certificate') return [];
  const next = leader === null ? '' : `, which ${name(leader)} leads`;
  const text = `A quorum gave up view ${number - 1}: view ${number} begins${next}`;
  return once(view, 'entered', { text, tone: 'election' });
}

function timedOut(
  { view: number, reason }: Note<'timedOut'>,
  { at, cause }: ShownEvent<unknown>,
  { views, who, name }: Teller,
): readonly Line[] {
  const view = views.at(number, at);
  const leader = view.leader === null ? '' : `, which ${name(view.leader)} leads`;
  const after = cause.type === 'timeout' ? `for ${seconds(cause.silentTicks)}` : 'in time';
  const why = reason === 'late' ? `nothing was certified ${after}` : 'so do f + 1 others';
  const text = `${who} gives up view ${number}${leader}: ${why}`;
  return once(view, 'timeout', { text, tone: 'election' });
}
