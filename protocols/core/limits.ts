/**
 * Every bound on what comes from outside, with the attack it stops. Numbers are counts unless their name says
 * bytes, ticks or characters.
 */
export const limits = {
  /** A number one short of this may still be incremented: `term = 2**53` would stop a replica from counting on. */
  integerMax: 2 ** 52,
  /** Steps by which another's logical clock may be ahead of ours. A liar's could put ours where nobody accepts it any more. */
  clockLeadMax: 2 ** 32,
  /** Voters of one cluster. A mesh costs n² links and a tally n identities. */
  votersMax: 31,
  /** One key or value would otherwise fill every replica's disk. */
  keyCharactersMax: 256,
  valueCharactersMax: 16_384,
  /** The whole key-value state, so that a snapshot can cross a phone's link and an epoch change stays short. */
  stateBytesMax: 1_048_576,
  /** Client sessions kept in the table that makes requests execute once. Past it new sessions are refused. */
  clientSessionsMax: 4_096,
  /**
   * A session that so many entries went by without is forgotten with its results: reloads would fill the table. An
   * hour of a busy room, so that a client which still retries keeps its session.
   */
  sessionIdleEntriesMax: 65_536,
  /** Names of forgotten sessions, so that none opens a second time. Past it new sessions are refused. */
  expiredSessionsMax: 16_384,
  /** Results kept for one session; a client may have this many requests in flight. */
  resultsPerClientMax: 1_024,
  /** Results kept for all sessions together: they are in every snapshot, and a client that never acknowledges hoards. */
  resultBytesMax: 2_097_152,
  /** Client requests in one message, so that a forwarded batch cannot allocate without end. */
  requestsPerMessageMax: 1_024,
  /** Log entries in one AppendEntries; the mesh cuts its bytes into frames. */
  entriesPerAppendMax: 1_024,
  /** AppendEntries sent and not yet answered, to one follower (R21). */
  appendsInFlightMax: 16,
  /** Queries a replica holds until it may answer them. Past it the oldest is refused: an index that never comes must not fill it. */
  queriesWaitingMax: 4_096,
  /** Read indices a leader owes others. A replica that asks without end is told to come again. */
  readIndicesOwedMax: 4_096,
  /** Entries a leader takes in beyond what is committed (R21); past it clients are told to wait. */
  uncommittedEntriesMax: 16_384,
  /** Entries executed between two snapshots: a log that only grows fills the disk, and a restart reads all of it. */
  entriesPerSnapshot: 8_192,
  /** Entries kept below a snapshot, so that a follower a little behind needs no snapshot. */
  entriesBehindSnapshot: 1_024,
  /** Characters of one InstallSnapshot's data: at 3 bytes each, with a configuration, below a 16 KiB frame. */
  chunkCharactersMax: 4_096,
  /** InstallSnapshots sent and not yet answered, to one follower. */
  chunksInFlightMax: 8,
  /** A whole snapshot as text. The largest honest one is smaller, and a liar's would fill the follower's memory. */
  snapshotCharactersMax: 16_777_216,
  /** Sequence numbers between the last stable checkpoint and the high water mark of PBFT (L): what one view change may list. */
  slotsInWindowMax: 32,
  /** Votes and proposals of one signer that a watch keeps: who signs without end pushes out its own and nobody else's. */
  statementsWatchedMax: 1_024,
  /** View changes and new views of one signer that a watch keeps: each may list a whole window of certificates. */
  largeStatementsWatchedMax: 8,
  /** Pieces of evidence that a watch yields against one member: a liar would fill every screen with its own. */
  evidencePerMemberMax: 16,
  /** Statements in one archive. Past it the oldest of the signer with the most gives way: a flood costs only the flooder. */
  statementsArchivedMax: 16_384,
  /** STATUSes of one replica that another of PBFT answers within half an election timeout: each may bring two messages' worth. */
  statusesAnsweredMax: 4,
  /** NEW-VIEWs sent within that time to one replica, which missed it or pretends to. */
  newViewsAnsweredMax: 2,
  /** Requests that a replica of PBFT or HotStuff knows and has not executed. Past it clients are told to come again: none may fill memory. */
  requestsWaitingMax: 16_384,
  /** Pieces of a whole state that is fetched: a liar's list would fill memory before its digest is checked. */
  statePiecesMax: 4_224,
  /** Blocks of HotStuff executed between two checkpoints: what is kept of a chain that only grows would fill the disk. */
  blocksPerCheckpoint: 512,
  /** Blocks of HotStuff in one answer: each has a certificate that must be checked. */
  blocksPerMessageMax: 64,
  /** One message as JSON text: it bounds the parse, before a schema can look at it. */
  messageBytesMax: 1_048_576,
  /** Messages in one envelope, between two flushes of one sender. */
  messagesPerEnvelopeMax: 4_096,
  /** Of one sender, whose signatures wait to be verified: a flood of them must not fill the memory. */
  arrivalsVerifyingMax: 1_024,
  /** Signatures in them, unless one arrival alone has more. */
  signaturesVerifyingMax: 8_192,
  /** Signatures of one sender verified at a time: a flooder gets its share of the processor and no more. */
  verifyingAtOnceMax: 16,
  /** Votes that wait to see whether those being verified suffice. Past it they are verified like everything else. */
  votesWaitingMax: 4_096,
  /** Signatures of statements remembered as good, by replica: its own steps push out no other's. */
  recentStatements: { keysMax: 31, signaturesMax: 512, charactersMax: 1_024 },
  /** The same of clients' requests: who passes on requests without end makes others verify, not remember. */
  recentRequests: { keysMax: 256, signaturesMax: 64, charactersMax: 1_024 },
  /** Aggregates remembered as good, by who signed: a liar's own push out no quorum's. */
  recentAggregates: { keysMax: 64, signaturesMax: 64, charactersMax: 1_024 },
  /** Clients' keys remembered as looked at: a stranger's costs a millisecond. */
  clientKeysMax: 1_024,
  /** Envelopes that wait for a replica that is paused, frozen or slow. The oldest is dropped. */
  inboxEnvelopesMax: 8_192,
} as const;
