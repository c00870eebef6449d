/** The bug lab and the menu of lies, as people choose from them. Both are loaded only where somebody asks for them. */
import type { LiarsRoom } from '#protocols/core/behaviour.ts';
import type { ProtocolName } from '#protocols/registry.ts';

export interface BugChoice {
  readonly name: string;
  /** What the code does wrong, in a sentence. */
  readonly title: string;
  readonly seenIn: string;
  readonly breaks: 'safety' | 'liveness';
  /** The switches that must be on for it to show. */
  readonly switches?: readonly string[];
}

export async function bugChoices(protocol: ProtocolName): Promise<readonly BugChoice[]> {
  const { laboratoryNamed } = await import('#protocols/laboratory.ts');
  return laboratoryNamed(protocol).bugs;
}

/** One line of the menu of lies. */
export interface LieChoice {
  readonly id: string;
  readonly title: string;
  /** What it will do in this room, in a sentence. */
  readonly forecast: string;
  /** What may convict it, by the numbers of the catalogue. */
  readonly convictedBy: readonly string[];
}

/** All ways to lie in `protocol`, with what each would do in `room`. */
export async function lieChoices(
  protocol: ProtocolName,
): Promise<(room: LiarsRoom) => readonly LieChoice[]> {
  const { laboratoryNamed } = await import('#protocols/laboratory.ts');
  const { behaviours } = laboratoryNamed(protocol);
  return (room) =>
    behaviours.map((kind) => {
      const { id, title, convictedBy } = kind;
      return { id, title, forecast: kind.forecast(room), convictedBy };
    });
}
