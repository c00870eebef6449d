/**
 * Building blocks of hand-written binary codecs. Bytes that are no value fail the reader, a value that has no bytes
 * fails the writer; bounds are the schema's.
 */
import type { Codec, Writer } from './binary.ts';
import type { ClientId } from './ids.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Below this many bytes a loop is faster than the platform's coder. */
const shortTextBytes = 24;

/** 0 to 2^53 - 1: seven bits a byte, low ones first. */
export const integer: Codec<number> = {
  write(out, value) {
    if (!Number.isSafeInteger(value) || value < 0) {
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
      if (unit > Number.MAX_SAFE_INTEGER) from.fail('an integer too large');
      byte = from.byte();
      value += (byte & 0x7f) * unit;
    }
    return value;
  },
};

export const boolean: Codec<boolean> = {
  write: (out, value) => out.byte(value ? 1 : 0),
  read: (from) => from.byte() !== 0,
};

/** The count of its UTF-8 bytes, and these. */
export const text: Codec<string> = {
  write(out, value) {
    const { length } = value;
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
    const value = utf8(from.take(integer.read(from)));
    if (value === null) from.fail('a text that is not UTF-8');
    return value ?? '';
  },
};

function isAscii(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** `null` for what is not well-formed UTF-8. */
function utf8(bytes: Uint8Array): string | null {
  if (bytes.length < shortTextBytes && bytes.every((byte) => byte < 0x80)) {
    return String.fromCharCode(...bytes);
  }
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/**
 * Hex digits, two to a byte, after how many there are: `digits` from place `from` up to `to`, lowercase. What is no such
 * digit stands for one.
 */
export function writeHex(out: Writer, digits: string, from = 0, to = digits.length): void {
  integer.write(out, to - from);
  out.reserve((to - from) / 2 + 1);
  const { bytes } = out;
  let at = out.length;
  for (let i = from; i < to; i += 2) {
    bytes[at++] = (nibble(digits.charCodeAt(i)) << 4) | nibble(digits.charCodeAt(i + 1));
  }
  out.length = at;
}

const nibble = (code: number): number => (code & 15) + 9 * (code >> 6);

/** One byte 0 if it is the one before again, else 1 and its text. */
export const clientId: Codec<ClientId> = {
  write(out, value) {
    const isNew = value !== out.client;
    boolean.write(out, isNew);
    if (isNew) text.write(out, value);
    out.client = value;
  },
  read(from) {
    if (boolean.read(from)) from.client = text.read(from) as ClientId;
    return from.client ?? ('' as ClientId);
  },
};

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

/** The count, and the items as far as there are bytes: an announcement alone costs nothing. */
export function list<T>(codec: Codec<T>): Codec<readonly T[]> {
  return {
    write(out, values) {
      integer.write(out, values.length);
      for (const value of values) codec.write(out, value);
    },
    read(from) {
      const values: T[] = [];
      const count = integer.read(from);
      while (values.length < count && from.error === null) values.push(codec.read(from));
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
