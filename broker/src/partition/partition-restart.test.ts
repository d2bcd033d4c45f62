// Starting again: from the live state, from a checkpoint and the log behind it, from the log alone; always the same state.
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { LogRecord } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { openPartitionStore } from '../store/partition-store.ts';
import { ok, oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

const drivers: PartitionDriver[] = [];
const keep = (driver: PartitionDriver) => {
  drivers.push(driver);
  return driver;
};
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.close();
  removeTempFolders();
});

/** The state on disk without what it says about itself (family 0: the log index grows with every start). */
async function stateIn(dir: string): Promise<string[]> {
  const store = await openPartitionStore({ dir });
  const lines: string[] = [];
  for await (const line of store.dump()) if (!line.startsWith('0000')) lines.push(line);
  await store.close();
  return lines;
}

/** Instances in every state that waits: activated, failed, backing off, in an incident; some ended, one cancelled. */
async function work(p: PartitionDriver): Promise<void> {
  await p.deploy(['p.bpmn', oneTask()]);
  const created = await Promise.all(p.createMany(60, '{"a":1,"text":"größe"}'));
  const keys = await p.activate('work', 40);
  await Promise.all(keys.slice(0, 20).map((key) => p.complete(key, '{"b":2}')));
  await p.job('FAIL', keys[20] as never, { retries: 0 });
  await p.job('FAIL', keys[21] as never, { retries: 2, retryBackoff: 3_600_000 });
  await p.job('THROW_ERROR', keys[22] as never, { errorCode: 'E' });
  const last = (ok(created[59] as never) as LogRecord<'PROCESS_INSTANCE_CREATION'>).value;
  await p.cancel(last.processInstanceKey);
}

describe('the state after a restart', () => {
  test('is what it was; the next instance goes on from there', async () => {
    const dir = tempFolder();
    const first = await PartitionDriver.opened(dir);
    await work(first);
    const position = first.partition.status().processedPosition;
    await first.close();
    const before = await stateIn(dir);
    expect(before.length).toBeGreaterThan(100);
    const second = await PartitionDriver.opened(dir);
    expect(second.partition.status().processedPosition).toBe(position);
    await second.close();
    expect(await stateIn(dir)).toEqual(before);
    const third = keep(await PartitionDriver.opened(dir));
    expect(wordOf(await third.create())).toBe('CREATED');
    expect(await third.activate('work', 100)).toHaveLength(20);
  });

  test('is the replay of the log, when nothing but the log is left', async () => {
    const dir = tempFolder();
    const first = await PartitionDriver.opened(dir);
    await work(first);
    await first.close();
    const before = await stateIn(dir);
    rmSync(path.join(dir, 'state'), { recursive: true });
    rmSync(path.join(dir, 'checkpoints'), { recursive: true });
    const second = await PartitionDriver.opened(dir);
    await second.close();
    expect(await stateIn(dir)).toEqual(before);
  });

  test('is a checkpoint and the log behind it, when the live state is lost', async () => {
    const dir = tempFolder();
    const p = await PartitionDriver.opened(dir);
    await work(p);
    p.control({ kind: 'checkpoint' });
    await p.until(() => p.partition.status().checkpointIndex > 0, 'the checkpoint is there');
    await Promise.all(p.createMany(30, '{"late":true}'));
    const keys = await p.activate('work', 10);
    await Promise.all(keys.map((key) => p.complete(key)));
    // As after the loss of the machine: what is on the disk at this moment, without the live state.
    const copy = tempFolder();
    cpSync(path.join(dir, 'log'), path.join(copy, 'log'), { recursive: true });
    cpSync(path.join(dir, 'checkpoints'), path.join(copy, 'checkpoints'), { recursive: true });
    if (existsSync(path.join(dir, 'vote'))) cpSync(path.join(dir, 'vote'), path.join(copy, 'vote'));
    await p.close();
    const expected = await stateIn(dir);
    const other = await PartitionDriver.opened(copy);
    await other.close();
    expect(await stateIn(copy)).toEqual(expected);
  });

  test('is the same when the log is longer than what may be in memory unwritten', async () => {
    const dir = tempFolder();
    // The exporter that never reads keeps the whole log.
    const p = await PartitionDriver.opened(dir, { exporterIds: ['none'] });
    await p.deploy(['p.bpmn', oneTask()]);
    const pad = `{"pad":"${'x'.repeat(100_000)}"}`;
    for (let i = 0; i < 6; i++) await Promise.all(p.createMany(40, pad));
    await p.close();
    const before = await stateIn(dir);
    rmSync(path.join(dir, 'state'), { recursive: true });
    rmSync(path.join(dir, 'checkpoints'), { recursive: true });
    const again = new PartitionDriver(dir);
    let unwritten = 0;
    await again.partition.start();
    await again.until(() => {
      unwritten = Math.max(unwritten, again.partition.metrics().stateUnwrittenBytes ?? 0);
      return again.isLeading;
    }, 'the log is replayed');
    expect(again.partition.metrics().logBytes).toBeGreaterThan(60 * 1024 * 1024);
    expect(unwritten).toBeLessThan(45 * 1024 * 1024);
    await again.close();
    expect(await stateIn(dir)).toEqual(before);
  });
});

describe('the log behind checkpoints', () => {
  const options = { segmentBytes: 256 * 1024 };
  const fill = async (p: PartitionDriver, times: number) => {
    const pad = `{"pad":"${'x'.repeat(20_000)}"}`;
    for (let i = 0; i < times; i++) await Promise.all(p.createMany(10, pad));
  };
  const checkpoint = async (p: PartitionDriver) => {
    const before = p.partition.status().checkpointIndex;
    p.control({ kind: 'checkpoint' });
    await p.until(() => p.partition.status().checkpointIndex > before, 'the checkpoint is there');
  };
  const segments = (dir: string) => readdirSync(path.join(dir, 'log')).length;

  test('is compacted behind the older of two checkpoints; the rest suffices for a start', async () => {
    const dir = tempFolder();
    const p = await PartitionDriver.opened(dir, options);
    await p.deploy(['p.bpmn', oneTask()]);
    await fill(p, 5);
    const before = segments(dir);
    await checkpoint(p);
    await fill(p, 5);
    await checkpoint(p);
    await p.until(() => segments(dir) < before, 'old segments are gone');
    await fill(p, 1);
    await p.close();
    const expected = await stateIn(dir);
    rmSync(path.join(dir, 'state'), { recursive: true });
    const again = await PartitionDriver.opened(dir, options);
    await again.close();
    expect(await stateIn(dir)).toEqual(expected);
  });

  test('stays until every exporter has read it', async () => {
    const dir = tempFolder();
    const exporting = { ...options, exporterIds: ['slow', 'fast'] };
    const p = keep(await PartitionDriver.opened(dir, exporting));
    await p.deploy(['p.bpmn', oneTask()]);
    const tell = (exporterId: string, index: number) =>
      p.control({ kind: 'exporter-position', position: { exporterId, position: index, index } });
    await fill(p, 5);
    tell('fast', p.partition.status().committedIndex);
    await checkpoint(p);
    await fill(p, 1);
    await checkpoint(p);
    const firstIndex = () => p.partition.opened?.raft.journal.firstIndex ?? 0;
    expect(firstIndex()).toBe(1);
    const read = Math.floor(p.partition.status().committedIndex / 2);
    tell('slow', read);
    await p.until(
      () => p.partition.opened?.exporters.get('slow')?.index === read,
      'the position is kept',
    );
    await fill(p, 1);
    await checkpoint(p);
    await p.until(() => firstIndex() > 1, 'the log is compacted');
    expect(firstIndex()).toBeLessThanOrEqual(read + 1);
    await p.close();
    const again = keep(await PartitionDriver.opened(dir, exporting));
    expect(again.partition.opened?.exporters.get('slow')?.index).toBe(read);
  });
});

test('50,000 waiting jobs are served in order from a small window', async () => {
  const dir = tempFolder();
  const first = await PartitionDriver.opened(dir, { queueCommandsMax: 100_000 });
  await first.deploy(['p.bpmn', oneTask()]);
  const count = 50_000;
  for (let i = 0; i < 10; i++) await Promise.all(first.createMany(count / 10));
  await first.close();
  const p = keep(await PartitionDriver.opened(dir, { stateCacheBytes: 512 * 1024 }));
  p.openStream(1, 500);
  let done = 0;
  let cached = 0;
  const served = 6_000;
  await p.until(
    () => {
      while (done < p.pushed.length) void p.complete(p.pushed[done++]?.key as never);
      cached = Math.max(cached, p.partition.metrics().stateCacheBytes ?? 0);
      return done >= served;
    },
    `${served} jobs were served`,
    30_000,
  );
  const keys = p.pushed.map(({ key }) => key);
  expect(keys).toEqual([...keys].sort((a, b) => a - b));
  expect(new Set(keys).size).toBe(keys.length);
  expect(cached).toBeLessThan(8 * 1024 * 1024);
  expect(await p.activate('work', 50)).toHaveLength(50);
}, 60_000);
