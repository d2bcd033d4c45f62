// Reads protobuf (proto3) from bytes: tags, varints, lengths. Knows nothing of messages; see fields.ts.
//
// Guarantees: never reads past the end; every malformed sequence is a WireError, never a crash or an endless loop.
import { isUtf8 } from 'node:buffer';

/** Bytes that are no protobuf message of the expected shape. The text names what is wrong, and the field where known. */
export class WireError extends Error {}

/** A 64-bit integer as the client sent it, with no digit lost. */
export interface Int64 {
  /** Upper 32 bits, unsigned. */
  readonly high: number;
  /** Lower 32 bits, unsigned. */
  readonly low: number;
}

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;
const REPLACEMENT = '\ufffd';

export class ProtoReader {
  readonly bytes: Buffer;
  at: number;
  end: number;
  /** Halves of the varint that was read last. */
  high = 0;
  low = 0;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  /** Reads a varint of up to 64 bits into `high` and `low` (unsigned). */
  varint(): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.end) throw new WireError('a number is cut off');
      const byte = this.bytes[this.at++] as number;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new WireError('a number is longer than ten bytes');
  }

  /** A varint that must fit into 32 bits unsigned: tags and lengths. */
  uint32(): number {
    const byte = this.bytes[this.at] as number;
    if (byte < 0x80 && this.at < this.end) {
      this.at++;
      return byte;
    }
    this.varint();
    if (this.high !== 0) throw new WireError('a length or tag is out of range');
    return this.low;
  }

  int32(): number {
    this.varint();
    return this.low | 0;
  }

  bool(): boolean {
    this.varint();
    return this.low !== 0 || this.high !== 0;
  }

  int64(): Int64 {
    this.varint();
    return { high: this.high, low: this.low };
  }

  /** A 64-bit integer as a number; beyond 2^53 the nearest that a number can hold. */
  int64Number(): number {
    this.varint();
    return (this.high | 0) * TWO_32 + this.low;
  }

  uint64Number(): number {
    this.varint();
    return this.high * TWO_32 + this.low;
  }

  /** Length of the delimited value that follows, checked against what is left. */
  length(): number {
    const length = this.uint32();
    if (length > this.end - this.at) throw new WireError('a field is longer than its message');
    return length;
  }

  string(): string {
    const length = this.length();
    const from = this.at;
    this.at += length;
    if (length === 0) return '';
    const text = this.bytes.toString('utf8', from, this.at);
    if (text.includes(REPLACEMENT) && !isUtf8(this.bytes.subarray(from, this.at))) {
      throw new WireError('is not valid UTF-8');
    }
    return text;
  }

  /** A copy, so that it does not hold the whole message. */
  blob(): Uint8Array {
    const length = this.length();
    const from = this.at;
    this.at += length;
    return new Uint8Array(this.bytes.subarray(from, this.at));
  }

  /** Passes over a field that this release does not know. */
  skip(wireType: number): void {
    if (wireType === VARINT) this.varint();
    else if (wireType === LENGTH) {
      const length = this.length();
      this.at += length;
    } else if (wireType === FIXED64 || wireType === FIXED32) {
      this.at += wireType === FIXED64 ? 8 : 4;
      if (this.at > this.end) throw new WireError('a field is cut off');
    } else throw new WireError(`wire type ${wireType} is not in use`);
  }
}
