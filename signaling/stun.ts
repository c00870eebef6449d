/**
 * STUN binding over UDP (RFC 8489, section 3): tells a tab under which address we see it. Browsers hide their addresses
 * behind mDNS names, which need multicast to be found; an address told by us does without, where a Wi-Fi filters it.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { addressKey, createAddressBuckets, forgetQuiet, rates, takeFor } from './rate.ts';

export const defaultStunPort = 3478;

const headerBytes = 20;
const magicCookie = 0x2112a442;
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const xorMappedAddress = 0x0020;
const forgetEveryMs = 20_000;

export interface Stun {
  readonly port: number;
  close(): void;
}

/**
 * Answers on `port`, on another one if that is busy; 0 is any.
 *
 * @throws Error if there is no UDP here.
 */
export async function openStun(port: number): Promise<Stun> {
  let socket: Socket;
  try {
    socket = await bound(port);
  } catch {
    socket = await bound(0);
  }
  const rate = createAddressBuckets(rates.bindingsPerAddress);
  socket.on('message', (request, from) => {
    if (!takeFor(rate, addressKey(from.address), performance.now())) return;
    const answer = answerTo(request, from);
    if (answer) socket.send(answer, from.port, from.address, () => undefined);
  });
  socket.on('error', () => undefined);
  const quiet = setInterval(() => forgetQuiet(rate, performance.now()), forgetEveryMs).unref();
  return {
    port: socket.address().port,
    close() {
      clearInterval(quiet);
      socket.close();
    },
  };
}

async function bound(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  // `once` rejects at an error.
  const listening = once(socket, 'listening');
  socket.bind(port);
  try {
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

/** The answer to a binding request from an IPv4 address; `null`: it is none, or not well formed. */
export function answerTo(
  request: Buffer,
  { address, port }: Pick<RemoteInfo, 'address' | 'port'>,
): Buffer | null {
  if (request.length < headerBytes || request.readUInt16BE(0) !== bindingRequest) return null;
  if (request.readUInt32BE(4) !== magicCookie) return null;
  const length = request.readUInt16BE(2);
  if (length % 4 !== 0 || headerBytes + length !== request.length || !isIPv4(address)) return null;
  const answer = Buffer.alloc(headerBytes + 12);
  answer.writeUInt16BE(bindingSuccess, 0);
  answer.writeUInt16BE(12, 2);
  // Cookie and transaction id come back as they came.
  request.copy(answer, 4, 4, headerBytes);
  answer.writeUInt16BE(xorMappedAddress, 20);
  answer.writeUInt16BE(8, 22);
  answer.writeUInt8(1, 25);
  answer.writeUInt16BE(port ^ (magicCookie >>> 16), 26);
  const bytes = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  answer.writeUInt32BE((bytes ^ magicCookie) >>> 0, 28);
  return answer;
}
