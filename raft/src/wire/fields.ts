// Numbers into and out of the bytes of a message, one behind the other, little endian.
// Guarantees: reading never passes the end: it throws RangeError; a 64-bit number is exact or refused.
// Leaves to others: which fields a message has (message-codec.ts).
const twoTo32 = 4294967296;

export class FieldWriter {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(value: number): void {
    this.bytes[this.at] = value;
    this.at += 1;
  }

  flag(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  u32(value: number): void {
    this.at = this.bytes.writeUInt32LE(value, this.at);
  }

  /** A whole number from 0 to 2^53 - 1. */
  u64(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new RangeError(`${value} is no index, term or place.`);
    }
    this.bytes.writeUInt32LE(value % twoTo32, this.at);
    this.at = this.bytes.writeUInt32LE(Math.floor(value / twoTo32), this.at + 4);
  }
}

export class FieldReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  u8(): number {
    const value = this.bytes.readUInt8(this.at);
    this.at += 1;
    return value;
  }

  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw new RangeError(`${value} is neither yes nor no.`);
    return value === 1;
  }

  u32(): number {
    const value = this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  u64(): number {
    const value = this.bytes.readUInt32LE(this.at) + this.bytes.readUInt32LE(this.at + 4) * twoTo32;
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is not exact.`);
    this.at += 8;
    return value;
  }

  /** The next bytes, as a view. */
  take(count: number): Buffer {
    const end = this.at + count;
    if (end > this.bytes.length) throw new RangeError(`${count} bytes are not there.`);
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }
}
