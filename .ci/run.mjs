// Set-up, tests, types, lint and a short benchmark smoke, one after the other, each within a time limit.
//
// Plain JavaScript on purpose: it runs on whatever Node the machine has, before the set-up has brought ours.
// Every step runs, whatever became of the one before, unless the set-up failed. The last line is `N passed, N failed`:
// the tests' own count, and one for each other step. The exit code is not zero when anything failed.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('..', import.meta.url));
const minute = 60_000;
const { scripts } = JSON.parse(readFileSync(path.join(top, 'package.json'), 'utf8'));

const steps = [
  { name: 'set-up', command: ['node', 'setup.mjs'], limitMs: 10 * minute },
  { name: 'tests', command: ['npm', 'test'], limitMs: 20 * minute },
  { name: 'types', command: ['npm', 'run', 'types'], limitMs: 3 * minute },
  { name: 'lint', command: ['npm', 'run', 'lint'], limitMs: 2 * minute },
  {
    name: 'benchmark smoke',
    command: ['npm', 'run', 'bench', '--', '--smoke'],
    limitMs: 4 * minute,
  },
];

/** Runs a command, shows what it prints, and returns its exit code and its last lines. */
function run(command, limitMs) {
  return new Promise((resolve) => {
    const [program, ...args] = command;
    const windows = process.platform === 'win32';
    const child = spawn(program, args, {
      cwd: top,
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: windows,
      detached: !windows,
      env: { ...process.env, CI: 'true', NO_COLOR: '1' },
    });
    let tail = '';
    const limit = setTimeout(() => {
      console.error(`no end after ${limitMs / minute} minutes: stopped`);
      if (windows) child.kill();
      else process.kill(-child.pid, 'SIGKILL');
    }, limitMs);
    child.stdout.on('data', (bytes) => {
      process.stdout.write(bytes);
      tail = (tail + bytes).slice(-4_000);
    });
    child.on('error', (error) => console.error(`${program}: ${error.message}`));
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code: code ?? 1, lastLines: tail.trimEnd().split('\n').slice(-5) });
    });
  });
}

/** The tests' own closing line, if they got that far. */
function countsIn(lines) {
  const match = lines.map((line) =>
    /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim()),
  );
  const found = match.findLast((one) => one !== null);
  return (
    found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) }
  );
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const { name, command, limitMs } of steps) {
  const script = command[1] === 'run' ? command[2] : undefined;
  if (script !== undefined && !(script in scripts)) {
    console.log(`--- ${name}: skipped, package.json has no script "${script}" yet`);
    total.skipped++;
    continue;
  }
  console.log(`--- ${name}: ${command.join(' ')}`);
  const begin = Date.now();
  const { code, lastLines } = await run(command, limitMs);
  const counts = name === 'tests' ? countsIn(lastLines) : undefined;
  total.passed += counts?.passed ?? (code === 0 ? 1 : 0);
  total.skipped += counts?.skipped ?? 0;
  total.failed += Math.max(counts?.failed ?? 0, code === 0 ? 0 : 1);
  const seconds = ((Date.now() - begin) / 1_000).toFixed(1);
  console.log(`--- ${name}: ${code === 0 ? 'ok' : `FAILED with exit code ${code}`}, ${seconds} s`);
  if (name === 'set-up' && code !== 0) break;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed > 0 ? 1 : 0;
