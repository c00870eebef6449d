import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { iceServersOf, stunAt } from '#signaling/ice.ts';
import { answerTo, openStun, type Stun } from '#signaling/stun.ts';

const transaction = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');

function request(more: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(1, 0);
  header.writeUInt16BE(more.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  return Buffer.concat([header, transaction, more]);
}

describe('the answer to a binding request', () => {
  test('is the mapped address of RFC 5769, section 2.2', () => {
    const answer = answerTo(request(), { address: '192.0.2.1', port: 32_853 });
    expect(answer?.toString('hex')).toBe(
      `0101000c2112a442${transaction.toString('hex')}002000080001a147e112a643`,
    );
  });

  test('comes to requests with attributes too, and to nothing else', () => {
    const from = { address: '192.0.2.1', port: 1 };
    expect(answerTo(request(Buffer.alloc(8)), from)).not.toBeNull();
    const wrong = [
      Buffer.alloc(0),
      request().subarray(0, 19),
      Buffer.concat([request(), Buffer.alloc(1)]),
      Buffer.from(request()).fill(0, 4, 8),
      Buffer.from(request()).fill(0x11, 0, 1),
    ];
    expect(wrong.map((bytes) => answerTo(bytes, from))).toEqual(wrong.map(() => null));
    expect(answerTo(request(), { address: 'fe80::1', port: 1 })).toBeNull();
  });
});

describe('on UDP', () => {
  let stun: Stun;
  beforeAll(async () => {
    stun = await openStun(0);
  });
  afterAll(() => stun.close());

  test('somebody is told its own address and port', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.send(Buffer.from('nonsense'), stun.port, '127.0.0.1');
    socket.send(request(), stun.port, '127.0.0.1');
    const [answer] = (await once(socket, 'message')) as [Buffer];
    const { port } = socket.address();
    socket.close();
    expect(answer).toEqual(answerTo(request(), { address: '127.0.0.1', port }));
  });

  test('a port that is busy is left to whoever has it', async () => {
    const other = await openStun(stun.port);
    expect(other.port).not.toBe(stun.port);
    other.close();
  });
});

describe('what tabs are told', () => {
  test('our STUN has the name under which they reached us, and none that only this machine has', () => {
    expect(stunAt(3478, '10.1.2.3:3000', '10.1.2.3')).toEqual([{ urls: 'stun:10.1.2.3:3478' }]);
    expect(stunAt(3478, 'demo.example', undefined)).toEqual([{ urls: 'stun:demo.example:3478' }]);
    expect(stunAt(3478, 'localhost:3000', '10.1.2.3')).toEqual([{ urls: 'stun:10.1.2.3:3478' }]);
    expect(stunAt(3478, 'localhost:3000', undefined)).toEqual([]);
    expect(stunAt(3478, '[::1]:3000', undefined)).toEqual([]);
  });

  test('the servers of the operator, or what is wrong with them', () => {
    const turn = { urls: 'turn:turn.example:3478', username: 'u', credential: 'c' };
    expect(iceServersOf(JSON.stringify([turn]))).toEqual([turn]);
    expect(iceServersOf(undefined)).toEqual([]);
    expect(iceServersOf('turn:turn.example')).toMatch(/not JSON/);
    expect(iceServersOf('[{"url":"turn:x"}]')).toMatch(/no list of/);
  });
});
