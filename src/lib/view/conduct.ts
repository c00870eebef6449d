/** Who keeps to the protocol, for the screen: what is declared and what is proved, never one for the other. */
import type { Evidence } from '#protocols/core/evidence.ts';
import type { MemberId } from '#protocols/core/ids.ts';
import { protocolNamed } from '#protocols/registry.ts';
import { wordsOf } from '../tab/message-words.ts';
import type { ToldMessage } from '../tab/worker-messages.ts';
import type { Fork, Side } from '../room/case-book.ts';
import type { EpochRun } from '../room/epoch-run.ts';
import type { Declaration } from '../room/messages.ts';
import type { RoomSession } from '../room/session.ts';
import type {
  BudgetView,
  ConductView,
  ConvictionView,
  ForkView,
  LedgerView,
  StatementView,
  ToldView,
  TraitorView,
} from './conduct-types.ts';
import { list } from './narration.ts';
import { nameOf } from './pictures.ts';

/** `null` before the first epoch. */
export function conductOf(session: RoomSession): ConductView | null {
  const { run, conduct } = session;
  if (!run) return null;
  const { cases } = conduct;
  return {
    budget: budgetOf(session, run),
    convictions: (cases?.convictions ?? []).map((one) => convictionOf(session, run, one)),
    fork: cases?.fork ? forkOf(session, cases.fork) : null,
    traitor: run.seated ? traitorOf(session, run) : null,
    exports: cases !== null,
  };
}

/** How many liars the protocol of `run` tolerates: of so many equal answers and one more, one is honest. */
function tolerated({ setting, membership }: EpochRun): number {
  return protocolNamed(setting.protocol).repliesNeeded(membership.voters.length, []) - 1;
}

/** `lies (PB1, PB5)`, `lost its disk`; empty for an honest replica. */
export function declaredWords({ behaviours, lostDisk }: Declaration): string {
  const words = lostDisk ? ['lost its disk'] : [];
  const kinds = behaviours.map(({ what }) => what);
  if (kinds.includes('G9')) words.push('is two: twins with one key');
  if (kinds.length > 0) words.push(`lies (${[...new Set(kinds)].join(', ')})`);
  return words.length === 0 ? '' : list(words);
}

function budgetOf(session: RoomSession, run: EpochRun): BudgetView {
  const f = tolerated(run);
  const { title } = protocolNamed(run.setting.protocol);
  const declared = run.membership.voters.flatMap((id) => {
    const what = declaredWords(session.conduct.declarationOf(id));
    return what === '' ? [] : [{ id, name: nameOf(session, id), what }];
  });
  const count = declared.length;
  const spent = count > f;
  const text = spent ? `${count} declared, f = ${f}` : `${count} of f = ${f} declared`;
  const warning = spent ? `Past what ${title} tolerates: what breaks now is no bug.` : '';
  return { f, declared, text, warning };
}

function convictionOf(session: RoomSession, run: EpochRun, evidence: Evidence): ConvictionView {
  const { kind, accused, claim, parts } = evidence;
  const kinds = protocolNamed(run.setting.protocol).accountability?.kinds ?? [];
  const seat = run.genesis.roster.find(({ id }) => id === accused);
  return {
    id: `${accused} ${kind}`,
    accused,
    name: nameOf(session, accused),
    mine: accused === session.id,
    kind,
    title: kinds.find(({ id }) => id === kind)?.title ?? kind,
    claim,
    statements: parts.map(({ body, signature }): StatementView => ({
      kind: body.kind,
      text: wordsOf(body),
      signature,
    })),
    publicKey: seat?.publicKey ?? '',
  };
}

function forkOf(session: RoomSession, { what, sides, verdict }: Fork): ForkView {
  const named = (ids: readonly MemberId[]): string[] => ids.map((id) => nameOf(session, id));
  const accused = [...new Set(verdict.evidence.map((evidence) => evidence.accused))];
  const [first, second] = sides;
  return {
    what,
    ledgers: [ledgerOf(session, first), ledgerOf(session, second)],
    liars: verdict.verdict === 'liars' ? named(accused) : [],
    because: verdict.because,
  };
}

function ledgerOf(session: RoomSession, { replica, votes }: Side): LedgerView {
  return {
    holder: nameOf(session, replica),
    signed: votes.some(({ signer }) => signer === replica),
    decided: votes[0] ? wordsOf(votes[0].body) : '',
    signers: votes.map(({ signer: id }) => ({ id, name: nameOf(session, id) })),
  };
}

function traitorOf(session: RoomSession, run: EpochRun): TraitorView {
  const { conduct, id: self } = session;
  const { voters } = run.setting;
  const lies = (id: MemberId): boolean => conduct.declarationOf(id).behaviours.length > 0;
  const others = voters.map((id, place) => ({ id, place })).filter(({ id }) => id !== self);
  const told = (sends: readonly ToldMessage[]): readonly ToldView[] =>
    sends.map(({ with: members, name, text }) => ({
      with: list(members.map((id) => nameOf(session, id))),
      message: text === '' ? name : `${name}: ${text}`,
    }));
  return {
    disabledBecause: whyNotLie(session),
    lying: conduct.declarationOf(self).behaviours,
    lies: conduct.lies
      .map(({ number, what, ...lie }) => {
        const said = { instead: told(lie.instead), sent: told(lie.sent) };
        return { number, what, ...said, heard: told(lie.heard), taken: told(lie.taken) };
      })
      .reverse(),
    others: others.map(({ id, place }) => ({
      place,
      name: nameOf(session, id),
      lies: lies(id),
    })),
    n: voters.length,
    f: tolerated(run),
    otherLiars: others.filter(({ id }) => lies(id)).length,
  };
}

function whyNotLie({ charter, machine }: RoomSession): string | null {
  if (charter && !charter.lies) return 'The facilitator wants everybody honest.';
  return machine?.condition === 'running' ? null : 'Your replica does not run.';
}
