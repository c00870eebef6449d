/** Lies of leaders: what they propose, to whom, and upon what (HB1, HB4 to HB10, HB13, HB17, HB18). */
import { accomplicesOf, editSends, send, split, victimsOf } from '../byzantine/edits.ts';
import type { Behaviour, BehaviourKind, LiarContext } from '../core/behaviour.ts';
import type { ReplicaId } from '../core/ids.ts';
import { say } from '../core/signed.ts';
import { digestOf } from './block.ts';
import { isOwn } from './byzantine-tongue.ts';
import type { Batch, Block, HotStuffMessage } from './messages.ts';
import type { HotStuffNote } from './notes.ts';
import { proposalFor } from './proposal.ts';
import type { HotStuffEffect, HotStuffState } from './state.ts';

export type Kind = BehaviourKind<HotStuffMessage, HotStuffState, HotStuffNote>;
export type Liar = LiarContext<HotStuffMessage, HotStuffState, HotStuffNote>;
export type ProposalMessage = Extract<HotStuffMessage, { type: 'PROPOSAL' }>;

const slowTimer = 'byzantine split';

/** Those it lies to: every other place unless told; a lie to everybody would be one story. */
export function half(behaviour: Behaviour, liar: Liar): ReplicaId[] {
  if (behaviour.to !== null) return victimsOf(behaviour, liar);
  return liar.voters.filter((id, place) => id !== liar.self && place % 2 === 1);
}

export function isProposal(message: HotStuffMessage, { self }: Liar): message is ProposalMessage {
  return message.type === 'PROPOSAL' && isOwn(message, self);
}

/** The same with another block. */
export function proposing(message: ProposalMessage, block: Block): ProposalMessage {
  const body = proposalFor(block, digestOf(block), message.tc);
  return { ...message, statement: say(message.statement.signer, body), block };
}

/** Requests that are in the chain below `block` already, the latest. */
function batchBelow({ justify }: Block, { state }: Liar): Batch {
  let node = state.nodes.get(justify.block) ?? null;
  while (node?.block && node.block.batch.length === 0) node = node.parent;
  return node?.block?.batch ?? [];
}

/** Something else that could stand in the place of the batch; the same if there is nothing. */
function otherBatch(block: Block, liar: Liar): Batch {
  if (block.batch.length > 1) return [...block.batch].reverse();
  if (block.batch.length === 1) return [];
  const [waiting] = liar.state.requests.values();
  return waiting ? [waiting] : batchBelow(block, liar);
}

/** HB1: another block to some; its accomplices hear of both. */
const equivocate: Kind = {
  id: 'HB1',
  title: 'As leader: different blocks to two halves',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'At most one of the two is certified; both stories together name it.'
      : 'With accomplices both can be certified, and what stands on them committed: a fork.',
  convictedBy: ['E1'],
  begin(behaviour, liar) {
    const [victims, accomplices] = [half(behaviour, liar), accomplicesOf(behaviour, liar)];
    return (event, step) =>
      step(event).flatMap((effect) => {
        if (effect.type !== 'send' || !isProposal(effect.message, liar)) return [effect];
        const { block } = effect.message;
        const other = proposing(effect.message, { ...block, batch: otherBatch(block, liar) });
        const first = effect.to.filter((id) => !victims.includes(id) || accomplices.includes(id));
        const second = effect.to.filter((id) => victims.includes(id) || accomplices.includes(id));
        const others = send<HotStuffMessage, HotStuffNote>(second, other);
        return [...send<HotStuffMessage, HotStuffNote>(first, effect.message), ...others];
      });
  },
};

/** Another block in the place of each that it proposes, to those it lies to. */
function reproposing(
  id: string,
  title: string,
  {
    forecast,
    convictedBy = ['E1'],
    change,
  }: Pick<Kind, 'forecast'> &
    Partial<Pick<Kind, 'convictedBy'>> & { change: (block: Block, liar: Liar) => Block },
): Kind {
  return {
    id,
    title,
    forecast,
    convictedBy,
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) => {
        if (!isProposal(message, liar)) return send(to, message);
        return send(to, proposing(message, change(message.block, liar)));
      }),
  };
}

/** HB4: upon a block one to four before the one that it should stand on, in other turns as leader on another. */
const staleCertificate = reproposing('HB4', 'As leader: proposes on an old certificate', {
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Nothing shows that the views between have ended: refused, and the view is lost.'
      : 'With timeouts that hide the newer ones, blocks of others are left behind.',
  convictedBy: ['E1', 'E12'],
  change: (block, { state, voters }) => {
    const turn = Math.floor(block.view / voters.length);
    let parent = state.nodes.get(block.justify.block);
    for (let back = turn % 4; back > 0 && parent?.parent?.block; back--) parent = parent.parent;
    if (!parent?.block) return block;
    return { ...block, justify: parent.block.justify, height: parent.height };
  },
});

/** HB8. */
const falseParent = reproposing('HB8', 'As leader: a block whose parent is not what it says', {
  forecast: () => 'Refused by everyone who knows the parent, and the others fetch it in vain.',
  change: (block) =>
    block.view % 2 === 0
      ? { ...block, height: block.height + 1 }
      : { ...block, justify: { ...block.justify, block: digestOf(block) } },
});

/** HB9. */
const farView = reproposing('HB9', 'As leader: a view a thousand further on', {
  forecast: () => 'Refused: nothing shows that the view before it has ended.',
  convictedBy: ['E1', 'E13'],
  change: (block) => ({ ...block, view: block.view + 1_000 }),
});

/** HB17. */
const duplicates = reproposing('HB17', 'As leader: what is in the chain already, once more', {
  forecast: () => 'Executed once; it costs bandwidth and nothing else.',
  change: (block, liar) => ({ ...block, batch: [...block.batch, ...batchBelow(block, liar)] }),
});

/** HB18: of this form of HotStuff alone, in which blocks vouch for states. */
const falseState = reproposing('HB18', 'As leader: a state that nobody has', {
  forecast: () => 'Refused: nobody votes for a state that is not its own.',
  change: (block, { state }) => {
    const height = block.checkpoint?.height ?? state.setting.checkpointEvery;
    return { ...block, checkpoint: { height, digest: digestOf(block) } };
  },
});

/** HB6, HB7: only some hear what it proposes, and with it of the certificate that it collected. */
function proposingTo(
  id: string,
  title: string,
  { forecast, count }: Pick<Kind, 'forecast'> & { count: (f: number) => number },
): Kind {
  return {
    id,
    title,
    forecast,
    convictedBy: [],
    begin(behaviour, liar) {
      const f = Math.floor((liar.voters.length - 1) / 3);
      const chosen = victimsOf(behaviour, liar).slice(0, count(f));
      const others = liar.voters.filter((voter) => voter !== liar.self && !chosen.includes(voter));
      return editSends(others, (message, to) =>
        isProposal(message, liar) ? [] : send(to, message),
      );
    },
  };
}

const toSome = proposingTo('HB6', 'As leader: proposes to f + 1 others only', {
  forecast: () => 'A certificate takes its own vote; the others fetch the block.',
  count: (f) => f + 1,
});

const toOne = proposingTo('HB7', 'As leader: shows its certificate to one replica only', {
  forecast: () => 'That one commits now, the others later, the same.',
  count: () => 1,
});

/** HB5: neither the block that shows it nor any word of having it leaves. */
const hideCertificate: Kind = {
  id: 'HB5',
  title: 'As leader: hides the certificate that it collected',
  forecast: () =>
    'The view is lost; the next leader builds on what is known, or has the votes too.',
  convictedBy: [],
  begin(behaviour, liar) {
    let hidden: string | null = null;
    return editSends(victimsOf(behaviour, liar), (message, to) => {
      if (isProposal(message, liar) && message.block.justify.view === message.block.view - 1) {
        hidden = message.block.justify.block;
        return [];
      }
      const isShown = 'sync' in message && message.sync.highQC.block === hidden;
      return isShown ? [] : send(to, message);
    });
  },
};

/** HB13: some have what they wait for in time, and the others nearly too late. */
const splitTimers: Kind = {
  id: 'HB13',
  title: 'As leader: proposes to one half just before it gives up',
  forecast: () => 'Each of its views takes as long as the others are willing to wait.',
  convictedBy: [],
  begin(behaviour, liar) {
    const victims = half(behaviour, liar);
    const ticks = Math.max(1, Math.floor((liar.timing.electionTicksMin * 9) / 10));
    let held: HotStuffEffect[] = [];
    return (event, step) => {
      if (event.type === 'timeout' && event.timer === slowTimer) return held.splice(0);
      // A machine that slept has lost the timer: what is held leaves at once.
      const due = event.type === 'wake' ? held.splice(0) : [];
      const effects = step(event).flatMap((effect): HotStuffEffect[] => {
        if (effect.type !== 'send' || !isProposal(effect.message, liar)) return [effect];
        const [late, inTime] = split(effect.to, victims);
        held = send<HotStuffMessage, HotStuffNote>(late, effect.message);
        const timer = { timer: slowTimer, ticksMin: ticks, ticksMax: ticks };
        return [
          { ...effect, to: inTime },
          { type: 'setTimer', ...timer },
        ];
      });
      return [...due, ...effects];
    };
  },
};

export const leadingLies: readonly Kind[] = [
  equivocate,
  staleCertificate,
  hideCertificate,
  toSome,
  toOne,
  falseParent,
  farView,
  splitTimers,
  duplicates,
  falseState,
];
