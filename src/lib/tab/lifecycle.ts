/**
 * What becomes of a tab, and what its links do about it: one pure machine, told by the browser's events and by the
 * tab's own clock.
 *
 * | state | what happened | its links |
 * |---|---|---|
 * | `visible` | looked at | go on |
 * | `hidden` | another tab or program is in front; its page's timers are slowed, its workers are not | go on |
 * | `frozen` | the browser lets nothing of it run | stand; everybody was told that it sleeps |
 * | `away` | the page was left; the browser may keep it to bring it back | said goodbye |
 *
 * Whatever was sent to it while it could not hear is as stale as after a crash: replicas hear how long they slept, and a
 * page that was `away` comes back under a higher incarnation. Its seat and its disk are its own all the time.
 */

export type TabEvent =
  | {
      readonly type: 'visible' | 'hidden' | 'freeze' | 'resume' | 'pagehide' | 'offline' | 'online';
    }
  /** `kept`: the page was left and is brought back as it was, rather than loaded. */
  | { readonly type: 'pageshow'; readonly kept: boolean }
  /** The device moved to a network of another kind, without a pause. */
  | { readonly type: 'network' }
  /** Its own clock found that it did not run for this long, and no event had said so: a closed lid, a phone asleep. */
  | { readonly type: 'slept'; readonly ms: number };

export type Presence = 'visible' | 'hidden' | 'frozen' | 'away';

export interface TabState {
  readonly presence: Presence;
  readonly network: 'online' | 'offline';
}

export type TabOrder =
  /** Everybody is told at once what this tab is about to be, or is again. */
  | 'tell'
  /** Every link says goodbye; the page may never run again. */
  | 'goodbye'
  /** The seat is taken again as after a reload: next incarnation, same key, same disk. */
  | 'enter again'
  /** Links and door must show that they live; what does not is made anew. */
  | 'probe links'
  /** Links and door are made anew at once: their addresses are those of another network. */
  | 'restart links'
  /** The screen's lock was let go of by the browser; it is asked for again. */
  | 'hold the screen';

export interface TabStep {
  readonly state: TabState;
  readonly orders: readonly TabOrder[];
}

const goesOn = (state: TabState, ...orders: TabOrder[]): TabStep => ({ state, orders });

/** Total: an event that cannot come in a state changes nothing. */
export function stepTab(state: TabState, event: TabEvent): TabStep {
  const { presence, network } = state;
  // Of a page that was left, nothing counts until it is brought back.
  if (presence === 'away') {
    if (event.type !== 'pageshow' || !event.kept) return goesOn(state);
    return goesOn({ presence: 'visible', network }, 'enter again', 'hold the screen');
  }
  switch (event.type) {
    case 'visible':
      return goesOn({ presence: 'visible', network }, 'hold the screen', 'tell');
    case 'hidden':
      return goesOn({ presence: presence === 'frozen' ? 'frozen' : 'hidden', network }, 'tell');
    case 'freeze':
      return goesOn({ presence: 'frozen', network }, 'tell');
    case 'resume':
      if (presence !== 'frozen') return goesOn(state);
      return goesOn({ presence: 'hidden', network }, 'probe links', 'tell');
    case 'slept':
      return goesOn(state, 'probe links', 'tell');
    case 'pagehide':
      return goesOn({ presence: 'away', network }, 'goodbye');
    case 'offline':
      return goesOn({ presence, network: 'offline' });
    case 'online':
      return goesOn({ presence, network: 'online' }, 'restart links');
    case 'network':
      return goesOn(state, 'restart links');
    case 'pageshow':
      return goesOn(state);
  }
}
