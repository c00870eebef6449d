/** Keeps the screen on, where the browser allows it: a phone whose screen goes off stops its tabs. */

/** Missing on plain http and in older browsers, whatever the types say. */
const wakeLock = (): WakeLock | undefined =>
  (navigator as { readonly wakeLock?: WakeLock }).wakeLock;

export class ScreenHold {
  readonly #refused: () => void;
  #wanted = false;
  #asking = false;
  #held: WakeLockSentinel | null = null;

  /** `refused`: the browser has no such thing, or does not allow it now. */
  constructor(refused: () => void) {
    this.#refused = refused;
  }

  want(wanted: boolean): void {
    this.#wanted = wanted;
    if (wanted) return void this.again();
    void this.#held?.release();
    this.#held = null;
  }

  /** Browsers let go of it whenever the page is not seen. */
  async again(): Promise<void> {
    const isHeld = this.#held !== null && !this.#held.released;
    if (!this.#wanted || isHeld || this.#asking || document.visibilityState === 'hidden') return;
    this.#asking = true;
    try {
      const lock = wakeLock();
      if (lock) this.#held = await lock.request('screen');
      else this.#refused();
      if (!this.#wanted) await this.#held?.release();
    } catch {
      // Asked of a page that has just been hidden, it is refused for that alone.
      if (!document.hidden) this.#refused();
    } finally {
      this.#asking = false;
    }
  }
}
