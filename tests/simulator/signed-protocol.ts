/**
 * The smallest protocol whose members sign: the first voter proposes batches, everybody echoes what it proposed, and
 * a quorum of echoes, shown together, makes all of them execute it. It survives no fault; it only speaks in every form
 * that signatures must cope with: batches of signed requests, statements, and statements that hold others.
 */
import * as v from 'valibot';
import {
  integerSchema,
  isQuery,
  signedRequestSchema,
  type SignedRequest,
} from '#protocols/core/client.ts';
import type { Laboratory } from '#protocols/core/laboratory.ts';
import type { Protocol, ReplicaContext, ReplicaSummary } from '#protocols/core/protocol.ts';
import { byzantineQuorum, faultsTolerated } from '#protocols/core/quorum.ts';
import type { Effect, Event, Replica } from '#protocols/core/replica.ts';
import { say, signedSchema, type Signed } from '#protocols/core/signed.ts';
import type { ReplicaId } from '#protocols/core/ids.ts';

interface Propose {
  readonly kind: 'PROPOSE';
  readonly n: number;
}
interface Echo {
  readonly kind: 'ECHO';
  readonly n: number;
}
interface Done {
  readonly kind: 'DONE';
  readonly propose: Signed<Propose>;
  readonly echoes: readonly Signed<Echo>[];
}

export type ToyMessage =
  | { readonly type: 'REQUEST'; readonly requests: readonly SignedRequest[] }
  | {
      readonly type: 'PROPOSE';
      readonly statement: Signed<Propose>;
      readonly batch: readonly SignedRequest[];
    }
  | { readonly type: 'ECHO'; readonly statement: Signed<Echo> }
  | { readonly type: 'DONE'; readonly statement: Signed<Done> };

const proposeSchema = v.strictObject({ n: integerSchema, kind: v.literal('PROPOSE') });
const echoSchema = v.strictObject({ n: integerSchema, kind: v.literal('ECHO') });
const doneSchema = v.strictObject({
  kind: v.literal('DONE'),
  propose: signedSchema(proposeSchema),
  echoes: v.array(signedSchema(echoSchema)),
});
const requestsSchema = v.array(signedRequestSchema);

const messageSchema: v.GenericSchema<unknown, ToyMessage> = v.variant('type', [
  v.strictObject({ type: v.literal('REQUEST'), requests: requestsSchema }),
  v.strictObject({
    type: v.literal('PROPOSE'),
    statement: signedSchema(proposeSchema),
    batch: requestsSchema,
  }),
  v.strictObject({ type: v.literal('ECHO'), statement: signedSchema(echoSchema) }),
  v.strictObject({ type: v.literal('DONE'), statement: signedSchema(doneSchema) }),
]);

type ToyEffect = Effect<ToyMessage, string>;
type Batch = readonly SignedRequest[];

class Toy implements Replica<ToyMessage, object, string> {
  readonly state = {};
  readonly #context: ReplicaContext;
  readonly #batches = new Map<number, Batch>();
  readonly #echoes = new Map<number, Map<ReplicaId, Signed<Echo>>>();
  readonly #seen = new Set<string>();
  #last = 0;

  constructor(context: ReplicaContext) {
    this.#context = context;
  }

  step(event: Event<ToyMessage>): ToyEffect[] {
    if (event.type === 'request') {
      return this.#request(event.requests.flatMap((m) => (!isQuery(m) && 'proof' in m ? [m] : [])));
    }
    return event.type === 'receive' ? this.#receive(event.message) : [];
  }

  #request(requests: Batch): ToyEffect[] {
    const { self, voters } = this.#context;
    const leader = voters[0] as ReplicaId;
    if (self !== leader) return [send([leader], { type: 'REQUEST', requests })];
    const fresh = requests.filter(({ client, seq }) => !this.#seen.has(`${client} ${seq}`));
    if (fresh.length === 0) return [];
    for (const { client, seq } of fresh) this.#seen.add(`${client} ${seq}`);
    const statement = say<Propose>(self, { kind: 'PROPOSE', n: ++this.#last });
    return [send(voters, { type: 'PROPOSE', statement, batch: fresh })];
  }

  #receive(message: ToyMessage): ToyEffect[] {
    const { self, voters } = this.#context;
    if (message.type === 'REQUEST') return this.#request(message.requests);
    if (message.type === 'DONE') return this.#execute(message.statement.body.propose.body.n);
    const { statement } = message;
    const { n } = statement.body;
    if (message.type === 'PROPOSE') {
      this.#batches.set(n, message.batch);
      const writes = [{ type: 'put', key: `n/${n}`, value: n }] as const;
      const echo = say<Echo>(self, { kind: 'ECHO', n });
      const leader = voters[0] as ReplicaId;
      return [{ type: 'persist', writes }, send([leader], { type: 'ECHO', statement: echo })];
    }
    const echoes = this.#echoes.get(n) ?? new Map<ReplicaId, Signed<Echo>>();
    this.#echoes.set(n, echoes.set(statement.signer, message.statement));
    if (echoes.size !== byzantineQuorum(voters.length)) return [];
    const propose = say<Propose>(self, { kind: 'PROPOSE', n });
    const done = say<Done>(self, { kind: 'DONE', propose, echoes: [...echoes.values()] });
    return [send(voters, { type: 'DONE', statement: done })];
  }

  #execute(n: number): ToyEffect[] {
    return (this.#batches.get(n) ?? []).flatMap((request): ToyEffect[] => {
      const { index, result } = this.#context.service.execute(request, n);
      const { client, seq, command } = request;
      const reply = { type: 'done', seq, index, result, leader: null } as const;
      return [
        { type: 'apply', index, command, result },
        { type: 'reply', to: client, reply },
      ];
    });
  }
}

function send(to: readonly ReplicaId[], message: ToyMessage): ToyEffect {
  return { type: 'send', to, message };
}

const summary: ReplicaSummary = {
  role: 'follower',
  term: 0,
  leader: null,
  votedFor: null,
  votes: [],
  commitIndex: 0,
  lastIndex: 0,
  log: [],
  match: {},
  snapshotIndex: 0,
  configuration: { voters: [], votersOld: [], learners: [] },
  assumptionBroken: null,
};

export const toy: Protocol<ToyMessage, object, string> = {
  name: 'toy',
  title: 'Toy',
  version: 1,
  message: messageSchema,
  clientMessage: signedRequestSchema,
  note: v.string(),
  signed: true,
  accountability: null,
  votersMin: 1,
  votersMax: 31,
  quorum: byzantineQuorum,
  switches: [],
  repliesNeeded: (n) => faultsTolerated(n) + 1,
  reads: () => [],
  operations: [],
  create: (context) => new Toy(context),
  summarize: () => summary,
  summarizeMessage: ({ type }) => ({ name: type, term: 0, shape: 'request', heavy: true }),
};

export const toyLaboratory: Laboratory<ToyMessage, object, string> = {
  protocol: toy,
  create: (context) => new Toy(context),
  messageNames: ['REQUEST', 'PROPOSE', 'ECHO', 'DONE'],
  bugs: [],
  faultsTolerated: () => 0,
  convergence: 'all',
  behaviours: [],
  plots: [],
  liarsTolerated: faultsTolerated,
  createChecker: () => ({
    check: () => [],
    released: () => [],
    forget: () => undefined,
    distrust: () => undefined,
  }),
  milestoneOf: () => null,
};
