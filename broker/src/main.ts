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
// Read when the first disk operation starts the pool; nothing has started it before this line.
process.env.UV_THREADPOOL_SIZE ??= String(POOL_THREADS);
enableCompileCache();

const { runCommandLine } = await import('./command-line.ts');
await runCommandLine(process.argv);
