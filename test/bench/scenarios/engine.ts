// Engine and log in process, one partition, no network: instances of one task created, worked and completed, every one durable.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InProcessLoad } from '../in-process-load.ts';
import { anonymousMb } from '../memory.ts';
import type { Scenario } from '../scenario.ts';

const IN_FLIGHT = 100;

export const engine: Scenario = async ({ isSmoke }) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const load = new InProcessLoad(dir);
  await load.open();
  await load.deploy();
  await load.run(IN_FLIGHT, isSmoke ? 200 : 5_000);
  const before = process.cpuUsage();
  const begin = performance.now();
  const completed = await load.run(IN_FLIGHT, isSmoke ? 500 : 15_000);
  const seconds = (performance.now() - begin) / 1000;
  const cpu = process.cpuUsage(before);
  await load.close();
  rmSync(dir, { recursive: true });
  return {
    instancesPerSecond: Math.round(completed / seconds),
    cpuUsPerInstance: Math.round((cpu.user + cpu.system) / completed),
    rssAnonMb: anonymousMb('self'),
    inFlight: IN_FLIGHT,
  };
};
