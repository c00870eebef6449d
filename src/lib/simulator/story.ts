/** A run told line by line: what each replica heard and did. The same text wherever the same script is played. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { ClientMessage, ClientReply } from '#protocols/core/client.ts';
import type { TracedCause, TracedEffect, TraceEvent } from '#lib/host/trace.ts';

type Effect = TracedEffect<unknown, unknown>;

/** `r0` for replica 0, `c1.2` for the second client in seat 1: ids as short as a reader wants them. */
export function shortIds(text: string): string {
  return text
    .replace(/c000([0-9a-f]{28})\/([0-9a-f]{8})/g, (_, seat: string, life: string) => {
      return `c${parseInt(seat, 16)}.${parseInt(life, 16)}`;
    })
    .replace(/0{24}([0-9a-f]{8})/g, (_, i: string) => `r${parseInt(i, 16)}`);
}

/** One event as one line: when, who, what came in, what went out. */
export function lineOf(event: TraceEvent<unknown, unknown>): string {
  const done = event.effects.map(effectText).filter((text) => text !== '');
  const what = done.length > 0 ? ` → ${done.join('; ')}` : '';
  return shortIds(`${event.at} ${event.replica} ${causeText(event.cause)}${what}`);
}

function causeText(cause: TracedCause<unknown>): string {
  switch (cause.type) {
    case 'start':
      return `starts with ${cause.records} records`;
    case 'receive':
      return `hears ${cause.from}: ${messageText(cause.message)}`;
    case 'timeout':
      return `timer ${cause.timer}`;
    case 'wake':
      return `wakes after ${cause.elapsedTicks}`;
    case 'request':
      return `is asked ${cause.requests.map(askedText).join(' ')}`;
    case 'operate':
      return `is told ${JSON.stringify(cause.operation)}`;
    case 'answer':
      return `has its answer: ${cause.answer.type}`;
  }
}

function askedText(message: ClientMessage): string {
  return `${message.client}${numberText(message)}`;
}

/** `#3` for the third request of a client, `?3` for its third query. */
function numberText(message: ClientMessage | ClientReply): string {
  return 'query' in message ? `?${message.query}` : `#${message.seq}`;
}

function effectText(effect: Effect): string {
  switch (effect.type) {
    case 'persist':
      return `writes ${effect.records}`;
    case 'send':
      return `to ${effect.to.join(',')}: ${messageText(effect.message)}`;
    case 'apply':
      return `applies ${effect.index}`;
    case 'reply':
      return `answers ${effect.to}${numberText(effect.reply)}: ${effect.reply.type}`;
    case 'restore':
      return `restores up to ${effect.index}`;
    case 'note':
      return JSON.stringify(effect.note).replaceAll('"', '');
    case 'ask':
      return `asks for ${effect.job.type}`;
    case 'setTimer':
    case 'cancelTimer':
      return '';
  }
}

/** Its fields, with lists by their length. */
function messageText(message: unknown): string {
  const { type, ...fields } = message as Record<string, unknown>;
  const texts = Object.entries(fields).map(([field, value]) => {
    if (Array.isArray(value)) return `${field} ${value.length}`;
    return `${field} ${JSON.stringify(value).replaceAll('"', '')}`;
  });
  return `${String(type)} (${texts.join(', ')})`;
}

/** A digest over every event of a run: equal digests, equal runs. */
export class TraceDigest {
  readonly #hash = sha256.create();

  add(event: TraceEvent<unknown, unknown>): void {
    this.#hash.update(utf8ToBytes(`${JSON.stringify(event)}\n`));
  }

  /** 64 hex digits; nothing can be added after it. */
  hex(): string {
    return bytesToHex(this.#hash.digest());
  }
}
