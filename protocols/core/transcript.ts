/**
 * What happened in an epoch as lines of JSON that anyone can check without having been there: the genesis, what was
 * signed, what each replica holds to be decided and by which votes, and who is accused of what.
 */
import * as v from 'valibot';
import { replicaIdSchema } from './client.ts';
import {
  evidenceSchema,
  type Accountability,
  type Certificate,
  type Evidence,
} from './evidence.ts';
import type { ReplicaId } from './ids.ts';
import { limits } from './limits.ts';
import type { Signed, Statement } from './signed.ts';

/** Besides the genesis, which stands in the first line and is the room's to describe. */
export type TranscriptLine =
  | { readonly type: 'statement'; readonly statement: Signed }
  /** A decision in the ledger of `replica`, with the votes that it rests on. */
  | { readonly type: 'certificate'; readonly replica: ReplicaId; readonly votes: Certificate }
  | { readonly type: 'evidence'; readonly evidence: Evidence };

/** A line may hold two statements, each as large as a message, and more bytes for what stands round them. */
export const lineCharactersMax = 3 * limits.messageBytesMax;

export function transcriptLineSchema<S extends Statement>({
  statement,
}: Pick<Accountability<S>, 'statement'>) {
  return v.variant('type', [
    v.strictObject({ type: v.literal('statement'), statement }),
    v.strictObject({
      type: v.literal('certificate'),
      replica: replicaIdSchema,
      votes: v.pipe(v.array(statement), v.maxLength(limits.votersMax)),
    }),
    v.strictObject({ type: v.literal('evidence'), evidence: evidenceSchema(statement) }),
  ]);
}

export interface TranscriptContent {
  /** The first line, as the room makes it: the genesis with the facilitator's signature. */
  readonly genesis: object;
  readonly statements: Iterable<Signed>;
  readonly certificates: Iterable<{ readonly replica: ReplicaId; readonly votes: Certificate }>;
  readonly evidence: Iterable<Evidence>;
}

/** One JSON text for each line, without its end. */
export function* transcriptLines(content: TranscriptContent): Generator<string, void> {
  yield JSON.stringify({ type: 'genesis', ...content.genesis });
  const lineOf = (line: TranscriptLine): string => JSON.stringify(line);
  for (const statement of content.statements) yield lineOf({ type: 'statement', statement });
  for (const { replica, votes } of content.certificates) {
    yield lineOf({ type: 'certificate', replica, votes });
  }
  for (const evidence of content.evidence) yield lineOf({ type: 'evidence', evidence });
}
