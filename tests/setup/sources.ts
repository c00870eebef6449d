/** The project's own source files, parsed, for the tests that read code. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = ['protocols', 'scripts', 'signaling', 'src', 'tests'];
const extensions = /\.(ts|mjs|js|svelte)$/;

export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Of a `.svelte` file: its scripts, at the lines where they stand. */
  readonly tree: ts.SourceFile;
}

export function sourceOf(path: string, text: string): Source {
  const code = path.endsWith('.svelte') ? scriptsOf(text) : text;
  return { path, text, tree: ts.createSourceFile(path, code, ts.ScriptTarget.Latest, true) };
}

/** Everything outside `<script>` blanked out, so that line numbers stay true. */
function scriptsOf(text: string): string {
  const blank = (markup: string) => markup.replace(/[^\n]/g, ' ');
  let code = '';
  let end = 0;
  for (const match of text.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + (match[1]?.length ?? 0);
    code += blank(text.slice(end, start)) + (match[2] ?? '') + '\n';
    end = start + (match[2]?.length ?? 0) + 1;
  }
  return code;
}

export function readSources(): Source[] {
  return folders
    .flatMap((folder) =>
      readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => extensions.test(path) && !path.includes('/node_modules/'))
    .sort()
    .map((path) => sourceOf(path, readFileSync(`${root}/${path}`, 'utf8')));
}

/** Every node of the tree, parents first. */
export function* nodesOf(tree: ts.SourceFile): Generator<ts.Node> {
  const waiting: ts.Node[] = [tree];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    yield node;
    node.forEachChild((child) => void waiting.push(child));
  }
}

/** `what`, with the place that a reader can jump to. */
export function at(source: Source, node: ts.Node, what: string): string {
  const { line } = source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree));
  return `${source.path}:${line + 1} ${what}`;
}
