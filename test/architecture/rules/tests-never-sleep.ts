// Tests wait for a state with a deadline. One that sleeps is slow when all is well and fails on a busy machine.
import { identifier, isNode, lineOf, type Node, visit } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

export const testsNeverSleep: Rule = {
  name: 'tests never sleep',
  remedy: 'Wait for the state itself: vi.waitFor(() => ..., { timeout }) or expect.poll.',
  keeps: {
    'raft/src/node.test.ts':
      'await vi.waitFor(() => expect(node.role).toBe("leader"), { timeout: 5_000 });\n' +
      'const deadline = setTimeout(() => fail("too late"), 1_000);',
    'test/kit/until.ts': 'export const pause = () => new Promise((done) => setTimeout(done, 10));',
  },
  breaks: {
    'raft/src/node.test.ts': 'await new Promise((resolve) => setTimeout(resolve, 100));',
    'raft/src/later.test.ts':
      'await new Promise((resolve) => { setTimeout(() => resolve(1), 100); });',
    'raft/src/timers.test.ts': "import { setTimeout } from 'node:timers/promises';",
    'raft/src/sleep.test.ts': 'await sleep(100);',
  },
  check(repository: Repository): readonly Finding[] {
    const findings: Finding[] = [];
    for (const source of repository.sources) {
      if (!source.path.endsWith('.test.ts')) continue;
      visit(source.program, (node, parents) => {
        if (!sleeps(node, parents)) return;
        findings.push({ at: `${source.path}:${lineOf(source, node.start)}`, what: 'sleeps' });
      });
    }
    return findings;
  },
};

function sleeps(node: Node, parents: readonly Node[]): boolean {
  if (node.type === 'ImportDeclaration') {
    return /^(node:)?timers\/promises$/.test(String((node.source as Node).value));
  }
  if (node.type !== 'CallExpression') return false;
  const callee = identifier(node.callee);
  if (callee === 'sleep' || callee === 'delay') return true;
  return callee === 'setTimeout' && resolves((node.arguments as Node[])[0], parents);
}

/** Whether the callback does nothing but resolve the promise around it. */
function resolves(callback: Node | undefined, parents: readonly Node[]): boolean {
  const executor = parents.findLast(
    (parent, index) =>
      /Function/.test(parent.type) && identifier(parents[index - 1]?.callee) === 'Promise',
  );
  const resolve = identifier((executor?.params as Node[] | undefined)?.[0]);
  if (resolve === undefined || callback === undefined) return false;
  if (identifier(callback) === resolve) return true;
  const body = callback.body;
  return isNode(body) && body.type === 'CallExpression' && identifier(body.callee) === resolve;
}
