/** A Chromium for the tests: one that is named, else one that is here, else one that can be fetched. */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { giveUp, run, runPackage, say } from './setup.mjs';

const remedy =
  'Install Chromium or Chrome, or name one: SYNOD_CHROMIUM=/path/to/chrome npm test. ' +
  'The tests without a browser: npm test -- --only lint,types,unit';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const usualPaths = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    return folder ? [join(folder, 'Google/Chrome/Application/chrome.exe')] : [];
  }),
];

/** How each system's package manager installs a Chromium, without asking. */
const packageManagers = [
  { program: 'apt-get', steps: [['update'], ['install', '-y', 'chromium']] },
  { program: 'dnf', steps: [['install', '-y', 'chromium']] },
  { program: 'apk', steps: [['add', 'chromium']] },
  { program: 'pacman', steps: [['-Sy', '--noconfirm', 'chromium']] },
];

const downloadMs = 5 * 60_000;
const answerMs = 30_000;

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} program */
const onPath = (program) =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .filter(isProgram);

/**
 * Whether the program says its version: one that lacks a library of the system, or is a stub, does not. On a Mac and
 * on Windows, asking would open a window.
 * @param {string} path
 */
function answers(path) {
  if (!isProgram(path)) return false;
  if (process.platform !== 'linux') return true;
  try {
    const version = execFileSync(path, ['--version'], {
      timeout: answerMs,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return /\d+\.\d+/.test(String(version));
  } catch {
    return false;
  }
}

/** Where Playwright keeps, or would keep, a Chromium of its own. */
async function playwrightsOwn() {
  const { chromium } = await import('@playwright/test');
  return chromium.executablePath();
}

async function find() {
  const candidates = [...names.flatMap(onPath), ...usualPaths, await playwrightsOwn()];
  return candidates.find(answers);
}

/** What has to stand before a command that only root may run; `null` when we may not. */
function asRoot() {
  if (process.getuid?.() === 0) return [];
  return run('sudo', ['-n', 'true'], { quiet: true }) ? ['sudo', '-n'] : null;
}

function installFromSystem() {
  const manager = packageManagers.find(({ program }) => onPath(program).length > 0);
  const prefix = manager && asRoot();
  if (!manager || !prefix) return;
  say(`Installing Chromium with ${manager.program}.`);
  for (const step of manager.steps) {
    const [command = '', ...args] = [...prefix, manager.program, ...step];
    if (!run(command, args, { timeoutMs: downloadMs })) return;
  }
}

/**
 * The path of a Chromium that runs. It is also left in CHROMIUM_PATH, for every program started from here.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const path = await choose();
  process.env['CHROMIUM_PATH'] = path;
  return path;
}

async function choose() {
  const named = process.env['SYNOD_CHROMIUM'];
  if (named) return answers(named) ? named : giveUp(`SYNOD_CHROMIUM is no browser. ${remedy}`);
  const here = await find();
  if (here) return here;
  say("No Chromium on this machine; fetching Playwright's (a few minutes at most).");
  const install = ['install', '--no-shell', 'chromium'];
  const options = { quiet: true, timeoutMs: downloadMs };
  if (!runPackage('@playwright/test/cli.js', install, options)) say('It could not be fetched.');
  const fetched = await find();
  if (fetched) return fetched;
  installFromSystem();
  return (await find()) ?? giveUp(`There is no Chromium for the tests. ${remedy}`);
}
