// Two whole partitions and the messages between them: nothing leaves before its commit, what is lost comes again.
import type { LogRecord } from '@millrace/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { SwitchedDisk } from './testing/switched-disk.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

const drivers: PartitionDriver[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const driver of drivers.splice(0)) await driver.close();
  removeTempFolders();
});

async function partition(partitionId: number, dir = tempFolder(), disk?: SwitchedDisk) {
  const p = await PartitionDriver.opened(dir, { partitionId, partitionCount: 2 }, disk);
  drivers.push(p);
  return p;
}

/** Carries what was sent since the last call; answers how much. */
function carry(from: PartitionDriver, fromPartition: number, to: PartitionDriver): number {
  const sent = from.notices.filter((notice) => notice.kind === 'send');
  from.notices.length = 0;
  for (const { bytes } of sent) to.control({ kind: 'deliver', fromPartition, bytes });
  return sent.length;
}
const sends = (p: PartitionDriver) => p.notices.filter((notice) => notice.kind === 'send').length;

test('a deployment reaches the other partition and is acknowledged', async () => {
  const [first, second] = [await partition(1), await partition(2)];
  await first.deploy(['p.bpmn', oneTask()]);
  expect(carry(first, 1, second)).toBe(1);
  await second.until(() => sends(second) === 1, 'it is acknowledged');
  carry(second, 2, first);
  const created = await second.create();
  expect(wordOf(created)).toBe('CREATED');
  expect((created as LogRecord).key).toBeGreaterThan(0);
});

test('nothing leaves before it is committed, also not as a repetition', async () => {
  const disk = new SwitchedDisk();
  const first = await partition(1, tempFolder(), disk);
  await first.deploy(['p.bpmn', oneTask('a')]);
  expect(sends(first)).toBe(1);
  const second = await partition(2);
  carry(first, 1, second);
  await second.until(() => sends(second) === 1, 'it is acknowledged');
  carry(second, 2, first);
  await first.activate('nothing');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  disk.isHolding = true;
  void first.deploy(['p.bpmn', oneTask('b')]);
  vi.advanceTimersByTime(120_000);
  expect(sends(first)).toBe(0);
  vi.useRealTimers();
  disk.isHolding = false;
  disk.letGo();
  await first.until(() => sends(first) === 1, 'it is sent after its commit');
});

test('what was lost is sent again, by a partition that was started again too', async () => {
  const dir = tempFolder();
  const before = await partition(1, dir);
  await before.deploy(['p.bpmn', oneTask()]);
  before.notices.length = 0;
  await before.close();
  const first = await partition(1, dir);
  const second = await partition(2);
  await first.until(() => sends(first) === 1, 'it is sent again at the start');
  first.notices.length = 0;
  await first.until(() => sends(first) === 1, 'and again while nobody acknowledges it');
  carry(first, 1, second);
  await second.until(() => sends(second) === 1, 'it is acknowledged');
  expect(wordOf(await second.create())).toBe('CREATED');
});
