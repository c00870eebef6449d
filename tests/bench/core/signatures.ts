/** What signatures cost in Node, and in a worker of Chromium where `CHROMIUM_PATH` names one. */
import { chromium, type Page } from '@playwright/test';
import { build } from 'vite';
import { chromiumLaunch } from '../../setup/chromium.ts';
import { median, type BenchOptions, type Row } from './measure.ts';
import { signatureCosts, type SignatureCosts } from './signature-costs.ts';

const times = 300;

export async function measureSignatures({ repeat }: BenchOptions): Promise<Row[]> {
  const inNode: SignatureCosts[] = [];
  const inWorker: SignatureCosts[] = [];
  const browser = process.env['CHROMIUM_PATH'] ? await chromium.launch(chromiumLaunch) : null;
  const page = browser && (await pageWithWorker(await browser.newPage()));
  // The first round warms up.
  for (let i = 0; i <= repeat; i++) {
    const node = await signatureCosts(times);
    const worker = page && (await costsIn(page));
    if (i === 0) continue;
    inNode.push(node);
    if (worker) inWorker.push(worker);
  }
  await browser?.close();
  const figure = (all: readonly SignatureCosts[], name: string) =>
    Number(median(all.map((costs) => costs[name] ?? NaN)).toFixed(2));
  return Object.keys(inNode[0] ?? {}).map((name) => ({
    signature: name,
    'Node µs': figure(inNode, name),
    'Chromium worker µs': figure(inWorker, name),
  }));
}

/** A page of a secure context, in which `costs` asks a worker. */
async function pageWithWorker(page: Page): Promise<Page> {
  const code = await workerCode();
  await page.route('http://localhost/**', (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: code })
      : route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }),
  );
  await page.goto('http://localhost/');
  return page;
}

/** One worker for all rounds, so that it warms up as Node does. */
function costsIn(page: Page): Promise<SignatureCosts> {
  return page.evaluate((count) => {
    const scope = globalThis as { bench?: Worker };
    const worker = (scope.bench ??= new Worker('/worker.js', { type: 'module' }));
    worker.postMessage(count);
    return new Promise<Readonly<Record<string, number>>>((resolve, reject) => {
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.onmessage = ({ data }: MessageEvent<Readonly<Record<string, number>>>) =>
        resolve(data);
    });
  }, times);
}

async function workerCode(): Promise<string> {
  const entry = new URL('./signature-costs.worker.ts', import.meta.url).pathname;
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, lib: { entry, formats: ['es'], fileName: 'worker' } },
  });
  const [output] = [built].flat();
  const chunk = output && 'output' in output ? output.output[0] : null;
  if (!chunk) throw new Error('the worker was not built');
  return chunk.code;
}
