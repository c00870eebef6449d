/** What was found out about a device, in words, each with what would help. */
import type { DiskFinding, DoorFinding, Findings } from '../room/preflight.ts';
import type { IceSurvey } from '../mesh/ice-survey.ts';
import type { Tone } from './weather.ts';

export interface CheckView {
  readonly title: string;
  readonly tone: Tone | 'waiting';
  readonly text: string;
  /** Empty where nothing needs to help. */
  readonly remedy: string;
}

type Said = Omit<CheckView, 'title'>;

const good = (text: string): Said => ({ tone: 'ok', text, remedy: '' });
const fair = (text: string, remedy: string): Said => ({ tone: 'unknown', text, remedy });
const bad = (text: string, remedy: string): Said => ({ tone: 'fail', text, remedy });
const waiting: Said = { tone: 'waiting', text: 'Looking…', remedy: '' };

/** A ring that comes later than this costs elections of the fast pace. */
const lateMs = 150;

export function checksOf(found: Findings): readonly CheckView[] {
  const { door, ice, clocks, disk } = found;
  return [
    { title: 'Browser', ...good(`${browserWords(found.browser)}.`) },
    { title: 'Secure context', ...secureWords(found.secure) },
    { title: 'Server', ...(door ? doorWords(door) : waiting) },
    { title: 'WebRTC', ...(ice ? webRtcWords(ice) : waiting) },
    { title: 'Own addresses', ...(ice ? hostWords(ice) : waiting) },
    { title: 'STUN', ...(ice && door ? stunWords(ice, door) : waiting) },
    { title: 'TURN', ...(ice && door ? turnWords(ice, door) : waiting) },
    { title: 'Clock', ...(clocks ? clockWords(clocks.workerMs, clocks.pageMs) : waiting) },
    { title: 'Storage', ...(disk ? diskWords(disk) : waiting) },
    { title: 'Screen', ...screenWords(found.screen, found.secure) },
  ];
}

/** All of it in a sentence. */
export function summaryOf(checks: readonly CheckView[]): { tone: Tone | 'waiting'; text: string } {
  const titles = (tone: CheckView['tone']) => checks.filter((one) => one.tone === tone);
  if (titles('waiting').length > 0) return { tone: 'waiting', text: 'Looking at this device…' };
  const names = (all: readonly CheckView[]) => all.map(({ title }) => title).join(', ');
  if (titles('fail').length > 0) {
    return { tone: 'fail', text: `This needs mending first: ${names(titles('fail'))}.` };
  }
  const fairs = titles('unknown');
  if (fairs.length === 0) return { tone: 'ok', text: 'Ready: everything works here.' };
  return { tone: 'ok', text: `Ready. It would be better with: ${names(fairs)}.` };
}

function secureWords(secure: boolean): Said {
  if (secure) return good('Yes: the browser gives this page all it has.');
  const text =
    'No, this is plain http: it works, without the screen kept on and with slower signatures.';
  return fair(text, 'Serve the page over HTTPS.');
}

function doorWords({ answerMs }: DoorFinding): Said {
  if (answerMs !== null) {
    return good(
      `Answers in ${Math.round(answerMs)} ms. It relays for pairs that nothing connects.`,
    );
  }
  return bad(
    'It does not answer: no room can be entered, and nothing can be relayed.',
    'Is it running, and does the network let WebSockets through? A phone’s hotspot often does.',
  );
}

function webRtcWords({ webRtc, openMs }: IceSurvey): Said {
  const remedy =
    'Try another browser, or allow WebRTC in its settings. Until then the server relays.';
  if (!webRtc) return fair('This browser has none, or forbids it.', remedy);
  if (openMs !== null) return good(`A channel opens within this page in ${openMs} ms.`);
  return fair('It is there, but no channel opens, even within this page.', remedy);
}

function hostWords({ webRtc, kinds, named }: IceSurvey): Said {
  if (!webRtc) return fair('Not without WebRTC.', '');
  if (!kinds.includes('host')) {
    return fair('None are given out.', 'Is there a network? Else a privacy setting hides them.');
  }
  if (!named) return good('Given out as they are.');
  return good('Given out as names that multicast resolves; where it is filtered, STUN helps.');
}

function stunWords({ webRtc, kinds }: IceSurvey, { answerMs, stun }: DoorFinding): Said {
  if (!webRtc || answerMs === null) return fair('Not without WebRTC and the server.', '');
  if (kinds.includes('srflx')) return good('A STUN server told this device its address.');
  if (!stun) return fair('The server names none.', 'Start it where it may open a UDP port.');
  return fair(
    'It told no other address. That is usual on the server’s own machine; elsewhere UDP is blocked.',
    'Open UDP port 3478 to the server, or use a phone’s hotspot. Else the server relays.',
  );
}

function turnWords({ kinds }: IceSurvey, { answerMs, turn }: DoorFinding): Said {
  if (kinds.includes('relay')) return good('A TURN server gave this device an address.');
  if (answerMs === null) return fair('Not without the server, which names it.', '');
  if (!turn) return good('None is set up, and none is needed: the server relays.');
  return fair(
    'One is named, and gave no address.',
    'Check its address and its password (ICE_SERVERS). Until then the server relays.',
  );
}

function clockWords(workerMs: number, pageMs: number): Said {
  const text = `The replica’s clock was at most ${workerMs} ms late, the page’s own ${pageMs} ms.`;
  if (workerMs <= lateMs) return good(text);
  return fair(text, 'Close other tabs and programs, or take the Wi-Fi pace.');
}

function diskWords({ writeMs, persisted, quota }: DiskFinding): Said {
  if (writeMs === null) {
    const remedy = 'Leave the private window, or allow this page to store data.';
    return bad('It takes no writes: a replica without a disk cannot vote.', remedy);
  }
  const room = quota === null ? '' : `, room for ${bytesWords(quota)}`;
  const text = `A safe write takes ${writeMs < 9.95 ? writeMs.toFixed(1) : Math.round(writeMs)} ms${room}`;
  if (persisted) return good(`${text}. The browser keeps it.`);
  return fair(
    `${text}. The browser may clear it when space runs short.`,
    'It is asked to keep it when a room is entered; bookmarking the page may help.',
  );
}

function screenWords(screen: boolean, secure: boolean): Said {
  if (screen) return good('Is kept on while this tab holds a seat.');
  const remedy = secure
    ? 'Keep it on by hand.'
    : 'Keep it on by hand, or serve the page over HTTPS.';
  return fair('Cannot be kept on from here: a phone that sleeps is a slow replica.', remedy);
}

/** `1.2 GB`, `300 MB`. */
function bytesWords(bytes: number): string {
  const gigabytes = bytes / 1e9;
  return gigabytes >= 1
    ? `${gigabytes.toFixed(1)} GB`
    : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/Firefox\/(\d+)/, 'Firefox'],
  [/FxiOS\/(\d+)/, 'Firefox'],
  [/Edg[A-Za-z]*\/(\d+)/, 'Edge'],
  [/(?:Headless)?Chrom(?:e|ium)\/(\d+)/, 'Chromium'],
  [/CriOS\/(\d+)/, 'Chrome'],
  [/Version\/(\d+).*Safari/, 'Safari'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/Android/, 'Android'],
  [/iPhone|iPad/, 'iOS'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** `Chromium 156 on Linux`, from a user agent. */
export function browserWords(agent: string): string {
  const [pattern, name] = browsers.find(([known]) => known.test(agent)) ?? [];
  const version = pattern?.exec(agent)?.[1];
  const system = systems.find(([known]) => known.test(agent))?.[1];
  const browser =
    name === undefined ? 'A browser that this page does not know' : `${name} ${version}`;
  return system === undefined ? browser : `${browser} on ${system}`;
}
