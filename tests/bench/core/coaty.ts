/**
 * The npm peer: the Raft core of `@coaty/consensus.raft`, a port of etcd's. Driven as its own node drives it, a loop
 * of `ready` and `advance`, without the promises, the timers, the JSON and the MQTT of its outer layers: the same
 * plain function calls, the same immediate writes and the same service as the others. Its in-flight window holds
 * the whole load.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ClientRequest } from '#protocols/core/client.ts';
import { Service } from '#protocols/core/service.ts';
import { ClosedLoop, type Load, type Subject } from './subject.ts';

const folder = fileURLToPath(new URL('./peer', import.meta.url));
export const isCoatyInstalled = existsSync(`${folder}/node_modules/@coaty/consensus.raft`);
export const howToInstallCoaty = 'npm ci --ignore-scripts --prefix tests/bench/core/peer';

interface Entry {
  readonly index: number;
  readonly data: ClientRequest | null;
}
interface Message {
  readonly to: string;
}
interface Ready {
  readonly hardState: { isEmptyHardState(): boolean };
  readonly entries: readonly Entry[];
  readonly committedEntries: readonly Entry[];
  readonly messages: readonly Message[];
}
interface Storage {
  snapshot: unknown;
  Append(entries: readonly Entry[]): void;
  SetHardState(state: unknown): void;
  ApplySnapshot(snapshot: unknown): void;
}
interface RawNode {
  campaign(): void;
  step(message: Message): void;
  hasReady(): boolean;
  ready(): Ready;
  advance(ready: Ready): void;
}

/** What this file uses of the package; it is loaded only when it is installed. */
interface Coaty {
  readonly RawNode: { NewRawNode(config: unknown): RawNode };
  readonly RaftConfig: new (config: object) => unknown;
  readonly MemoryStorage: { NewMemoryStorage(): Storage };
  readonly Message: new (fields: object) => Message;
  readonly Entry: new (fields: object) => Entry;
  readonly Snapshot: new (fields: object) => unknown;
  readonly SnapshotMetadata: new (fields: object) => unknown;
  readonly ConfState: new (fields: object) => unknown;
  readonly MessageType: { readonly MsgProp: number };
  readonly discardLogger: unknown;
}

function load(): Coaty {
  const require = createRequire(`${folder}/`);
  const part = (name: string) => require(`@coaty/consensus.raft/ported/${name}.js`) as object;
  const names = ['rawnode', 'raft', 'storage', 'raftpb/raft.pb', 'logger'];
  return Object.assign({}, ...names.map(part)) as Coaty;
}

interface Node {
  readonly id: string;
  readonly raw: RawNode;
  readonly storage: Storage;
  readonly service: Service;
  inbox: Message[];
}

export class CoatyCluster implements Subject {
  readonly #coaty = load();
  readonly #nodes: readonly Node[];
  readonly #byId: ReadonlyMap<string, Node>;
  #committed = 0;
  #executed = 0;

  constructor(n: number) {
    const voters = Array.from({ length: n }, (_, i) => `node-${i}`);
    this.#nodes = voters.map((id) => this.#node(id, voters));
    this.#byId = new Map(this.#nodes.map((node) => [node.id, node]));
    this.#leader.raw.campaign();
    do this.#round();
    while (this.#nodes.some(({ inbox }) => inbox.length > 0));
  }

  commit(count: number, load: Load): void {
    const { Message, Entry, MessageType } = this.#coaty;
    const { id, raw } = this.#leader;
    const loop = new ClosedLoop(this.#committed + 1, count, load);
    this.#committed += count;
    while (!loop.isDone) {
      for (const requests of loop.due()) {
        const entries = requests.map((data) => new Entry({ data }));
        raw.step(new Message({ type: MessageType.MsgProp, from: id, entries }));
      }
      const before = this.#executed;
      this.#round();
      loop.answered(this.#executed - before);
    }
  }

  get #leader(): Node {
    return this.#nodes[0] as Node;
  }

  #node(id: string, voters: readonly string[]): Node {
    const { RawNode, RaftConfig, MemoryStorage, ...types } = this.#coaty;
    const storage = MemoryStorage.NewMemoryStorage();
    const confState = new types.ConfState({ voters: [...voters] });
    const metadata = new types.SnapshotMetadata({ confState, index: 1, term: 1 });
    storage.ApplySnapshot(new types.Snapshot({ metadata }));
    const config = new RaftConfig({
      id,
      storage,
      electionTick: 10,
      heartbeatTick: 1,
      applied: 1,
      maxSizePerMsg: 1_048_576,
      maxInflightMsgs: 256,
      logger: types.discardLogger,
    });
    return { id, storage, raw: RawNode.NewRawNode(config), service: new Service(), inbox: [] };
  }

  #round(): void {
    for (const node of this.#nodes) {
      const { inbox } = node;
      node.inbox = [];
      for (const message of inbox) node.raw.step(message);
      while (node.raw.hasReady()) this.#perform(node);
    }
  }

  #perform(node: Node): void {
    const { raw, storage, service } = node;
    const ready = raw.ready();
    storage.Append(ready.entries);
    if (!ready.hardState.isEmptyHardState()) storage.SetHardState(ready.hardState);
    for (const message of ready.messages) this.#byId.get(message.to)?.inbox.push(message);
    for (const { data, index } of ready.committedEntries) {
      if (data === null) continue;
      service.execute(data, index);
      if (node === this.#leader) this.#executed++;
    }
    raw.advance(ready);
  }
}
