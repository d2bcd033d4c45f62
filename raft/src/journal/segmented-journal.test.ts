// The journal on a disk that fails, and what it costs.
import { describe, expect, it } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Entry } from './journal.ts';
import { CompactedError, JournalError } from './journal-error.ts';
import { openJournalReader } from './journal-reader.ts';
import { scanJournal } from './scan-journal.ts';
import { openSegmentedJournal, type SegmentedJournal } from './segmented-journal.ts';

const dir = '/log';

function open(
  disk: Disk,
  options: { segmentBytes?: number; recentBytesMax?: number } = {},
): SegmentedJournal {
  return openSegmentedJournal({
    dir,
    disk,
    segmentBytes: 8192,
    firstSegmentBytes: 4096,
    newSalt: 5,
    ...options,
  });
}

function fill(journal: SegmentedJournal, count: number, bytes = 500): void {
  for (let i = 0; i < count; i++) {
    const payload = new Uint8Array(bytes).fill(journal.lastIndex + 1);
    journal.append({ term: 1, kind: 1, payload });
  }
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return error instanceof JournalError ? error.code : `not a JournalError: ${error}`;
  }
  return undefined;
}

/** Appends until the disk is full. */
function fillUp(journal: SegmentedJournal): void {
  let code: string | undefined;
  while (code === undefined) code = codeOf(() => fill(journal, 1));
  expect(code).toBe('disk-full');
}

describe('a full disk', () => {
  it('refuses appends without a trace, keeps what it has, and goes on when there is space', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 3);
    await journal.flush();
    disk.capacityBytes = 10_000;
    fillUp(journal);
    const { lastIndex } = journal;
    expect(codeOf(() => fill(journal, 1))).toBe('disk-full');
    expect(journal.lastIndex).toBe(lastIndex);
    expect(journal.read(lastIndex + 1)).toBeUndefined();
    expect(await journal.flush()).toBe(lastIndex);
    // What the failed attempts left is not seen after a crash either.
    const after = open(disk.copy());
    expect([after.lastIndex, after.cut]).toEqual([lastIndex, null]);
    // A small entry may still fit into the segment at hand.
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    fill(journal, 20);
    expect(await journal.flush()).toBe(lastIndex + 20);
    await journal.close();
    expect(
      open(disk)
        .readFrom(1, 1e9)
        .map((entry) => entry.payload[0]),
    ).toEqual(Array.from({ length: lastIndex + 20 }, (_, at) => at + 1));
  });

  it('does not lose the segment at hand to an entry that is too large for it', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    disk.capacityBytes = 6000;
    expect(codeOf(() => fill(journal, 1, 20_000))).toBe('disk-full');
    fill(journal, 2);
    expect(await journal.flush()).toBe(2);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    fill(journal, 1, 20_000);
    fill(journal, 1, 30_000);
    expect(await journal.flush()).toBe(4);
    disk.crash(() => 0.5);
    const after = open(disk);
    expect([1, 2, 3, 4].map((index) => after.read(index)?.payload.length)).toEqual([
      500, 500, 20_000, 30_000,
    ]);
  });

  it('met in the background stops nothing', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    disk.capacityBytes = 4096 + 200;
    fill(journal, 5);
    for (let turns = 0; turns < 10; turns++) await new Promise((go) => setImmediate(go));
    expect(disk.list(dir)).not.toContain('next-segment.tmp');
    expect(await journal.flush()).toBe(5);
    await journal.close();
  });
});

describe('a disk that cannot be written', () => {
  it('that is read-only refuses appends without a trace until it is not', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 2);
    disk.readOnly = true;
    expect(codeOf(() => fill(journal, 1))).toBe('read-only');
    expect(codeOf(() => open(disk))).toBe('read-only');
    disk.readOnly = false;
    fill(journal, 1);
    expect(await journal.flush()).toBe(3);
  });

  it('that fails an append is not trusted any more', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 2);
    disk.writeFault = 'EIO';
    expect(codeOf(() => fill(journal, 1))).toBe('io');
    disk.writeFault = null;
    expect(codeOf(() => fill(journal, 1))).toBe('io');
    await expect(journal.flush()).rejects.toMatchObject({ code: 'io' });
    await journal.close();
    expect(open(disk).lastIndex).toBe(2);
  });

  it('that fails a sync is not trusted any more, and what it lost is written again at the next open', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 2);
    await journal.flush();
    fill(journal, 2);
    disk.syncFault = 'EIO';
    await expect(journal.flush()).rejects.toMatchObject({ code: 'io' });
    disk.syncFault = null;
    expect(codeOf(() => fill(journal, 1))).toBe('io');
    expect(journal.durableIndex).toBe(2);
    await journal.close();
    // The bytes can be read back although the disk never got them: opening must not take that for durable.
    const again = open(disk);
    expect(again.durableIndex).toBe(4);
    disk.crash(() => 0);
    expect(open(disk).lastIndex).toBe(4);
  });
});

describe('costs', () => {
  it('one write for each append and one sync for each flush', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk, { segmentBytes: 1024 * 1024 });
    const before = { ...disk.calls };
    fill(journal, 3);
    await journal.flush();
    expect(disk.calls).toEqual({
      write: before.write + 3,
      sync: before.sync + 1,
      syncNow: before.syncNow,
    });
  });

  it('prepares the next segment in the background, and appends do not wait for it', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 4);
    while (!disk.list(dir).includes('next-segment.tmp'))
      await new Promise((go) => setImmediate(go));
    for (let turns = 0; turns < 20; turns++) await new Promise((go) => setImmediate(go));
    const before = disk.calls.write;
    fill(journal, 5);
    // Five entries and the header of the prepared segment; no zeros.
    expect(disk.calls.write - before).toBe(6);
    await journal.close();
    expect(disk.list(dir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a reader in another thread', () => {
  it('follows the log through its segments, in any size of batch and from anywhere', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    const reader = openJournalReader(dir, disk);
    expect(reader.readFrom(1, 0, 100)).toEqual([]);
    let next = 1;
    for (let round = 0; round < 30; round++) {
      fill(journal, 1 + (round % 7), 40 * round);
      const committed = journal.lastIndex;
      while (next <= committed) {
        const entries = reader.readFrom(next, committed, 700);
        for (const entry of entries) {
          expect(entry.index).toBe(next);
          expect(entry.payload).toEqual(Buffer.from((journal.read(next) as Entry).payload));
          next++;
        }
      }
    }
    for (const index of [1, 50, 7, journal.lastIndex]) {
      expect(reader.readFrom(index, journal.lastIndex, 0).map((entry) => entry.index)).toEqual([
        index,
      ]);
    }
    expect(reader.readFrom(3, 4, 1e9).map((entry) => entry.index)).toEqual([3, 4]);
    reader.close();
  });

  it('says what is compacted, what is missing and what is damaged', async () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    const reader = openJournalReader(dir, disk);
    fill(journal, 60);
    expect(() => reader.readFrom(61, 61, 100)).toThrow(/should be in the log/);
    journal.compactBefore(40);
    expect(() => reader.readFrom(1, 60, 100)).toThrow(CompactedError);
    expect(reader.readFrom(journal.firstIndex, 60, 0)).toHaveLength(1);
    const item = [...scanJournal(dir, disk)].find(
      (one) => one.kind === 'entry' && one.entry.index === 50,
    );
    const { file, offset } = item as { file: string; offset: number };
    (disk.bytesOf(file)[offset + 60] as number) = 0;
    expect(() => reader.readFrom(50, 60, 100)).toThrow(/Entry 50 cannot be read back/);
    expect(reader.readFrom(41, 49, 0)).toHaveLength(1);
  });
});

describe('a scan', () => {
  it('lists segments, entries and damage with their places, and changes nothing', () => {
    const disk = new SimulatedDisk();
    const journal = open(disk);
    fill(journal, 12);
    const intact = [...scanJournal(dir, disk)];
    expect(intact.filter((item) => item.kind === 'entry').map((item) => item.entry.index)).toEqual(
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    expect(intact.filter((item) => item.kind === 'damage')).toEqual([]);
    const third = intact.filter((item) => item.kind === 'entry')[2] as {
      file: string;
      offset: number;
    };
    disk.bytesOf(third.file)[third.offset + 45] = 0xee;
    const last = intact.findLast((item) => item.kind === 'segment') as { file: string };
    disk.bytesOf(last.file)[20] = 0xee;
    const before = Buffer.from(disk.bytesOf(third.file));
    const damage = [...scanJournal(dir, disk)].filter((item) => item.kind === 'damage');
    expect(damage).toMatchObject([
      {
        file: third.file,
        offset: third.offset,
        index: 3,
        bytes: 544,
        reason: 'the frame is damaged',
      },
      {
        file: third.file,
        offset: third.offset + 544,
        index: 3,
        reason: 'entry 4 stands where entry 3 belongs',
      },
      { file: last.file, offset: 0, reason: 'the header is damaged' },
    ]);
    expect(before.equals(disk.bytesOf(third.file))).toBe(true);
  });
});
