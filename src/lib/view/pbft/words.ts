/** PBFT's notes in plain words, for people who have not read the paper. */
import type { PbftNote } from '#protocols/pbft/notes.ts';
import { list, seconds, type Narrate, type Scene, type Told } from '../narration.ts';
import { narrateDoubt, type Doubt } from './doubt-words.ts';

const requestRefusals: Readonly<Record<string, string>> = {
  overloaded: 'too many wait already',
  'stopped-voting': 'it signs nothing any more',
};

const doubts = [
  'prePrepareRefused',
  'voteIgnored',
  'proofRefused',
  'viewChangeRefused',
  'newViewRefused',
  'stateRefused',
] as const;

/** What `note` says, or `null` when it is not worth a line. */
export const narratePbft: Narrate<PbftNote> = (note, scene): Told | null =>
  isDoubt(note) ? narrateDoubt(note, scene) : narrateRest(note, scene);

function isDoubt(note: PbftNote): note is Doubt {
  return (doubts as readonly string[]).includes(note.note);
}

const narrateRest: Narrate<Exclude<PbftNote, Doubt>> = (note, scene): Told | null => {
  const { who, name } = scene;
  switch (note.note) {
    case 'viewChangeStarted':
      return { text: viewChangeStarted(note, scene), tone: 'election' };
    case 'newViewSaid': {
      const text = `${who} shows that a quorum asks for view ${note.view}, and begins it as its primary`;
      return { text, tone: 'election' };
    }
    case 'viewEntered': {
      const redone = again(note.slots);
      // Its primary has said that it begins.
      if (note.leads) return redone === '' ? null : { text: who + redone, tone: 'plain' };
      return { text: `${who} follows ${name(note.primary)} in view ${note.view}`, tone: 'plain' };
    }
    case 'rolledBack': {
      const requests = note.count === 1 ? 'a command' : `${note.count} commands`;
      const text = `${who} takes back ${requests} of slot ${note.n}: executed before it was committed, and the view changes`;
      return { text, tone: 'warning' };
    }
    case 'checkpointStable': {
      const text = `${who} knows that a quorum holds the same state after slot ${note.n}, and forgets the votes below`;
      return { text, tone: 'plain' };
    }
    case 'stateFetched': {
      const text = `${who} is far behind and fetches the state after slot ${note.n} from ${name(note.from)}`;
      return { text, tone: 'plain' };
    }
    case 'stateInstalled': {
      if (note.from === null) return null;
      const text = `${who} goes on from the state after slot ${note.n}, sent by ${name(note.from)}`;
      return { text, tone: 'plain' };
    }
    case 'requestsRefused': {
      const commands = note.count === 1 ? 'a command' : `${note.count} commands`;
      const why = requestRefusals[note.reason] ?? 'it cannot order them';
      return { text: `${who} cannot take ${commands}: ${why}`, tone: 'plain' };
    }
    case 'operationRefused': {
      const text = `${who} cannot do that: PBFT hands over no office, and who votes stays for the epoch`;
      return { text, tone: 'plain' };
    }
    case 'assumptionBroken':
      return { text: `${who} signs nothing any more: ${note.text}`, tone: 'warning' };
    case 'recovered':
      return { text: recovered(note, who), tone: 'plain' };
    case 'epochEnded':
      return { text: `${who} executed the end of the epoch at ${note.index}`, tone: 'room' };
  }
};

/** Whom it no longer waits for, and under whom it hopes to go on. */
function viewChangeStarted(
  { view, reason }: PbftNote & { note: 'viewChangeStarted' },
  { who, name, cause, voters }: Scene,
): string {
  const primary = (of: number): string => {
    const id = voters[of % Math.max(1, voters.length)];
    return id ? name(id) : 'its primary';
  };
  const asks = `asks for view ${view}, with ${primary(view)} as its primary`;
  const after = cause.type === 'timeout' ? ` ${seconds(cause.silentTicks)}` : ' so long';
  switch (reason) {
    case 'request-late':
      return `${who} no longer waits for ${primary(view - 1)}, with whom a command got nowhere for${after}: ${asks}`;
    case 'new-view-late':
      return `${who} no longer waits for ${primary(view - 1)}, who did not begin view ${view - 1} for${after}: ${asks}`;
    case 'others-move':
      return `${who} ${asks}, too: so many do that one of them must be honest`;
  }
}

function again(slots: number): string {
  if (slots === 0) return '';
  return slots === 1
    ? ' has one slot agreed on again, since it may be committed somewhere'
    : ` has ${slots} slots agreed on again, since they may be committed somewhere`;
}

function recovered({ view, stable, slots }: PbftNote & { note: 'recovered' }, who: string): string {
  if (view === 0 && stable === 0 && slots === 0) return `${who} starts with an empty disk`;
  const parts = [`in view ${view}`];
  if (stable > 0) parts.push(`with the state after slot ${stable}`);
  if (slots > 0) parts.push(`with its votes in ${slots === 1 ? 'one slot' : `${slots} slots`}`);
  return `${who} is back from its disk ${list(parts)}`;
}
