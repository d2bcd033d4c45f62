// Looks at every frame of a log that nobody has open, for `millrace inspect` and for tests.
// Guarantees: changes nothing and never gives up: damage is an item like any other.
// Leaves to others: whether the log would open (recovery.ts decides by durable marks).
import { isEntryKind } from '../core/entry-kind.ts';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { FrameScanner } from './frame-scanner.ts';
import type { Entry } from './journal.ts';
import { segmentFirstIndexes } from './log-walk.ts';
import { entryAt } from './read-frames.ts';
import {
  decodeSegmentHeader,
  formatVersion,
  frame,
  segmentFileName,
  segmentHeaderBytes,
} from './segment-format.ts';

export type ScannedItem =
  | {
      readonly kind: 'segment';
      readonly file: string;
      readonly firstIndex: number;
      readonly previousTerm: number;
      readonly sizeBytes: number;
    }
  | {
      readonly kind: 'entry';
      readonly file: string;
      readonly offset: number;
      readonly entry: Entry;
    }
  | {
      readonly kind: 'unknown';
      readonly file: string;
      readonly offset: number;
      readonly entryKind: number;
      readonly formatVersion: number;
    }
  | {
      readonly kind: 'damage';
      readonly file: string;
      readonly offset: number;
      /** The entry that should be here. */
      readonly index: number;
      /** Bytes up to the next intact frame, or bytes that are not zero if there is none. */
      readonly bytes: number;
      readonly reason: string;
    };

/** Goes through all segments of the folder in order. Throws only the disk's own errors. */
export function* scanJournal(dir: string, disk: Disk = nodeDisk): Generator<ScannedItem> {
  let expected: number | null = null;
  for (const firstIndex of segmentFirstIndexes(disk.list(dir))) {
    const path = `${dir}/${segmentFileName(firstIndex)}`;
    if (expected !== null && expected !== firstIndex) {
      const reason = `entries ${expected} to ${firstIndex - 1} are missing before this segment`;
      yield { kind: 'damage', file: path, offset: 0, index: expected, bytes: 0, reason };
    }
    const file = disk.open(path, 'read');
    try {
      expected = yield* scanSegment(file, path, firstIndex);
    } finally {
      file.close();
    }
  }
}

/** Answers the index that should come next. */
function* scanSegment(
  file: DiskFile,
  path: string,
  firstIndex: number,
): Generator<ScannedItem, number> {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  file.read(bytes, 0);
  const header = decodeSegmentHeader(bytes);
  let salt: number | null = null;
  if (header === null || typeof header === 'number') {
    const reason = header === null ? 'the header is damaged' : `the segment has version ${header}`;
    yield { kind: 'damage', file: path, offset: 0, index: firstIndex, bytes: bytes.length, reason };
  } else {
    salt = header.salt;
    const { previousTerm } = header;
    yield { kind: 'segment', file: path, firstIndex, previousTerm, sizeBytes: file.size() };
  }
  const scanner = new FrameScanner(file, salt, segmentHeaderBytes);
  let expected = firstIndex;
  for (;;) {
    const verdict = scanner.judge();
    const offset = scanner.offset;
    if (verdict === 'valid' || verdict === 'foreign') {
      expected = yield* scanFrame(scanner, path, expected);
      scanner.next();
      continue;
    }
    if (scanner.findFrame()) {
      const reason = verdict === 'empty' ? 'nothing is written here' : 'the frame is damaged';
      const skipped = scanner.offset - offset;
      yield { kind: 'damage', file: path, offset, index: expected, bytes: skipped, reason };
      continue;
    }
    scanner.offset = offset;
    const left = scanner.findLeftovers().bytes;
    if (left > 0) {
      const reason = 'bytes that are no frame stand behind the last entry';
      yield { kind: 'damage', file: path, offset, index: expected, bytes: left, reason };
    }
    return expected;
  }
}

function* scanFrame(
  scanner: FrameScanner,
  path: string,
  expected: number,
): Generator<ScannedItem, number> {
  const { buffer, at, offset } = scanner;
  const version = frame.version(buffer, at);
  const entryKind = frame.kind(buffer, at);
  if (version !== formatVersion || !isEntryKind(entryKind)) {
    yield { kind: 'unknown', file: path, offset, entryKind, formatVersion: version };
    return expected + 1;
  }
  const index = frame.index(buffer, at);
  if (index !== expected) {
    const reason = `entry ${index} stands where entry ${expected} belongs`;
    yield { kind: 'damage', file: path, offset, index: expected, bytes: 0, reason };
  }
  const view = entryAt(buffer, at);
  const entry: Entry = { ...view, payload: Uint8Array.from(view.payload) };
  yield { kind: 'entry', file: path, offset, entry };
  return index + 1;
}
