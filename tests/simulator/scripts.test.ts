/** Scripts worth keeping: runs that once went wrong, or that a reader should see go right. */
import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { scriptSchema } from '#protocols/core/schedule.ts';
import { laboratoryOf } from '#lib/simulator/arguments.ts';
import { runScript } from '#lib/simulator/run.ts';

const folder = new URL('./scripts/', import.meta.url);
const scripts = readdirSync(folder).map((name) => {
  const text = readFileSync(new URL(name, folder), 'utf8');
  return v.parse(scriptSchema, JSON.parse(text));
});

test.each(scripts)('$title', (script) => {
  const laboratory = laboratoryOf(script.protocol);
  const { violation, commits } = runScript({ laboratory }, script);
  expect(violation).toBeNull();
  expect(commits).toBeGreaterThan(0);
});
