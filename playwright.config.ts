import { defineConfig, devices } from '@playwright/test';
import { chromiumLaunch } from './tests/setup/chromium.ts';

/** Free ports chosen by `npm test`; fixed ones when Playwright is started by hand. */
const builtPort = Number(process.env['SYNOD_E2E_PORT'] ?? 4273);
const devPort = Number(process.env['SYNOD_E2E_DEV_PORT'] ?? 4274);
const chromium = { ...devices['Desktop Chrome'], launchOptions: chromiumLaunch };

export default defineConfig({
  testDir: 'tests/e2e',
  // One after another: each test opens several tabs, and elections are about time. Two at once take two thirds of the
  // time on two cores, and views end that nobody meant to end.
  workers: 1,
  retries: 0,
  timeout: 60_000,
  forbidOnly: true,
  outputDir: 'test-results',
  projects: [
    {
      name: 'built',
      testIgnore: '**/*.dev.spec.ts',
      use: { ...chromium, baseURL: `http://localhost:${builtPort}` },
    },
    {
      name: 'dev',
      testMatch: ['**/smoke.spec.ts', '**/*.dev.spec.ts'],
      use: { ...chromium, baseURL: `http://localhost:${devPort}` },
    },
  ],
  webServer: [
    {
      name: 'built',
      command: `node --import tsx signaling/main.ts --port ${builtPort}`,
      url: `http://localhost:${builtPort}/health`,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 3_000 },
    },
    {
      name: 'dev',
      command: `node node_modules/vite/bin/vite.js dev --port ${devPort} --strictPort`,
      // A file of its own: the page itself may be what is broken.
      url: `http://localhost:${devPort}/favicon.svg`,
    },
  ],
});
