/**
 * What a fresh clone needs before anything else can run. Plain Node, no dependencies: they may not be there yet.
 * Every step that takes time says so in one line; every failure says what to do.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {string} line */
export const say = (line) => console.log(`- ${line}`);

/**
 * Ends the process with a sentence that says what to do.
 * @param {string} sentence
 * @returns {never}
 */
export function giveUp(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

/**
 * Runs a command in the project's folder with its output on ours.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, timeoutMs?: number }} [options]
 * @returns {boolean} whether it ended well
 */
export function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: options.quiet ? 'ignore' : ['ignore', 'inherit', 'inherit'],
    // On Windows npm is a .cmd file, which only a shell can start.
    shell: process.platform === 'win32' && command === 'npm',
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  return status === 0;
}

/**
 * Runs the command-line program of an installed package with the Node that runs us.
 * @param {string} file inside node_modules
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, timeoutMs?: number }} [options]
 */
export const runPackage = (file, args, options) =>
  run(process.execPath, [join(root, 'node_modules', file), ...args], options);

const nodeMin = /** @type {const} */ ([20, 19]);

export function ensureNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])) return;
  giveUp(
    `Synod needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}. ` +
      'Get one from https://nodejs.org, then run this again.',
  );
}

/**
 * @param {string} file
 * @returns {Record<string, { version?: string, optional?: boolean }> | null}
 */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return null;
  }
}

/** Whether node_modules holds what the lockfile says. What npm leaves out on other systems is optional. */
function isInstalled() {
  const wanted = packagesIn('package-lock.json');
  const installed = packagesIn('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional || installed[path]?.version === version,
  );
}

export function ensureDependencies() {
  if (isInstalled()) return;
  say('Installing dependencies (npm ci); the first time takes a minute.');
  if (run('npm', ['ci', '--include=dev', '--no-progress', '--loglevel=error'])) return;
  giveUp('The dependencies could not be installed. Check the network, then run "npm ci" by hand.');
}

/**
 * Time in ms of the youngest file at or below `path`; 0 when there is none.
 * @param {string} path
 * @returns {number}
 */
function youngest(path) {
  if (!existsSync(path)) return 0;
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => youngest(join(path, name))));
}

const sources = [
  'src',
  'static',
  'protocols',
  'signaling/messages.ts',
  'package-lock.json',
  'svelte.config.js',
  'vite.config.ts',
];

/** Builds the page when there is none or one older than its sources. @returns {boolean} whether there is one now */
export function buildIfNeeded() {
  const built = youngest(join(root, 'build/index.html'));
  if (built > Math.max(...sources.map((source) => youngest(join(root, source))))) return true;
  say('Building the page (vite build).');
  return runPackage('vite/bin/vite.js', ['build', '--logLevel', 'warn']);
}

export function ensureBuild() {
  if (!buildIfNeeded()) giveUp('The page could not be built; the reason stands above.');
}
