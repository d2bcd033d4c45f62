// Faults built into the product one at a time: each must be found by the simulation within its first 200 seeds, or what it
// finds nothing in means little (test/sim/canaries.ts).
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CANARIES } from '../sim/canaries.ts';

const program = path.resolve(import.meta.dirname, '../sim/run-sim.ts');
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const flags = ['--seeds', '1..200', '--until-found', '--no-shrink', '--quiet'];

test.each(CANARIES)('the simulation finds $name: $what', { timeout: 600_000 }, async ({ name }) => {
  const run = promisify(execFile)(process.execPath, [program, ...flags, '--canary', name], {
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  const ended = await run.catch((error: { code: number; stdout: string; stderr: string }) => error);
  expect(ended).toMatchObject({ code: 1 });
  expect(ended.stdout.trimEnd().split('\n').at(-1), ended.stderr).toMatch(/^\d+ passed, 1 failed$/);
});
