#!/usr/bin/env node
// The program: `millrace start`, `millrace gateway` and `millrace inspect DATA`.
//
// It checks the runtime, prepares the process (thread pool, compile cache) and only then loads what it runs, so that a
// wrong Node is told in one line and a command loads nothing that it does not need.
import { enableCompileCache } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const NODE_MAJOR_MIN = 26;
/** Threads for disk work: several partitions flush at the same time. */
const POOL_THREADS = Math.max(8, availableParallelism() * 2);

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(
    `millrace needs Node.js ${NODE_MAJOR_MIN} or newer, this is ${process.versions.node} ` +
      '(in the repository use npm start: it brings its own)\n',
  );
  process.exit(1);
}
/**
 * What V8 and the thread pool read only when a process begins: `start` therefore begins once more in its own place, with
 * them set; where that is not possible it goes on with the defaults. Young objects of one thread, MB: answers and records
 * die young, and the default of 16 costs each thread three times that without being faster here. Pooled pages go back to
 * the system at once. The old generation grows to at most three times what lived in it before it is collected again: state
 * that waits for its flush outlives the young generation and would otherwise pile up (DECISIONS.md).
 */
const FLAGS = ['--max-semi-space-size=8', '--memory-pool-timeout=0', '--heap-growing-percent=200'];
/** What threads inherit: room for the flushes of several partitions, and compiled sources of the run before. */
const ENVIRONMENT = {
  UV_THREADPOOL_SIZE: String(POOL_THREADS),
  NODE_COMPILE_CACHE: path.join(tmpdir(), 'node-compile-cache'),
  ...process.env,
};
const hasBegun = process.execArgv.includes(FLAGS[1] as string);
if (
  ['start', 'gateway'].includes(process.argv[2] ?? '') &&
  !hasBegun &&
  process.execve !== undefined
) {
  const args = [process.execPath, ...FLAGS, ...process.execArgv, ...process.argv.slice(1)];
  process.execve(process.execPath, args, ENVIRONMENT);
}
process.env.UV_THREADPOOL_SIZE ??= ENVIRONMENT.UV_THREADPOOL_SIZE;
enableCompileCache();

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
