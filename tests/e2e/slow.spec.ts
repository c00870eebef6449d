/** A tab that stands still, one that the browser puts away and brings back, and one whose network changes. */
import { events, expectStanding, memberId, seat } from './screen.ts';
import { at, openRoom, patienceMs, waitCommitted, write } from './room.ts';
import { expect, test } from './fixtures.ts';

/** Longer than it takes to be called silent, and to see that the device answers. */
const stillMs = 7_000;

test('a tab that stands still is slow, not dead; one that is put away comes back to its seat', async ({
  context,
}) => {
  const { tabs } = await openRoom(context, 3);
  const [ana, ben, cleo] = [at(tabs, 0), at(tabs, 1), at(tabs, 2)];
  const ids = await Promise.all(tabs.map(({ page }) => memberId(page)));

  // Nothing of Cleo's page runs; her browser goes on.
  const still = cleo.page.evaluate((ms) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
  }, stillMs);
  await expectStanding(ana.page, 'Cleo', /^slow, not dead: /, stillMs);
  await expect(events(ana.page)).toContainText(
    "Cleo's tab says nothing, but its device still answers: slow, not dead",
  );
  await still;
  await expect(events(ana.page)).toContainText(
    /Cleo's tab stood still for \d+\.\d s and goes on: it was slow, not dead/,
  );
  await expectStanding(ana.page, 'Cleo', /^(follower|leader|candidate|pre-candidate)/);
  await write(cleo.page, 'slow', 'not dead');
  await expect(events(ana.page)).not.toContainText('Cleo is gone');

  // Ben goes to another page, and Back brings this one out of the browser's cache.
  const life = (type: 'pagehide' | 'pageshow') =>
    ben.page.evaluate(
      (name) => void dispatchEvent(new PageTransitionEvent(name, { persisted: true })),
      type,
    );
  await life('pagehide');
  await expect(events(ana.page)).toContainText('The link to Ben is gone: it said goodbye');
  await life('pageshow');
  await waitCommitted([ben], 'slow', 'not dead');
  await expectStanding(ben.page, 'Ben', /^(follower|leader)/, patienceMs);
  await write(ben.page, 'back', 'again');
  expect((await seat(ana.page, 'Ben')).link?.incarnation).toBe(2);

  // Ana's network is another one: links are made anew, and nobody sees one go.
  await ana.page.evaluate(() => void dispatchEvent(new Event('online')));
  const made = async () => (await seat(ana.page, 'Cleo')).link;
  await expect.poll(made, { timeout: patienceMs }).toMatchObject({ connections: 2, state: 'up' });
  await waitCommitted(tabs, 'back', 'again');
  await expect(events(ana.page)).not.toContainText('The link to Cleo is gone');
  expect(await Promise.all(tabs.map(({ page }) => memberId(page)))).toEqual(ids);
});
