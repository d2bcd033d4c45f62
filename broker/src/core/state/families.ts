// What a key family is: a number that is never reused, a name, and how its keys and values become bytes.
//
// Key parts are order-preserving and self-delimiting: the bytes of two keys compare like the keys compare with `<` in
// JavaScript, so a range in memory and a range in the store have the same order, and a prefix needs no separator.
// Values are opaque here: their codec's author puts a version into the first byte and reads every version ever written.
import {
  type ByteReader,
  BytesError,
  type ByteWriter,
  type Key,
  keyFromHalves,
  keyHigh,
  keyLow,
} from '@millrace/protocol';

/** Keys to bytes that sort like the keys, and back. `write` followed by anything must stay readable. */
export interface KeyCodec<K> {
  write(out: ByteWriter, key: K): void;
  read(from: ByteReader): K;
}

/** Values to bytes and back. The first byte is a version; `read` must consume all bytes. */
export interface ValueCodec<V> {
  write(out: ByteWriter, value: V): void;
  read(from: ByteReader): V;
}

/** A family that is read by whole key. */
export interface PointDefinition<K extends number | string, V> {
  /** 1 to 65535, never reused: it opens every key in the store. 0 is the database's own. */
  readonly number: number;
  readonly name: string;
  readonly key: KeyCodec<K>;
  readonly value: ValueCodec<V>;
}

/** A family whose entries are also listed: all suffixes below one prefix, in order. */
export interface RangeDefinition<P extends number | string, S extends number | string, V> {
  /** 1 to 65535, never reused: it opens every key in the store. 0 is the database's own. */
  readonly number: number;
  readonly name: string;
  readonly prefix: KeyCodec<P>;
  readonly suffix: KeyCodec<S>;
  readonly value: ValueCodec<V>;
}

const SIGN = 0x80000000;
const TWO_32 = 2 ** 32;

/**
 * An entity's key: 8 bytes, the 64-bit form with the sign bit turned, so that negative keys (which only clients send)
 * sort before all others as they do in memory.
 */
export const keyPart: KeyCodec<Key> = {
  write(out, key) {
    out.u32((keyHigh(key) ^ SIGN) >>> 0);
    out.u32(keyLow(key));
  },
  read(from) {
    const high = (from.u32() ^ SIGN) >>> 0;
    return keyFromHalves(high, from.u32());
  },
};

/** Whole numbers that a double holds exactly (positions, times, counters; negative ones sort first): 8 bytes. */
export const numberPart: KeyCodec<number> = {
  write(out, key) {
    if (!Number.isSafeInteger(key)) throw new RangeError(`${key} is not a whole number`);
    out.u32(Math.floor(key / TWO_32) + SIGN);
    out.u32(key >>> 0);
  },
  read(from) {
    const high = from.u32() - SIGN;
    return high * TWO_32 + from.u32();
  },
};

/**
 * Any string, lone surrogates and U+0000 included. Each UTF-16 unit takes one to three bytes in the manner of UTF-8
 * (a surrogate pair takes six, not four), because JavaScript compares strings by UTF-16 units and UTF-8 proper sorts
 * by code points. The end is a zero byte; the units 0 and 1 are written as 1, 1 and 1, 2 to leave that byte free.
 */
export const textPart: KeyCodec<string> = {
  write(out, key) {
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit < 0x80) {
        if (unit > 1) out.u8(unit);
        else out.u16(unit === 0 ? 0x0101 : 0x0102);
      } else if (unit < 0x800) {
        out.u16(((0xc0 | (unit >> 6)) << 8) | 0x80 | (unit & 0x3f));
      } else {
        out.u8(0xe0 | (unit >> 12));
        out.u16(((0x80 | ((unit >> 6) & 0x3f)) << 8) | 0x80 | (unit & 0x3f));
      }
    }
    out.u8(0);
  },
  read(from) {
    let text = '';
    for (let byte = from.u8(); byte !== 0; byte = from.u8()) {
      let unit = byte;
      if (byte === 1) {
        unit = from.u8() - 1;
        if (unit !== 0 && unit !== 1) throw new BytesError('a text part holds a wrong escape');
      } else if (byte >= 0xe0) {
        const middle = from.u8();
        unit = ((byte & 0x0f) << 12) | ((middle & 0x3f) << 6) | (from.u8() & 0x3f);
      } else if (byte >= 0x80) unit = ((byte & 0x1f) << 6) | (from.u8() & 0x3f);
      text += String.fromCharCode(unit);
    }
    return text;
  },
};
