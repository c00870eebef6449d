/** Who may import whom: ARCHITECTURE §1 as a table. */
import { posix } from 'node:path';
import ts from 'typescript';
import { at, nodesOf, type Source } from './sources.ts';

/** Where our own files belong, by the longest prefix of their path. */
const areas = {
  'protocols/core/ids.ts': 'ids',
  'protocols/core/keys.ts': 'ids',
  'protocols/core/': 'core',
  'protocols/byzantine/': 'byzantine',
  'protocols/registry.ts': 'registry',
  'protocols/laboratory.ts': 'laboratory',
  'signaling/messages.ts': 'door schema',
  'signaling/door.ts': 'door rules',
  'signaling/inbound.ts': 'door rules',
  'signaling/proof.ts': 'door rules',
  'signaling/rate.ts': 'door rules',
  'signaling/room.ts': 'door rules',
  'signaling/': 'signaling',
  'src/lib/host/': 'host',
  'src/lib/simulator/': 'simulator',
  'src/lib/tab/clock': 'clock',
  'src/lib/tab/': 'tab',
  'src/lib/mesh/transport.ts': 'transport',
  'src/lib/mesh/': 'mesh',
  'src/lib/room/': 'room',
  'src/lib/verify/': 'verify',
  'src/lib/view/protocols.ts': 'view registry',
  'src/lib/view/': 'view',
  'src/lib/components/': 'components',
  'src/': 'routes',
} as const;

const pure = ['ids', 'core'];
const links = ['clock', 'transport', 'mesh'];
const live = [...pure, ...links, 'host', 'tab', 'registry', 'door schema'];
const seen = [...live, 'simulator', 'room'];

/** What each area may import besides itself. Every protocol's folder and every protocol's view is an area of its own. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  ids: ['core'],
  core: ['ids'],
  byzantine: pure,
  'a protocol': [...pure, 'byzantine'],
  registry: [...pure, 'a protocol'],
  laboratory: [...pure, 'a protocol', 'registry'],
  'door schema': ['ids'],
  'door rules': ['ids', 'door schema'],
  signaling: ['ids', 'door schema', 'door rules'],
  host: pure,
  simulator: [...pure, 'host', 'registry', 'laboratory', 'byzantine'],
  clock: pure,
  transport: pure,
  // What a turn sends is handed to the page as the mesh takes it.
  tab: [...pure, 'host', 'clock', 'transport', 'registry', 'laboratory', 'byzantine'],
  mesh: [...pure, 'clock', 'transport'],
  // Without a server of ours, one of the tabs keeps the door by the same rules.
  room: [...live, 'door rules'],
  // Checks what a room exported, on its own.
  verify: [...live, 'room'],
  view: [...seen, 'view registry', 'laboratory'],
  'a view': [...seen, 'view'],
  'view registry': [...seen, 'view', 'a view', 'a protocol'],
  components: [...seen, 'view', 'view registry', 'a view'],
  routes: [...seen, 'view', 'view registry', 'a view', 'components'],
};

/** Packages that may be imported where not everything may. */
const purePackages = /^(valibot|@noble\/)/;
const packages: Readonly<Record<string, RegExp>> = {
  signaling: /^(node:|ws$|peer$|sirv$|uqr$|vite$|valibot$|ioredis$|pino$|@noble\/)/,
  'door schema': /^valibot$/,
  'door rules': purePackages,
};

export function areaOf(path: string): string {
  const folder = /^(protocols|src\/lib\/view)\/([^/]+)\//.exec(path);
  if (folder && !['core', 'byzantine'].includes(folder[2] ?? '')) {
    return `${folder[1] === 'protocols' ? 'protocol' : 'view of'} ${folder[2]}`;
  }
  const prefixes = Object.entries(areas).filter(([prefix]) => path.startsWith(prefix));
  const [longest] = prefixes.sort(([a], [b]) => b.length - a.length);
  return longest ? longest[1] : 'tests and tools';
}

/** The area's row in the table. */
const kindOf = (area: string): string =>
  area.replace(/^protocol .*/, 'a protocol').replace(/^view of .*/, 'a view');

function mayImport(from: string, to: string): boolean {
  if (from === to || from === 'tests and tools') return true;
  // What only one protocol draws knows that protocol's notes and state.
  if (from.replace('view of', 'protocol') === to) return true;
  return allowed[kindOf(from)]?.includes(kindOf(to)) ?? false;
}

/** The path a specifier means, or `null` for a package. */
function resolve(from: string, specifier: string): string | null {
  const aliases = { '#protocols/': 'protocols/', '#signaling/': 'signaling/', '#lib/': 'src/lib/' };
  for (const [alias, folder] of Object.entries(aliases)) {
    if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  }
  if (specifier.startsWith('$lib/')) return `src/lib/${specifier.slice('$lib/'.length)}`;
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null;
}

/** All that a file pulls in: static and dynamic imports, re-exports, and workers by their URL. */
function* specifiersOf(source: Source): Generator<ts.StringLiteral> {
  for (const node of nodesOf(source.tree)) {
    if (!ts.isStringLiteral(node)) continue;
    const { parent } = node;
    const isImport = ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent);
    const isType = ts.isLiteralTypeNode(parent) && ts.isImportTypeNode(parent.parent);
    const isCall =
      ts.isCallExpression(parent) && parent.expression.kind === ts.SyntaxKind.ImportKeyword;
    const isUrl =
      ts.isNewExpression(parent) &&
      parent.expression.getText(source.tree) === 'URL' &&
      parent.arguments?.[1]?.getText(source.tree) === 'import.meta.url' &&
      /\.(ts|js|svelte)$/.test(node.text);
    if (isImport || isType || isCall || isUrl) yield node;
  }
}

/** Imports that point the wrong way. */
export function importFindings(source: Source): string[] {
  const from = areaOf(source.path);
  const findings: string[] = [];
  for (const node of specifiersOf(source)) {
    const path = resolve(source.path, node.text);
    if (path !== null) {
      const to = areaOf(path);
      if (!mayImport(from, to)) findings.push(at(source, node, `${from} imports ${to}`));
      continue;
    }
    const ours = source.path.startsWith('protocols/') ? purePackages : packages[from];
    if (ours && !ours.test(node.text))
      findings.push(at(source, node, `${from} imports ${node.text}`));
  }
  return findings;
}
