/** Which pages may use this door: those that it serves itself, and those that its operator names. */
export interface OriginRule {
  /** Whether a page of `origin` may come in that reached us under the name `host`; both are headers. */
  readonly admits: (origin: string | undefined, host: string | undefined) => boolean;
}

/** A page tells its origin and cannot forge it. What tells none is no page: nobody can be lured into running it. */
function isOwn(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  try {
    return host !== undefined && new URL(origin).host === host.toLowerCase();
  } catch {
    // `null`: a file, a sandbox.
    return false;
  }
}

/**
 * `https://synod.example,http://10.0.0.5:8080`: pages of these origins besides our own. `*`: all.
 *
 * @returns a string: what is wrong with it
 */
export function originRuleOf(text: string | undefined): OriginRule | string {
  const named = (text ?? '')
    .split(',')
    .map((entry) => entry.trim().replace(/\/$/, ''))
    .filter(Boolean);
  if (named.includes('*')) return { admits: () => true };
  for (const entry of named) {
    if (!URL.canParse(entry) || new URL(entry).origin !== entry.toLowerCase()) {
      return `ORIGINS has "${entry}", which is no origin such as https://synod.example.`;
    }
  }
  const allowed = new Set(named.map((entry) => entry.toLowerCase()));
  return {
    admits: (origin, host) => isOwn(origin, host) || allowed.has((origin ?? '').toLowerCase()),
  };
}
