// One segment file of the log while the journal is open.
// Guarantees: knows where every entry of it stands; appends go behind the last one; its file is opened when needed.
// Leaves to others: the order of segments, durability and limits (segmented-journal.ts).
import type { Disk, DiskFile } from '../disk/disk.ts';
import { FrameScanner } from './frame-scanner.ts';
import type { Entry } from './journal.ts';
import { readFrames, unreadable } from './read-frames.ts';
import { encodeSegmentHeader, segmentFileName, segmentHeaderBytes } from './segment-format.ts';
import { SparseIndex } from './sparse-index.ts';

/** What all segments of one journal have in common. */
export interface SegmentPlace {
  readonly disk: Disk;
  readonly dir: string;
  readonly salt: number;
}

const walkWindowBytes = 96 * 1024;
const zeros = Buffer.alloc(1024 * 1024);

/** Overwrites a stretch of a file with zeros. */
export function writeZeros(file: DiskFile, from: number, to: number): void {
  for (let at = from; at < to; at += zeros.length) {
    file.write(zeros.subarray(0, Math.min(zeros.length, to - at)), at);
  }
}

export class Segment {
  readonly place: SegmentPlace;
  readonly path: string;
  readonly firstIndex: number;
  /** Term of the entry before the first. */
  readonly previousTerm: number;
  readonly points = new SparseIndex();
  /** Index of the last entry; `firstIndex - 1` when there is none. */
  lastIndex: number;
  /** Where the next frame goes, bytes from the file's start. */
  end = segmentHeaderBytes;
  /** Size of the file. */
  size: number;
  #file: DiskFile | null;

  constructor(
    place: SegmentPlace,
    firstIndex: number,
    previousTerm: number,
    size: number,
    file: DiskFile | null,
  ) {
    this.place = place;
    this.path = `${place.dir}/${segmentFileName(firstIndex)}`;
    this.firstIndex = firstIndex;
    this.previousTerm = previousTerm;
    this.lastIndex = firstIndex - 1;
    this.size = size;
    this.#file = file;
  }

  /**
   * Makes a segment of `size` bytes here and now; blocks while the zeros go to the operating system. Nothing of it is
   * durable yet. Throws the disk's error and leaves no file behind.
   */
  static create(
    place: SegmentPlace,
    firstIndex: number,
    previousTerm: number,
    size: number,
  ): Segment {
    const path = `${place.dir}/${segmentFileName(firstIndex)}`;
    const file = place.disk.open(path, 'create');
    try {
      writeZeros(file, 0, size);
      file.write(encodeSegmentHeader({ salt: place.salt, firstIndex, previousTerm }), 0);
    } catch (error) {
      file.close();
      place.disk.remove(path);
      throw error;
    }
    return new Segment(place, firstIndex, previousTerm, size, file);
  }

  /** Makes a segment of a file of zeros that was prepared before; it is renamed to its place. */
  static adopt(
    place: SegmentPlace,
    firstIndex: number,
    previousTerm: number,
    prepared: { readonly file: DiskFile; readonly path: string; readonly size: number },
  ): Segment {
    try {
      prepared.file.write(encodeSegmentHeader({ salt: place.salt, firstIndex, previousTerm }), 0);
      place.disk.rename(prepared.path, `${place.dir}/${segmentFileName(firstIndex)}`);
    } catch (error) {
      prepared.file.close();
      throw error;
    }
    return new Segment(place, firstIndex, previousTerm, prepared.size, prepared.file);
  }

  get file(): DiskFile {
    this.#file ??= this.place.disk.open(this.path, 'write');
    return this.#file;
  }

  /** Makes room for an entry that is too large for the segment, which must be empty. */
  grow(size: number): void {
    writeZeros(this.file, this.size, size);
    this.size = size;
  }

  /** Tells of an entry that stands at `end` and takes `bytes`. */
  noteEntry(index: number, bytes: number): void {
    this.points.add(index, this.end);
    this.end += bytes;
    this.lastIndex = index;
  }

  /** Where the entry's frame begins; it must be of this segment. */
  offsetOf(index: number): number {
    if (index === this.lastIndex + 1) return this.end;
    const point = this.points.before(index);
    if (point === undefined) throw new RangeError(`Entry ${index} is not in ${this.path}.`);
    if (point.index === index) return point.offset;
    const window = Buffer.allocUnsafeSlow(walkWindowBytes);
    const scanner = new FrameScanner(this.file, this.place.salt, point.offset, window);
    for (let at = point.index; at < index; at++) {
      if (scanner.judge() !== 'valid') throw unreadable(this.path, scanner.offset, at);
      scanner.next();
    }
    return scanner.offset;
  }

  /** Appends to `out` entries from the index on (see `readFrames`) and answers their payload bytes. */
  readInto(index: number, upToIndex: number, bytesLeft: number, out: Entry[]): number {
    const position = { offset: this.offsetOf(index), index };
    const last = Math.min(upToIndex, this.lastIndex);
    return readFrames(this.file, this.path, this.place.salt, position, last, bytesLeft, out);
  }

  /** Forgets and overwrites all entries above the index; durable when it returns. */
  truncateAfter(index: number): void {
    const offset = this.offsetOf(index + 1);
    writeZeros(this.file, offset, this.end);
    this.file.syncNow();
    this.points.truncateAfter(index);
    this.end = offset;
    this.lastIndex = index;
  }

  /** Closes the file; it is opened again when needed. */
  release(): void {
    this.#file?.close();
    this.#file = null;
  }

  remove(): void {
    this.release();
    this.place.disk.remove(this.path);
  }
}
