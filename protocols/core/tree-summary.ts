/** The tree of blocks of a protocol that chains certificates, as a screen shows it. A place is one in the configuration. */

/** What votes are for: `generic` where one vote serves all phases, of different blocks. */
export type CertificatePhase = 'generic' | 'prepare' | 'pre-commit' | 'commit';

/** Equal votes of several signers: a certificate, or what may become one. */
export interface BallotSummary {
  readonly phase: CertificatePhase;
  readonly view: number;
  /** The first digits of the block's digest. */
  readonly block: string;
  /** Places, ascending. */
  readonly signers: readonly number[];
}

/** A block, by where it is proposed. */
export interface StepSummary {
  readonly view: number;
  /** The first digits of the block's digest. */
  readonly block: string;
}

export interface BlockSummary {
  /** The first digits. */
  readonly digest: string;
  /** The first digits of the block that it stands on, and that block's view. */
  readonly parent: string;
  readonly parentView: number;
  readonly view: number;
  /** Blocks from genesis to here, itself included. */
  readonly height: number;
  /** Place of its proposer. */
  readonly proposer: number;
  /** Of its batch: `put x=1 and 3 more`; empty for an empty block. */
  readonly text: string;
  /** Of the last phase in which this replica holds one; `null` if it holds none. */
  readonly certificate: Pick<BallotSummary, 'phase' | 'signers'> | null;
  /** Committed, and so executed, by this replica. */
  readonly committed: boolean;
}

/** Timeouts of one view. */
export interface TimeoutsSummary {
  readonly view: number;
  /** Places, ascending. */
  readonly signers: readonly number[];
  /** View of the highest certificate that they name. */
  readonly highView: number;
}

/** What one replica holds of the tree. */
export interface TreeSummary {
  /** Votes that make a certificate, timeouts that end a view. */
  readonly quorum: number;
  /** The view it is in. */
  readonly view: number;
  /** Places of the leaders of that view and the next ones, as far as they are known: at most {@link leadersMax}. */
  readonly leaders: readonly number[];
  /** Those that came last, oldest first, at most {@link blocksMax}. */
  readonly blocks: readonly BlockSummary[];
  readonly highQC: BallotSummary;
  readonly lock: StepSummary;
  /** The last block that it committed. */
  readonly committed: StepSummary;
  /** Its last vote; `null` before the first. */
  readonly vote: (StepSummary & Pick<BallotSummary, 'phase'>) | null;
  /** The votes of the highest view that are no certificate yet, if it collects any. */
  readonly collected: BallotSummary | null;
  /** Of the highest view in which it holds any: that view may be over. */
  readonly timeouts: TimeoutsSummary | null;
  /** The last certificates of timeouts that moved it to another view, oldest first, at most {@link tcsMax}. */
  readonly tcs: readonly TimeoutsSummary[];
  /** Nothing is to be committed: no timer runs. */
  readonly resting: boolean;
}

/** Blocks in a summary: about what a picture has room for, with some branches. */
export const blocksMax = 12;
/** Certificates of timeouts in a summary: of the gaps among so many blocks. */
export const tcsMax = 4;
/** Leaders in a summary: of the view, and of the next three. */
export const leadersMax = 4;
