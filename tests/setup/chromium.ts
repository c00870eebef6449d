/** How every test starts its Chromium. */

const isRoot = process.getuid?.() === 0;
/** Left by `npm test`; without it Playwright takes its own. */
const path = process.env['CHROMIUM_PATH'];

export const chromiumLaunch = {
  ...(path ? { executablePath: path } : {}),
  args: [
    // Chromium refuses its sandbox to root, which is who runs in most containers.
    ...(isRoot ? ['--no-sandbox'] : []),
    // Nothing but the page under test may use the network or the processor.
    '--disable-background-networking',
    '--no-first-run',
    '--disable-quic',
    '--disable-component-update',
    '--disable-sync',
  ],
};
