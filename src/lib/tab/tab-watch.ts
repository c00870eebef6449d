/** Tells the tab's machine (lifecycle.ts) what really happens to this page, and its orders to whoever carries them out. */
import { stepTab, type TabEvent, type TabOrder, type TabState } from './lifecycle.ts';

/** Chromium's Network Information; elsewhere there is none. `type` is known on phones. */
interface Connection extends EventTarget {
  readonly type?: string;
}

export class TabWatch {
  #state: TabState = {
    presence: document.visibilityState === 'hidden' ? 'hidden' : 'visible',
    network: navigator.onLine ? 'online' : 'offline',
  };
  readonly #obey: (order: TabOrder) => void;

  constructor(obey: (order: TabOrder) => void) {
    this.#obey = obey;
    document.addEventListener('visibilitychange', () =>
      this.take({ type: document.visibilityState === 'hidden' ? 'hidden' : 'visible' }),
    );
    for (const type of ['freeze', 'resume'] as const) {
      document.addEventListener(type, () => this.take({ type }));
    }
    for (const type of ['online', 'offline', 'pagehide'] as const) {
      window.addEventListener(type, () => this.take({ type }));
    }
    window.addEventListener('pageshow', ({ persisted }) =>
      this.take({ type: 'pageshow', kept: persisted }),
    );
    this.#watchConnection();
  }

  get state(): TabState {
    return this.#state;
  }

  take(event: TabEvent): void {
    const { state, orders } = stepTab(this.#state, event);
    this.#state = state;
    for (const order of orders) this.#obey(order);
  }

  /** It speaks of every new estimate of its speed, too. */
  #watchConnection(): void {
    const { connection } = navigator as { readonly connection?: Connection };
    let type = connection?.type;
    connection?.addEventListener('change', () => {
      const before = type;
      type = connection.type;
      const isNews = before !== undefined && type !== before && type !== 'none';
      if (isNews && before !== 'none') this.take({ type: 'network' });
    });
  }
}
