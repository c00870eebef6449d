/** Lies of the normal case: proposals, votes and checkpoints (PB1 to PB7, PB15, PB16, PB20). */
import { accomplicesOf, editSend, editSends, halfOf, send, victimsOf } from '../byzantine/edits.ts';
import type { BehaviourKind, LiarContext } from '../core/behaviour.ts';
import type { ReplicaId } from '../core/ids.ts';
import { say } from '../core/signed.ts';
import { digestOf, nullDigest } from './batch.ts';
import { bodyOf, isOwn, resaid } from './byzantine-tongue.ts';
import type { Batch, PbftMessage, PbftStatement, PrePrepare } from './messages.ts';
import type { PbftNote } from './notes.ts';
import { primaryOf } from './setting.ts';
import type { PbftEffect, PbftState } from './state.ts';

type Kind = BehaviourKind<PbftMessage, PbftState, PbftNote>;
type Liar = LiarContext<PbftMessage, PbftState, PbftNote>;
type Proposal = Extract<PbftMessage, { type: 'PRE-PREPARE' }>;

function isProposal(message: PbftMessage, { self }: Liar): message is Proposal {
  return message.type === 'PRE-PREPARE' && isOwn(message, self);
}

/** The same slot with another batch. */
function proposing(message: Proposal, batch: Batch): PbftMessage {
  const { view, n } = message.statement.body;
  const body: PrePrepare = { kind: 'PRE-PREPARE', view, n, digest: digestOf(batch) };
  return { ...message, statement: say(message.statement.signer, body), batch };
}

/** PB1: other batches to some; its accomplices hear of both. */
const equivocate: Kind = {
  id: 'PB1',
  title: 'As primary: different batches to two halves',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'At most one of the two prepares; the others move to the next view and name it.'
      : 'With accomplices both halves commit, differently: the fork that the court is for.',
  convictedBy: ['E1'],
  begin(behaviour, liar) {
    const [victims, accomplices] = [halfOf(behaviour, liar), accomplicesOf(behaviour, liar)];
    return (event, step) =>
      step(event).flatMap((effect) => {
        if (effect.type !== 'send' || !isProposal(effect.message, liar)) return [effect];
        const { batch } = effect.message;
        const other = proposing(effect.message, batch.length > 1 ? [...batch].reverse() : []);
        const first = effect.to.filter((id) => !victims.includes(id) || accomplices.includes(id));
        const second = effect.to.filter((id) => victims.includes(id) || accomplices.includes(id));
        return [{ ...effect, to: first }, ...send<PbftMessage, PbftNote>(second, other)];
      });
  },
};

/** PB2: f + 1 honest ones can commit with the liars' help, and f stay behind. */
const proposeToSome = dropping('PB2', 'As primary: proposes to some only', {
  forecast: ({ f }) => `The ${f} that hear nothing fall behind, and catch up by a checkpoint.`,
  from: halfOf,
  drops: (message) => message.type === 'PRE-PREPARE',
});

/** PB6. */
const withholdPrepare = dropping('PB6', 'Withhold its PREPARE from some', {
  forecast: () => 'Those prepare later than the others, or not in this view.',
  from: halfOf,
  drops: (message) => message.type === 'PREPARE',
});

/** PB13: as new primary; view 0 has no NEW-VIEW. */
const silentNewPrimary = dropping('PB13', 'Silent as new primary', {
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'The view is lost, the next waits twice as long; f of them in a row cost f views.'
      : 'Views come and go, each twice as slow as the one before.',
  from: victimsOf,
  drops: (message) => {
    const body = bodyOf(message);
    return (
      body !== null && (body.kind === 'NEW-VIEW' || (body.kind === 'PRE-PREPARE' && body.view > 0))
    );
  },
});

function dropping(
  id: string,
  title: string,
  {
    forecast,
    from,
    drops,
  }: Pick<Kind, 'forecast'> & {
    /** Who does not hear it. */
    from: typeof victimsOf;
    drops: (message: PbftMessage) => boolean;
  },
): Kind {
  return {
    id,
    title,
    forecast,
    convictedBy: [],
    begin(behaviour, liar) {
      return editSends(from(behaviour, liar), (message, to) =>
        drops(message) ? [] : send(to, message),
      );
    },
  };
}

/** PB3, PB4: the number of a proposal moved, within the window or out of it. */
function moving(id: string, title: string, far: boolean): Kind {
  return {
    id,
    title,
    forecast: () =>
      far
        ? 'Refused by everyone: the number lies outside of the window.'
        : 'The gap waits until a timeout; the next view fills it with the null request.',
    convictedBy: [],
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) => {
        if (!isProposal(message, liar)) return send(to, message);
        const { body } = message.statement;
        const n = far ? liar.state.stable.n + liar.state.setting.window + 1 + body.n : body.n + 1;
        return send(to, resaid(message, { ...body, n }));
      }),
  };
}

/** PB5: agrees with each in whatever it says itself, and with nobody else. */
const voteForBoth: Kind = {
  id: 'PB5',
  title: 'Prepare and commit whatever anyone proposes',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'One vote too many for each side, and still no quorum for both.'
      : 'Together with a primary that tells two stories: a fork.',
  convictedBy: ['E2'],
  begin(behaviour, liar) {
    const victims = victimsOf(behaviour, liar);
    const own = editSends<PbftMessage, PbftNote>(victims, (message, to) => {
      const isVote = message.type === 'PREPARE' || message.type === 'COMMIT';
      return isVote && isOwn(message, liar.self) ? [] : send(to, message);
    });
    const isNews = once();
    return (event, step) => {
      const effects = own(event, step);
      if (event.type !== 'receive' || !victims.includes(event.from)) return effects;
      const body = bodyOf(event.message);
      if (!body || !isOfSlot(body) || !isNews(event.from, body)) return effects;
      return [...effects, ...votesFor(body, event.from, liar)];
    };
  },
};

/** Digests that a liar remembers having agreed with: two of them must not answer each other for ever. */
const agreedMax = 1_024;

function once(): (from: ReplicaId, body: OfSlot) => boolean {
  const agreed = new Set<string>();
  return (from, { view, n, digest }) => {
    const key = `${from} ${view} ${n} ${digest}`;
    if (agreed.has(key)) return false;
    if (agreed.size >= agreedMax) agreed.clear();
    agreed.add(key);
    return true;
  };
}

type OfSlot = Extract<PbftStatement, { kind: 'PRE-PREPARE' | 'PREPARE' | 'COMMIT' }>;

function isOfSlot(body: PbftStatement): body is OfSlot {
  return 'n' in body && 'view' in body;
}

function votesFor({ view, n, digest }: OfSlot, to: ReplicaId, { self, state }: Liar): PbftEffect[] {
  const commit = say(self, { kind: 'COMMIT', view, n, digest } as const);
  const votes = send<PbftMessage, PbftNote>([to], { type: 'COMMIT', statement: commit });
  if (primaryOf(view, state.setting) === self) return votes;
  const prepare = say(self, { kind: 'PREPARE', view, n, digest } as const);
  return [...send<PbftMessage, PbftNote>([to], { type: 'PREPARE', statement: prepare }), ...votes];
}

/** PB7: one COMMIT for each proposal it hears, prepared or not. */
const commitAtOnce: Kind = {
  id: 'PB7',
  title: 'Commit without having prepared',
  forecast: () =>
    'One vote of a quorum; it convicts itself if a view change finds nothing prepared.',
  convictedBy: ['E7'],
  begin: (behaviour, liar) => (event, step) => {
    const effects = step(event);
    if (event.type !== 'receive' || event.message.type !== 'PRE-PREPARE') return effects;
    const { view, n, digest } = event.message.statement.body;
    const statement = say(liar.self, { kind: 'COMMIT', view, n, digest } as const);
    const commits = send<PbftMessage, PbftNote>(victimsOf(behaviour, liar), {
      type: 'COMMIT',
      statement,
    });
    return [...effects, ...commits];
  },
};

/** PB16: the digest of a state that nobody has. */
const falseCheckpoint: Kind = {
  id: 'PB16',
  title: 'Checkpoints of another state, a different one to some',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'No quorum signs that state; it convicts itself by signing two.'
      : 'Only a quorum of liars could make it stable.',
  convictedBy: ['E3'],
  begin: (behaviour, liar) => {
    const victims = halfOf(behaviour, liar);
    return (event, step) =>
      step(event).flatMap((effect) =>
        editSend<PbftMessage, PbftNote>(effect, victims, (message, to) => {
          const body = bodyOf(message);
          if (body?.kind !== 'CHECKPOINT' || !isOwn(message, liar.self)) return send(to, message);
          return send(to, resaid(message, { ...body, digest: nullDigest }));
        }),
      );
  },
};

/** PB20: a request that its client never made. */
const forgedRequest: Kind = {
  id: 'PB20',
  title: 'As primary: a request in the batch that its client did not sign',
  forecast: () =>
    'Refused at the door of every backup: the batch never gets in, and the view is lost.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (!isProposal(message, liar)) return send(to, message);
      const command = { op: 'put', key: 'lie', value: 'lie' } as const;
      const batch = message.batch.map((request) => ({ ...request, command }));
      return send(to, proposing(message, batch));
    }),
};

export const orderingLies: readonly Kind[] = [
  equivocate,
  proposeToSome,
  moving('PB3', 'As primary: skips a sequence number', false),
  moving('PB4', 'As primary: proposes outside of the window', true),
  voteForBoth,
  withholdPrepare,
  commitAtOnce,
  silentNewPrimary,
  falseCheckpoint,
  forgedRequest,
];
