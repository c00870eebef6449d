/** Lies about votes, timeouts and certificates (HB2, HB3, HB10, HB11, HB12, HB16, HB19). */
import { editSends, send, victimsOf } from '../byzantine/edits.ts';
import { say } from '../core/signed.ts';
import { digestOf, genesisCertificate } from './block.ts';
import { isAggregated, sayCountable } from './certificates.ts';
import { isOwn } from './byzantine-tongue.ts';
import { isProposal, proposing, type Kind, type Liar } from './byzantine-leading.ts';
import type { Block, Certificate, HotStuffMessage, SyncInfo, Vote } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { leaderOf } from './rotation.ts';
import { countingView } from './rules.ts';
import { syncInfoOf, type HotStuffEffect } from './state.ts';

/** Of a rule set: what the first vote for `block` says besides. */
export type FirstVote = (block: Block) => Pick<Vote, 'phase' | 'lockView'>;

/** The generator of G1: a point like any share. */
const nobodysShare =
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb';

/** Steps of the liar between two timeouts of its own. */
const stepsBetween = 4;
/** Blocks and views that a liar remembers: two of them must not answer each other for ever. */
const rememberedMax = 1_024;

const sending = send<HotStuffMessage, HotStuffNote>;

/** Whether `key` is heard for the first time, or the first time in a long while. */
function once(): (key: string) => boolean {
  const known = new Set<string>();
  return (key) => {
    if (known.has(key)) return false;
    if (known.size >= rememberedMax) known.clear();
    known.add(key);
    return true;
  };
}

function voteFor(block: Block, { self, state }: Liar, firstVote: FirstVote): HotStuffEffect[] {
  const { view, justify } = block;
  const of = { view, block: digestOf(block), justifyView: justify.view };
  const body: Vote = { kind: 'VOTE', ...of, ...firstVote(block) };
  const counts = leaderOf(countingView(body), null, state.setting);
  return sending([counts], { type: 'VOTE', statement: sayCountable(self, body, state.setting) });
}

/** HB2: agrees with each in what it says itself, and with every leader. */
function voteForBoth(firstVote: FirstVote): Kind {
  return {
    id: 'HB2',
    title: 'Vote for whatever anyone proposes, or votes for',
    forecast: ({ f, liars }) =>
      liars <= f
        ? 'One vote too many for each side, and still no quorum for both.'
        : 'Together with a leader that tells two stories: two certificates of one view.',
    convictedBy: ['E2', 'E9', 'E10', 'E11'],
    begin(behaviour, liar) {
      const victims = victimsOf(behaviour, liar);
      const isNews = once();
      return (event, step) => {
        const effects = step(event);
        if (event.type !== 'receive' || !victims.includes(event.from)) return effects;
        const { message, from } = event;
        if (message.type === 'PROPOSAL') {
          if (!isNews(message.statement.body.block)) return effects;
          return [...effects, ...voteFor(message.block, liar, firstVote)];
        }
        const vote = message.type === 'VOTE' ? message.statement : null;
        const theirs = message.type === 'TIMEOUT' ? message.vote : vote;
        if (!theirs || !isNews(`${from} ${theirs.body.block}`)) return effects;
        const statement = sayCountable(liar.self, theirs.body, liar.state.setting);
        const same: HotStuffMessage = { type: 'VOTE', statement };
        return [...effects, ...sending([from], same)];
      };
    },
  };
}

/** HB3: one vote a view, and for whatever comes first: its lock and its timeouts bind it to nothing. */
function voteAgainstLock(firstVote: FirstVote): Kind {
  return {
    id: 'HB3',
    title: 'Vote against the lock, and in views that it gave up',
    forecast: ({ f, liars }) =>
      liars <= f
        ? 'One vote of a quorum: the honest in it keep to their locks.'
        : 'What was committed with its vote can be left behind: a fork across views.',
    convictedBy: ['E2', 'E9', 'E10', 'E11'],
    begin(_behaviour, liar) {
      const isFirst = once();
      return (event, step) => {
        const effects = step(event);
        for (const effect of effects) {
          if (effect.type !== 'send') continue;
          const { message } = effect;
          if (message.type === 'VOTE' && isOwn(message, liar.self)) {
            isFirst(String(message.statement.body.view));
          }
        }
        if (event.type !== 'receive' || event.message.type !== 'PROPOSAL') return effects;
        const { block } = event.message;
        if (!isFirst(String(block.view))) return effects;
        return [...effects, ...voteFor(block, liar, firstVote)];
      };
    },
  };
}

/** What looks like `qc` and proves nothing, in `turn` one way after the other. */
function forged(qc: Certificate, turn: number): Certificate {
  const { votes } = qc;
  const way = turn % 4;
  if (way === 2) return { ...qc, votes: [] };
  if (way === 3) return { ...qc, view: qc.view + 2 };
  if (isAggregated(votes)) {
    // Of no matter whom: one signer more than there was, or one fewer.
    const signers =
      way === 0 ? votes.signers | (votes.signers + 1) : votes.signers & (votes.signers - 1);
    return { ...qc, votes: { ...votes, signers } };
  }
  const [first] = votes;
  return { ...qc, votes: way === 0 ? votes.map((vote) => first ?? vote) : votes.slice(1) };
}

/** Its own timeout of a later view, as often as a quorum needs; or, in other turns, by one too few. */
function forgedSync({ highQC, decided }: SyncInfo, turn: number, { self, state }: Liar): SyncInfo {
  if (turn % 2 === 0) return { highQC: forged(highQC, turn / 2), highTC: null, decided };
  const view = state.view + 1;
  const own = say(self, { kind: 'TIMEOUT', view, highView: highQC.view } as const);
  return { highQC, highTC: state.setting.voters.map(() => own), decided };
}

/** HB10. */
const fakeCertificates: Kind = {
  id: 'HB10',
  title: 'Certificates with too few signers, one repeated, none, or of another view',
  forecast: () => 'Refused by everyone: a certificate proves itself, or nothing.',
  convictedBy: ['E1', 'E11'],
  begin(behaviour, liar) {
    let turn = 0;
    return editSends(victimsOf(behaviour, liar), (message, to) => {
      turn++;
      if (isProposal(message, liar)) {
        const { justify } = message.block;
        const sync = forgedSync({ highQC: justify, highTC: null, decided: null }, turn, liar);
        const block = { ...message.block, justify: forged(justify, turn) };
        return [
          ...sending(to, { type: 'SYNC', sync }),
          ...sending(to, turn % 3 === 0 ? proposing(message, block) : message),
        ];
      }
      if (!('sync' in message)) return send(to, message);
      return send(to, { ...message, sync: forgedSync(message.sync, turn, liar) });
    });
  },
};

/** HB11: as if it had never seen a certificate. */
const lyingTimeout: Kind = {
  id: 'HB11',
  title: 'Give up views as if it knew no certificate',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'The next leader goes by the highest that a quorum names.'
      : 'A quorum can look as if nothing had been certified: with two chains that is a fork.',
  convictedBy: ['E11'],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (message.type !== 'TIMEOUT' || !isOwn(message, liar.self)) return send(to, message);
      const body = { ...message.statement.body, highView: 0 };
      const sync: SyncInfo = { highQC: genesisCertificate, highTC: null, decided: null };
      return send(to, { type: 'TIMEOUT', statement: say(liar.self, body), sync, vote: null });
    }),
};

/** HB12. */
const spam: Kind = {
  id: 'HB12',
  title: 'Give up every view at once',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Nobody follows fewer than f + 1.'
      : 'f + 1 of them drag all others along: views change for ever.',
  convictedBy: ['E11'],
  begin(behaviour, liar) {
    let steps = 0;
    return (event, step) => {
      const effects = step(event);
      if (++steps % stepsBetween !== 0) return effects;
      const { view, highQC } = liar.state;
      const body = { kind: 'TIMEOUT', view, highView: highQC.view } as const;
      const statement = say(liar.self, body);
      const sync = syncInfoOf(liar.state);
      const message: HotStuffMessage = { type: 'TIMEOUT', statement, sync, vote: null };
      return [...effects, ...sending(victimsOf(behaviour, liar), message)];
    };
  },
};

/** HB16. */
const keepBlocks: Kind = {
  id: 'HB16',
  title: 'Hand no blocks to those who ask for them',
  forecast: () => 'Others who voted for them have them too.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) =>
      message.type === 'BLOCKS' ? [] : send(to, message),
    ),
};

/** HB19. In an epoch of lists no vote may have a share at all. */
const falseShares: Kind = {
  id: 'HB19',
  title: 'Vote with a false share',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Where certificates are aggregates, whoever puts its votes together finds out once, and counts none of them after; else none counts at all.'
      : 'With so few true votes no certificate comes about: views are given up for ever.',
  convictedBy: [],
  begin: (behaviour, liar) =>
    editSends(victimsOf(behaviour, liar), (message, to) => {
      if (message.type === 'VOTE' && isOwn(message, liar.self)) {
        return send(to, { ...message, statement: { ...message.statement, share: nobodysShare } });
      }
      if (message.type !== 'TIMEOUT' || !message.vote) return send(to, message);
      return send(to, { ...message, vote: { ...message.vote, share: nobodysShare } });
    }),
};

export function votingLies(firstVote: FirstVote): readonly Kind[] {
  return [
    voteForBoth(firstVote),
    voteAgainstLock(firstVote),
    fakeCertificates,
    lyingTimeout,
    spam,
    keepBlocks,
    falseShares,
  ];
}
