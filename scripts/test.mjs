/**
 * `npm test`: everything, from a fresh clone, ending with a plain count.
 *
 *   npm test -- --only unit,e2e    these stages only: lint types unit browser e2e
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildIfNeeded, ensureDependencies, ensureNode, giveUp } from './setup.mjs';
import { root, runPackage, say } from './setup.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Count */
/** @typedef {{ name: string, run: () => Count | Promise<Count> }} Stage */

const reports = mkdtempSync(join(tmpdir(), 'synod-test-'));

/**
 * A check without a count of its own counts as one test.
 * @param {boolean} good
 * @returns {Count}
 */
const asOne = (good) => ({ passed: good ? 1 : 0, failed: good ? 0 : 1, skipped: 0 });

/**
 * A program that failed must not be counted as passed, whatever its report says; nor one that ran nothing.
 * @param {boolean} good
 * @param {Count} count
 * @returns {Count}
 */
function honest(good, count) {
  const silent = count.passed + count.failed + count.skipped === 0;
  return silent || (!good && count.failed === 0) ? { ...count, failed: count.failed + 1 } : count;
}

/** @param {string} file */
const readReport = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {});

function lint() {
  const formatted = runPackage('prettier/bin/prettier.cjs', ['--check', '--log-level=warn', '.']);
  const linted = runPackage('eslint/bin/eslint.js', ['.']);
  return asOne(formatted && linted);
}

const sync = () => runPackage('@sveltejs/kit/svelte-kit.js', ['sync']);

function types() {
  const args = ['--tsconfig', './tsconfig.json', '--fail-on-warnings', '--output', 'human'];
  return asOne(sync() && runPackage('svelte-check/bin/svelte-check', args));
}

/** @param {'unit' | 'browser'} project */
function vitest(project) {
  const report = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const good = runPackage('vitest/vitest.mjs', ['run', '--project', project, ...reporters]);
  /** @type {{ numPassedTests?: number, numFailedTests?: number, numPendingTests?: number, numTodoTests?: number, testResults?: { status: string, assertionResults: unknown[] }[] }} */
  const result = readReport(report);
  // A file that cannot be loaded has no tests that could fail.
  const broken = (result.testResults ?? []).filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return honest(good, {
    passed: result.numPassedTests ?? 0,
    failed: (result.numFailedTests ?? 0) + broken.length,
    skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
  });
}

/** @returns {Promise<number>} a port that nobody listens on */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function e2e() {
  if (!buildIfNeeded()) return asOne(false);
  const report = join(reports, 'e2e.json');
  process.env['PLAYWRIGHT_JSON_OUTPUT_FILE'] = report;
  process.env['SYNOD_E2E_PORT'] = String(await freePort());
  process.env['SYNOD_E2E_DEV_PORT'] = String(await freePort());
  const good = runPackage('@playwright/test/cli.js', ['test', '--reporter=list,json']);
  /** @type {{ stats?: { expected: number, unexpected: number, flaky: number, skipped: number } }} */
  const { stats } = readReport(report);
  return honest(good, {
    passed: stats?.expected ?? 0,
    failed: (stats?.unexpected ?? 0) + (stats?.flaky ?? 0),
    skipped: stats?.skipped ?? 0,
  });
}

/** @type {readonly Stage[]} */
const stages = [
  { name: 'lint', run: lint },
  { name: 'types', run: types },
  { name: 'unit', run: () => vitest('unit') },
  { name: 'browser', run: () => vitest('browser') },
  { name: 'e2e', run: e2e },
];

function chosenStages() {
  const names = stages.map(({ name }) => name);
  const usage = `Usage: npm test -- [--only ${names.join(',')}]`;
  /** @type {string | undefined} */
  let only;
  try {
    only = parseArgs({ options: { only: { type: 'string' } } }).values.only;
  } catch {
    return giveUp(usage);
  }
  if (only === undefined) return stages;
  const wanted = only.split(',');
  if (!wanted.every((name) => names.includes(name))) giveUp(usage);
  return stages.filter(({ name }) => wanted.includes(name));
}

/** @param {Count} count */
const inWords = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

async function main() {
  const chosen = chosenStages();
  ensureNode();
  ensureDependencies();
  if (!existsSync(join(root, '.svelte-kit/tsconfig.json'))) sync();
  if (chosen.some(({ name }) => name === 'browser' || name === 'e2e')) {
    const { ensureChromium } = await import('./chromium.mjs');
    say(`Chromium: ${await ensureChromium()}`);
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  for (const { name, run } of chosen) {
    const start = performance.now();
    const count = await run();
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    lines.push(`${name}: ${inWords(count)} (${seconds} s)`);
    say(lines.at(-1) ?? '');
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
  }
  rmSync(reports, { recursive: true, force: true });
  console.log(`\n${lines.join('\n')}\n\n${inWords(total)}`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

await main();
