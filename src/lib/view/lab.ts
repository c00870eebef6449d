/** The bug lab as the facilitator chooses from it. Planted bugs are loaded only where somebody asks for them. */
import type { ProtocolName } from '#protocols/registry.ts';

export interface BugChoice {
  readonly name: string;
  /** What the code does wrong, in a sentence. */
  readonly title: string;
  readonly seenIn: string;
  readonly breaks: 'safety' | 'liveness';
}

export async function bugChoices(protocol: ProtocolName): Promise<readonly BugChoice[]> {
  const { laboratoryNamed } = await import('#protocols/laboratory.ts');
  return laboratoryNamed(protocol).bugs;
}
