// A whole partition over a real log and store: answers and commits, faults of the disk, starting again.
import type { Key, LogRecord } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, ok, oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { SwitchedDisk } from './testing/switched-disk.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

const drivers: PartitionDriver[] = [];
async function opened(
  ...parameters: Parameters<typeof PartitionDriver.opened>
): Promise<PartitionDriver> {
  const driver = await PartitionDriver.opened(...parameters);
  drivers.push(driver);
  return driver;
}
afterEach(async () => {
  for (const driver of drivers.splice(0)) await driver.close();
  removeTempFolders();
});

const instanceKeyOf = (answer: Answer): Key =>
  (ok(answer) as LogRecord<'PROCESS_INSTANCE_CREATION'>).value.processInstanceKey;

describe('answers', () => {
  test('come after the commit and not before', async () => {
    const disk = new SwitchedDisk();
    const p = await opened(tempFolder(), {}, disk);
    await p.deploy(['p.bpmn', oneTask()]);
    disk.isHolding = true;
    const answer = p.create();
    await p.until(() => p.partition.metrics().uncommittedEntries === 1, 'the turn is written');
    expect(p.unanswered).toBe(1);
    disk.isHolding = false;
    disk.letGo();
    expect(wordOf(await answer)).toBe('CREATED');
  });

  test('at most eight turns are under way; full turns do not wait for the disk', async () => {
    const disk = new SwitchedDisk();
    const p = await opened(tempFolder(), {}, disk);
    await p.deploy(['p.bpmn', oneTask()]);
    disk.isHolding = true;
    const answers = p.createMany(4_000);
    await p.until(() => p.partition.metrics().uncommittedEntries === 8, 'eight turns are written');
    expect(p.partition.queue.length).toBeGreaterThan(0);
    expect(p.unanswered).toBe(4_000);
    disk.isHolding = false;
    disk.letGo();
    expect((await Promise.all(answers)).every((answer) => wordOf(answer) === 'CREATED')).toBe(true);
  });

  test('commands that arrive while the disk is busy share the next turn', async () => {
    const disk = new SwitchedDisk();
    const p = await opened(tempFolder(), {}, disk);
    await p.deploy(['p.bpmn', oneTask()]);
    disk.isHolding = true;
    const answers = [p.create()];
    for (let i = 0; i < 20; i++) answers.push(p.create());
    expect(p.partition.metrics().uncommittedEntries).toBe(1);
    disk.isHolding = false;
    disk.letGo();
    await Promise.all(answers);
    expect(p.partition.metrics().lastAppendedIndex).toBeLessThanOrEqual(4);
  });

  test('a full queue refuses by naming its limit; nothing is refused when it is idle', async () => {
    const disk = new SwitchedDisk();
    const p = await opened(tempFolder(), { queueCommandsMax: 50 }, disk);
    await p.deploy(['p.bpmn', oneTask()]);
    disk.isHolding = true;
    void p.create();
    const answers = p.createMany(60);
    disk.isHolding = false;
    disk.letGo();
    const words = (await Promise.all(answers)).map(wordOf);
    expect(words.filter((word) => word === 'CREATED').length).toBeGreaterThanOrEqual(50);
    expect(words.at(-1)).toBe(
      'RESOURCE_EXHAUSTED: Expected to handle the command on partition 1, but its queue of class 3 holds the limit of 50 commands. Try again later.',
    );
    expect(wordOf(await p.create())).toBe('CREATED');
  });
});
