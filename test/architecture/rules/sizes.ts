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
    if (!/Function/.test(node.type) || node.body === null || node.body === undefined) return;
    const first = lineOf(source, node.start);
    const length = lineOf(source, node.end) - first + 1;
    if (length <= functionLinesMax || isSuite(parents.at(-1))) return;
    findings.push({ at: `${source.path}:${first}`, what: `a function has ${length} lines` });
  });
  return findings;
}

/** The function given to describe() is a chapter, not a function. */
function isSuite(parent: Node | undefined): boolean {
  if (parent?.type !== 'CallExpression') return false;
  const callee = parent.callee as Node;
  const called = callee.type === 'MemberExpression' ? callee.object : callee;
  return identifier(called) === 'describe' || isSuite(called as Node);
}
