/** HotStuff's notes in plain words, for people who have not read the paper. What comes in every view, `tell.ts` tells. */
import type { HotStuffNote, ProposalRefusal, VoteRefusal } from '#protocols/hotstuff/notes.ts';
import { list, type Narrate, type Told } from '../narration.ts';

const requestRefusals: Readonly<Record<string, string>> = {
  overloaded: 'too many wait already',
  'stopped-voting': 'it signs nothing any more',
};

const proposalRefusals: Readonly<Record<ProposalRefusal, string>> = {
  'not-leader': 'it does not lead that view',
  'other-block': 'what it signed is the digest of another block',
  'no-certificate': 'the block stands on no certificate',
  'unproven-view': 'nothing shows that the view before has ended',
  'second-block': 'it proposed another one in that view before',
};

/** Late ones are nobody's fault. */
const voteRefusals: Readonly<Record<VoteRefusal, string | null>> = {
  locked: 'it leaves behind what the votes of a quorum may have committed',
  voted: null,
  'other-view': null,
  'other-state': 'it names a state that is not theirs',
};

const warning = (text: string): Told => ({ text, tone: 'warning' });
const plain = (text: string): Told => ({ text, tone: 'plain' });

/** What `note` says, or `null` when it is not worth a line by itself. */
export const narrateHotStuff: Narrate<HotStuffNote> = (note, { who, name }): Told | null => {
  switch (note.note) {
    case 'viewEntered':
    case 'timedOut':
    case 'certified':
    case 'committed':
      return null;
    case 'proposalRefused': {
      const why = proposalRefusals[note.reason];
      return warning(`${who} refuses ${name(note.from)}’s block of view ${note.view}: ${why}`);
    }
    case 'voteWithheld': {
      const why = voteRefusals[note.reason];
      if (why === null) return null;
      return warning(
        `${who} does not vote for ${name(note.from)}’s block of view ${note.view}: ${why}`,
      );
    }
    case 'certificateRefused':
      return warning(
        `${who} refuses what ${name(note.from)} sent as a certificate: it proves nothing`,
      );
    case 'shareRefused':
      return warning(
        `${who} put the votes of view ${note.view} together: ${name(note.from)}’s share was false, and counts no more`,
      );
    case 'blocksFetched':
      return plain(
        `${who} lacks blocks above height ${note.height} and asks ${name(note.from)} for them`,
      );
    case 'blocksRefused':
      return warning(
        `${who} refuses blocks of ${name(note.from)}: they are not those it asked for`,
      );
    case 'checkpointStable':
      return plain(
        `${who} knows that a quorum holds the same state at height ${note.height}, and forgets the blocks below`,
      );
    case 'stateFetched':
      return plain(
        `${who} is far behind and fetches the state at height ${note.height} from ${name(note.from)}`,
      );
    case 'stateRefused':
      return warning(
        `${who} refuses a state of ${name(note.from)}: no quorum vouched for it at height ${note.height}`,
      );
    case 'stateInstalled':
      return plain(
        `${who} goes on from the state at height ${note.height}, sent by ${name(note.from)}`,
      );
    case 'requestsRefused': {
      const commands = note.count === 1 ? 'a command' : `${note.count} commands`;
      return plain(
        `${who} cannot take ${commands}: ${requestRefusals[note.reason] ?? 'it cannot order them'}`,
      );
    }
    case 'operationRefused':
      return plain(
        `${who} cannot do that: HotStuff hands over no office, and who votes stays for the epoch`,
      );
    case 'assumptionBroken':
      return warning(`${who} signs nothing any more: ${note.text}`);
    case 'recovered':
      return plain(recovered(note, who));
    case 'epochEnded':
      return { text: `${who} executed the end of the epoch at ${note.index}`, tone: 'room' };
  }
};

function recovered({ view, blocks }: HotStuffNote & { note: 'recovered' }, who: string): string {
  if (view === 1 && blocks === 0) return `${who} starts with an empty disk`;
  const parts = [`in view ${view}`];
  if (blocks > 0) parts.push(`with ${blocks === 1 ? 'one block' : `${blocks} blocks`}`);
  return `${who} is back from its disk ${list(parts)}`;
}
