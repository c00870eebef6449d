/** Choices of an epoch, which all its replicas and clients make alike. */

/** Off unless somebody turns it on. */
export interface Switch {
  /** Lowercase words with hyphens. */
  readonly name: string;
  readonly title: string;
  /** What it gives and what it costs: a sentence each. */
  readonly gives: string;
  readonly costs: string;
  /** The names of those that cannot be on together with it, each of which names this one; none if nothing is said. */
  readonly excludes?: readonly string[];
}

/** `on` with the one named `name` turned on or off. What it excludes goes off when it comes on. */
export function withSwitch(
  on: readonly string[],
  name: string,
  isOn: boolean,
  offered: readonly Switch[],
): string[] {
  const excluded = offered.find((one) => one.name === name)?.excludes ?? [];
  const others = on.filter((other) => other !== name);
  return isOn ? [...others.filter((other) => !excluded.includes(other)), name] : others;
}

/** Why not all of `on` can be on together, in words, or `null`. A name that is not offered turns nothing on. */
export function switchesProblem(on: readonly string[], offered: readonly Switch[]): string | null {
  for (const { name, title, excludes = [] } of offered) {
    if (!on.includes(name)) continue;
    const other = offered.find((one) => excludes.includes(one.name) && on.includes(one.name));
    if (other) return `“${title}” and “${other.title}” exclude each other.`;
  }
  return null;
}
