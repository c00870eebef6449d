/** Turns what a session hears into lines of the event book. */
import type { Command } from '#protocols/core/client.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';
import { timingOf } from '#protocols/core/timing.ts';
import { protocolNamed } from '#protocols/registry.ts';
import type { TraceBatch } from '../host/trace-wire.ts';
import type { LinkStatus } from '../mesh/transport.ts';
import type { Charter } from '../room/charter.ts';
import type { TabPace } from '../room/messages.ts';
import type { SessionNews } from '../room/session-news.ts';
import { declaredWords } from './conduct.ts';
import type { Condition, LinkFaultView } from './types.ts';
import { describeCommand } from './commands.ts';
import type { EventBook } from './event-book.ts';
import type { Lexicon } from './lexicon.ts';
import { list, type Tell } from './narration.ts';
import { pathWords } from './path-words.ts';
import type { ProtocolScreen } from './protocol-screen.ts';
import { paceNews } from './slowness.ts';

/** Commits told one by one in a batch; more, or some of which only a sample came, become one line. */
const commitsToldMax = 3;
/** Such a line goes on counting for this long, in ms. */
const burstMs = 3_000;

const conditions: Readonly<Record<Condition, string | null>> = {
  running: 'runs',
  crashed: 'crashed: only its disk is left',
  paused: 'is paused: its clock and inbox stand still while time goes on',
  frozen: null,
  starting: 'starts and reads its disk',
  halted: 'halted: its disk failed',
  unknown: null,
};

interface Applied {
  readonly index: number;
  /** `null`: an entry without a command, as a new leader writes. */
  readonly command: Command | null;
}

export class Storyteller {
  readonly #book: EventBook;
  readonly #name: (id: ReplicaId) => string;
  /** Of the epoch; `null` before its first step. */
  #tell: Tell | null = null;
  /** The highest index already told as committed, so that five replicas do not tell it five times. */
  #toldCommit = 0;
  /** The line that stands for many commits, from `first` on, while it is fresh. */
  #burst = { id: 0, first: 0, since: -Infinity };

  constructor(book: EventBook, name: (id: ReplicaId) => string) {
    this.#book = book;
    this.#name = name;
  }

  newEpoch(charter: Charter): void {
    this.#toldCommit = 0;
    this.#tell = null;
    const genesis = charter.genesis?.genesis;
    if (!genesis) return;
    const names = list(genesis.roster.map(({ name }) => name));
    const state = genesis.carried
      ? `It goes on from the state at ${genesis.carried.index} of the epoch before.`
      : 'It starts empty.';
    const text = `Epoch ${genesis.epoch} begins with ${names}. ${state}`;
    this.#book.add(text, 'room', []);
    const on = protocolNamed(genesis.protocol).switches.filter(({ name }) =>
      genesis.switches.includes(name),
    );
    for (const { title, gives, costs } of on) {
      this.#book.add(`${title} is on. ${gives} ${costs}`, 'room', []);
    }
    if (genesis.bug) {
      const lab = `This epoch is a lab: every replica has the bug “${genesis.bug}” planted`;
      this.#book.add(lab, 'warning', []);
    }
  }

  steps(from: ReplicaId, batch: TraceBatch<unknown>, screen: ProtocolScreen): void {
    const { narrate, commandsExecuted, createTell, words } = screen;
    const { voters } = batch.summary.configuration;
    const applied: Applied[] = [];
    for (const { at, lamport, cause, effects } of batch.events) {
      for (const effect of effects) {
        if (effect.type === 'note') {
          const scene = { who: this.#name(from), name: this.#name, cause, voters };
          const told = narrate(effect.note, scene);
          if (told) this.#book.add(told.text, told.tone, [from], { at, lamport });
        } else if (effect.type === 'apply' && effect.index > this.#toldCommit) {
          applied.push(effect);
        }
      }
    }
    this.#tell ??= createTell();
    for (const { text, tone, lamport } of this.#tell(from, batch, this.#name)) {
      this.#book.add(text, tone, [from], { lamport });
    }
    const upTo = Math.max(commandsExecuted(batch.summary), applied.at(-1)?.index ?? 0);
    this.#tellCommits(from, applied, { upTo, words });
  }

  /** Who says that it lies, whom evidence convicts, what is doubtful, and what a court found. */
  conduct(
    news: Extract<SessionNews, { type: 'declared' | 'convicted' | 'doubt' | 'forked' }>,
  ): number {
    switch (news.type) {
      case 'declared': {
        const { from, declaration } = news;
        const words = declaredWords(declaration);
        const text = words === '' ? 'is honest again, by its own word' : `declares: it ${words}`;
        return this.#book.add(`${this.#name(from)}'s replica ${text}`, 'fault', [from]);
      }
      case 'convicted': {
        const { accused, kind, claim } = news.evidence;
        const text = `${this.#name(accused)} is convicted (${kind}): ${claim}`;
        return this.#book.add(text, 'warning', [accused]);
      }
      case 'doubt': {
        const { replica, slot } = news;
        const claim = `${this.#name(replica)} claims another decision of slot ${slot} than yours`;
        const text = `${claim}. No votes show it: that proves nothing`;
        return this.#book.add(text, 'warning', [replica]);
      }
      case 'forked': {
        const { what, verdict } = news.fork;
        const named = [...new Set(verdict.evidence.map(({ accused }) => accused))];
        const found =
          verdict.verdict === 'liars'
            ? `the court names ${list(named.map(this.#name))}`
            : 'the court cannot tell who lied';
        return this.#book.add(`Fork: ${what} is decided twice; ${found}`, 'warning', named);
      }
    }
  }

  machine(from: ReplicaId, before: Condition, after: Condition): void {
    const text = before === after ? null : conditions[after];
    if (!text) return;
    const tone = after === 'running' || after === 'starting' ? 'plain' : 'fault';
    this.#book.add(`${this.#name(from)}'s replica ${text}`, tone, [from]);
  }

  /** How the tab of `from` runs, where that is out of the ordinary. */
  pace(from: ReplicaId, before: TabPace | null, after: TabPace | null): void {
    const text = paceNews(this.#name(from), before, after);
    if (text) this.#book.add(text, 'plain', [from]);
  }

  faults(from: ReplicaId, before: readonly LinkFaultView[], after: readonly LinkFaultView[]): void {
    const cut = (faults: readonly LinkFaultView[]): string[] =>
      faults.filter(({ cut }) => cut).map(({ peer }) => peer);
    const cutNow = cut(after).filter((peer) => !cut(before).includes(peer)) as ReplicaId[];
    const healed = cut(before).filter((peer) => !cut(after).includes(peer)) as ReplicaId[];
    const who = this.#name(from);
    const names = (ids: readonly ReplicaId[]): string => list(ids.map(this.#name));
    if (cutNow.length > 0) {
      this.#book.add(`${who} cuts the link to ${names(cutNow)}`, 'fault', [from, ...cutNow]);
    }
    if (healed.length > 0) {
      this.#book.add(`${who} heals the link to ${names(healed)}`, 'plain', [from, ...healed]);
    }
    const other = (faults: readonly LinkFaultView[]): string =>
      JSON.stringify(faults.map((fault) => ({ ...fault, cut: null })));
    if (cutNow.length + healed.length === 0 && other(before) !== other(after)) {
      this.#book.add(`${who} changes the delay or loss of its links`, 'fault', [from]);
    }
  }

  /** A link of this tab to the tab of `peer`. */
  link({ peer, state, why, path, deviceAnswers }: LinkStatus): void {
    const name = this.#name(peer);
    if (state === 'down') this.#book.add(`The link to ${name} is gone: ${why}`, 'fault', [peer]);
    if (state === 'suspect') {
      const what = deviceAnswers
        ? 'says nothing, but its device still answers: slow, not dead'
        : 'is silent: asleep, slow or cut off';
      this.#book.add(`${name}'s tab ${what}`, 'fault', [peer]);
    }
    const how = path === null ? '' : ` ${pathWords[path]}`;
    if (state === 'up') this.#book.add(`Linked with ${name}${how}`, 'plain', [peer]);
  }

  charter(before: Charter | null, after: Charter, facilitator: string): void {
    const say = (text: string): void => {
      this.#book.add(`${facilitator} ${text}`, 'room', []);
    };
    if (after.frozen && !before?.frozen) say('froze the room: all clocks stand still');
    if (!after.frozen && before?.frozen) say('let time go on');
    if (before && after.heals > before.heals) say('healed all links');
    if (before && after.locked !== before.locked) {
      say(after.locked ? 'locked the door' : 'unlocked the door');
    }
    const { heartbeatTicks } = timingOf(after.profile);
    if (before && timingOf(before.profile).heartbeatTicks !== heartbeatTicks) {
      say(`set the pace: heartbeat ${heartbeatTicks} ms`);
    }
    const removed = after.removed.filter((id) => before && !before.removed.includes(id));
    for (const id of removed) say(`removed ${this.#name(id)}`);
  }

  /** `applied`: those seen to be executed, which of a busy replica are not all that are committed. */
  #tellCommits(
    from: ReplicaId,
    applied: readonly Applied[],
    { upTo, words }: { readonly upTo: number; readonly words: Lexicon },
  ): void {
    const first = this.#toldCommit + 1;
    if (upTo < first) return;
    this.#toldCommit = upTo;
    const now = performance.now();
    const many = (from: number): string => words.executedMany(upTo - from + 1, upTo);
    const { id, first: burstFirst, since } = this.#burst;
    if (now - since < burstMs && this.#book.retell(id, many(burstFirst))) return;
    const complete = applied.length === upTo - first + 1;
    if (!complete || applied.length > commitsToldMax) {
      this.#burst = {
        id: this.#book.add(many(first), 'commit', [from]),
        first,
        since: now,
      };
      return;
    }
    for (const { index, command } of applied) {
      if (!command) continue;
      const text = words.executed(index, describeCommand(command));
      this.#book.add(text, 'commit', [from]);
    }
  }
}
