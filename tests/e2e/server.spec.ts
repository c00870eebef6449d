import { expect, test } from './fixtures.ts';

test('a server that is killed comes back on its port', async ({ server, page }) => {
  const answer = async () => (await page.request.get(`${server.url}/health`)).status();
  expect(await answer()).toBe(200);
  await server.kill();
  await expect(answer()).rejects.toThrow();
  await server.restart();
  expect(await answer()).toBe(200);
});
