/** Statements and batches made by hand. A signature here says who signed and nothing else: hosts check them, not cores. */
import type { ReplicaId } from '#protocols/core/ids.ts';
import { notYetSigned, type Signed, type Statement } from '#protocols/core/signed.ts';
import type { SignedRequest } from '#protocols/core/client.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import { digestOf } from '#protocols/pbft/batch.ts';
import type {
  Batch,
  Checkpoint,
  Commit,
  NewView,
  PbftMessage,
  PreparedCertificate,
  PrePrepare,
  Prepare,
  ViewChange,
} from '#protocols/pbft/messages.ts';
import { newViewPrePrepares } from '#protocols/pbft/rules.ts';
import { c, put, r, request } from '../fixtures/ids.ts';

export function signed<B extends Statement>(signer: ReplicaId, body: B): Signed<B> {
  return { body, signer, signature: signer.repeat(4) };
}

/** `value` with the signature of `self` under all that is not signed yet. */
export function signIn<T>(self: ReplicaId, value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => signIn(self, item)) as T;
  const entries = Object.entries(value).map(([key, part]) => [key, signIn(self, part as unknown)]);
  type Said = { signature?: string; signer?: string; share?: string };
  const copy = Object.fromEntries(entries) as T & Said;
  if (copy.signature !== notYetSigned) return copy;
  if (copy.signer !== self) throw new Error('a core spoke in the name of another');
  const shared = copy.share === notYetSigned ? { share: self.repeat(3) } : {};
  return { ...copy, ...shared, signature: self.repeat(4) };
}

/** Request number `seq` of client 0, by default one that nobody looks into. */
export function signedRequest(
  seq: number,
  command = put('x', String(seq)),
  client = c(0),
): SignedRequest {
  const proof = { key: 'a'.repeat(64), signature: 'b'.repeat(128) };
  return { ...request(seq, command, client), proof };
}

/** A batch of one request. */
export function batch(seq: number): Batch {
  return [signedRequest(seq)];
}

/** The primary of `view` among `n`. */
export const primary = (view: number, n = 4): ReplicaId => r(view % n);

export function prePrepare(view: number, n: number, of: Batch, by = primary(view)) {
  return signed<PrePrepare>(by, { kind: 'PRE-PREPARE', view, n, digest: digestOf(of) });
}

export function prepare(by: ReplicaId, view: number, n: number, of: Batch) {
  return signed<Prepare>(by, { kind: 'PREPARE', view, n, digest: digestOf(of) });
}

export function commit(by: ReplicaId, view: number, n: number, of: Batch) {
  return signed<Commit>(by, { kind: 'COMMIT', view, n, digest: digestOf(of) });
}

export function checkpoint(by: ReplicaId, n: number, digest: string) {
  return signed<Checkpoint>(by, { kind: 'CHECKPOINT', n, digest });
}

/** By the backups `by`, as many as the quorum needs. */
export function certificate(
  view: number,
  n: number,
  of: Batch,
  by = [0, 1, 2, 3].map((i) => r(i)).filter((id) => id !== primary(view)),
): PreparedCertificate {
  const prepares = by.slice(0, byzantineQuorum(4) - 1).map((id) => prepare(id, view, n, of));
  return { prePrepare: prePrepare(view, n, of), prepares };
}

export function viewChange(by: ReplicaId, view: number, rest: Partial<ViewChange> = {}) {
  const body = { kind: 'VIEW-CHANGE', view, stable: 0, checkpoints: [], prepared: [] } as const;
  return signed<ViewChange>(by, { ...body, ...rest });
}

/** With the O that follows from V, unless told otherwise. */
export function newView(
  view: number,
  viewChanges: readonly Signed<ViewChange>[],
  rest: Partial<NewView> = {},
  by = primary(view),
) {
  const prePrepares = newViewPrePrepares(viewChanges).slots.map(({ n, digest }) =>
    signed<PrePrepare>(by, { kind: 'PRE-PREPARE', view, n, digest }),
  );
  return signed<NewView>(by, { kind: 'NEW-VIEW', view, viewChanges, prePrepares, ...rest });
}

/** The message that carries one statement and nothing else. */
export function carrying(
  statement: Signed<Prepare | Commit | Checkpoint | ViewChange | NewView>,
): PbftMessage {
  return { type: statement.body.kind, statement } as PbftMessage;
}
