/** What a reader of any file may rely on. Each check takes one file and gives back what offends, with its place. */
import ts from 'typescript';
import { at, nodesOf, type Source } from './sources.ts';

/** A protocol sees time, chance and the world through events alone. */
const impureGlobals = new Set([
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'Promise',
  'window',
  'globalThis',
  'document',
  'console',
  'crypto',
  'process',
  'fetch',
  'indexedDB',
]);

/** Whether an identifier stands for a value or type in scope, and not for a field of something. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  return !(
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent)
  );
}

export function purityFindings(source: Source): string[] {
  if (!source.path.startsWith('protocols/')) return [];
  const findings: string[] = [];
  for (const node of nodesOf(source.tree)) {
    if (ts.isIdentifier(node) && impureGlobals.has(node.text) && isReference(node)) {
      findings.push(at(source, node, node.text));
    } else if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) {
      findings.push(at(source, node, 'async'));
    } else if (node.getText(source.tree) === 'Math.random') {
      findings.push(at(source, node, 'Math.random'));
    }
  }
  return findings;
}

/** Only the mesh knows what a link is made of. (An ICE server is an address that others may pass on.) */
export function webRtcFindings(source: Source): string[] {
  const { path } = source;
  if (path.startsWith('src/lib/mesh/') || !/^(src|protocols|signaling)\//.test(path)) return [];
  return [...nodesOf(source.tree)]
    .filter(
      (node) =>
        (ts.isIdentifier(node) && /^RTC(?!IceServer$)[A-Z]/.test(node.text)) ||
        (ts.isStringLiteral(node) && /^(simple-peer|peerjs$)/.test(node.text)),
    )
    .map((node) => at(source, node, node.getText(source.tree)));
}

export const linesMax = { '.svelte': 200, other: 300 } as const;

export function lengthFindings({ path, text }: Source): string[] {
  const lines = text.split('\n').length - 1;
  const max = path.endsWith('.svelte') ? linesMax['.svelte'] : linesMax.other;
  return lines > max ? [`${path} has ${lines} lines, ${max} is the ceiling`] : [];
}

const runners = new Set(['it', 'test', 'describe', 'suite']);

/** Tests that are put aside. Stepping aside on a condition, said at run time, is allowed. */
export function asideFindings(source: Source): string[] {
  return [...nodesOf(source.tree)].filter(isPutAside).map((node) => at(source, node, 'put aside'));
}

function isPutAside(node: ts.Node): boolean {
  if (!ts.isPropertyAccessExpression(node)) return false;
  let runner: ts.Expression = node.expression;
  while (ts.isPropertyAccessExpression(runner)) runner = runner.expression;
  if (!ts.isIdentifier(runner) || !runners.has(runner.text)) return false;
  if (['only', 'todo', 'fixme', 'fails'].includes(node.name.text)) return true;
  if (node.name.text !== 'skip') return false;
  const first = ts.isCallExpression(node.parent) ? node.parent.arguments[0] : undefined;
  return first === undefined || ts.isStringLiteralLike(first);
}

export function anyFindings(source: Source): string[] {
  return [...nodesOf(source.tree)]
    .filter((node) => node.kind === ts.SyntaxKind.AnyKeyword)
    .map((node) => at(source, node, 'any'));
}

/** Marks for later, and orders to the compiler to look away. */
const marks = new RegExp(['\\bTO', 'DO\\b|\\bFIX', 'ME\\b|@ts-(ig', 'nore|no', 'check)'].join(''));

export function markFindings({ path, text }: Source): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (marks.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []));
}
