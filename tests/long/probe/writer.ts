/** Keeps unique writes of this tab's client in flight. Its pauses run on the session's clock, which a hidden page keeps. */
import type { SessionNews } from '#lib/room/session-news.ts';
import type { Ack, ProbedPage, WriterOptions } from './types.ts';

/** Runs in the page. */
export function installWriter(): void {
  const page = globalThis as unknown as ProbedPage;
  const acks: Ack[] = [];
  const refusals: string[] = [];
  const asked = new Map<number, { readonly key: string; readonly value: string }>();
  let options: WriterOptions | null = null;
  let submitted = 0;

  function submit(): void {
    if (!options) return;
    const { tag, keys } = options;
    const key = `${tag}/${submitted % keys}`;
    const value = `${tag}-${submitted}`;
    const id = page.synod.screen?.session.run?.submit({ op: 'put', key, value }) ?? null;
    if (id === null) return;
    submitted++;
    asked.set(id, { key, value });
  }

  function submitLater(): void {
    if (!options) return;
    const wait = 2 * options.thinkMs * Math.random();
    if (wait < 1) submit();
    else page.synod.screen?.session.options.clock.setTimeout(submit, wait);
  }

  function take(news: SessionNews): void {
    if (news.type !== 'settled') return;
    const { id, index, result } = news.settled;
    const write = asked.get(id);
    if (!write) return;
    asked.delete(id);
    if (result.ok) acks.push({ ...write, index });
    else refusals.push(result.error);
    submitLater();
  }

  const writer: ProbedPage['writer'] = {
    attach: () => void page.synod.screen?.session.listen(take),
    start(wanted) {
      options = wanted;
      for (let i = 0; i < wanted.inFlight; i++) submit();
    },
    stop: () => void (options = null),
    get submitted() {
      return submitted;
    },
    acks,
    refusals,
  };
  Object.assign(page, { writer });
}
