// Reads a run of consecutive entries out of one segment file with one large read.
// Guarantees: every entry given out has the expected index, an intact checksum and a kind that is known; payloads are
// views into one buffer of their own, nobody writes to it again.
// Leaves to others: which file and offset to begin at.
import { isEntryKind } from '../core/entry-kind.ts';
import type { DiskFile } from '../disk/disk.ts';
import type { Entry } from './journal.ts';
import { JournalError, UnknownEntryError } from './journal-error.ts';
import { formatVersion, frame, frameHeadBytes, judgeFrame } from './segment-format.ts';

const slackBytes = 16 * 1024;
const readBytesMax = 8 * 1024 * 1024;

/** A place in a segment file, moved forward by `readFrames`. */
export interface FramePosition {
  offset: number;
  index: number;
}

/**
 * Appends to `out` the entries from `position` up to `upToIndex` until their payloads reach `bytesLeft`, moving the
 * position along, and answers the payload bytes read. One entry is read even if it is larger, when `out` is empty. Stops
 * early at the end of what is written in this file. Throws JournalError `io` if the bytes are damaged.
 */
export function readFrames(
  file: DiskFile,
  path: string,
  salt: number,
  position: FramePosition,
  upToIndex: number,
  bytesLeft: number,
  out: Entry[],
): number {
  const size = file.size();
  let wanted = Math.min(bytesLeft + slackBytes, readBytesMax);
  let taken = 0;
  while (position.index <= upToIndex) {
    const toRead = Math.min(wanted, size - position.offset);
    if (toRead < frameHeadBytes) return taken;
    const buffer = Buffer.allocUnsafeSlow(toRead);
    const filled = file.read(buffer, position.offset);
    let at = 0;
    while (position.index <= upToIndex) {
      const verdict = judgeFrame(buffer, at, filled, salt);
      if (verdict === 'empty') return taken;
      if (verdict === 'short') break;
      if (verdict === 'damaged') throw unreadable(path, position.offset, position.index);
      checkKnown(buffer, at, path, position.offset);
      if (frame.index(buffer, at) !== position.index)
        throw unreadable(path, position.offset, position.index);
      const bytes = frame.payloadBytes(buffer, at);
      if (taken + bytes > bytesLeft && out.length > 0) return taken;
      out.push(entryAt(buffer, at));
      taken += bytes;
      const step = frame.bytes(buffer, at);
      at += step;
      position.offset += step;
      position.index++;
    }
    if (position.index > upToIndex || (taken >= bytesLeft && out.length > 0)) return taken;
    // The frame at hand did not fit into what was read: read on from it, and as much as it says it needs.
    const needed = filled - at >= frameHeadBytes ? frame.bytes(buffer, at) : frameHeadBytes;
    if (at === 0 && position.offset + needed > size)
      throw unreadable(path, position.offset, position.index);
    if (out.length > 0 && taken + needed - frameHeadBytes - 8 > bytesLeft) return taken;
    wanted = Math.max(needed, Math.min(bytesLeft - taken + slackBytes, readBytesMax));
  }
  return taken;
}

/** Copies nothing: the payload is a view into the buffer. */
export function entryAt(buffer: Buffer, at: number): Entry {
  return {
    index: frame.index(buffer, at),
    term: frame.term(buffer, at),
    kind: frame.kind(buffer, at),
    payload: buffer.subarray(
      at + frameHeadBytes,
      at + frameHeadBytes + frame.payloadBytes(buffer, at),
    ),
    durable: frame.durable(buffer, at),
  };
}

/** Throws UnknownEntryError if the intact frame at `at` is of a kind or version that is not known. */
export function checkKnown(buffer: Buffer, at: number, path: string, offset: number): void {
  const version = frame.version(buffer, at);
  const kind = frame.kind(buffer, at);
  if (version === formatVersion && isEntryKind(kind)) return;
  throw new UnknownEntryError(path, offset, kind, version);
}

/** The error for an entry that was there when the journal was opened and cannot be read back now. */
export function unreadable(path: string, offset: number, index: number): JournalError {
  return new JournalError(
    'io',
    `Entry ${index} cannot be read back (${path}, offset ${offset}). Check the disk, then start again.`,
  );
}
