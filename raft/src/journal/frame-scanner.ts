// Walks over the frames of one segment file, in large reads.
// Guarantees: sees every frame once, in order; never allocates for a length that a damaged frame claims beyond the file.
// Leaves to others: whether the indexes fit together and what damage means.
import type { DiskFile } from '../disk/disk.ts';
import {
  type FrameVerdict,
  frame,
  frameHeadBytes,
  judgeFrame,
  mayBeFrame,
} from './segment-format.ts';

const windowBytes = 1024 * 1024;

/** A cursor over a file. After `judge()` the bytes of the frame stand in `buffer` from `at` on until the next call. */
export class FrameScanner {
  buffer: Buffer;
  /** Where in `buffer` the frame at `offset` begins. */
  at = 0;
  /** Bytes from the file's start. */
  offset: number;
  readonly #file: DiskFile;
  readonly #salt: number | null;
  readonly #size: number;
  #start = 0;
  #filled = 0;

  /** `window` may be handed on from an earlier scanner to save the allocation. */
  constructor(file: DiskFile, salt: number | null, offset: number, window?: Buffer) {
    this.#file = file;
    this.#salt = salt;
    this.#size = file.size();
    this.offset = offset;
    this.buffer = window ?? Buffer.allocUnsafeSlow(windowBytes);
  }

  /** What stands at `offset`; `end` when no frame fits between it and the end of the file. */
  judge(): FrameVerdict | 'end' {
    if (this.offset + frameHeadBytes > this.#size) return 'end';
    this.#load(frameHeadBytes);
    const verdict = judgeFrame(this.buffer, this.at, this.#filled, this.#salt);
    if (verdict !== 'short') return verdict;
    const needed = frame.bytes(this.buffer, this.at);
    if (this.offset + needed > this.#size) return 'damaged';
    this.#load(needed);
    return judgeFrame(this.buffer, this.at, this.#filled, this.#salt);
  }

  /** Moves behind the frame that was just judged valid. */
  next(): void {
    this.offset += frame.bytes(this.buffer, this.at);
  }

  /** Moves to the next intact frame at or behind `offset`; false if there is none in this file. */
  findFrame(): boolean {
    while (this.offset + frameHeadBytes <= this.#size) {
      this.#load(frameHeadBytes);
      const last = this.#filled - frameHeadBytes;
      let at = this.at;
      if (at === 0 && isZero(this.buffer.subarray(0, this.#filled))) at = this.#filled & ~7;
      while (at <= last && !mayBeFrame(this.buffer, at, this.#salt)) at += 8;
      this.offset = this.#start + at;
      if (at > last) continue;
      const verdict = this.judge();
      if (verdict === 'valid' || verdict === 'foreign') return true;
      this.offset += 8;
    }
    return false;
  }

  /** Counts the bytes that are not zero from `offset` on, and where the last one stands (-1 if there is none). */
  findLeftovers(): { bytes: number; last: number } {
    let bytes = 0;
    let last = -1;
    while (this.offset < this.#size) {
      this.#load(1);
      if (!isZero(this.buffer.subarray(this.at, this.#filled))) {
        for (let at = this.at; at < this.#filled; at++) {
          if (this.buffer[at] === 0) continue;
          bytes++;
          last = this.#start + at;
        }
      }
      this.offset = this.#start + this.#filled;
    }
    return { bytes, last };
  }

  #load(needed: number): void {
    if (this.offset < this.#start || this.offset + needed > this.#start + this.#filled) {
      if (needed > this.buffer.length) this.buffer = Buffer.allocUnsafeSlow(needed);
      this.#start = this.offset;
      this.#filled = this.#file.read(this.buffer, this.offset);
    }
    this.at = this.offset - this.#start;
  }
}

const zeros = Buffer.alloc(64 * 1024);

/** Whether all bytes are zero; compares blocks, because most of a preallocated segment is. */
export function isZero(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const end = Math.min(bytes.length, at + zeros.length);
    if (bytes.compare(zeros, 0, end - at, at, end) !== 0) return false;
  }
  return true;
}
