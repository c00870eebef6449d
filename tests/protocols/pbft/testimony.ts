/** Statements of PBFT for tests, with a signature that costs nothing: a digest keyed by its signer's name. */
import type { Jurisdiction } from '#protocols/core/evidence.ts';
import { sha256Hex } from '#protocols/core/digest.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { byzantineQuorum } from '#protocols/core/quorum.ts';
import {
  signedText,
  type Signed,
  type SigningDomain,
  type Statement,
} from '#protocols/core/signed.ts';
import type {
  Checkpoint,
  Commit,
  NewView,
  PreparedCertificate,
  PrePrepare,
  Prepare,
  ViewChange,
} from '#protocols/pbft/messages.ts';
import { roster } from '../fixtures/ids.ts';

export const domain: SigningDomain = {
  protocol: 'pbft',
  version: 1,
  cluster: 'c1'.repeat(32),
  epoch: 1,
};

function signatureOf(signer: MemberId, body: Statement, salt: string): string {
  const half = sha256Hex(`${signer} ${signedText(domain, body)}`);
  return half + sha256Hex(salt);
}

/** The first half of a signature is bound to body and signer, the second to nothing: one body has many signatures. */
export function isSigned({ body, signer, signature }: Signed): boolean {
  return signature.startsWith(signatureOf(signer, body, '').slice(0, 64));
}

export function jurisdictionOf(n: number): Jurisdiction {
  return { domain, voters: roster(n), switches: [], isSigned };
}

/** `body` as replica `i` signs it; each `salt` gives another signature of the same. */
export function by<B extends Statement>(i: number, body: B, salt = ''): Signed<B> {
  const signer = roster(i + 1)[i] as MemberId;
  return { body, signer, signature: signatureOf(signer, body, salt) };
}

export const digest = (name: string): string => sha256Hex(name);

export const prePrepare = (view: number, n: number, name: string): PrePrepare => ({
  kind: 'PRE-PREPARE',
  view,
  n,
  digest: digest(name),
});
export const prepare = (view: number, n: number, name: string): Prepare => ({
  kind: 'PREPARE',
  view,
  n,
  digest: digest(name),
});
export const commit = (view: number, n: number, name: string): Commit => ({
  kind: 'COMMIT',
  view,
  n,
  digest: digest(name),
});
export const checkpoint = (n: number, name: string): Checkpoint => ({
  kind: 'CHECKPOINT',
  n,
  digest: digest(name),
});
export const viewChange = (
  view: number,
  { stable = 0, checkpoints = [], prepared = [] }: Partial<ViewChange> = {},
): ViewChange => ({ kind: 'VIEW-CHANGE', view, stable, checkpoints, prepared });
export const newView = (
  view: number,
  viewChanges: NewView['viewChanges'],
  prePrepares: NewView['prePrepares'] = [],
): NewView => ({ kind: 'NEW-VIEW', view, viewChanges, prePrepares });

/** That `name` prepared at `n` in `view`, as the first backups sign it; of `n` = 4 replicas unless told. */
export function certificate(view: number, n: number, name: string, size = 4): PreparedCertificate {
  const primary = view % size;
  const backups = Array.from({ length: size }, (_, i) => i).filter((i) => i !== primary);
  return {
    prePrepare: by(primary, prePrepare(view, n, name)),
    prepares: backups.slice(0, byzantineQuorum(size) - 1).map((i) => by(i, prepare(view, n, name))),
  };
}

/** Checkpoints of a quorum. */
export function stableAt(n: number, size = 4): Signed<Checkpoint>[] {
  return Array.from({ length: byzantineQuorum(size) }, (_, i) =>
    by(i, checkpoint(n, `state ${n}`)),
  );
}
