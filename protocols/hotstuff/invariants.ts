/**
 * What must hold of a whole cluster, over its history: who checks it sees every replica, which none of them can. Feed
 * it each honest replica's state after each step, and the effects of the step.
 */
import type { Checker, DiskOf, Violation } from '../core/checker.ts';
import type { ReplicaId } from '../core/ids.ts';
import { ServiceInvariants } from '../core/service-invariants.ts';
import { LocalInvariants } from './invariants-local.ts';
import { SignedInvariants } from './invariants-signed.ts';
import { saidIn, signersOf } from './certificates.ts';
import type { Certificate, HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { quorumOf } from './setting.ts';
import type { HotStuffEffect, HotStuffState } from './state.ts';
import type { Node } from './tree.ts';

interface Life {
  readonly state: Readonly<HotStuffState>;
  readonly local: LocalInvariants;
  /** What was seen of it: nothing is looked at twice. */
  highQC: Certificate | null;
  decided: Certificate | null;
  committed: Node | null;
  readonly nodes: Set<string>;
}

const nothing: readonly Violation[] = [];

export class ClusterInvariants implements Checker<HotStuffMessage, HotStuffState, HotStuffNote> {
  readonly #lives = new Map<ReplicaId, Life>();
  /** The certified block of each phase and view. */
  readonly #certified = new Map<string, string>();
  /** Every block that somebody honest took in: its parent, its height and its view. */
  readonly #blocks = new Map<string, { parent: string; height: number; view: number }>();
  /** By height. */
  readonly #committed = new Map<number, string>();
  /** The last committed: its height, and the view that it was proposed in. */
  #last = { height: 0, view: 0 };
  /** Commands executed up to a height. */
  readonly #indices = new Map<number, number>();
  readonly #service = new ServiceInvariants('CI9');
  readonly #signed: SignedInvariants;
  /** Blocks from the commit back to the one that commits it: two or three, of consecutive views. */
  readonly #chain: number;
  #found: Violation[] = [];

  constructor(diskOf: DiskOf, chain: number) {
    this.#signed = new SignedInvariants(diskOf);
    this.#chain = chain;
  }

  check(state: Readonly<HotStuffState>, effects: readonly HotStuffEffect[]): readonly Violation[] {
    const life = this.#lifeOf(state);
    life.local.check(state, this.#found);
    this.#checkBlocks(life);
    this.#checkHigh(life);
    this.#checkCommitted(life);
    this.#service.check(state.self, effects, this.#found);
    this.#signed.said(state.self, effects, this.#found);
    if (state.stopped !== null) this.#fail('A1', `${state.self} saw that ${state.stopped}`);
    return this.#takeFound();
  }

  released(self: ReplicaId, effect: HotStuffEffect): readonly Violation[] {
    this.#signed.released(self, effect, this.#found);
    return this.#takeFound();
  }

  forget(self: ReplicaId): void {
    this.#lives.delete(self);
    this.#signed.forget(self);
  }

  distrust(self: ReplicaId): void {
    this.forget(self);
  }

  #fail(id: string, text: string): void {
    this.#found.push({ id, text });
  }

  #takeFound(): readonly Violation[] {
    if (this.#found.length === 0) return nothing;
    const found = this.#found;
    this.#found = [];
    return found;
  }

  #lifeOf(state: Readonly<HotStuffState>): Life {
    const known = this.#lives.get(state.self);
    if (known?.state === state) return known;
    const local = new LocalInvariants();
    const life: Life = {
      state,
      local,
      highQC: null,
      decided: null,
      committed: null,
      nodes: new Set(),
    };
    this.#lives.set(state.self, life);
    return life;
  }

  #checkBlocks(life: Life): void {
    for (const { digest, block, height, view } of life.state.nodes.values()) {
      if (life.nodes.has(digest) || !block) continue;
      life.nodes.add(digest);
      this.#blocks.set(digest, { parent: block.justify.block, height, view });
      this.#checkCertificate(life.state, block.justify);
    }
  }

  #checkHigh(life: Life): void {
    const { highQC, decided } = life.state;
    if (highQC !== life.highQC) this.#checkCertificate(life.state, highQC);
    if (decided && decided !== life.decided) this.#checkCertificate(life.state, decided);
    life.highQC = highQC;
    life.decided = decided;
  }

  /** CI2: one certified block a view. CI6: its votes are a quorum's, of this block and this view. */
  #checkCertificate({ self, setting }: Readonly<HotStuffState>, qc: Certificate): void {
    const { phase, view, block } = qc;
    const key = `${phase} ${view}`;
    if (view === 0) return;
    const known = this.#certified.get(key);
    if (known === undefined) {
      this.#certified.set(key, block);
      this.#checkOnChain(view, block);
    } else if (known !== block) this.#fail('CI2', `two blocks are certified in view ${view}`);
    const signers = new Set(signersOf(qc, setting));
    const matching = saidIn(qc).every(
      (vote) => vote.phase === phase && vote.view === view && vote.block === block,
    );
    const members = [...signers].every((signer) => setting.voters.includes(signer));
    if (signers.size < quorumOf(setting) || !matching || !members) {
      this.#fail('CI6', `${self} took ${signers.size} votes of view ${view} for a certificate`);
    }
  }

  /** CI7: what is certified later stands on what is committed. */
  #checkOnChain(view: number, block: string): void {
    const { height, view: committedIn } = this.#last;
    if (view <= committedIn) return;
    let at: string | undefined = block;
    for (let known = this.#blocks.get(block); known && at !== undefined;) {
      if (known.height === height) {
        if (at === this.#committed.get(height)) return;
        return this.#fail('CI7', `view ${view} certified what is not on the committed chain`);
      }
      at = known.parent;
      known = this.#blocks.get(at);
    }
  }

  /** CI1: one block at each height. CI5: what commits has consecutive views. CI8: heights without gaps. */
  #checkCommitted(life: Life): void {
    const { committed, self, index } = life.state;
    if (committed === life.committed) return;
    const from = life.committed?.height ?? 0;
    life.committed = committed;
    const known = this.#indices.get(committed.height) ?? index;
    this.#indices.set(committed.height, known);
    if (known !== index) {
      this.#fail('CI8', `${self} executed ${index} commands up to height ${committed.height}`);
    }
    for (let node: Node | null = committed; node && node.height > from; node = node.parent) {
      const digest = this.#committed.get(node.height) ?? node.digest;
      this.#committed.set(node.height, digest);
      if (digest !== node.digest) this.#fail('CI1', `two blocks are committed at ${node.height}`);
    }
    if (committed.height <= this.#last.height) return;
    this.#last = { height: committed.height, view: committed.view };
    if (!this.#isChainCertified(committed)) {
      this.#fail('CI5', `${self} committed view ${committed.view} without what commits it`);
    }
  }

  /** So many views on end are certified from `node` on, each block the child of the one before; or it was decided. */
  #isChainCertified({ digest, view }: Node): boolean {
    if (this.#chain === 1) return this.#certified.get(`commit ${view}`) === digest;
    let parent = digest;
    for (let step = 1; step < this.#chain; step++) {
      const next = this.#certified.get(`generic ${view + step}`);
      if (next === undefined || this.#blocks.get(next)?.parent !== parent) return false;
      parent = next;
    }
    return this.#certified.get(`generic ${view}`) === digest;
  }
}
