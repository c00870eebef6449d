/** When answers that replicas may lie about are certain: of four replicas f + 1 final ones, or a quorum of tentative ones. */
import { expect, test } from 'vitest';
import { Answers, type Answer } from '#protocols/core/client-answers.ts';
import { r } from '../fixtures/ids.ts';

const needed = { replies: 2, quorum: 3 };
const final = (value = 'x', index = 7): Answer => ({ index, result: { ok: true, value } });
const tentative = (view: number, value = 'x', index = 7): Answer => {
  return { ...final(value, index), tentative: view };
};

/** What the last of `given` makes of it. */
function told(...given: readonly (readonly [from: number, answer: Answer])[]) {
  const answers = new Answers();
  return given.map(([from, answer]) => answers.add(r(from), answer, needed)).at(-1);
}

test('[P1] f + 1 final answers, of distinct replicas', () => {
  expect(told([0, final()], [1, final()])).toBe('final');
  expect(told([0, final()], [0, final()])).toBeNull();
  expect(told([0, final()], [1, final('y')], [2, final('x', 8)])).toBeNull();
});

test('[PS34] [PB18] f + 1 tentative ones are nothing: one of them may be a lie, and the other taken back', () => {
  expect(told([0, tentative(0)], [1, tentative(0)])).toBeNull();
  expect(told([0, tentative(0)], [1, tentative(0)], [2, tentative(0)])).toBe('tentative');
  expect(told([0, tentative(0)], [1, tentative(0)], [2, tentative(0, 'y')])).toBeNull();
});

test('[P1] tentative ones of two views do not add up', () => {
  expect(told([0, tentative(0)], [1, tentative(1)], [2, tentative(1)])).toBeNull();
  expect(told([0, tentative(0)], [1, tentative(1)], [2, tentative(1)], [0, tentative(1)])).toBe(
    'tentative',
  );
});

test('[P1] a final one adds to those of any view, and stays when an older tentative one arrives', () => {
  expect(told([0, final()], [1, tentative(3)], [2, tentative(3)])).toBe('tentative');
  expect(told([0, final()], [0, tentative(3)], [1, final()])).toBe('final');
  expect(told([0, tentative(3)], [0, final()], [1, final()])).toBe('final');
});

test('[K11] of each replica the last is kept: who says another thing each time fills nothing', () => {
  const answers = new Answers();
  for (let i = 0; i < 100; i++) answers.add(r(0), tentative(i, String(i)), needed);
  expect(answers.size).toBe(1);
});
