// Opens the log that an earlier run left behind: keeps what may have been acknowledged, cuts what cannot have been.
// Guarantees: an entry that was known durable (by the mark in any intact frame, by the notes of a clean close, by a
// checkpoint) is either there afterwards or opening is refused with its file, offset and remedy; what is cut is
// overwritten with zeros, so that it never comes back; everything that is kept is durable when it returns.
// Leaves to others: the reading (log-walk.ts) and repair from other members.
//
// Why cut at the first bad frame: several turns are in flight at once and a disk may write them in any order, so after a
// crash an intact frame may follow a hole; everything from the hole on was never acknowledged. Why look behind it: only a
// later frame can say that the hole was durable once.
//
// What remains open with a single member: the last frames, those written after the last mark was taken, are durable and
// perhaps acknowledged, but no frame behind them says so. Damage there looks like a torn write and is cut. A clean close
// leaves a note that covers them; after a kill only other members could tell.
import { LogView } from '../core/log-view.ts';
import type { Disk } from '../disk/disk.ts';
import type { LogCut } from './journal.ts';
import { CorruptLogError, JournalError } from './journal-error.ts';
import { type JournalNotes, readNotes, writeNotes } from './journal-notes.ts';
import { type LogWalk, readSegmentHeader, segmentFirstIndexes, walkLog } from './log-walk.ts';
import { Segment, type SegmentPlace, writeZeros } from './segment.ts';
import { segmentFileName } from './segment-format.ts';

export interface RecoveryOptions {
  readonly disk: Disk;
  readonly dir: string;
  /** Index of the newest checkpoint, 0 without one: entries up to it were durable. */
  readonly durableFloor: number;
  /** Term of that entry. */
  readonly floorTerm: number;
  /** Size of a first segment, if there is none. */
  readonly firstSegmentBytes: number;
  /** Marks the frames if the journal is new. */
  readonly newSalt: number;
}

export interface RecoveredLog {
  readonly place: SegmentPlace;
  /** In order, at least one; the last one takes the next entry. */
  readonly segments: Segment[];
  readonly view: LogView;
  readonly cut: LogCut | null;
  /** The notes as they stand on the disk. */
  readonly notes: JournalNotes;
}

/** Opens the log in the folder. Throws CorruptLogError, UnknownEntryError, JournalError or the disk's error. */
export function recoverLog(options: RecoveryOptions): RecoveredLog {
  const { disk, dir } = options;
  disk.makeFolder(dir);
  for (const name of disk.list(dir)) {
    if (name.endsWith('.tmp')) disk.remove(`${dir}/${name}`);
  }
  const notes = readNotes(disk, dir);
  let firstIndexes = segmentFirstIndexes(disk.list(dir));
  const place = { disk, dir, salt: saltOf(options, notes, firstIndexes) };
  if (notes?.removal?.kind === 'reset') {
    removeSegments(place, firstIndexes);
    firstIndexes = [];
  }
  if (firstIndexes.length === 0) return startLog(options, place, notes);

  const stopAfter =
    notes?.removal?.kind === 'truncate' ? notes.removal.afterIndex : Number.MAX_SAFE_INTEGER;
  const walk = walkLog(place, firstIndexes, stopAfter);
  refuseLoss(options, notes, walk, stopAfter);
  const cut = cutAt(place, walk, firstIndexes);
  const { segments, view } = walk;
  if (segments.length === 0) {
    segments.push(
      Segment.create(place, view.lastIndex + 1, view.lastTerm, options.firstSegmentBytes),
    );
  }
  hardenTail(place, segments, Math.max(walk.mark, notes?.durableIndex ?? 0));
  const settled = settleNotes(place, notes, view);
  return { place, segments, view, cut, notes: settled };
}

/**
 * Orders that the next open begins a new log behind the entry `nextIndex - 1`, whatever is in the folder now. Durable when it
 * returns. `newSalt` marks the frames of the new log. Throws the disk's error.
 */
export function orderReset(
  disk: Disk,
  dir: string,
  nextIndex: number,
  previousTerm: number,
  newSalt: number,
): void {
  disk.makeFolder(dir);
  const removal = { kind: 'reset', nextIndex, previousTerm } as const;
  writeNotes(disk, dir, { version: 1, durableIndex: 0, salt: newSalt, removal });
}

function saltOf(
  options: RecoveryOptions,
  notes: JournalNotes | null,
  firstIndexes: readonly number[],
): number {
  if (notes !== null) return notes.salt;
  for (const firstIndex of firstIndexes) {
    const header = readSegmentHeader(options.disk, `${options.dir}/${segmentFileName(firstIndex)}`);
    if (header !== null) return header.salt;
  }
  return options.newSalt;
}

/** A folder without segments: a new log, or the end of a reset that was interrupted. */
function startLog(
  options: RecoveryOptions,
  place: SegmentPlace,
  notes: JournalNotes | null,
): RecoveredLog {
  const reset = notes?.removal?.kind === 'reset' ? notes.removal : null;
  if (reset === null && notes !== null && notes.durableIndex > 0) {
    throw new CorruptLogError(place.dir, 0, 1, notes.durableIndex, 'the folder holds no segment');
  }
  const nextIndex = reset?.nextIndex ?? options.durableFloor + 1;
  const previousTerm = reset?.previousTerm ?? options.floorTerm;
  // The salt must be on disk before the first frame; the durable index only after the segment.
  const first: JournalNotes = { version: 1, durableIndex: 0, salt: place.salt, removal: null };
  if (notes === null) writeNotes(place.disk, place.dir, first);
  const segment = Segment.create(place, nextIndex, previousTerm, options.firstSegmentBytes);
  segment.file.syncNow();
  place.disk.syncFolderNow(place.dir);
  if (reset !== null) writeNotes(place.disk, place.dir, first);
  const view = new LogView(nextIndex, previousTerm);
  return { place, segments: [segment], view, cut: null, notes: first };
}

function refuseLoss(
  options: RecoveryOptions,
  notes: JournalNotes | null,
  walk: LogWalk,
  stopAfter: number,
): void {
  const { lastIndex } = walk.view;
  if (lastIndex >= stopAfter) return; // The entries above are to go, whatever they say.
  const known = Math.max(walk.mark, notes?.durableIndex ?? 0, options.durableFloor);
  if (lastIndex >= known) return;
  const last = walk.segments.at(-1);
  throw new CorruptLogError(
    walk.break?.file ?? last?.path ?? options.dir,
    walk.break?.offset ?? last?.end ?? 0,
    lastIndex + 1,
    known,
    walk.break?.reason ?? 'the log ends here',
  );
}

/** Removes everything from the break on, durably. */
function cutAt(place: SegmentPlace, walk: LogWalk, firstIndexes: readonly number[]): LogCut | null {
  const found = walk.break;
  if (found === null) return null;
  const broken = walk.segments[found.segment];
  removeSegments(
    place,
    firstIndexes.slice(broken === undefined ? found.segment : found.segment + 1),
  );
  if (broken !== undefined && found.lastByte >= 0) {
    writeZeros(broken.file, found.offset, found.lastByte + 1);
    broken.file.syncNow();
  }
  return {
    file: found.file,
    offset: found.offset,
    index: walk.view.lastIndex + 1,
    bytes: found.bytes,
    intactFrames: found.intactFrames,
    reason: found.reason,
  };
}

/** Newest first, so that a crash in between leaves a log without a gap. */
export function removeSegments(place: SegmentPlace, firstIndexes: readonly number[]): void {
  for (const firstIndex of [...firstIndexes].reverse()) {
    place.disk.remove(`${place.dir}/${segmentFileName(firstIndex)}`);
  }
  if (firstIndexes.length > 0) place.disk.syncFolderNow(place.dir);
}

/**
 * Makes durable what is only known to be readable. The bytes are written once more before the sync: after a sync that
 * failed, the operating system may hold pages as clean that never reached the disk, and would not write them again.
 */
function hardenTail(place: SegmentPlace, segments: readonly Segment[], knownDurable: number): void {
  for (const segment of segments) {
    const isTail = segment === segments.at(-1);
    if (segment.lastIndex <= knownDurable && !isTail) continue;
    const firstUnknown = Math.min(knownDurable, segment.lastIndex) + 1;
    const from = segment.firstIndex >= firstUnknown ? 0 : segment.offsetOf(firstUnknown);
    rewrite(segment, from);
    segment.file.syncNow();
    if (!isTail) segment.release();
  }
  place.disk.syncFolderNow(place.dir);
}

function rewrite(segment: Segment, from: number): void {
  // The padding behind the last frame may be missing: a crash can lose the zeros that were there before.
  const end = Math.min(segment.end, segment.size);
  const chunk = Buffer.allocUnsafeSlow(Math.min(1024 * 1024, Math.max(1, end - from)));
  for (let at = from; at < end; ) {
    const count = segment.file.read(chunk.subarray(0, end - at), at);
    if (count === 0) {
      throw new JournalError('io', `${segment.path} became shorter while it was read.`);
    }
    segment.file.write(chunk.subarray(0, count), at);
    at += count;
  }
}

/** Ends a removal in the notes, or writes the first ones. */
function settleNotes(place: SegmentPlace, notes: JournalNotes | null, view: LogView): JournalNotes {
  if (notes !== null && notes.removal === null) return notes;
  const durableIndex = Math.min(notes?.durableIndex ?? 0, view.lastIndex);
  const settled: JournalNotes = { version: 1, durableIndex, salt: place.salt, removal: null };
  writeNotes(place.disk, place.dir, settled);
  return settled;
}
