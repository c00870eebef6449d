/** Markup of a stranger that came into the page all the same: it runs nothing. */
import { expect, test } from './fixtures.ts';

declare global {
  interface Window {
    /** What an injected script would leave behind. */
    ran?: string[];
  }
}

test('an injected inline script, handler or link runs nothing, and what is evaluated neither', async ({
  page,
  complaints,
}) => {
  complaints.expect(/Content Security Policy|Failed to load resource|unsafe-eval/);
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Start a room' })).toBeVisible();
  const refused = await page.evaluate(async () => {
    const directives: string[] = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
      directives.push(effectiveDirective);
    });
    const script = document.createElement('script');
    script.textContent = '(window.ran ??= []).push("script")';
    document.body.append(script);
    const evil = `(window.ran ??= []).push('handler')`;
    document.body.insertAdjacentHTML('beforeend', `<img src="missing.png" onerror="${evil}">`);
    document.body.insertAdjacentHTML('beforeend', `<a href="javascript:${evil}">x</a>`);
    document.body.querySelector<HTMLAnchorElement>('a[href^="javascript:"]')?.click();
    document.body.insertAdjacentHTML('beforeend', '<iframe srcdoc="x"></iframe>');
    const foreign = document.createElement('script');
    foreign.src = 'https://evil.example/x.js';
    document.body.append(foreign);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return directives;
  });
  expect(await page.evaluate(() => window.ran)).toBeUndefined();
  expect(refused.filter((directive) => directive.startsWith('script-src')).length).toBe(4);
  const evaluated = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        // Later, since what the debugger itself calls may evaluate.
        setTimeout(() => {
          try {
            resolve(String(new Function('return 1')()));
          } catch (error) {
            resolve(String(error));
          }
        });
      }),
  );
  expect(await evaluated).toContain('EvalError');
});
