/**
 * What each message of a running HotStuff is sent for. A block costs what its view costs: one proposal to each, and one
 * vote of each and phase; what is said of it another time is counted apart, and so is what a view costs that fails.
 */
import type { CountedKind, CountFormula, Counts, CountSorter } from '../core/counts.ts';
import { Firsts } from '../core/firsts.ts';
import type { ReplicaId } from '../core/ids.ts';
import { messagesPer, type Occasion } from './counts.ts';
import type { HotStuffMessage } from './messages.ts';

/** Views below the newest by so many are not spoken of any more. */
const rememberedViews = 256;

class Sorter implements CountSorter<HotStuffMessage> {
  readonly #sent = new Map<string, Firsts>();

  begin(): void {
    // A message of HotStuff says by itself what it is for.
  }

  sort(to: ReplicaId, message: HotStuffMessage): string {
    const { type } = message;
    switch (type) {
      case 'PROPOSAL':
        return this.#once(type, message.block.view, `${type} ${to}`);
      case 'VOTE': {
        const { view, phase } = message.statement.body;
        return this.#once(type, view, `${type} ${phase} ${to}`);
      }
      case 'PRE-COMMIT':
      case 'COMMIT':
      case 'DECIDE':
        return this.#once(type, message.certificate.view, `${type} ${to}`);
      case 'NEW-VIEW':
        return this.#once(type, message.view, `${type} ${to}`);
      case 'TIMEOUT':
        return 'timeout';
      case 'REQUEST':
        return 'client';
      case 'SYNC':
      case 'HEARD':
      case 'FETCH':
      case 'BLOCKS':
      case 'STABLE':
      case 'FETCH-STATE':
      case 'STATE':
      case 'DATA':
        return 'help';
    }
  }

  #once(kind: string, view: number, stream: string): string {
    const firsts = this.#sent.get(stream) ?? new Firsts(rememberedViews);
    this.#sent.set(stream, firsts);
    return firsts.take(view) ? kind : 'again';
  }
}

const apart: readonly CountedKind[] = [
  { id: 'again', title: 'blocks, votes and certificates sent again' },
  { id: 'timeout', title: 'timeouts, with the last vote' },
  { id: 'help', title: 'help for who fell behind' },
  { id: 'client', title: 'passed on for clients' },
];

const kindsNamed = (...ids: readonly HotStuffMessage['type'][]): CountedKind[] =>
  ids.map((id) => ({ id, title: id }));

const formula = (text: string, occasion: Occasion): CountFormula => ({
  title: 'of any batch',
  text,
  perDecision: (n) => messagesPer(occasion, n),
});

/** By heights: blocks of views that failed are not in the chain, and what they took makes the others dearer. */
const decided: Counts<HotStuffMessage>['decided'] = ({ tree }) =>
  Math.max(0, ...(tree?.blocks ?? []).map(({ height }) => height));

/** Where each block has one round of votes: chained, and Jolteon. */
export const chainCounts: Counts<HotStuffMessage> = {
  kinds: kindsNamed('PROPOSAL', 'VOTE'),
  apart,
  formulas: [formula('2(n − 1)', 'block')],
  decided,
  sorter: () => new Sorter(),
};

/** Where each has three, and the leader shows what it counted. */
export const phaseCounts: Counts<HotStuffMessage> = {
  kinds: kindsNamed('PROPOSAL', 'VOTE', 'PRE-COMMIT', 'COMMIT', 'DECIDE', 'NEW-VIEW'),
  apart,
  formulas: [formula('8(n − 1)', 'decision')],
  decided,
  sorter: () => new Sorter(),
};
