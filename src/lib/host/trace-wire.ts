/**
 * Traces on their way to other screens: batches that fit one frame. A message that is large on the wire travels as
 * its summary alone, so that showing a busy replica never costs more than the replica.
 */
import * as v from 'valibot';
import {
  clientReplySchema,
  commandSchema,
  integerSchema,
  resultSchema,
} from '#protocols/core/client.ts';
import { clientIdSchema, replicaIdSchema } from '#protocols/core/client.ts';
import { digestSchema } from '#protocols/core/digest.ts';
import { limits } from '#protocols/core/limits.ts';
import { logTailMax, type Protocol, type ReplicaSummary } from '#protocols/core/protocol.ts';
import type { Operation } from '#protocols/core/replica.ts';
import { blocksMax, leadersMax, tcsMax } from '#protocols/core/tree-summary.ts';
import { shownMessage } from './shown-message.ts';
import type { Totals } from './tally.ts';
import { clusterSchema } from './wire.ts';
import type { TracedEffect, TraceEvent } from './trace.ts';

/** Effects of one kind shown of one step: a turn that applied hundreds of commands shows some and counts the rest. */
const shownOfAKind = 12;

const short = (max: number) => v.pipe(v.string(), v.maxLength(max));
/** Both halves of a joint configuration at most. */
const ids = v.pipe(v.array(replicaIdSchema), v.maxLength(2 * limits.votersMax));

const messageSchema = v.strictObject({
  name: short(40),
  term: integerSchema,
  shape: v.picklist(['request', 'granted', 'refused']),
  heavy: v.boolean(),
});

const causeSchema = v.variant('type', [
  v.strictObject({
    type: v.literal('start'),
    incarnation: integerSchema,
    records: integerSchema,
  }),
  v.strictObject({ type: v.literal('receive'), from: replicaIdSchema, message: messageSchema }),
  v.strictObject({
    type: v.literal('timeout'),
    timer: short(64),
    silentTicks: integerSchema,
  }),
  v.strictObject({ type: v.literal('wake'), elapsedTicks: integerSchema }),
  v.strictObject({ type: v.literal('request'), requests: integerSchema }),
  v.strictObject({
    type: v.literal('operate'),
    operation: v.variant('type', [
      v.strictObject({ type: v.literal('transferLeadership'), to: replicaIdSchema }),
      v.strictObject({ type: v.literal('changeMembership'), voters: ids, learners: ids }),
    ]),
  }),
  v.strictObject({ type: v.literal('answer'), found: v.picklist(['aggregate', 'falseShares']) }),
]);

const effectSchema = <N>(note: v.GenericSchema<unknown, N>) =>
  v.variant('type', [
    v.strictObject({ type: v.literal('send'), to: ids, message: messageSchema }),
    v.strictObject({ type: v.literal('setTimer'), timer: short(64), ticks: integerSchema }),
    v.strictObject({ type: v.literal('cancelTimer'), timer: short(64) }),
    v.strictObject({
      type: v.literal('apply'),
      index: integerSchema,
      command: v.nullable(commandSchema),
      result: resultSchema,
    }),
    v.strictObject({ type: v.literal('restore'), index: integerSchema }),
    v.strictObject({ type: v.literal('reply'), to: clientIdSchema, reply: clientReplySchema }),
    v.strictObject({ type: v.literal('note'), note }),
  ]);

const places = v.pipe(v.array(integerSchema), v.maxLength(limits.votersMax));
const votesSchema = v.strictObject({
  counted: places,
  early: places,
  late: places,
  conflicting: places,
});

const slotSchema = v.strictObject({
  n: integerSchema,
  view: integerSchema,
  digest: short(16),
  text: short(80),
  prePrepared: v.boolean(),
  prepares: votesSchema,
  commits: votesSchema,
  executed: v.boolean(),
  tentative: v.exactOptional(v.literal(true)),
});

const digest = short(16);
const phase = v.picklist(['generic', 'prepare', 'pre-commit', 'commit']);
const step = { view: integerSchema, block: digest };
const ballotSchema = v.strictObject({ phase, ...step, signers: places });
const timeoutsSchema = v.strictObject({
  view: integerSchema,
  signers: places,
  highView: integerSchema,
});

const blockSchema = v.strictObject({
  digest,
  parent: digest,
  parentView: integerSchema,
  view: integerSchema,
  height: integerSchema,
  proposer: integerSchema,
  text: short(80),
  certificate: v.nullable(v.strictObject({ phase, signers: places })),
  committed: v.boolean(),
});

const treeSchema = v.strictObject({
  quorum: integerSchema,
  view: integerSchema,
  leaders: v.pipe(v.array(integerSchema), v.maxLength(leadersMax)),
  blocks: v.pipe(v.array(blockSchema), v.maxLength(blocksMax)),
  highQC: ballotSchema,
  lock: v.strictObject(step),
  committed: v.strictObject(step),
  vote: v.nullable(v.strictObject({ phase, ...step })),
  collected: v.nullable(ballotSchema),
  timeouts: v.nullable(timeoutsSchema),
  tcs: v.pipe(v.array(timeoutsSchema), v.maxLength(tcsMax)),
  resting: v.boolean(),
});

const summarySchema: v.GenericSchema<unknown, ReplicaSummary> = v.strictObject({
  role: v.picklist(['follower', 'candidate', 'leader', 'stopped']),
  term: integerSchema,
  leader: v.nullable(replicaIdSchema),
  votedFor: v.nullable(replicaIdSchema),
  votes: ids,
  commitIndex: integerSchema,
  lastIndex: integerSchema,
  log: v.pipe(
    v.array(
      v.strictObject({
        index: integerSchema,
        term: integerSchema,
        kind: v.picklist(['command', 'noop', 'config']),
        text: short(80),
      }),
    ),
    v.maxLength(logTailMax),
  ),
  match: v.record(short(32), integerSchema),
  snapshotIndex: integerSchema,
  configuration: v.strictObject({ voters: ids, votersOld: ids, learners: ids }),
  assumptionBroken: v.nullable(short(400)),
  executed: v.exactOptional(v.strictObject({ n: integerSchema, history: digestSchema })),
  slots: v.exactOptional(
    v.strictObject({
      quorum: integerSchema,
      weakQuorum: integerSchema,
      rows: v.pipe(v.array(slotSchema), v.maxLength(logTailMax)),
    }),
  ),
  tree: v.exactOptional(treeSchema),
});

/** The form of {@link TraceBatch} with one protocol's notes. */
export function traceBatchSchema<N>(
  note: v.GenericSchema<unknown, N>,
): v.GenericSchema<unknown, TraceBatch<N>> {
  return v.strictObject({
    type: v.literal('steps'),
    cluster: clusterSchema,
    incarnation: integerSchema,
    summary: summarySchema,
    sent: v.record(short(32), integerSchema),
    events: v.pipe(
      v.array(
        v.strictObject({
          number: integerSchema,
          at: integerSchema,
          lamport: integerSchema,
          clock: v.pipe(v.array(integerSchema), v.maxLength(limits.votersMax)),
          cause: causeSchema,
          effects: v.pipe(v.array(effectSchema(note)), v.maxLength(8 * shownOfAKind)),
          elided: integerSchema,
        }),
      ),
      v.maxLength(1_024),
    ),
  });
}

/** What happened since the batch before, or of a busy replica a part of it, and what the replica looks like after it. */
export interface TraceBatch<N> {
  readonly type: 'steps';
  readonly cluster: string;
  readonly incarnation: number;
  readonly summary: ReplicaSummary;
  /** Since the replica started. */
  readonly sent: Totals;
  readonly events: readonly ShownEvent<N>[];
}

/** One event as a screen needs it: messages by their summaries, requests by their number, the disk left out. */
type ShownCause = v.InferOutput<typeof causeSchema>;

export interface ShownEvent<N> {
  readonly number: number;
  readonly at: number;
  readonly lamport: number;
  readonly clock: readonly number[];
  readonly cause: ShownCause;
  readonly effects: readonly ShownEffect<N>[];
  /** Effects left out: of a kind that came by the dozen only the first are shown. */
  readonly elided: number;
}
export type ShownEffect<N> = v.InferOutput<ReturnType<typeof effectSchema<N>>>;

/** The event as it is shown elsewhere. */
export function show<M, S, N>(protocol: Protocol<M, S, N>, event: TraceEvent<M, N>): ShownEvent<N> {
  const { number, at, lamport, clock, cause } = event;
  const effects: ShownEffect<N>[] = [];
  const counts: Record<string, number> = {};
  let elided = 0;
  for (const effect of event.effects) {
    const count = (counts[effect.type] = (counts[effect.type] ?? 0) + 1);
    const shown = count > shownOfAKind ? null : showEffect(protocol, effect);
    if (shown) effects.push(shown);
    else elided++;
  }
  return { number, at, lamport, clock, cause: showCause(protocol, cause), effects, elided };
}

function showCause<M, S, N>(
  protocol: Protocol<M, S, N>,
  cause: TraceEvent<M, N>['cause'],
): ShownEvent<N>['cause'] {
  switch (cause.type) {
    case 'receive':
      return { ...cause, message: shownMessage(protocol, cause.message) };
    case 'request':
      return { type: 'request', requests: cause.requests.length };
    case 'operate':
      return { type: 'operate', operation: copyOf(cause.operation) };
    case 'answer':
      return { type: 'answer', found: cause.answer.type };
    default:
      return cause;
  }
}

function copyOf(operation: Operation): Extract<ShownCause, { type: 'operate' }>['operation'] {
  if (operation.type === 'transferLeadership') return operation;
  return { ...operation, voters: [...operation.voters], learners: [...operation.learners] };
}

function showEffect<M, S, N>(
  protocol: Protocol<M, S, N>,
  effect: TracedEffect<M, N>,
): ShownEffect<N> | null {
  switch (effect.type) {
    case 'persist':
    case 'ask':
      return null;
    case 'send':
      return { ...effect, to: [...effect.to], message: shownMessage(protocol, effect.message) };
    default:
      return effect;
  }
}
