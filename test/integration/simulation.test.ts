// Whole clusters and whole Raft groups under the virtual clock: the first seeds of `npm run sim`, and those that have found
// something once, as a part of every test run.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { REGRESSIONS } from '../sim/regressions.ts';

const program = path.resolve(import.meta.dirname, '../sim/run-sim.ts');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const timeout = 600_000;

/** @returns the closing line */
async function simulate(...flags: readonly string[]): Promise<string | undefined> {
  const run = promisify(execFile)(process.execPath, [program, ...flags, '--quiet'], {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  return stdout.trimEnd().split('\n').at(-1);
}

test('fifty seeds of the simulation break no promise', { timeout }, async () => {
  expect(await simulate('--seeds', '1..50')).toMatch(/^\d+ passed, 0 failed$/);
});

test.each(REGRESSIONS)('$kind seed $seed: $found', { timeout }, async ({ kind, seed }) => {
  expect(await simulate('--seed', String(seed), '--kind', kind)).toBe('1 passed, 0 failed');
});
