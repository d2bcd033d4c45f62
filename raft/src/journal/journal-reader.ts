// Reads the log's files from another thread or process than the one that writes them: for exporters.
// Guarantees: gives out intact entries only, never one above the index that the caller was told is committed; follows the
// log into new segments; says clearly when compaction has taken what is asked for.
// Leaves to others: knowing what is committed.
import type { Disk, DiskFile } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { FrameScanner } from './frame-scanner.ts';
import type { Entry } from './journal.ts';
import { CompactedError, JournalError, journalErrorOf } from './journal-error.ts';
import { segmentFirstIndexes } from './log-walk.ts';
import { type FramePosition, readFrames, unreadable } from './read-frames.ts';
import { decodeSegmentHeader, segmentFileName, segmentHeaderBytes } from './segment-format.ts';

/** The segment that is being read, and where. */
interface OpenSegment {
  readonly file: DiskFile;
  readonly path: string;
  readonly salt: number;
  readonly position: FramePosition;
}

/** Opens the log folder for reading; a folder that is still empty is fine. */
export function openJournalReader(dir: string, disk: Disk = nodeDisk): JournalReader {
  return new JournalReader(disk, dir);
}

/** Use `openJournalReader`. */
export class JournalReader {
  readonly #disk: Disk;
  readonly #dir: string;
  #current: OpenSegment | null = null;

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  /**
   * Entries from the index up to `upToIndex`, which must be committed: as many as fit into `maxBytes` of payload, at least
   * one, perhaps fewer than would fit (at the end of a segment). Empty if `index` is above `upToIndex`. Reading on where the
   * last call ended is cheap. Throws CompactedError, UnknownEntryError, or JournalError if the entry cannot be read.
   */
  readFrom(index: number, upToIndex: number, maxBytes: number): Entry[] {
    const out: Entry[] = [];
    if (index > upToIndex) return out;
    try {
      if (this.#current?.position.index !== index) this.#seek(index);
      this.#readOn(upToIndex, maxBytes, out);
      if (out.length === 0) {
        this.#seek(index); // This segment ends here, the next one has begun.
        this.#readOn(upToIndex, maxBytes, out);
      }
    } catch (error) {
      this.close();
      if (error instanceof CompactedError || (error as { code?: unknown }).code === undefined)
        throw error;
      throw journalErrorOf(error, `reading entry ${index} in ${this.#dir}`);
    }
    if (out.length > 0) return out;
    this.close();
    throw new JournalError(
      'io',
      `Entry ${index} should be in the log in ${this.#dir}, but is not. Check the folder and the disk.`,
    );
  }

  /** Releases the file; a later read opens it again. */
  close(): void {
    this.#current?.file.close();
    this.#current = null;
  }

  #readOn(upToIndex: number, maxBytes: number, out: Entry[]): void {
    const current = this.#current as OpenSegment;
    readFrames(
      current.file,
      current.path,
      current.salt,
      current.position,
      upToIndex,
      maxBytes,
      out,
    );
  }

  /** Opens the segment that should hold the entry and finds its place. */
  #seek(index: number): void {
    this.close();
    const firstIndexes = segmentFirstIndexes(this.#disk.list(this.#dir));
    const firstIndex = firstIndexes.findLast((first) => first <= index);
    if (firstIndex === undefined) throw new CompactedError(index, firstIndexes[0] ?? index + 1);
    const path = `${this.#dir}/${segmentFileName(firstIndex)}`;
    let file: DiskFile;
    try {
      file = this.#disk.open(path, 'read');
    } catch (error) {
      // Compaction may remove the file between the two calls.
      if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
      throw new CompactedError(index, firstIndexes.find((first) => first > index) ?? index + 1);
    }
    const bytes = Buffer.alloc(segmentHeaderBytes);
    file.read(bytes, 0);
    const header = decodeSegmentHeader(bytes);
    if (header === null || typeof header === 'number') {
      file.close();
      throw unreadable(path, 0, index);
    }
    const scanner = new FrameScanner(file, header.salt, segmentHeaderBytes);
    let at = firstIndex;
    for (; at < index && scanner.judge() === 'valid'; at++) scanner.next();
    if (at < index) {
      file.close();
      throw unreadable(path, scanner.offset, at);
    }
    this.#current = { file, path, salt: header.salt, position: { offset: scanner.offset, index } };
  }
}
