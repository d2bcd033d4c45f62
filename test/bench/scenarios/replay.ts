// Restart of a partition whose log has to be replayed from its beginning: records a second, in process.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InProcessLoad } from '../in-process-load.ts';
import type { Scenario } from '../scenario.ts';

export const replay: Scenario = async ({ isSmoke }) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const load = new InProcessLoad(dir, { checkpointLogBytes: Number.POSITIVE_INFINITY });
  await load.open();
  await load.deploy();
  await load.run(200, isSmoke ? 500 : 15_000);
  const { processedPosition: records } = load.partition.status();
  // The log alone, taken while nothing is under way: without state and checkpoints everything has to come from it.
  const copy = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  for (const name of ['log', 'vote'])
    cpSync(path.join(dir, name), path.join(copy, name), { recursive: true });
  await load.close();
  const again = new InProcessLoad(copy);
  const begin = performance.now();
  await again.open();
  const seconds = (performance.now() - begin) / 1000;
  await again.close();
  for (const folder of [dir, copy]) rmSync(folder, { recursive: true });
  return {
    recordsPerSecond: Math.round(records / seconds),
    records,
    seconds: Math.round(seconds * 100) / 100,
  };
};
