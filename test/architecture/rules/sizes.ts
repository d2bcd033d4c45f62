// Files and functions fit in a head: 400 lines a file (800 a test), 70 lines a function. There is no list of exceptions.
import { identifier, lineOf, type Node, type ParsedSource, visit } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

const fileLinesMax = 400;
const testLinesMax = 800;
const functionLinesMax = 70;

const lines = (count: number): string => '\n'.repeat(count);

export const sizes: Rule = {
  name: 'files and functions fit in a head',
  remedy: `Split by idea: files to ${fileLinesMax} lines, tests to ${testLinesMax}, functions to ${functionLinesMax}.`,
  keeps: {
    'broker/src/broker.ts': `export const a = 1;${lines(fileLinesMax - 1)}`,
    'broker/src/broker.test.ts': `describe('all', () => {${lines(testLinesMax - 2)}});`,
    'broker/src/store.conformance.ts': `export function suite() { describe('all', () => {${lines(functionLinesMax)}}); }`,
    'broker/src/short.ts': `export function short() {${lines(functionLinesMax - 1)}}`,
  },
  breaks: {
    'broker/src/broker.ts': `export const a = 1;${lines(fileLinesMax + 1)}`,
    'broker/src/broker.test.ts': `export const a = 1;${lines(testLinesMax + 1)}`,
    'broker/src/long.ts': `export function long() {${lines(functionLinesMax)}}`,
    'broker/src/method.ts': `export class A { b = 1; long() {${lines(functionLinesMax)}} }`,
    'broker/src/arrow.test.ts': `test('all', () => {${lines(functionLinesMax)}});`,
  },
  check(repository: Repository): readonly Finding[] {
    return repository.sources.flatMap((source) => [...longFile(source), ...longFunctions(source)]);
  },
};

function longFile(source: ParsedSource): Finding[] {
  const length = source.text.split('\n').length - (source.text.endsWith('\n') ? 1 : 0);
  const max = source.path.endsWith('.test.ts') ? testLinesMax : fileLinesMax;
  return length > max ? [{ at: source.path, what: `has ${length} lines` }] : [];
}

function longFunctions(source: ParsedSource): Finding[] {
  const findings: Finding[] = [];
  visit(source.program, (node, parents) => {
    if (!isFunction(node) || isChapter(node, parents)) return;
    const first = lineOf(source, node.start);
    const length = lineOf(source, node.end) - first + 1 - linesOfChapters(source, node);
    if (length <= functionLinesMax) return;
    findings.push({ at: `${source.path}:${first}`, what: `a function has ${length} lines` });
  });
  return findings;
}

/** The function given to describe() is a chapter of a test file, not a function; what it holds is counted by itself. */
function isChapter(node: Node, parents: readonly Node[]): boolean {
  const parent = parents.at(-1);
  return isFunction(node) && parent?.type === 'CallExpression' && isDescribe(parent);
}

function isDescribe(call: Node): boolean {
  const callee = call.callee as Node;
  if (callee.type === 'CallExpression') return isDescribe(callee);
  const called = callee.type === 'MemberExpression' ? callee.object : callee;
  return identifier(called) === 'describe';
}

/** Lines inside the outermost chapters of a function, such as a suite that is handed its subject. */
function linesOfChapters(source: ParsedSource, within: Node): number {
  let lines = 0;
  let end = 0;
  visit(within, (node, parents) => {
    if (node === within || node.start < end || !isChapter(node, parents)) return;
    lines += lineOf(source, node.end) - lineOf(source, node.start);
    end = node.end;
  });
  return lines;
}

function isFunction(node: Node): boolean {
  return /Function/.test(node.type) && node.body !== null && node.body !== undefined;
}
