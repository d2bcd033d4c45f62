// For a test, run with a small file system of its own: fills the disk below a store, looks at it, makes room again.
import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openPartitionStore } from './partition-store.ts';
import { expectedDump, linesOf, StoreWorkload } from './store-workload.ts';

const dir = process.argv[2] as string;
const filler = path.join(dir, 'filler');
const store = await openPartitionStore({ dir, flushEntries: 50 });
const workload = new StoreWorkload(store.db);
workload.runTo(500);
await store.flush();
try {
  for (;;) appendFileSync(filler, randomBytes(4096));
} catch {
  // The disk is full.
}
let flushRejected = false;
let index = 500;
while (!flushRejected) {
  index += 100;
  workload.runTo(index);
  await store.flush().catch(() => {
    flushRejected = true;
  });
}
const { problem } = store;
const readWhileFull = (await linesOf(store.dump())).length > 100;
rmSync(filler);
const deadline = Date.now() + 20_000;
while (store.problem !== undefined && Date.now() < deadline) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const recovered = store.problem === undefined;
workload.runTo(index + 10);
await store.flush();
await store.close();
const again = await openPartitionStore({ dir });
const same = String(await linesOf(again.dump())) === String(expectedDump(index + 10));
await again.close();
process.stdout.write(JSON.stringify({ problem, flushRejected, readWhileFull, recovered, same }));
