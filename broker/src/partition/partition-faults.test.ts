// Faults below a partition: it says what is wrong, refuses with a reason, and goes on by itself when the fault has passed.
import { EMPTY_JOB, EntryEncoder, LogRecord, makeKey, NO_OPERATION } from '@millrace/protocol';
import { EntryKind, journalFolder, nodeDisk, openSegmentedJournal } from '@millrace/raft';
import { afterEach, describe, expect, test } from 'vitest';
import { oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { SwitchedDisk } from './testing/switched-disk.ts';
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

async function onSwitchedDisk() {
  const disk = new SwitchedDisk();
  const p = keep(await PartitionDriver.opened(tempFolder(), {}, disk));
  await p.deploy(['p.bpmn', oneTask()]);
  return { p, disk };
}

describe('a full disk', () => {
  test('is told, refused as exhausted all the time, and passes by itself', async () => {
    const { p, disk } = await onSwitchedDisk();
    p.openStream(1, 10);
    await p.create();
    await p.until(() => p.pushed.length === 1, 'the first job was pushed');
    disk.writeFault = 'ENOSPC';
    const words = (await Promise.all(p.createMany(3))).map(wordOf);
    for (const word of words) expect(word).toMatch(/^RESOURCE_EXHAUSTED: .*partition 1/);
    await p.until(() => p.partition.status().health === 'unhealthy', 'it says so');
    expect(p.partition.status().reason).toMatch(/ENOSPC|full|space/i);
    const during: string[] = [];
    const deadline = performance.now() + 400;
    // Through two attempts to open again.
    await p.until(() => {
      void p.create().then((answer) => during.push(wordOf(answer)));
      return performance.now() > deadline;
    }, 'two attempts to open again');
    await p.until(() => p.unanswered === 0, 'all are refused');
    expect(during.every((word) => word.startsWith('RESOURCE_EXHAUSTED'))).toBe(true);
    disk.writeFault = undefined;
    await p.until(() => p.partition.status().health === 'healthy', 'it is well again');
    expect(wordOf(await p.create())).toBe('CREATED');
    await p.until(() => p.pushed.length === 2, 'the stream goes on');
    expect(wordOf(await p.complete(p.pushed[0]?.key as never))).toBe('COMPLETED');
  });
});

describe('a failed synchronisation', () => {
  test('leaves the outcome unknown, is told, and passes', async () => {
    const { p, disk } = await onSwitchedDisk();
    disk.syncFault = 'EIO';
    const unknown = await p.create();
    expect(wordOf(unknown)).toMatch(/^UNAVAILABLE: The outcome is unknown/);
    expect(p.partition.status()).toMatchObject({ health: 'unhealthy', role: 'inactive' });
    expect(wordOf(await p.create())).toMatch(
      /^UNAVAILABLE: Expected partition 1 to take commands, but it does not: .*EIO/,
    );
    disk.syncFault = undefined;
    await p.until(() => p.partition.status().health === 'healthy', 'it is well again');
    expect(wordOf(await p.create())).toBe('CREATED');
  });

  test('jobs that workers have count after it; those that nobody has are free', async () => {
    const { p, disk } = await onSwitchedDisk();
    p.openStream(1, 3);
    await Promise.all(p.createMany(2));
    await p.until(() => p.pushed.length === 2, 'two jobs are with the worker');
    disk.syncFault = 'EIO';
    await p.create();
    disk.syncFault = undefined;
    await p.until(() => p.partition.status().health === 'healthy', 'it is well again');
    await Promise.all(p.createMany(10));
    // One place was left; what became of the unknown creation does not matter for that.
    await p.until(() => p.pushed.length === 3, 'the third place is used');
    await p.activate('nothing');
    expect(p.pushed).toHaveLength(3);
    await p.complete(p.pushed[0]?.key as never);
    await p.until(() => p.pushed.length === 4, 'a finished job makes room');
  });
});

test('little free space: nothing is started, what is under way may end', async () => {
  const dir = tempFolder();
  const before = keep(await PartitionDriver.opened(dir));
  await before.deploy(['p.bpmn', oneTask()]);
  await before.create();
  const [key] = await before.activate('work');
  await before.close();
  const p = keep(await PartitionDriver.opened(dir, { diskFreeBytesMin: 2 ** 60 }));
  await p.until(() => p.partition.status().health === 'unhealthy', 'it says so');
  expect(wordOf(await p.create())).toMatch(/^RESOURCE_EXHAUSTED: .* its disk has \d+ bytes left/);
  expect(wordOf(await p.complete(key as never))).toBe('COMPLETED');
});

describe('opening', () => {
  test('waits for a folder that another process still has', async () => {
    const dir = tempFolder();
    const first = await PartitionDriver.opened(dir);
    await first.deploy(['p.bpmn', oneTask()]);
    const second = keep(new PartitionDriver(dir));
    await second.partition.start();
    expect(second.partition.status().health).toBe('unhealthy');
    expect(wordOf(await second.create())).toMatch(
      /^UNAVAILABLE: Expected partition 1 to take commands/,
    );
    await first.close();
    await second.until(() => second.isLeading, 'it has the folder');
    expect(wordOf(await second.create())).toBe('CREATED');
  });

  test('closed while it opens, it leaves nothing open', async () => {
    const dir = tempFolder();
    const first = new PartitionDriver(dir);
    const started = first.partition.start();
    await first.close();
    await started;
    const second = keep(await PartitionDriver.opened(dir));
    expect(second.isLeading).toBe(true);
  });

  test('commands that came too early are answered when it has failed', async () => {
    const dir = tempFolder();
    keep(await PartitionDriver.opened(dir));
    const second = keep(new PartitionDriver(dir));
    const early = second.create();
    await second.partition.start();
    expect(wordOf(await early)).toMatch(/^UNAVAILABLE/);
  });
});

describe('faults that do not pass', () => {
  const append = async (dir: string, payload: Uint8Array) => {
    const journal = openSegmentedJournal({
      dir: journalFolder(dir),
      disk: nodeDisk,
      durableFloor: 0,
      floorTerm: 0,
    });
    journal.append({ term: Math.max(1, journal.lastTerm), kind: EntryKind.records, payload });
    await journal.flush();
    await journal.close();
  };
  const madeOnce = async () => {
    const dir = tempFolder();
    const p = await PartitionDriver.opened(dir);
    await p.deploy(['p.bpmn', oneTask()]);
    await p.close();
    return dir;
  };
  const dies = async (dir: string) => {
    const p = keep(new PartitionDriver(dir));
    await p.partition.start();
    await p.until(() => p.partition.status().health === 'dead', 'it is dead');
    return p;
  };

  test('an entry of a later release stops the partition', async () => {
    const dir = await madeOnce();
    await append(dir, new Uint8Array([99, 2, 3]));
    const p = await dies(dir);
    expect(p.partition.status().reason).toContain('entry version 99 is not known to this release');
    expect(wordOf(await p.create())).toMatch(/^UNAVAILABLE: .*version 99/);
  });

  test('an event that does not fit the state stops the partition; it is not tried for ever', async () => {
    const dir = await madeOnce();
    const encoder = new EntryEncoder();
    encoder.begin(1, 1_000, 0);
    encoder.add(
      new LogRecord(
        'EVENT',
        'JOB',
        'COMPLETED',
        makeKey(1, 999),
        EMPTY_JOB,
        1_000,
        -1,
        0,
        undefined,
        '',
        -1,
        NO_OPERATION,
        false,
      ),
    );
    await append(dir, encoder.finish(9).slice());
    const p = await dies(dir);
    expect(p.partition.status().reason).toMatch(
      /entry \d+ of the log cannot be applied to the state: job \d+ is not in the state/,
    );
    const errors = () => p.notices.filter((notice) => notice.kind === 'log').length;
    const before = errors();
    const deadline = performance.now() + 400;
    await p.until(() => performance.now() > deadline, 'the time for another attempt is over');
    expect([errors(), p.partition.status().health]).toEqual([before, 'dead']);
  });
});

test('a folder that another process has is told once, and taken when it is free', async () => {
  const dir = tempFolder();
  const first = keep(await PartitionDriver.opened(dir));
  const second = keep(new PartitionDriver(dir));
  const logged = () => second.notices.filter((notice) => notice.kind === 'log');
  await second.partition.start();
  const deadline = performance.now() + 350;
  // Through several attempts to open again.
  await second.until(() => performance.now() > deadline, 'three attempts are over');
  expect(wordOf(await second.create())).toMatch(
    /^UNAVAILABLE: .*another process uses it; end that one/,
  );
  expect(logged()).toHaveLength(1);
  await first.close();
  await second.until(() => second.isLeading, 'it leads');
  expect(logged()).toHaveLength(1);
});
