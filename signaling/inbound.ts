/** From a WebSocket text to a message the door may act on. */
import * as v from 'valibot';
import { toServerSchema, type ToServer } from './messages.ts';

/** Own keys that would be read from a prototype instead: the schema's own check for strange keys overlooks them. */
const prototypeKeys = ['__proto__', 'constructor', 'prototype'];
/** Messages nest two deep. Whatever lies deeper is strange to the schema, which refuses it. */
const nestingMax = 2;

function hasPrototypeKey(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null || depth > nestingMax) return false;
  if (prototypeKeys.some((key) => Object.hasOwn(value, key))) return true;
  return Object.values(value).some((inner) => hasPrototypeKey(inner, depth + 1));
}

/** What `text` says, or `null` when it is not a message. Never throws; `text` is bounded by the socket. */
export function parseToServer(text: string): ToServer | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (hasPrototypeKey(value)) return null;
  const result = v.safeParse(toServerSchema, value);
  return result.success ? result.output : null;
}
