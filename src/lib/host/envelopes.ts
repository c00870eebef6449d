/**
 * Envelopes of one protocol as bytes: the messages that its codec has bytes for in those, all others as JSON, and
 * without a codec the whole as JSON, which is readable in any debugger. Either way the schema has the last word on what
 * arrives; every failure is a value that is counted and shown, never a throw.
 *
 * | bytes | of a binary envelope |
 * |---|---|
 * | 1 | {@link binaryMark}: JSON begins with another, and so does what is packed |
 * | 8 | `cluster` |
 * | 1– each | `incarnation`, `lamport`, the number of counts of `clock` and these, the number of messages |
 * | | of each message: 1 and the codec's bytes, which end by themselves; or 0, how many bytes of JSON, and these |
 */
import * as v from 'valibot';
import { integer } from '#protocols/core/binary-blocks.ts';
import { Reader, Writer, type Codec } from '#protocols/core/binary.ts';
import { integerSchema } from '#protocols/core/client.ts';
import { limits } from '#protocols/core/limits.ts';
import type { Protocol } from '#protocols/core/protocol.ts';
import type { Envelope } from './environment.ts';
import { pack, unpack } from './packing.ts';
import { bytesOfJson, clusterSchema, held, parse, type Decoded } from './wire.ts';

export const binaryMark = 1;
const clusterBytes = 8;

export class Envelopes<M> {
  readonly #schema: v.GenericSchema<unknown, Envelope<M>>;
  readonly #codec: Codec<M> | null;

  constructor({ message, codec }: Pick<Protocol<M, unknown, unknown>, 'message' | 'codec'>) {
    this.#codec = codec ?? null;
    this.#schema = v.strictObject({
      cluster: clusterSchema,
      incarnation: integerSchema,
      lamport: integerSchema,
      clock: v.pipe(v.array(integerSchema), v.maxLength(limits.votersMax)),
      messages: v.pipe(v.array(message), v.maxLength(limits.messagesPerEnvelopeMax)),
    });
  }

  /**
   * One envelope, or as many as it takes to stay within what a receiver accepts: one turn may have several messages
   * for one peer that are each as large as a message may be.
   */
  encode(envelope: Envelope<M>): Uint8Array[] {
    const { messages } = envelope;
    const plain = this.#codec ? write(this.#codec, envelope) : bytesOfJson(envelope);
    if (messages.length < 2 || plain.byteLength <= limits.messageBytesMax) return [pack(plain)];
    const middle = messages.length >> 1;
    return [messages.slice(0, middle), messages.slice(middle)].flatMap((some) =>
      this.encode({ ...envelope, messages: some }),
    );
  }

  /** `value`, if it is an envelope of this protocol, whatever was to come out of its bytes. */
  held(value: unknown): Decoded<Envelope<M>> {
    return held(this.#schema, value);
  }

  decode(bytes: Uint8Array): Decoded<Envelope<M>> {
    const unpacked = unpack(bytes, limits.messageBytesMax);
    if (!unpacked.ok) return unpacked;
    const { plain } = unpacked;
    const isBinary = this.#codec !== null && plain[0] === binaryMark;
    const envelope = isBinary ? read(this.#codec, plain) : parse(plain);
    return envelope.ok ? held(this.#schema, envelope.value) : envelope;
  }
}

function write<M>(codec: Codec<M>, envelope: Envelope<M>): Uint8Array<ArrayBuffer> {
  const { cluster, incarnation, lamport, clock, messages } = envelope;
  const out = new Writer();
  out.byte(binaryMark);
  for (let i = 0; i < clusterBytes; i++) out.byte(parseInt(cluster.slice(2 * i, 2 * i + 2), 16));
  const counts = [incarnation, lamport, clock.length, ...clock, messages.length];
  for (const count of counts) integer.write(out, count);
  for (const message of messages) {
    out.byte(1);
    if (out.tries(codec, message)) continue;
    out.bytes[out.length - 1] = 0;
    const bytes = bytesOfJson(message);
    integer.write(out, bytes.byteLength);
    out.append(bytes);
  }
  return out.taken();
}

/** Whatever the bytes say; the schema is not asked yet. */
function read(codec: Codec<unknown>, bytes: Uint8Array): Decoded<unknown> {
  const from = new Reader(bytes.subarray(1));
  let cluster = '';
  for (let i = 0; i < clusterBytes; i++) cluster += from.byte().toString(16).padStart(2, '0');
  const [incarnation, lamport] = [integer.read(from), integer.read(from)];
  const clock = repeat(from, () => integer.read(from));
  const messages = repeat(from, () => readMessage(codec, from));
  if (from.error === null && from.left > 0) from.fail('more than an envelope');
  if (from.error !== null) return { ok: false, error: from.error };
  return ok({ cluster, incarnation, lamport, clock, messages });
}

function readMessage(codec: Codec<unknown>, from: Reader): unknown {
  if (from.byte() === 1) return codec.read(from);
  const message = parse(from.take(integer.read(from)));
  if (message.ok) return message.value;
  from.fail(message.error);
  return null;
}

/** A count and so many values, as far as there are bytes: an announcement alone costs nothing. */
function repeat<T>(from: Reader, next: () => T): T[] {
  const values: T[] = [];
  const count = integer.read(from);
  while (values.length < count && from.error === null) values.push(next());
  return values;
}

const ok = (value: unknown) => ({ ok: true, value }) as const;
