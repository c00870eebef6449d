/** Replicas that do one thing wrong, for the scenarios: an honest one with what leaves it, or what it goes by, changed. */
import type { ReplicaContext } from '#protocols/core/protocol.ts';
import type { Event, Replica } from '#protocols/core/replica.ts';
import { say } from '#protocols/core/signed.ts';
import { digestOf } from '#protocols/pbft/batch.ts';
import type { PbftMessage } from '#protocols/pbft/messages.ts';
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { createReplica } from '#protocols/pbft/replica.ts';
import type { PbftEffect, PbftState } from '#protocols/pbft/state.ts';

type Pbft = Replica<PbftMessage, PbftState, PbftNote>;
type Send = Extract<PbftEffect, { type: 'send' }>;

/** An honest replica, but `change` says what really leaves for one that it sends. */
export function altered(change: (send: Send, self: Pbft) => readonly Send[]) {
  return (context: ReplicaContext): Pbft => {
    const honest = createReplica(context);
    return {
      state: honest.state,
      step: (event: Event<PbftMessage>) =>
        honest
          .step(event)
          .flatMap((effect): readonly PbftEffect[] =>
            effect.type === 'send' ? change(effect, honest) : [effect],
          ),
    };
  };
}

/** Takes part in nothing. */
export const silent = altered(() => []);

/** As a primary it gives every other backup another batch: the same requests, and then none (PB1). */
export const equivocating = altered((send, { state }) => {
  const { message } = send;
  if (message.type !== 'PRE-PREPARE' || message.statement.signer !== state.self) return [send];
  const { view, n } = message.statement.body;
  const batch = [...message.batch].reverse().slice(1);
  const body = { kind: 'PRE-PREPARE', view, n, digest: digestOf(batch) } as const;
  const other = { type: 'PRE-PREPARE', statement: say(state.self, body), batch } as const;
  const odd = state.setting.voters.filter((id, i) => i % 2 === 1 && id !== state.self);
  return [
    { ...send, to: send.to.filter((id) => !odd.includes(id)) },
    { type: 'send', to: odd, message: other },
  ];
});

/** As a primary it orders nothing of this client (PB13, G11). */
export const censoring = altered((send, { state }) =>
  send.message.type === 'PRE-PREPARE' && send.message.statement.signer === state.self ? [] : [send],
);

/** Hands over pieces of a state that it made up (PB17). */
export const poisoning = altered((send) => {
  const { message } = send;
  if (message.type !== 'DATA') return [send];
  return [{ ...send, message: { ...message, data: '{"index":9}' } }];
});

/** Hands over another list of the digests of all pieces (PB17). */
export const mislisting = altered((send) => {
  const { message } = send;
  if (message.type !== 'STATE') return [send];
  return [{ ...send, message: { ...message, pieces: message.pieces.map(() => '0'.repeat(64)) } }];
});

/** Its VIEW-CHANGEs say that nothing was ever prepared (PB8). */
export const forgetful = altered((send, { state }) => {
  const { message } = send;
  if (message.type !== 'VIEW-CHANGE' || message.statement.signer !== state.self) return [send];
  const body = { ...message.statement.body, prepared: [] };
  return [{ ...send, message: { type: 'VIEW-CHANGE', statement: say(state.self, body) } }];
});

/** Its votes to others have false signatures, and it says each of them many times (G5, G15). */
export const forging = altered((send, { state }) => {
  const { message } = send;
  if (message.type !== 'PREPARE' && message.type !== 'COMMIT') return [send];
  const statement = { ...message.statement, signature: 'f'.repeat(128) };
  const to = send.to.filter((id) => id !== state.self);
  const forged: Send = { type: 'send', to, message: { ...message, statement } as PbftMessage };
  return [...Array<Send>(8).fill(forged), { ...send, to: [state.self] }];
});
