/** The browser the tests run in has what replicas need, also where the page is not a secure context. */
import { expect, test } from 'vitest';

test('two ends of a data channel meet', async () => {
  const [left, right] = [new RTCPeerConnection(), new RTCPeerConnection()];
  left.onicecandidate = ({ candidate }) => void right.addIceCandidate(candidate ?? undefined);
  right.onicecandidate = ({ candidate }) => void left.addIceCandidate(candidate ?? undefined);
  const channel = left.createDataChannel('test', { negotiated: true, id: 0 });
  right.createDataChannel('test', { negotiated: true, id: 0 });
  const open = new Promise((resolve) => (channel.onopen = resolve));
  await left.setLocalDescription();
  if (left.localDescription) await right.setRemoteDescription(left.localDescription);
  await right.setLocalDescription();
  if (right.localDescription) await left.setRemoteDescription(right.localDescription);
  await open;
  expect(channel.readyState).toBe('open');
  left.close();
  right.close();
});

test('IndexedDB and random bytes are there', () => {
  expect(indexedDB).toBeDefined();
  expect(crypto.getRandomValues(new Uint8Array(8))).toHaveLength(8);
});
