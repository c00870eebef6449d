/** Proposals and quorums in plain words, told once each, from the slots that summaries show. */
import type { SlotSummary } from '#protocols/core/protocol.ts';
import type { ShownEvent, TraceBatch } from '../../host/trace-wire.ts';
import type { Tell, Timed } from '../narration.ts';

/** Under load nobody reads slot by slot: so many are told in so many ms of the replicas' clocks. */
const slotsToldMax = 3;
const periodMs = 3_000;
/** Slots remembered: more than summaries show. */
const knownMax = 128;

/** `silent`: not worth a line, as too many were told before. */
type Told = 'silent' | 'proposed' | 'prepared';

export function createTell(): Tell {
  const known = new Map<string, Told>();
  let recent: readonly number[] = [];

  /** Whether one more slot may be told of. */
  function hasRoom(now: number): boolean {
    recent = recent.filter((at) => now - at < periodMs);
    if (recent.length >= slotsToldMax) return false;
    recent = [...recent, now];
    return true;
  }

  function note(key: string, told: Told): void {
    known.set(key, told);
    const [oldest] = known.keys();
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest);
  }

  return (from, batch, name) => {
    const { slots, configuration } = batch.summary;
    const { voters } = configuration;
    const lines: Timed[] = [];
    for (const slot of slots?.rows ?? []) {
      if (!slot.prePrepared) continue;
      const key = `${slot.view} ${slot.n}`;
      if (from === voters[slot.view % voters.length] && !known.has(key)) {
        const isTold = hasRoom(batch.events.at(-1)?.at ?? 0);
        note(key, isTold ? 'proposed' : 'silent');
        if (isTold) lines.push(proposal(slot, name(from), batch));
      }
      const agree = slot.prepares.counted.length + 1;
      if (known.get(key) !== 'proposed' || agree < (slots?.quorum ?? 0)) continue;
      note(key, 'prepared');
      lines.push(agreement(slot, agree, batch));
    }
    return lines;
  };
}

function proposal({ n, view, text }: SlotSummary, who: string, batch: TraceBatch<unknown>): Timed {
  const what = text === '' ? 'that nothing stands' : `“${text}”`;
  const place = text === '' ? `in slot ${n}` : `for slot ${n}`;
  const again = view > 0 ? `, in view ${view}` : '';
  return {
    text: `${who} proposes ${what} ${place}${again}`,
    tone: 'plain',
    lamport: lamportOf(batch, 'PRE-PREPARE', 'first'),
  };
}

function agreement({ n }: SlotSummary, agree: number, batch: TraceBatch<unknown>): Timed {
  return {
    text: `${agree} replicas agree on slot ${n}: it is prepared, and they tell each other so`,
    tone: 'plain',
    lamport: lamportOf(batch, 'COMMIT', 'last'),
  };
}

/** Of the step that sent such a message, or of an end of the batch if it is not among those shown. */
function lamportOf(
  { events }: TraceBatch<unknown>,
  message: string,
  end: 'first' | 'last',
): number {
  const sends = ({ effects }: ShownEvent<unknown>): boolean =>
    effects.some((effect) => effect.type === 'send' && effect.message.name === message);
  const step = events.find(sends) ?? (end === 'first' ? events[0] : events.at(-1));
  return step?.lamport ?? 0;
}
