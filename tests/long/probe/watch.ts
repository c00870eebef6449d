/** Folds the session's news: what this tab's replica did by its own trace, and which leaders others' traces show. */
import type { ReplicaSummary } from '#protocols/core/protocol.ts';
import type { RaftNote } from '#protocols/raft/notes.ts';
import type { TraceBatch } from '#lib/host/trace-wire.ts';
import type { RoomSession } from '#lib/room/session.ts';
import type { SessionNews } from '#lib/room/session-news.ts';
import type { ProbedPage, Sighting, Status } from './types.ts';

/** Runs in the page. */
export function watchSession(): void {
  const page = globalThis as unknown as ProbedPage;
  const { gathered } = page;
  const applied = new Map<number, string | null>();
  const positions = new Map<number, number>();
  const sightings = new Map<number, Sighting>();
  const waiting = new Set<() => void>();
  const heartbeats: [at: number, term: number][] = [];
  const events = { seen: 0, missing: 0 };
  let keepHeartbeats = false;
  let session: RoomSession | null = null;
  let summary: ReplicaSummary | null = null;
  let incarnation = 0;
  let lastNumber = 0;
  let commitIndex = 0;
  let store: readonly (readonly [string, string])[] = [];
  let storeTotal = 0;

  function noteOnce<T>(known: Map<number, T>, index: number, value: T, what: string): void {
    const before = known.get(index);
    if (before === undefined) known.set(index, value);
    else if (before !== value) {
      gathered.contradictions.push(`${what} ${index}: ${String(before)}, then ${String(value)}`);
    }
  }

  function takeEvent(event: TraceBatch<RaftNote>['events'][number], term: number): void {
    events.seen++;
    events.missing += Math.max(0, event.number - lastNumber - 1);
    lastNumber = event.number;
    const { cause } = event;
    if (keepHeartbeats && cause.type === 'receive' && cause.message.name === 'AppendEntries') {
      heartbeats.push([event.at, term]);
    }
    for (const effect of event.effects) {
      if (effect.type === 'apply') {
        const { command, index } = effect;
        const value = command && 'value' in command ? command.value : null;
        noteOnce(applied, index, value, 'applied at');
      } else if (effect.type === 'note' && effect.note.note === 'becameLeader') {
        gathered.led.add(effect.note.term);
      } else if (effect.type === 'note' && effect.note.note === 'assumptionBroken') {
        gathered.complaints.push(effect.note.text);
      }
    }
  }

  function takeOwn(batch: TraceBatch<RaftNote>): void {
    if (batch.incarnation !== incarnation) lastNumber = 0;
    incarnation = batch.incarnation;
    summary = batch.summary;
    for (const event of batch.events) takeEvent(event, summary.term);
    if (summary.role === 'leader') gathered.led.add(summary.term);
    commitIndex = Math.max(commitIndex, summary.commitIndex);
    const committed = summary.log.find(({ index }) => index === summary?.commitIndex);
    if (committed) noteOnce(positions, committed.index, committed.term, 'term of committed');
    for (const look of waiting) look();
  }

  function takeOther(leader: string, batch: TraceBatch<RaftNote>): void {
    const { role, term } = batch.summary;
    if (role !== 'leader' || sightings.has(term)) return;
    const began = batch.events.find(({ effects }) =>
      effects.some((e) => e.type === 'note' && e.note.note === 'becameLeader'),
    );
    sightings.set(term, { term, leader, seenAt: Date.now(), ledAt: began?.at ?? null });
    for (const look of waiting) look();
  }

  function take(news: SessionNews): void {
    if (news.type === 'steps') {
      const batch = news.batch as TraceBatch<RaftNote>;
      if (news.from === session?.id) takeOwn(batch);
      else takeOther(news.from, batch);
    } else if (news.type === 'store') {
      store = news.entries;
      storeTotal = news.total;
    }
  }

  function status(): Omit<Status, 'submitted' | 'answered'> {
    const machine = session?.run?.machine;
    const condition = machine?.state.condition ?? 'crashed';
    const now = machine?.incarnation === incarnation && condition === 'running' ? summary : null;
    return {
      id: session?.id ?? '',
      condition,
      role: now?.role ?? null,
      term: now?.term ?? 0,
      leader: now?.leader ?? null,
      commitIndex: now?.commitIndex ?? 0,
      lastIndex: now?.lastIndex ?? 0,
    };
  }

  function leaderAbove(term: number, ms: number): Promise<Sighting | null> {
    return new Promise((resolve) => {
      // A leader's own screen shows no other.
      const look = (): void => {
        const found = [...sightings.values()].find((sighting) => sighting.term > term);
        const own = summary?.role === 'leader' && summary.term > term;
        if (found || own) finish(found ?? null);
      };
      const timer = setTimeout(() => finish(null), ms);
      const finish = (outcome: Sighting | null): void => {
        clearTimeout(timer);
        waiting.delete(look);
        resolve(outcome);
      };
      waiting.add(look);
      look();
    });
  }

  const watch: ProbedPage['watch'] = {
    attach() {
      session = page.synod.screen?.session ?? null;
      gathered.self = session?.id ?? '';
      session?.listen(take);
    },
    get fold() {
      const fold = { commitIndex, store, storeTotal, events };
      return { ...fold, applied: [...applied], positions: [...positions] };
    },
    status,
    leaderAbove,
    sightings: () => [...sightings.values()],
    heartbeats() {
      keepHeartbeats = true;
      return heartbeats;
    },
  };
  Object.assign(page, { watch });
}
