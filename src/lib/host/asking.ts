/** What a core asks for, done by whoever has the keys. */
import type { Answer, Job } from '#protocols/core/replica.ts';
import type { HostOptions } from './host-options.ts';
import { isLater } from './signer.ts';

/** @param tell hears the answer, at once or later; a crash in between loses it. */
export function ask(
  { answer }: Pick<HostOptions, 'answer'>,
  job: Job,
  tell: (answer: Answer) => void,
): void {
  if (!answer) throw new Error('nobody answers this core');
  const given = answer(job);
  // Outside the promise, which would swallow what a core throws.
  if (isLater(given)) void given.then((later) => queueMicrotask(() => tell(later)));
  else tell(given);
}
