// Restart of a partition with a gigabyte of state: time until it leads again.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Document } from '@millrace/protocol';
import { InProcessLoad } from '../in-process-load.ts';
import type { Scenario } from '../scenario.ts';

const PAYLOAD_BYTES = 8_000;
const IN_FLIGHT = 100;
/** The log and the checkpoints lie beside the state. */
const DISK_BYTES_MIN = 8e9;

export const restart: Scenario = async ({ isSmoke }) => {
  const { bavail, bsize } = statfsSync(tmpdir());
  if (!isSmoke && bavail * bsize < DISK_BYTES_MIN)
    throw new Error(`restart needs 8 GB of free space in ${tmpdir()}`);
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const wanted = isSmoke ? 5e6 : 1e9;
  const load = new InProcessLoad(dir);
  await load.open();
  await load.deploy('parked', 'parking');
  let slowestMs = 0;
  while ((await bytesOf(path.join(dir, 'state'))) < wanted)
    slowestMs = Math.max(slowestMs, await createBatch(load, isSmoke ? 100 : 5_000));
  const stateBytes = await bytesOf(path.join(dir, 'state'));
  await load.close();
  const again = new InProcessLoad(dir);
  const begin = performance.now();
  await again.open();
  const seconds = (performance.now() - begin) / 1000;
  await again.close();
  rmSync(dir, { recursive: true });
  return {
    stateMb: Math.round(stateBytes / 1e6),
    seconds: Math.round(seconds * 100) / 100,
    slowestCreateMs: Math.round(slowestMs),
  };
};

/** Instances that wait, with variables that do not compress. Returns how long the slowest took, ms. */
async function createBatch(load: InProcessLoad, count: number): Promise<number> {
  let left = count;
  let slowestMs = 0;
  const creator = async () => {
    while (left-- > 0) {
      const pad = randomBytes(PAYLOAD_BYTES).toString('base64');
      const begin = performance.now();
      await load.create('parking', new Document(`{"pad":"${pad}"}`));
      slowestMs = Math.max(slowestMs, performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, creator));
  return slowestMs;
}

async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = names.map((name) =>
    stat(path.join(folder, name)).then(
      ({ size }) => size,
      () => 0, // A file that a compaction has just removed.
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
