// A vitest reporter whose one line closes the run: `N passed, N failed`, and skipped ones when there are any.
//
// Guarantees: whatever makes the run fail is counted as failed: a test, a file that could not be loaded, an error that
// nobody handled, a run that was broken off. Reporting the tests themselves is left to vitest's own reporters.
import type { Reporter, TestModule, TestRunEndReason } from 'vitest/node';

/** Counts of a finished run. */
export interface RunCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The closing line: skipped ones are named only when there are some. */
export function closingLine(counts: RunCounts): string {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** Reads a closing line back; undefined when the text is none. */
export function parseClosingLine(line: string): RunCounts | undefined {
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim());
  if (match === null) return undefined;
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) };
}

export class ClosingLine implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'failed' : state]++;
        if (state === 'failed') failedTests++;
      }
      // A file fails on its own when it cannot be loaded or when a hook outside the tests throws.
      if (module.state() === 'failed' && failedTests === 0) counts.failed++;
    }
    if (reason !== 'passed' && counts.failed === 0) counts.failed = 1;
    console.log(closingLine(counts));
  }
}
