// The closing line is what machines read of a run: it must count every kind of failure and read back what it wrote.

import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TestModule, TestRunEndReason } from 'vitest/node';
import { ClosingLine, closingLine, parseClosingLine } from './closing-line.ts';

afterEach(() => vi.restoreAllMocks());

function moduleWith(state: string, tests: readonly string[]): TestModule {
  const children = {
    allTests: () => tests.map((result) => ({ result: () => ({ state: result }) })),
  };
  return { state: () => state, children } as unknown as TestModule;
}

function lineOf(
  modules: readonly TestModule[],
  errors: readonly unknown[] = [],
  reason: TestRunEndReason = 'passed',
): string {
  const printed = vi.spyOn(console, 'log').mockImplementation(() => {});
  new ClosingLine().onTestRunEnd(modules, errors, reason);
  return String(printed.mock.calls.at(-1)?.[0]);
}

describe('closing line', () => {
  test('is read back as it was written', () => {
    for (const counts of [
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 0, failed: 12, skipped: 4 },
    ]) {
      expect(parseClosingLine(closingLine(counts))).toEqual(counts);
    }
    expect(parseClosingLine('all 3 passed, 0 failed')).toBeUndefined();
  });

  test('counts passed, failed and skipped tests over all files', () => {
    const modules = [
      moduleWith('passed', ['passed', 'skipped']),
      moduleWith('failed', ['failed', 'passed']),
    ];
    expect(lineOf(modules, [], 'failed')).toBe('2 passed, 1 failed, 1 skipped');
  });

  test('counts a file that could not be loaded, and an error that nobody handled', () => {
    expect(lineOf([moduleWith('failed', [])], [], 'failed')).toBe('0 passed, 1 failed');
    expect(lineOf([moduleWith('passed', ['passed'])], [new Error('late')], 'failed')).toBe(
      '1 passed, 1 failed',
    );
  });

  test('counts a broken-off run as failed although no test has', () => {
    expect(lineOf([moduleWith('passed', ['passed'])], [], 'interrupted')).toBe(
      '1 passed, 1 failed',
    );
  });
});
