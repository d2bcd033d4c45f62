#!/usr/bin/env node
// The program: `millrace start` and `millrace inspect DATA`.
//
// It checks the runtime, prepares the process (thread pool, compile cache) and only then loads what it runs, so that a
// wrong Node is told in one line and a command loads nothing that it does not need.
import { enableCompileCache } from 'node:module';
import { availableParallelism } from 'node:os';
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
 * Young objects of one thread, MB: answers and records die young, and the default of 16 costs each thread three times that
 * without being faster here; pooled pages go back to the system at once (DECISIONS.md). V8 reads both only when the process starts, so the process begins once more in its
 * own place; where that is not possible it goes on with the default.
 */
const YOUNG_FLAG = '--max-semi-space-size';
const isSized = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].some((arg) =>
  arg.includes(YOUNG_FLAG),
);
if (process.argv[2] === 'start' && !isSized && process.execve !== undefined) {
  const flags = [`${YOUNG_FLAG}=4`, '--memory-pool-timeout=0', ...process.execArgv];
  const args = [process.execPath, ...flags, ...process.argv.slice(1)];
  process.execve(process.execPath, args, process.env);
}
// Read when the first disk operation starts the pool; nothing has started it before this line.
process.env.UV_THREADPOOL_SIZE ??= String(POOL_THREADS);
enableCompileCache();

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
