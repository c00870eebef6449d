/** What an epoch of HotStuff may turn on: who leads which view (C28), and of what a certificate is made (A.4.5). */
import type { Switch } from '../core/switches.ts';
import type { Rotation } from './rotation.ts';
import type { CertificateForm } from './setting.ts';

/** Views in a row that a steady leader has. */
const viewsKept = 4;

const steady: Switch = {
  name: 'steady-leaders',
  title: 'Steady leaders',
  gives: `Each leads ${viewsKept} views in a row: a replica that is gone leaves the others room for commits between its turns.`,
  costs: `A leader that is slow or lies has ${viewsKept} views in a row, too.`,
  excludes: ['reputation'],
};

const reputation: Switch = {
  name: 'reputation',
  title: 'Leaders by reputation',
  gives: 'Whoever signed lately and has not led just now may lead: who is gone is passed over.',
  costs:
    'Who leads follows from the chain and not from the view alone, so that proposing out of turn (E13) convicts nobody.',
  excludes: ['steady-leaders'],
};

const aggregates: Switch = {
  name: 'aggregate-certificates',
  title: 'Certificates as BLS aggregates',
  gives:
    'A certificate is one signature of 48 bytes and a bitmap of who signed, however many they are; otherwise it lists the signature of each.',
  costs:
    'Checking one takes milliseconds instead of fractions of one, and a false share is found only once the whole fails.',
};

export const switches: readonly Switch[] = [steady, reputation, aggregates];

/** Lists, unless a switch says otherwise: they name who signed, one by one. */
export function certificatesOf(on: readonly string[] = []): CertificateForm {
  return on.includes(aggregates.name) ? 'aggregate' : 'list';
}

/** Another leader in each view, unless a switch says otherwise. */
export function rotationOf(on: readonly string[] = []): Rotation {
  if (on.includes(reputation.name)) return { type: 'reputation' };
  return { type: 'round-robin', views: on.includes(steady.name) ? viewsKept : 1 };
}
