/** Signatures that were found good, so that a statement seen alone and then inside others is verified once. */

export interface RecentBounds {
  /** Keys remembered; the one that came first is forgotten for a new one. */
  readonly keysMax: number;
  /** Signatures remembered of one key: a liar that signs without end pushes out its own and nobody else's. */
  readonly signaturesMax: number;
  /** Longer texts are not remembered: they are rare, and one liar's would fill the memory. */
  readonly charactersMax: number;
}

export class RecentSignatures {
  readonly #bounds: RecentBounds;
  /** By key and signature, what was signed, in full: a known signature under another text proves nothing. */
  readonly #byKey = new Map<string, Map<string, string>>();

  constructor(bounds: RecentBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return [...this.#byKey.values()].reduce((sum, { size }) => sum + size, 0);
  }

  has(key: string, signature: string, text: string): boolean {
    return this.#byKey.get(key)?.get(signature) === text;
  }

  add(key: string, signature: string, text: string): void {
    const { keysMax, signaturesMax, charactersMax } = this.#bounds;
    if (text.length > charactersMax) return;
    let ofKey = this.#byKey.get(key);
    if (!ofKey) {
      if (this.#byKey.size >= keysMax) forgetOldest(this.#byKey);
      this.#byKey.set(key, (ofKey = new Map()));
    }
    if (ofKey.size >= signaturesMax) forgetOldest(ofKey);
    ofKey.set(signature, text);
  }
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
