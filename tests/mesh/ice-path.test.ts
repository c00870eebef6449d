import { expect, test } from 'vitest';
import { pathOf, pulseOf } from '#lib/mesh/ice-path.ts';

/** A report in which the pair of these two kinds of address was chosen, and `told`: STUN told this end one. */
function report(local: string, remote: string, told: boolean): RTCStatsReport {
  const pair = { type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r' };
  const candidate = (type: string, candidateType: string) => ({ type, candidateType });
  return new Map<string, object>([
    ['failed', { ...pair, state: 'failed', nominated: false, remoteCandidateId: 'x' }],
    ['chosen', { ...pair, state: 'succeeded', nominated: true, responsesReceived: 3 }],
    ['l', candidate('local-candidate', local)],
    ['r', candidate('remote-candidate', remote)],
    ...(told ? ([['s', candidate('local-candidate', 'srflx')]] as const) : []),
  ]) as unknown as RTCStatsReport;
}

test.each([
  ['host', 'host', true, 'direct'],
  ['host', 'srflx', false, 'stun'],
  ['srflx', 'host', true, 'stun'],
  ['host', 'prflx', true, 'stun'],
  ['host', 'prflx', false, 'direct'],
  ['relay', 'srflx', true, 'turn'],
  ['host', 'relay', true, 'turn'],
] as const)('from %s to %s is one path', (local, remote, told, path) => {
  expect(pathOf(report(local, remote, told))).toBe(path);
});

test('the answers of the other end are those of the chosen pair', () => {
  expect(pulseOf(report('host', 'host', false))).toBe(3);
  const asked = { type: 'candidate-pair', nominated: true, state: 'in-progress' };
  const pairs = new Map([['p', { ...asked, responsesReceived: 9 }]]);
  expect(pulseOf(pairs as unknown as RTCStatsReport)).toBe(9);
});

test('no chosen pair is no path', () => {
  expect(pulseOf(new Map() as unknown as RTCStatsReport)).toBeNull();
  expect(pathOf(new Map() as unknown as RTCStatsReport)).toBeNull();
});
