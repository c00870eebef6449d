/** The keys of the room. */

export type KeyAction = 'legend' | 'command' | 'freeze' | 'measured';

const actions: Readonly<Record<string, KeyAction>> = {
  '?': 'legend',
  c: 'command',
  f: 'freeze',
  m: 'measured',
};

/** What of a KeyboardEvent decides. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

/** What `press` asks for; `null` for keys of the browser and those of somebody who is typing. */
export function keyAction(press: KeyPress, target: unknown): KeyAction | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return null;
  return isTyping(target) ? null : (actions[press.key] ?? null);
}

function isTyping(target: unknown): boolean {
  if (typeof target !== 'object' || target === null) return false;
  const { tagName, isContentEditable } = target as Partial<HTMLElement>;
  return isContentEditable === true || ['INPUT', 'TEXTAREA', 'SELECT'].includes(tagName ?? '');
}
