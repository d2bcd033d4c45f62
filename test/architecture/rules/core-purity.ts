// Core folders use no clock, no chance, no locale, no timer, no promise and nothing of the machine.
//
// The compiler refuses what belongs to Node (these folders are projects without its types); this rule adds what
// belongs to the language itself, and names the remedy for both.
import {
  identifier,
  isNode,
  lineOf,
  type Node,
  type ParsedSource,
  visit,
} from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';
import { pureFolderOf } from './core-imports.ts';

const machine = new Set(['process', 'console', 'Buffer', 'globalThis', 'performance', 'crypto']);
const timers = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'clearTimeout',
  'clearInterval',
]);
/** Members of the language's own objects that ask the clock, chance or the locale. */
const members: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  Temporal: ['Now'],
};

export const corePurity: Rule = {
  name: 'core folders are pure',
  remedy:
    'Time and chance are fields of the command or parameters; answers and I/O are effects; run to completion.',
  keeps: {
    'raft/src/core/step.ts':
      'export function step(nowMs: number, entropy: number): number {\n' +
      '  const process = { run: (n: number) => n };\n  return process.run(Math.max(nowMs, entropy));\n}',
    'raft/src/driver.ts': 'export const now = async () => Date.now();',
  },
  breaks: {
    'raft/src/core/clock.ts': 'export const now = () => Date.now();',
    'raft/src/core/today.ts': 'export const today = new Date();',
    'raft/src/core/chance.ts': 'export const jitter = Math.random();',
    'raft/src/core/locale.ts': "export const order = 'a'.localeCompare('b');",
    'raft/src/core/text.ts': 'export const text = (1).toLocaleString();',
    'raft/src/core/number.ts': 'export const format = new Intl.NumberFormat();',
    'raft/src/core/later.ts': 'export async function later() {}',
    'raft/src/core/promise.ts': 'export type Answer = Promise<number>;',
    'raft/src/core/timer.ts': 'export const timer = setTimeout(() => {}, 1);',
    'raft/src/core/print.ts': "console.log('here');",
    'raft/src/core/bytes.ts': 'export const bytes = Buffer.alloc(1);',
  },
  check(repository: Repository): readonly Finding[] {
    return repository.sources
      .filter(({ path }) => pureFolderOf(path) !== undefined)
      .flatMap(findingsIn);
  },
};

function findingsIn(source: ParsedSource): Finding[] {
  const findings: Finding[] = [];
  const bound = boundNames(source.program);
  visit(source.program, (node) => {
    const what = faultOf(node, bound);
    if (what !== undefined)
      findings.push({ at: `${source.path}:${lineOf(source, node.start)}`, what });
  });
  return findings;
}

function faultOf(node: Node, bound: ReadonlySet<string>): string | undefined {
  if (node.async === true || node.type === 'AwaitExpression') return 'waits (async, await)';
  if (node.type === 'ForOfStatement' && node.await === true) return 'waits (for await)';
  if (node.type === 'TSTypeReference' && identifier(node.typeName) === 'Promise') {
    return 'uses Promise';
  }
  if (node.type === 'MemberExpression') return faultOfMember(node, bound);
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  const callee = identifier(node.callee);
  if (callee === undefined || bound.has(callee)) return undefined;
  if (callee === 'Date' || callee === 'Promise') return `uses ${callee}`;
  if (timers.has(callee)) return `starts a timer (${callee})`;
  return undefined;
}

function faultOfMember(node: Node, bound: ReadonlySet<string>): string | undefined {
  const object = identifier(node.object);
  const property = identifier(node.property) ?? '';
  if (property === 'localeCompare' || property.startsWith('toLocale')) return `uses ${property}`;
  if (object === undefined || bound.has(object)) return undefined;
  if (object === 'Intl' || object === 'Promise' || machine.has(object)) return `uses ${object}`;
  return members[object]?.includes(property) ? `uses ${object}.${property}` : undefined;
}

/** Names that the file itself gives a meaning: imports, variables, parameters, functions. */
function boundNames(program: Node): Set<string> {
  const names = new Set<string>();
  const bind = (pattern: unknown): void => {
    if (!isNode(pattern)) return;
    const name = identifier(pattern);
    if (name !== undefined) names.add(name);
    if (pattern.type === 'RestElement') bind(pattern.argument);
    if (pattern.type === 'AssignmentPattern') bind(pattern.left);
    if (pattern.type === 'Property') bind(pattern.value);
    for (const part of [pattern.properties, pattern.elements]) {
      if (Array.isArray(part)) part.forEach(bind);
    }
  };
  visit(program, (node) => {
    if (node.type.startsWith('Import')) bind(node.local);
    if (node.declare === true) return;
    if (node.type === 'VariableDeclarator' || node.type === 'FunctionDeclaration') bind(node.id);
    if (Array.isArray(node.params)) node.params.forEach(bind);
  });
  return names;
}
