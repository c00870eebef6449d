/** Runs against the built page and against the dev server. */
import { collectErrors, expect, test } from './fixtures.ts';

test('the home page loads and nothing complains', async ({ page }) => {
  const errors = collectErrors(page);
  const response = await page.goto('/', { waitUntil: 'networkidle' });
  expect(response?.status()).toBe(200);
  await expect(page.locator('body')).toContainText(/\S/);
  expect(errors).toEqual([]);
});

test('the door is at /signal of the page’s own server', async ({ page }) => {
  await page.goto('/');
  const first = await page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/signal`);
        socket.onmessage = ({ data }) => resolve(String(data));
        socket.onerror = () => reject(new Error('no connection'));
      }),
  );
  expect(JSON.parse(first)).toMatchObject({ type: 'welcome' });
});
