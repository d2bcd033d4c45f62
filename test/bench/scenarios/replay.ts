// Restart of a partition whose log has to be replayed from its beginning: records a second, in process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InProcessLoad } from '../in-process-load.ts';
import type { Scenario } from '../scenario.ts';

export const replay: Scenario = async ({ isSmoke }) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const load = new InProcessLoad(dir);
  await load.open();
  await load.deploy();
  await load.run(200, isSmoke ? 500 : 15_000);
  const { processedPosition: records } = load.partition.status();
  await load.close();
  // Without state and checkpoints, everything has to come from the log.
  for (const folder of ['state', 'checkpoints'])
    rmSync(path.join(dir, folder), { recursive: true, force: true });
  const again = new InProcessLoad(dir);
  const begin = performance.now();
  await again.open();
  const seconds = (performance.now() - begin) / 1000;
  await again.close();
  rmSync(dir, { recursive: true });
  return {
    recordsPerSecond: Math.round(records / seconds),
    records,
    seconds: Math.round(seconds * 100) / 100,
  };
};
