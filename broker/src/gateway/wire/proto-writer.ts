// Writes protobuf (proto3) messages as gRPC frames: one byte "not compressed", four bytes length, the message.
//
// Frames are cut from shared slabs, so that a small answer costs no allocation of its own; a frame is never changed
// after it was taken. Fields with their default value are not written, as proto3 wants it.
import { type Key, keyHigh, keyLow } from '@millrace/protocol';

/** Bytes before the message in a gRPC frame. */
export const FRAME_HEAD_BYTES = 5;

const SLAB_BYTES = 64 * 1024;
const SHORT = 32;
const TWO_32 = 2 ** 32;

export class ProtoWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  at = 0;
  #start = 0;

  /** Begins a frame. */
  begin(): void {
    this.#start = this.at;
    this.#reserve(FRAME_HEAD_BYTES);
    this.at += FRAME_HEAD_BYTES;
  }

  /** Ends the frame begun last and hands it out. */
  take(): Buffer {
    const start = this.#start;
    this.bytes[start] = 0;
    this.bytes.writeUInt32BE(this.at - start - FRAME_HEAD_BYTES, start + 1);
    const frame = this.bytes.subarray(start, this.at);
    this.#start = this.at;
    return frame;
  }

  /** The same without the head: the bare message. */
  takeMessage(): Buffer {
    return this.take().subarray(FRAME_HEAD_BYTES);
  }

  /** Forgets the frame begun last. */
  drop(): void {
    this.at = this.#start;
  }

  /** Bytes of the frame begun last, its head included. */
  get length(): number {
    return this.at - this.#start;
  }

  /** Cuts the frame back to a length that it had. */
  cut(length: number): void {
    this.at = this.#start + length;
  }

  #reserve(size: number): void {
    if (this.at + size <= this.bytes.length) return;
    const used = this.at - this.#start;
    const bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, (used + size) * 2));
    this.bytes.copy(bytes, 0, this.#start, this.at);
    this.bytes = bytes;
    this.#start = 0;
    this.at = used;
  }

  uint32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }

  /** 64 bits from their halves. */
  varint64(high: number, low: number): void {
    if (high === 0) {
      this.uint32(low);
      return;
    }
    this.#reserve(10);
    let h = high >>> 0;
    let l = low >>> 0;
    while (h !== 0 || l >= 0x80) {
      this.bytes[this.at++] = (l & 0x7f) | 0x80;
      l = ((l >>> 7) | (h << 25)) >>> 0;
      h >>>= 7;
    }
    this.bytes[this.at++] = l;
  }

  key(number: number, value: Key): void {
    if (value === 0) return;
    this.uint32(number << 3);
    this.varint64(keyHigh(value), keyLow(value));
  }

  int32(number: number, value: number): void {
    if (value === 0) return;
    this.uint32(number << 3);
    this.varint64(value < 0 ? 0xffffffff : 0, value >>> 0);
  }

  int64(number: number, value: number): void {
    if (value === 0) return;
    this.uint32(number << 3);
    this.varint64(Math.floor(value / TWO_32) >>> 0, value >>> 0);
  }

  string(number: number, value: string): void {
    if (value !== '') this.stringItem(number, value);
  }

  /** A string as one item of a list: written also when it is empty. */
  stringItem(number: number, value: string): void {
    this.uint32((number << 3) | 2);
    const chars = value.length;
    if (chars < SHORT) {
      this.#reserve(chars + 1);
      const from = this.at + 1;
      let i = 0;
      for (; i < chars; i++) {
        const c = value.charCodeAt(i);
        if (c > 127) break;
        this.bytes[from + i] = c;
      }
      if (i === chars) {
        this.bytes[this.at] = chars;
        this.at = from + chars;
        return;
      }
    }
    const length = Buffer.byteLength(value);
    this.uint32(length);
    this.#reserve(length);
    this.bytes.write(value, this.at, length, 'utf8');
    this.at += length;
  }

  blob(number: number, value: Uint8Array): void {
    this.uint32((number << 3) | 2);
    this.uint32(value.length);
    this.#reserve(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Begins a message inside the message; hand the result to `endNested`. */
  beginNested(number: number): number {
    this.uint32((number << 3) | 2);
    this.#reserve(2);
    this.at += 2;
    return this.at - this.#start;
  }

  endNested(mark: number): void {
    const length = this.at - this.#start - mark;
    const lengthBytes =
      length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x200000 ? 3 : length < 0x10000000 ? 4 : 5;
    if (lengthBytes > 2) this.#reserve(lengthBytes - 2);
    const from = this.#start + mark;
    const to = from - 2 + lengthBytes;
    if (to !== from) this.bytes.copyWithin(to, from, from + length);
    this.at = from - 2;
    this.uint32(length);
    this.at = to + length;
  }
}
