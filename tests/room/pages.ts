/** Other pages of this origin, each with a module instance, locks and channels of its own. */

export interface OtherPage<T> {
  readonly module: T;
  /** The page goes, as if its tab were closed. */
  close(): void;
}

/** Opens a page that has loaded the module at `url`. */
export async function openPage<T>(url: string): Promise<OtherPage<T>> {
  const frame = document.createElement('iframe');
  const loaded = new Promise<void>((resolve, reject) => {
    (globalThis as Record<string, unknown>)['pageLoaded'] = resolve;
    setTimeout(() => reject(new Error(`the page did not load ${url}`)), 10_000);
  });
  frame.srcdoc = `<script type="module">
    window.loaded = await import(${JSON.stringify(url)});
    parent.pageLoaded();
  </script>`;
  document.body.append(frame);
  await loaded;
  const { loaded: module } = frame.contentWindow as unknown as { loaded: T };
  return { module, close: () => frame.remove() };
}

export async function openPages<T>(url: string, count: number): Promise<OtherPage<T>[]> {
  const pages: OtherPage<T>[] = [];
  while (pages.length < count) pages.push(await openPage<T>(url));
  return pages;
}
