/** What people choose among: protocols, some of which come in several forms. */
import { protocols, type ProtocolName } from '#protocols/registry.ts';

export interface Family {
  readonly title: string;
  /** For whom it is, in a sentence. */
  readonly promise: string;
  /** The first is taken if nothing is said. */
  readonly forms: readonly [Form, ...Form[]];
}

export interface Form {
  readonly name: ProtocolName;
  /** As in `Chained`. */
  readonly title: string;
  /** What makes it differ from the others. */
  readonly why: string;
}

/** A protocol in one form. */
function single(name: ProtocolName, promise: string): Family {
  const { title } = protocols[name];
  return { title, promise, forms: [{ name, title, why: promise }] };
}

export const families: readonly Family[] = [
  single(
    'raft',
    'For machines that crash, sleep or are cut off. Everybody is believed: one liar can ruin it.',
  ),
  single(
    'pbft',
    'Some may lie too, up to f of them. Everybody signs what they say, and liars are caught.',
  ),
  {
    title: 'HotStuff',
    promise: 'Some may lie too. Leaders take turns, and messages grow with n, not with its square.',
    forms: [
      {
        name: 'hotstuff',
        title: 'Chained',
        why: 'A vote for a block counts for those below it too: three certificates in a row commit.',
      },
      {
        name: 'jolteon',
        title: 'Jolteon',
        why: 'Two certificates in a row commit. What the third would show, timeouts do.',
      },
      {
        name: 'basichotstuff',
        title: 'Basic',
        why: 'Each view decides one block, in three phases of votes that its leader counts.',
      },
    ],
  },
];

/** The family that `name` is a form of. */
export function familyOf(name: ProtocolName): Family {
  const family = families.find(({ forms }) => forms.some((form) => form.name === name));
  if (!family) throw new Error(`nobody can choose ${name}`);
  return family;
}
