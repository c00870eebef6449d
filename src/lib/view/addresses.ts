/** The addresses of this page, its server's door and its rooms. */

/** The door of the server that this page came from. */
export function signalUrl(): string {
  const url = new URL('signal', pageUrl());
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** The link that leads others into the room. From a page on `localhost` it names the server as others reach it. */
export function inviteUrl(code: string): string {
  const url = new URL(pageUrl());
  if (lanOrigin) {
    const lan = new URL(lanOrigin);
    url.protocol = lan.protocol;
    url.host = lan.host;
  }
  url.hash = `#/r/${code}`;
  return url.href;
}

/** Asks the server how other devices reach it, for a page opened as `localhost`. A static host does not know. */
export async function learnAddresses(): Promise<void> {
  if (!/^(localhost|127\.|\[::1\])/.test(location.hostname)) return;
  try {
    const answer = await fetch(new URL('addresses', pageUrl()));
    const addresses: unknown = await answer.json();
    if (!Array.isArray(addresses)) return;
    const [first] = addresses.filter((address) => typeof address === 'string');
    if (first) lanOrigin = first;
  } catch {
    // Nobody to ask: the page's own address has to do.
  }
}

let lanOrigin: string | null = null;

function pageUrl(): string {
  return location.href.replace(/[#?].*$/, '');
}
