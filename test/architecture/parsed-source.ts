// One TypeScript file: its text, its syntax tree, its imports, and ways to look through the tree.
//
// The tree is that of vite's parser, which vitest brings along anyway; a file that does not parse is an error here,
// so no rule can pass because it saw nothing.
import { parseSync } from 'vite';

/** A node of the syntax tree; its other fields depend on `type`. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Import {
  readonly from: string;
  readonly offset: number;
}

export interface ParsedSource {
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  /** Static, dynamic and re-exporting imports, as they are written. */
  readonly imports: readonly Import[];
  readonly comments: readonly { readonly start: number; readonly end: number }[];
}

/** Parses a file. @throws Error when it has a syntax error */
export function parseSource(path: string, text: string): ParsedSource {
  const parsed = parseSync(path, text);
  if (parsed.errors.length > 0) throw new Error(`${path}: ${parsed.errors[0]?.message}`);
  const program = parsed.program as unknown as Node;
  return { path, text, program, imports: importsOf(program), comments: parsed.comments };
}

/** Tests, and what lies beside them for tests only. */
export function isTest(path: string): boolean {
  return /\.(test|bench|conformance)\.ts$/.test(path) || path.startsWith('test/');
}

/** The line that an offset lies in, counted from 1. */
export function lineOf(source: ParsedSource, offset: number): number {
  let line = 1;
  for (let at = source.text.indexOf('\n'); at >= 0 && at < offset; line++) {
    at = source.text.indexOf('\n', at + 1);
  }
  return line;
}

/** Calls `see` for every node below and including `node`, parents first, with the chain of parents. */
export function visit(node: Node, see: (node: Node, parents: readonly Node[]) => void): void {
  const parents: Node[] = [];
  const walk = (at: Node): void => {
    see(at, parents);
    parents.push(at);
    for (const value of Object.values(at)) {
      if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item);
      if (isNode(value)) walk(value);
    }
    parents.pop();
  };
  walk(node);
}

/** The name of an identifier; undefined for any other node. */
export function identifier(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' ? (node.name as string) : undefined;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function importsOf(program: Node): Import[] {
  const imports: Import[] = [];
  visit(program, (node) => {
    const source = node.source;
    const imported = /^(Import|Export(Named|All))/.test(node.type);
    if (!imported || !isNode(source) || typeof source.value !== 'string') return;
    imports.push({ from: source.value, offset: node.start });
  });
  return imports;
}
