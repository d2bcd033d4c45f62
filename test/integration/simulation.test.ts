// Whole clusters and whole Raft groups under the virtual clock: the first seeds of `npm run sim`, as a part of every test run.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const program = path.resolve(import.meta.dirname, '../sim/run-sim.ts');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

test('fifty seeds of the simulation break no promise', { timeout: 600_000 }, async () => {
  const run = promisify(execFile)(process.execPath, [program, '--seeds', '1..50', '--quiet'], {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`);
  });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed$/);
});
