// What a member remembers of its group agrees with its log, after every crash and truncation.
import { expect, it } from 'vitest';
import { LogView } from './core/log-view.ts';
import { SimulatedDisk } from './disk/simulated-disk.ts';
import { createMemberRecord, type KnownConfiguration, openMemberRecord } from './member-record.ts';

const path = '/member/member';

function named(index: number, term: number, ...ids: number[]): KnownConfiguration {
  const members = ids.map((id) => ({ id, type: 'voter', priority: 1 }) as const);
  return { index, term, members, oldMembers: null };
}

const first = named(0, 0, 0, 1, 2);

function prepared(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeFolder('/member');
  return disk;
}

/** A log from `firstIndex` on with entries of these terms. */
function logOf(firstIndex: number, ...terms: number[]): LogView {
  const log = new LogView(firstIndex, 1);
  for (const term of terms) log.append(term);
  return log;
}

it('is not there before it is made, and durable from then on', () => {
  const disk = prepared();
  expect(openMemberRecord(disk, path, logOf(1))).toBeNull();
  createMemberRecord(disk, path, true, [first]);
  disk.crash(() => 0);
  const again = openMemberRecord(disk, path, logOf(1));
  expect([again?.isRecovering, again?.configurations]).toEqual([true, [first]]);
  again?.recovered();
  disk.crash(() => 0);
  expect(openMemberRecord(disk, path, logOf(1))?.isRecovering).toBe(false);
});

it('names the members as of every entry that can still be needed', () => {
  const disk = prepared();
  const record = createMemberRecord(disk, path, false, [first]);
  const more = [named(5, 1, 0, 1), named(9, 2, 0), named(20, 2, 0, 3)];
  for (const each of more) record.note(each);
  expect([4, 5, 8, 9, 100].map((at) => record.configurationAt(at)?.index)).toEqual([
    0, 5, 5, 9, 20,
  ]);
  record.forgetBefore(9);
  expect(record.configurations.map(({ index }) => index)).toEqual([5, 9, 20]);
  record.forgetBefore(10);
  expect(record.configurations.map(({ index }) => index)).toEqual([9, 20]);
  expect(record.configurationAt(8)).toBeNull();
  record.replace(named(30, 4, 7));
  disk.crash(() => 0);
  expect(openMemberRecord(disk, path, logOf(31))?.configurations).toEqual([named(30, 4, 7)]);
});

it('forgets what was truncated, so that compaction cannot make it look true later', () => {
  const disk = prepared();
  const record = createMemberRecord(disk, path, false, [first]);
  record.note(named(3, 2, 0, 9));
  record.truncateAfter(2);
  expect(record.configurations).toEqual([first]);
  disk.crash(() => 0);
  // Entry 3 is another one by now, and compacted.
  expect(openMemberRecord(disk, path, logOf(5, 3, 3))?.configurations).toEqual([first]);
});

it('drops what the log does not hold: an entry that was never appended, or has been replaced', () => {
  const disk = prepared();
  const record = createMemberRecord(disk, path, false, [first]);
  record.note(named(2, 1, 0, 1));
  record.note(named(4, 2, 0, 9));
  const kept = [first, named(2, 1, 0, 1)];
  for (const log of [logOf(1, 1, 1, 2), logOf(1, 1, 1, 3, 3)]) {
    const copy = disk.copy();
    expect(openMemberRecord(copy, path, log)?.configurations).toEqual(kept);
    copy.crash(() => 0);
    // It stays dropped when the log grows past it.
    expect(openMemberRecord(copy, path, logOf(10, 3))?.configurations).toEqual(kept);
  }
  const whole = openMemberRecord(disk, path, logOf(1, 1, 1, 2, 2));
  expect(whole?.configurations.at(-1)?.index).toBe(4);
});

it('that is damaged or of a later release is refused with the remedy', () => {
  const disk = prepared();
  createMemberRecord(disk, path, false, [first]);
  const bytes = disk.bytesOf(path);
  bytes[20] = (bytes[20] as number) ^ 1;
  expect(() => openMemberRecord(disk, path, logOf(1))).toThrow(/damaged.*other members/);
});
