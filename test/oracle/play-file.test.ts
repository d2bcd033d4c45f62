// The oracle's bookkeeping, shown on a small runner and a program that only looks like a broker.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { installedRunner } from './installed-runner.ts';
import { playFile } from './play-file.ts';

const broker = `
  import { createServer } from 'node:http';
  import { writeFileSync } from 'node:fs';
  writeFileSync(process.env.ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH, '');
  const port = 9600 + 10 * Number(process.env.ZEEBE_BROKER_NETWORK_PORTOFFSET);
  createServer((request, answer) => {
    answer.end('{}');
    if (request.url === '/crash') process.exit(1);
  }).listen(port, '127.0.0.1');
`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'millrace-oracle-test-'));
  vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

async function play(runner: string, flags: string[] = []) {
  const main = path.join(folder, 'broker.mjs');
  await writeFile(main, broker);
  await writeFile(path.join(folder, 'run.mjs'), runner);
  const file = path.join(folder, 'scenario.mjs');
  return playFile({ runner: path.join(folder, 'run.mjs'), file, flags, keep: false, main });
}

describe('playing a scenario file', () => {
  test("returns the runner's counts and tells it where the broker and its records are", async () => {
    const seen = path.join(folder, 'seen.json');
    const runner = `
      import { existsSync, writeFileSync } from 'node:fs';
      const args = process.argv.slice(2);
      writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args, records: existsSync(args[1]) }));
      console.log('ok   one\\n2 passed, 1 failed, 3 skipped');`;
    expect(await play(runner, ['--verbose'])).toEqual({ passed: 2, failed: 1, skipped: 3 });
    const { args, records } = JSON.parse(await readFile(seen, 'utf8'));
    expect(records).toBe(true);
    expect(args.slice(2)).toEqual([
      '--address',
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      '--management',
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      '--verbose',
      path.join(folder, 'scenario.mjs'),
    ]);
    expect(existsSync(args[1])).toBe(false);
  });

  test('counts a runner without a verdict as failed', async () => {
    expect(await play("throw new Error('no golden');")).toEqual({
      passed: 0,
      failed: 1,
      skipped: 0,
    });
  });

  test('counts a broker that ended meanwhile as failed', async () => {
    const runner = `
      await fetch(process.argv[7] + '/crash').catch(() => {});
      console.log('1 passed, 0 failed');`;
    expect(await play(runner)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe('the runner', () => {
  test('is used where it lies when its packages are installed', async () => {
    await writeFile(path.join(folder, 'run.mjs'), '');
    await mkdir(path.join(folder, 'node_modules'));
    expect(await installedRunner(folder)).toBe(path.join(folder, 'run.mjs'));
  });

  test('must be there', async () => {
    await expect(installedRunner(folder)).rejects.toThrow(/run\.mjs does not exist/);
  });
});
