// A million instances that wait: what they cost in memory and in the speed of others (another model and job type).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InProcessLoad } from '../in-process-load.ts';
import { anonymousMb } from '../memory.ts';
import type { Scenario } from '../scenario.ts';

export const waiting: Scenario = async ({ isSmoke }) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  const load = new InProcessLoad(dir);
  await load.open();
  await load.deploy();
  await load.deploy('parked', 'parking');
  const measureMs = isSmoke ? 500 : 10_000;
  const measure = async () => {
    const begin = performance.now();
    const completed = await load.run(100, measureMs);
    return completed / ((performance.now() - begin) / 1000);
  };
  await load.run(100, measureMs / 2);
  const empty = await measure();
  const count = isSmoke ? 2_000 : 1_000_000;
  let left = count;
  const begin = performance.now();
  const creator = async () => {
    while (left-- > 0) await load.create('parking');
  };
  await Promise.all(Array.from({ length: 500 }, creator));
  const seconds = (performance.now() - begin) / 1000;
  const full = await measure();
  const memory = anonymousMb('self');
  await load.close();
  rmSync(dir, { recursive: true });
  return {
    waiting: count,
    rssAnonMb: memory,
    emptyPerSecond: Math.round(empty),
    fullPerSecond: Math.round(full),
    share: Math.round((full / empty) * 1000) / 1000,
    filledPerSecond: Math.round(count / seconds),
  };
};
