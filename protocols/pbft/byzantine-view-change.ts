/** Lies about what happened in the view before (PB8 to PB12, PB21, PB22). */
import { editSends, halfOf, send, victimsOf } from '../byzantine/edits.ts';
import type { BehaviourKind, LiarContext } from '../core/behaviour.ts';
import type { ReplicaId } from '../core/ids.ts';
import { say } from '../core/signed.ts';
import { bodyOf, isOwn, resaid, withFirstTwice } from './byzantine-tongue.ts';
import { nullDigest } from './batch.ts';
import type { NewView, PbftMessage, ViewChange } from './messages.ts';
import type { PbftNote } from './notes.ts';
import { primaryOf, type Setting } from './setting.ts';
import type { PbftEffect, PbftState } from './state.ts';

type Kind = BehaviourKind<PbftMessage, PbftState, PbftNote>;
type Liar = LiarContext<PbftMessage, PbftState, PbftNote>;

/** Steps of the liar between two view changes of its own. */
const stepsBetween = 8;

/** PB8: as if nothing had prepared. */
const hidePrepared = changingViewChange('PB8', 'View change that hides what it prepared', {
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'The quorum of the others still shows it.'
      : 'What was committed can be forgotten, and the slot given to another batch: a fork across views.',
  convictedBy: ['E7', 'E8'],
  change: (body) => ({ ...body, prepared: [] }),
});

/** PB9: a checkpoint with no proof. */
const falseStable = changingViewChange('PB9', 'View change with a checkpoint that nothing proves', {
  forecast: () => 'Refused by everyone, and proof against it.',
  convictedBy: ['E5', 'E8'],
  change: (body, setting) => ({ ...body, stable: body.stable + setting.window }),
});

/** PB22: as many as it takes, and one of them twice (PS12, PS28). */
const countedTwice = changingViewChange('PB22', 'View change that counts one signature twice', {
  forecast: () => 'Refused by everyone, and proof against it.',
  convictedBy: ['E5', 'E8'],
  change: (body) => ({
    ...body,
    checkpoints: withFirstTwice(body.checkpoints),
    prepared: body.prepared.map((shown) => ({
      ...shown,
      prepares: withFirstTwice(shown.prepares),
    })),
  }),
});

function changingViewChange(
  id: string,
  title: string,
  lie: Pick<Kind, 'forecast' | 'convictedBy'> & {
    change: (body: ViewChange, setting: Setting) => ViewChange;
  },
): Kind {
  const { forecast, convictedBy, change } = lie;
  return {
    id,
    title,
    forecast,
    convictedBy,
    begin: (behaviour, liar) =>
      editSends(victimsOf(behaviour, liar), (message, to) => {
        if (message.type !== 'VIEW-CHANGE' || !isOwn(message, liar.self)) return send(to, message);
        const { setting } = liar.state;
        return send(to, resaid(message, change(message.statement.body, setting)));
      }),
  };
}

/** PB10: to one view after the other, whatever the others do. */
const spam: Kind = {
  id: 'PB10',
  title: 'View changes without end',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Nobody follows fewer than f + 1.'
      : 'f + 1 of them drag all others along: views change for ever.',
  convictedBy: ['E7'],
  begin: (behaviour, liar) => {
    let steps = 0;
    let view = 0;
    return (event, step) => {
      const effects = step(event);
      if (++steps % stepsBetween !== 0) return effects;
      view = Math.max(view, liar.state.view) + 1;
      return [...effects, ...moveTo(view, victimsOf(behaviour, liar), liar)];
    };
  },
};

/** As if nothing had prepared. */
function moveTo(view: number, to: readonly ReplicaId[], { self, state }: Liar): PbftEffect[] {
  const { n: stable, checkpoints } = state.stable;
  const body: ViewChange = { kind: 'VIEW-CHANGE', view, stable, checkpoints, prepared: [] };
  return send<PbftMessage, PbftNote>(to, { type: 'VIEW-CHANGE', statement: say(self, body) });
}

/** PB21: as soon as the others commit something, to the next view that one of its victims leads, and wherever these go. */
const takeAlong: Kind = {
  id: 'PB21',
  title: 'Takes some along to a later view, as if nothing had prepared',
  forecast: ({ f, liars }) =>
    liars <= f
      ? 'Nobody follows fewer than f + 1.'
      : 'Who follows f + 1 of them decides anew what the others have committed: a fork across views.',
  convictedBy: ['E7', 'E8'],
  begin: (behaviour, liar) => {
    const victims = halfOf(behaviour, liar);
    let last = 0;
    return (event, step) => {
      const effects = step(event);
      const body = event.type === 'receive' ? bodyOf(event.message) : null;
      if (event.type !== 'receive' || !body || event.from === liar.self) return effects;
      const isVictim = victims.includes(event.from);
      let view = 0;
      if (body.kind === 'COMMIT' && !isVictim) view = viewLedBy(victims, body.view + 1, liar);
      if (body.kind === 'VIEW-CHANGE' && isVictim) view = body.view;
      if (view <= last) return effects;
      last = view;
      return [...effects, ...moveTo(view, victims, liar)];
    };
  },
};

/** The first view from `from` on whose primary is one of `members`; 0 for no members. */
function viewLedBy(members: readonly ReplicaId[], from: number, { state }: Liar): number {
  const { setting } = state;
  const turns = setting.voters.map((_, i) => from + i);
  return turns.find((view) => members.includes(primaryOf(view, setting))) ?? 0;
}

/** PB11: O with one more slot, or another digest in its last. */
const falseNewView = changingNewView('PB11', 'As new primary: proposals that do not follow', {
  forecast: () => 'Every backup computes them too, refuses, and moves to the next view.',
  convictedBy: ['E4'],
  change: ({ prePrepares, ...body }, self) => {
    const last = prePrepares.at(-1)?.body;
    const n = last?.n ?? 1;
    const digest = last?.digest === nullDigest || !last ? 'ab'.repeat(32) : nullDigest;
    const wrong = say(self, { kind: 'PRE-PREPARE', view: body.view, n, digest } as const);
    return { ...body, prePrepares: [...prePrepares.slice(0, -1), wrong] };
  },
});

/** PB12: another account of the same, to some. */
const twoNewViews = changingNewView('PB12', 'As new primary: another NEW-VIEW to some', {
  forecast: () =>
    'Both follow from view changes and re-propose the same; it has signed two all the same.',
  convictedBy: ['E6'],
  change: (body) => ({ ...body, viewChanges: [...body.viewChanges].reverse() }),
});

function changingNewView(
  id: string,
  title: string,
  lie: Pick<Kind, 'forecast' | 'convictedBy'> & {
    change: (body: NewView, self: PbftState['self']) => NewView;
  },
): Kind {
  const { forecast, convictedBy, change } = lie;
  return {
    id,
    title,
    forecast,
    convictedBy,
    begin: (behaviour, liar) => {
      const all = victimsOf(behaviour, liar);
      const isSome = behaviour.to === null && id === 'PB12';
      const victims = isSome ? all.filter((_, i) => i % 2 === 1) : all;
      return editSends(victims, (message, to) => {
        if (message.type !== 'NEW-VIEW' || !isOwn(message, liar.self)) return send(to, message);
        return send(to, resaid(message, change(message.statement.body, liar.self)));
      });
    },
  };
}

export const viewChangeLies: readonly Kind[] = [
  hidePrepared,
  falseStable,
  spam,
  falseNewView,
  twoNewViews,
  takeAlong,
  countedTwice,
];
