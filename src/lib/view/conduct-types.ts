/** What screens show of who keeps to the protocol: declarations, evidence, a fork, and one's own lies. */
import type { Behaviour } from '#protocols/core/behaviour.ts';
import type { MemberId } from '#protocols/core/ids.ts';

/** How many replicas may do what the protocol forbids, and who has said that theirs does. */
export interface BudgetView {
  /** 0 in a protocol that tolerates crashes only. */
  readonly f: number;
  readonly declared: readonly {
    readonly id: MemberId;
    readonly name: string;
    /** `lies (PB1)`, `lost its disk`. */
    readonly what: string;
  }[];
  /** `1 of f = 1 declared`. */
  readonly text: string;
  /** In words, where more are declared than the protocol tolerates; empty otherwise. */
  readonly warning: string;
}

export interface StatementView {
  /** `PRE-PREPARE`. */
  readonly kind: string;
  /** `view 0, n 3, digest 1f3a9c02`. */
  readonly text: string;
  /** 128 hex digits. */
  readonly signature: string;
}

/** Somebody whom evidence convicts. */
export interface ConvictionView {
  readonly id: string;
  readonly accused: MemberId;
  readonly name: string;
  readonly mine: boolean;
  /** Its number in the catalogue: `E1`. */
  readonly kind: string;
  /** `two proposals for one slot`. */
  readonly title: string;
  /** What the statements prove, after the name: `proposed two batches …`. */
  readonly claim: string;
  /** One or two, all signed by the accused. */
  readonly statements: readonly StatementView[];
  /** Under which anyone can verify them: 64 hex digits. */
  readonly publicKey: string;
}

export interface LedgerView {
  readonly holder: string;
  /** The holder signed one of the votes; otherwise that it holds them is only said. */
  readonly signed: boolean;
  readonly decided: string;
  readonly signers: readonly { readonly id: MemberId; readonly name: string }[];
}

/** Two ledgers that contradict each other, and what the court makes of it. */
export interface ForkView {
  /** `slot 3`. */
  readonly what: string;
  readonly ledgers: readonly [LedgerView, LedgerView];
  /** Whom the court names; nobody if it cannot tell. */
  readonly liars: readonly string[];
  readonly because: string;
}

export interface ToldView {
  /** Names: who it goes to, or came from. */
  readonly with: string;
  readonly message: string;
}

/** One lie of the own replica. */
export interface LieView {
  readonly number: number;
  readonly what: string;
  /** What the protocol would have sent or answered. */
  readonly instead: readonly ToldView[];
  readonly sent: readonly ToldView[];
  /** What came, if it was taken in otherwise or not at all. */
  readonly heard: readonly ToldView[];
  readonly taken: readonly ToldView[];
}

/** The own replica as one that may be turned. */
export interface TraitorView {
  /** `null` when it may be turned. */
  readonly disabledBecause: string | null;
  readonly lying: readonly Behaviour[];
  /** The newest first. */
  readonly lies: readonly LieView[];
  /** The others on the roster, with their places. */
  readonly others: readonly {
    readonly place: number;
    readonly name: string;
    /** It has declared that it lies too. */
    readonly lies: boolean;
  }[];
  readonly n: number;
  readonly f: number;
  /** Who lies besides, by their own word. */
  readonly otherLiars: number;
}

export interface ConductView {
  readonly budget: BudgetView;
  readonly convictions: readonly ConvictionView[];
  readonly fork: ForkView | null;
  /** `null` for an observer. */
  readonly traitor: TraitorView | null;
  /** Whether there is anything signed to export. */
  readonly exports: boolean;
}
