// Growing byte buffer and its reader: big endian, unsigned LEB128 for lengths and small numbers.
//
// Strings are UTF-8. Short ASCII takes a loop, the rest the platform's coder. A lone surrogate (JSON escapes can name one)
// is written like any other character of its number, in three bytes: every string comes back as it was, so that what is
// replayed cannot differ from what was processed.
import { type Key, keyFromHalves, keyHigh, keyLow } from './keys.ts';

declare const TextEncoder: new () => {
  encodeInto(source: string, target: Uint8Array): { read: number; written: number };
};
declare const TextDecoder: new (
  label?: string,
  options?: { fatal?: boolean; ignoreBOM?: boolean },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const SHORT = 40;
/** What the platform's decoder puts in the place of a lone surrogate. */
const REPLACEMENT = '\ufffd';

/** A malformed or cut byte sequence. */
export class BytesError extends Error {}

function outOfRange(value: number): RangeError {
  return new RangeError(`${value} is no whole number that a record can hold`);
}

export class ByteWriter {
  bytes: Uint8Array;
  length = 0;
  #view: DataView;

  constructor(capacity = 64 * 1024) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Forgets what was written but keeps the memory. */
  reset(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  copy(from = 0): Uint8Array {
    return this.bytes.slice(from, this.length);
  }

  #reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + size));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }

  u8(value: number): void {
    this.#reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.#reserve(2);
    this.#view.setUint16(this.length, value);
    this.length += 2;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.length, value);
    this.length += 4;
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.length, value);
    this.length += 8;
  }

  /** Overwrites four bytes that were written before. */
  patchU32(at: number, value: number): void {
    this.#view.setUint32(at, value);
  }

  patchF64(at: number, value: number): void {
    this.#view.setFloat64(at, value);
  }

  /** @param value a whole number from 0 to 2^53-1 @throws RangeError for any other */
  varint(value: number): void {
    this.#reserve(8);
    if ((value & 0x7f) === value) this.bytes[this.length++] = value;
    else if (value >= 0 && Number.isSafeInteger(value)) this.#groups(value);
    else throw outOfRange(value);
  }

  /** Groups of seven bits, the lowest first. There must be room. */
  #groups(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  /**
   * A whole number of any sign and up to 53 bits: the sign in the lowest bit, then as varint does.
   * @throws RangeError for any other number
   */
  int(value: number): void {
    this.#reserve(9);
    if ((value | 0) === value) {
      let rest = ((value << 1) ^ (value >> 31)) >>> 0;
      for (; rest > 0x7f; rest >>>= 7) this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      this.bytes[this.length++] = rest;
    } else this.#largeInt(value);
  }

  #largeInt(value: number): void {
    if (!Number.isSafeInteger(value)) throw outOfRange(value);
    // The sign is put in here and not by doubling, which would lose the lowest bit of the largest numbers.
    const magnitude = value < 0 ? -value - 1 : value;
    this.bytes[this.length++] = (magnitude % 64) * 2 + (value < 0 ? 1 : 0) + 0x80;
    this.#groups(Math.floor(magnitude / 64));
  }

  key(key: Key): void {
    this.#reserve(8);
    this.#view.setUint32(this.length, keyHigh(key));
    this.#view.setUint32(this.length + 4, keyLow(key));
    this.length += 8;
  }

  string(value: string): void {
    const chars = value.length;
    if (chars < SHORT) {
      this.#reserve(chars + 1);
      const start = this.length + 1;
      let i = 0;
      for (; i < chars; i++) {
        const c = value.charCodeAt(i);
        if (c > 127) break;
        this.bytes[start + i] = c;
      }
      if (i === chars) {
        this.bytes[start - 1] = chars;
        this.length = start + chars;
        return;
      }
    }
    this.#longString(value);
  }

  #longString(value: string): void {
    // The length stands in four bytes of LEB128 (padded), so that the text is encoded in place.
    this.#reserve(4 + value.length * 3);
    const start = this.length + 4;
    const written = value.isWellFormed()
      ? encoder.encodeInto(value, this.bytes.subarray(start)).written
      : encodeUnits(value, this.bytes, start);
    const at = this.length;
    this.bytes[at] = (written & 0x7f) | 0x80;
    this.bytes[at + 1] = ((written >>> 7) & 0x7f) | 0x80;
    this.bytes[at + 2] = ((written >>> 14) & 0x7f) | 0x80;
    this.bytes[at + 3] = (written >>> 21) & 0x7f;
    this.length = start + written;
  }

  blob(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }
}

export class ByteReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(size: number): number {
    const at = this.at;
    if (at + size > this.end) throw new BytesError(`${size} bytes wanted, ${this.end - at} left`);
    this.at = at + size;
    return at;
  }

  u8(): number {
    return this.bytes[this.#take(1)] as number;
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8));
  }

  varint(): number {
    let value = this.u8();
    if (value < 0x80) return value;
    value &= 0x7f;
    for (let factor = 0x80; ; factor *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 49) throw new BytesError('a number does not end');
    }
  }

  int(): number {
    const first = this.u8();
    let magnitude = (first >>> 1) & 0x3f;
    if (first >= 0x80) magnitude += this.varint() * 64;
    return (first & 1) === 0 ? magnitude : -magnitude - 1;
  }

  key(): Key {
    const at = this.#take(8);
    return keyFromHalves(this.#view.getUint32(at), this.#view.getUint32(at + 4));
  }

  string(): string {
    const length = this.varint();
    const at = this.#take(length);
    if (length < SHORT) {
      let text = '';
      let i = at;
      for (; i < at + length; i++) {
        const c = this.bytes[i] as number;
        if (c > 127) break;
        text += String.fromCharCode(c);
      }
      if (i === at + length) return text;
    }
    const encoded = this.bytes.subarray(at, at + length);
    const text = decoder.decode(encoded);
    return text.includes(REPLACEMENT) ? decodeUnits(text, encoded) : text;
  }

  /** A view, not a copy. */
  blob(): Uint8Array {
    const length = this.varint();
    const at = this.#take(length);
    return this.bytes.subarray(at, at + length);
  }
}

/** Writes a string with lone surrogates at a place that has room. @returns how many bytes it takes */
function encodeUnits(value: string, bytes: Uint8Array, start: number): number {
  let at = start;
  for (const character of value) {
    const point = character.codePointAt(0) as number;
    if (point < 0x80) {
      bytes[at++] = point;
      continue;
    }
    if (point < 0x800) bytes[at++] = 0xc0 | (point >>> 6);
    else {
      if (point < 0x10000) bytes[at++] = 0xe0 | (point >>> 12);
      else {
        bytes[at++] = 0xf0 | (point >>> 18);
        bytes[at++] = 0x80 | ((point >>> 12) & 0x3f);
      }
      bytes[at++] = 0x80 | ((point >>> 6) & 0x3f);
    }
    bytes[at++] = 0x80 | (point & 0x3f);
  }
  return at - start;
}

/** The string of these bytes, when lone surrogates may be among them; `text` is what the platform made of them. */
function decodeUnits(text: string, bytes: Uint8Array): string {
  let out = '';
  let from = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1] ?? 0;
    const third = bytes[at + 2] ?? 0;
    if (second < 0xa0 || second > 0xbf || third < 0x80 || third > 0xbf) continue;
    out += decoder.decode(bytes.subarray(from, at));
    out += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
  }
  return from === 0 ? text : out + decoder.decode(bytes.subarray(from));
}
