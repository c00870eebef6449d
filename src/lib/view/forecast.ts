/** What a lever will do to the room, said before it is pulled; and why it cannot be, when it cannot. */
import type { MachineState } from '../tab/replica-machine.ts';
import type { Lexicon } from './lexicon.ts';
import type { LeverView } from './types.ts';

export interface Prospect {
  /** Voters of the epoch, and how many must be alive and connected for it to go on. */
  readonly voters: number;
  readonly quorum: number;
  /** Voters that this screen believes alive and reachable, the own one included if it is. */
  readonly alive: number;
  readonly machine: MachineState | null;
  readonly leads: boolean;
  /** Faults on the own links. */
  readonly faulty: boolean;
  readonly frozen: boolean;
  readonly facilitator: boolean;
  readonly electionMsMax: number;
  readonly words: Lexicon;
}

/** "4 left, 3 needed: the room goes on". */
function outlook(left: number, quorum: number): string {
  const end = left >= quorum ? 'the room goes on' : 'the room stops until one more is back';
  return `${left} left, ${quorum} needed: ${end}`;
}

export function leversOf(prospect: Prospect): readonly LeverView[] {
  const { machine, alive, quorum, leads, faulty, words } = prospect;
  const condition = machine?.condition ?? 'starting';
  const up = condition === 'running';
  const without = up ? alive - 1 : alive;
  const election = ` ${words.withoutLeader(prospect.electionMsMax)}`;
  const lost = outlook(without, quorum) + (leads && without >= quorum ? `.${election}` : '');
  const back = outlook(up ? alive : alive + 1, quorum);
  const still = prospect.frozen ? 'The room is frozen.' : null;
  const isDown = condition === 'crashed' || condition === 'halted';
  const damaged = machine?.condition === 'halted' && machine.damaged;
  return [
    {
      id: 'crash',
      label: 'Crash',
      forecast: `Ends the program in mid-step; the disk stays. ${lost}`,
      disabledBecause: isDown ? 'It is down already.' : null,
    },
    {
      id: 'restart',
      label: 'Restart from its disk',
      forecast: `Comes back with ${words.onDisk}. ${back}`,
      disabledBecause: damaged ? 'Its disk is damaged.' : isDown ? null : 'It is running.',
    },
    {
      id: 'restartWiped',
      label: 'Wipe the disk and come back',
      forecast:
        `Comes back as a stranger under a new key: the old seat must not vote with an empty log. ` +
        `You watch until the next epoch. ${lost}`,
      disabledBecause: prospect.facilitator
        ? "The facilitator's key is on this disk too."
        : isDown
          ? null
          : 'Crash it first.',
    },
    {
      id: 'pause',
      label: 'Pause',
      forecast: `Holds clock and inbox like a closed laptop lid. ${lost}`,
      disabledBecause: up ? still : 'It is not running.',
    },
    {
      id: 'wake',
      label: 'Wake',
      forecast: `Hears once how long it slept, then goes on. ${back}`,
      disabledBecause: condition === 'paused' ? null : 'It is not paused.',
    },
    {
      id: 'cutAll',
      label: 'Cut all my links',
      forecast: `Nothing goes out, nothing comes in, the replica runs on. ${lost}`,
      disabledBecause: null,
    },
    {
      id: 'healMine',
      label: 'Heal all my links',
      forecast: 'Ends every cut, delay and loss that you chose.',
      disabledBecause: faulty ? null : 'None of your links has a fault.',
    },
  ];
}
