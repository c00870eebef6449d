/** The preflight of this device, for its page. */
import { preflight, type Findings } from '../room/preflight.ts';
import { signalUrl } from './addresses.ts';
import { checksOf, summaryOf } from './preflight-words.ts';

export class Preflight {
  #findings = $state.raw<Findings | null>(null);
  running = $state(false);

  get checks() {
    return this.#findings ? checksOf(this.#findings) : [];
  }

  get summary() {
    return summaryOf(this.checks);
  }

  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    await preflight(signalUrl(), (findings) => (this.#findings = findings));
    this.running = false;
  }
}
