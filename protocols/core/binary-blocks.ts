/**
 * Building blocks of hand-written binary codecs. What a block reads satisfies the bounds it was made with, so a codec
 * built of them is its own schema check: bytes that are no value fail the reader, a value that has no bytes fails the
 * writer.
 */
import type { Codec } from './binary.ts';
import { isClientId, type ClientId } from './ids.ts';
import { limits } from './limits.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Below this many bytes a loop is faster than the platform's coder. */
const shortTextBytes = 24;

/** 0 to `limits.integerMax`: seven bits a byte, low ones first, in as few bytes as possible. */
export const integer: Codec<number> = {
  write(out, value) {
    if (
      !Number.isSafeInteger(value) ||
      value < 0 ||
      value > limits.integerMax ||
      isMinusZero(value)
    ) {
      out.hasFailed = true;
      return;
    }
    out.reserve(8);
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
      out.bytes[out.length++] = (rest % 0x80) | 0x80;
    }
    out.bytes[out.length++] = rest;
  },
  read(from) {
    let value = 0;
    let byte = 0x80;
    for (let unit = 1; byte >= 0x80; unit *= 0x80) {
      if (unit > limits.integerMax) from.fail('an integer too large');
      byte = from.byte();
      value += (byte & 0x7f) * unit;
      if (byte === 0 && unit > 1) from.fail('an integer longer than it must be');
    }
    if (value > limits.integerMax) from.fail('an integer too large');
    return value;
  },
};

function isMinusZero(value: number): boolean {
  return value === 0 && 1 / value < 0;
}

export const boolean: Codec<boolean> = {
  write: (out, value) => out.byte(value ? 1 : 0),
  read(from) {
    const byte = from.byte();
    if (byte > 1) from.fail('no boolean');
    return byte === 1;
  },
};

/** Well-formed text of `min` to `max` UTF-16 code units: the count of its UTF-8 bytes, and these. */
export function text(min: number, max: number): Codec<string> {
  return {
    write(out, value) {
      const { length } = value;
      if (length < min || length > max || !value.isWellFormed()) {
        out.hasFailed = true;
        return;
      }
      // The count stands before the bytes, so they are counted first.
      const size = isAscii(value) ? length : encoder.encode(value).length;
      integer.write(out, size);
      out.reserve(size);
      if (size === length && length < shortTextBytes) {
        for (let i = 0; i < length; i++) out.bytes[out.length + i] = value.charCodeAt(i);
      } else {
        encoder.encodeInto(value, out.bytes.subarray(out.length));
      }
      out.length += size;
    },
    read(from) {
      const size = integer.read(from);
      if (size > from.left) from.fail('cut short');
      // No code unit takes more than three bytes: what cannot fit is not decoded.
      else if (size > 3 * max) from.fail('a text too long');
      if (from.error !== null) return '';
      const value = utf8(from.bytes, from.position, size);
      from.position += size;
      if (value === null) from.fail('a text that is not UTF-8');
      else if (value.length < min || value.length > max) from.fail('a text of the wrong length');
      return value ?? '';
    },
  };
}

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** `null` for what is not well-formed UTF-8. */
function utf8(bytes: Uint8Array, start: number, size: number): string | null {
  if (size < shortTextBytes) {
    let value = '';
    let i = 0;
    for (; i < size; i++) {
      const byte = bytes[start + i] as number;
      if (byte > 0x7f) break;
      value += String.fromCharCode(byte);
    }
    if (i === size) return value;
  }
  try {
    return decoder.decode(bytes.subarray(start, start + size));
  } catch {
    return null;
  }
}

/** A {@link ClientId}: one byte 0 if it is the one before again, else 1 and its text. */
export const clientId: Codec<ClientId> = {
  write(out, value) {
    const isSame = value === out.client;
    out.byte(isSame ? 0 : 1);
    if (!isSame && isClientId(value)) clientText.write(out, value);
    else if (!isSame) out.hasFailed = true;
    out.client = value;
  },
  read(from) {
    const isNew = boolean.read(from);
    if (isNew) {
      const value = clientText.read(from);
      if (from.error === null && isClientId(value)) from.client = value;
      else from.fail('no client');
    }
    if (from.client === null) from.fail('no client');
    return from.client ?? ('' as ClientId);
  },
};
const clientText = text(1, 64);

/** One byte 0 for `null`, else 1 and the value. */
export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    write(out, value) {
      boolean.write(out, value !== null);
      if (value !== null) codec.write(out, value);
    },
    read: (from) => (boolean.read(from) ? codec.read(from) : null),
  };
}

/** The count, at most `countMax`, and the items. */
export function list<T>(codec: Codec<T>, countMax: number): Codec<readonly T[]> {
  return {
    write(out, values) {
      if (values.length > countMax) out.hasFailed = true;
      integer.write(out, values.length);
      for (const value of values) codec.write(out, value);
    },
    read(from) {
      const count = integer.read(from);
      const values: T[] = [];
      // Every item takes a byte at least: a count alone must not cost anything.
      if (count > countMax || count > from.left) from.fail('a list too long');
      for (let i = 0; i < count && from.error === null; i++) values.push(codec.read(from));
      return values;
    },
  };
}

/** Takes no bytes: what stands here is known. */
export function constant<const T>(value: T): Codec<T> {
  return { write: () => undefined, read: () => value };
}

/** The fields in the order of `fields`, which also names them. */
export function record<T extends object>(fields: {
  readonly [K in keyof T]-?: Codec<T[K]>;
}): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<unknown>][];
  return {
    write(out, value) {
      for (const [name, codec] of entries) codec.write(out, value[name]);
    },
    read(from) {
      const value: Partial<Record<keyof T, unknown>> = {};
      for (const [name, codec] of entries) value[name] = codec.read(from);
      return value as T;
    },
  };
}

/**
 * One of several records, told apart by the field `tag`: the place in `cases`, and the record. New cases are added at
 * the end, since the places are what crosses the wire. A value of no case has no bytes.
 */
export function variant<T extends object, Tag extends keyof T>(
  tag: Tag,
  cases: readonly (readonly [T[Tag], Codec<T>])[],
): Codec<T> {
  return {
    write(out, value) {
      const place = cases.findIndex(([name]) => name === value[tag]);
      out.byte(place);
      if (place < 0) out.hasFailed = true;
      else cases[place]?.[1].write(out, value);
    },
    read(from) {
      const found = cases[from.byte()];
      if (found) return found[1].read(from);
      from.fail('an unknown kind');
      return {} as T;
    },
  };
}
