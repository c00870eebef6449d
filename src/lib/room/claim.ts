/**
 * Exactly one tab holds a seat: two replicas with one key would be twins. With Web Locks the browser itself sees to
 * it. Without them (an insecure context) the tabs ask each other on a BroadcastChannel: who wants a seat asks and
 * waits; its holder answers; of two that ask at once the lower nonce wins.
 *
 * A holder that was frozen answers when it thaws, after another took the seat: the newcomer then hears of it and
 * loses its claim. Until then there were two, which an insecure context cannot prevent; the disk itself stops the
 * second one that writes (tab/disk.ts).
 */
import type { MemberId } from '#protocols/core/ids.ts';

export interface Claim {
  readonly id: MemberId;
  /** At most once, later: an earlier holder turned up. Whoever holds this claim must stop its replica. */
  onLost(lost: () => void): void;
  release(): void;
}

export type ClaimOutcome =
  | { readonly ok: true; readonly claim: Claim }
  /** `held`: by another tab. Otherwise this browser cannot tell its tabs apart. */
  | { readonly ok: false; readonly held: boolean; readonly error: string };

/** Milliseconds that a tab has to answer: a busy page hears a broadcast within tens of them. */
const answerMs = 300;
/**
 * Milliseconds to wait for a lock: a page being reloaded may still hold it when the next one asks. A copy of a tab,
 * whose original keeps it, learns that after this long.
 */
const lockMs = 500;
/** For a lock that nobody holds: a browser with thirty busy tabs has been seen to take seconds to grant it. */
const freeLockMs = 30_000;

const lockName = (id: MemberId): string => `synod-seat-${id}`;
const heldElsewhere = (): ClaimOutcome => ({
  ok: false,
  held: true,
  error: 'This seat is held by another tab of this browser.',
});

/** `null` where there are none: the tabs then ask each other. */
export function browserLocks(): LockManager | null {
  return (
    ((globalThis.navigator as Navigator | undefined)?.locks as LockManager | undefined) ?? null
  );
}

/** Takes the seat for this page until `release`, or until the page goes. */
export async function claimSeat(
  id: MemberId,
  locks: LockManager | null = browserLocks(),
): Promise<ClaimOutcome> {
  const outcome = locks ? await claimByLock(id, locks, lockMs) : null;
  // Not granted in time says little on a busy machine: whether somebody has it, the browser knows.
  if (locks && outcome?.ok === false && !(await isHeld(id, locks))) return claimNewSeat(id, locks);
  return outcome ?? claimByChannel(id, answerMs);
}

/** The same for a seat whose key was made just now: nobody can hold it, so nobody is waited for. */
export async function claimNewSeat(
  id: MemberId,
  locks: LockManager | null = browserLocks(),
): Promise<ClaimOutcome> {
  const outcome = locks ? await claimByLock(id, locks, freeLockMs) : null;
  return outcome ?? claimByChannel(id, 0);
}

/** Whether any tab, this one included, holds the seat. */
export async function isHeld(
  id: MemberId,
  locks: LockManager | null = browserLocks(),
): Promise<boolean> {
  try {
    const state = await locks?.query();
    if (state) return state.held?.some((lock) => lock.name === lockName(id)) ?? false;
  } catch {
    // Not allowed here: ask the tabs.
  }
  const channel = openChannel(id);
  if (!channel) return false;
  try {
    return await new Promise((resolve) => {
      channel.onmessage = ({ data }) => isWord(data) && data.type === 'held' && resolve(true);
      channel.postMessage({ type: 'query', nonce: '' } satisfies Word);
      setTimeout(() => resolve(false), answerMs);
    });
  } finally {
    channel.close();
  }
}

/** `null`: locks are not allowed here. */
function claimByLock(
  id: MemberId,
  locks: LockManager,
  patienceMs: number,
): Promise<ClaimOutcome | null> {
  return new Promise((resolve) => {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), patienceMs);
    const held = (): Promise<void> => {
      clearTimeout(timer);
      return new Promise((release) => {
        resolve({ ok: true, claim: { id, onLost: () => undefined, release } });
      });
    };
    locks.request(lockName(id), { signal: patience.signal }, held).catch(() => {
      clearTimeout(timer);
      resolve(patience.signal.aborted ? heldElsewhere() : null);
    });
  });
}

/** What tabs say to each other on a seat's channel. */
interface Word {
  /** `query` wants to know only; `ask` wants the seat; `held` answers the one with that nonce. */
  readonly type: 'query' | 'ask' | 'held';
  readonly nonce: string;
}

function isWord(data: unknown): data is Word {
  return typeof data === 'object' && data !== null && 'type' in data && 'nonce' in data;
}

function openChannel(id: MemberId): BroadcastChannel | null {
  try {
    return new BroadcastChannel(lockName(id));
  } catch {
    return null;
  }
}

function claimByChannel(id: MemberId, patienceMs: number): Promise<ClaimOutcome> {
  const channel = openChannel(id);
  if (!channel) {
    const error = 'This browser cannot tell its tabs apart, so that a seat could be held twice.';
    return Promise.resolve({ ok: false, held: false, error });
  }
  const nonce = freshNonce();
  return new Promise((resolve) => {
    let state: 'asking' | 'held' | 'over' = 'asking';
    let lost: () => void = () => undefined;
    const over = (): void => {
      state = 'over';
      channel.close();
    };
    channel.onmessage = ({ data }) => {
      if (!isWord(data) || state === 'over') return;
      const answer = (): void => channel.postMessage({ type: 'held', nonce: data.nonce });
      if (data.type === 'query') return state === 'held' ? answer() : undefined;
      const yields =
        data.type === 'held' ? data.nonce === nonce : state === 'asking' && data.nonce < nonce;
      if (!yields) return data.type === 'ask' ? answer() : undefined;
      if (state === 'held') lost();
      over();
      resolve(heldElsewhere());
    };
    channel.postMessage({ type: 'ask', nonce } satisfies Word);
    setTimeout(() => {
      if (state !== 'asking') return;
      state = 'held';
      const onLost = (listener: () => void): void => void (lost = listener);
      resolve({ ok: true, claim: { id, onLost, release: over } });
    }, patienceMs);
  });
}

/** 32 lowercase hex digits. */
function freshNonce(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
