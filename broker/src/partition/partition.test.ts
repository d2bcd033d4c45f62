// A whole partition over a real log and store: answers and commits, deadlines, and the clock.
import type { LogRecord } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { endless, ok, oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
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

test('an instance that goes round in circles keeps nobody from working, and can be cancelled', async () => {
  const p = await opened(tempFolder());
  await p.deploy(['e.bpmn', endless('e')], ['p.bpmn', oneTask()]);
  const running = ok(await p.create('{}', 'e')) as LogRecord<'PROCESS_INSTANCE_CREATION'>;
  await p.create();
  const [key] = await p.activate('work');
  expect(wordOf(await p.complete(key as never))).toBe('COMPLETED');
  expect(wordOf(await p.cancel(running.value.processInstanceKey))).toBe('ELEMENT_TERMINATING');
  await p.until(() => {
    const before = p.partition.status().processedPosition;
    return p.partition.metrics().uncommittedEntries === 0 && before > 0;
  }, 'it has come to rest');
  const after = p.partition.status().processedPosition;
  await p.create();
  expect(p.partition.status().processedPosition - after).toBeLessThan(100);
});

describe('deadlines', () => {
  const NOON = 1_700_000_000_000;
  const pin = (p: PartitionDriver, ms: number) =>
    p.control({ kind: 'clock', offsetMs: 0, pinnedMs: NOON + ms });

  test('end locks when the clock says so, in their order', async () => {
    const p = await opened(tempFolder());
    pin(p, 0);
    await p.deploy(['p.bpmn', oneTask()]);
    await Promise.all(p.createMany(600));
    const keys = await p.activate('work', 600, 5_000);
    expect(keys).toHaveLength(600);
    pin(p, 5_000);
    expect(await p.activate('work', 1_000)).toEqual([]);
    pin(p, 5_001);
    let again: readonly number[] = [];
    await p.until(() => p.partition.queue.length === 0, 'the locks have ended');
    while (again.length < 600) again = [...again, ...(await p.activate('work', 1_000))];
    expect(again).toEqual(keys);
  });

  test('fire after a restart', async () => {
    const dir = tempFolder();
    let p = await opened(dir);
    pin(p, 0);
    await p.deploy(['p.bpmn', oneTask()]);
    await Promise.all(p.createMany(2));
    const [first, second] = await p.activate('work', 2, 5_000);
    await p.job('FAIL', second as never, { retries: 3, retryBackoff: 7_000 });
    await p.close();
    p = new PartitionDriver(dir);
    drivers.push(p);
    pin(p, 60_000);
    p.openStream(1, 10);
    await p.partition.start();
    await p.until(() => p.pushed.length === 2, 'both jobs came back');
    expect(p.pushed.map(({ key }) => key)).toEqual([first, second]);
    expect(p.pushed.map(({ job }) => job.deadline)).toEqual([NOON + 120_000, NOON + 120_000]);
  });
});
