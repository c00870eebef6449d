/** Carries out what becomes of the tab (tab/lifecycle.ts), and what its person is told of it. */
import type { Stay } from '../room/stay.ts';
import type { TabOrder, TabState } from '../tab/lifecycle.ts';
import { ScreenHold } from '../tab/screen-hold.ts';
import { TabWatch } from '../tab/tab-watch.ts';

const saidRecord = 'synod-screen-note';

export interface LivingTab {
  /** `null` in no room, and in a room of one page. */
  stay(): Stay | null;
  vanish(): void;
  enterAgain(): void;
}

export class TabLife {
  /** Whether its person is asked to keep the screen on: once in this browser. */
  askForScreen = $state(false);
  readonly #watch: TabWatch;
  readonly #screen: ScreenHold;
  readonly #living: LivingTab;

  constructor(living: LivingTab) {
    this.#living = living;
    this.#screen = new ScreenHold(() => {
      this.askForScreen = localStorage.getItem(saidRecord) === null;
    });
    this.#watch = new TabWatch((order) => this.#obey(order));
  }

  get tab(): TabState {
    return this.#watch.state;
  }

  slept(ms: number): void {
    this.#watch.take({ type: 'slept', ms });
  }

  /** Whether this tab holds a seat of a running epoch: then the screen is to stay on. */
  holdScreen(held: boolean): void {
    this.#screen.want(held);
  }

  screenNoteRead(): void {
    localStorage.setItem(saidRecord, 'read');
    this.askForScreen = false;
  }

  #obey(order: TabOrder): void {
    const stay = this.#living.stay();
    switch (order) {
      case 'tell':
        return stay?.report();
      case 'goodbye':
        return this.#living.vanish();
      case 'enter again':
        return this.#living.enterAgain();
      case 'probe links':
        return stay?.probe();
      case 'restart links':
        return stay?.restart();
      case 'hold the screen':
        return void this.#screen.again();
    }
  }
}
