// Two whole numbers as one suffix: (due date, key) or (priority, key), ordered by the first, then by the second.
//
// Suffixes are numbers or strings compared with `<`, so a pair is packed into a string of eight UTF-16 units, which
// compare like the numbers. In the store it takes 16 bytes.
import { type KeyCodec, numberPart } from './families.ts';

const SIGN = 2 ** 31;
const TWO_32 = 2 ** 32;

/** Packs two safe integers of any sign. */
export function packPair(first: number, second: number): string {
  const high1 = Math.floor(first / TWO_32) + SIGN;
  const low1 = first >>> 0;
  const high2 = Math.floor(second / TWO_32) + SIGN;
  const low2 = second >>> 0;
  return String.fromCharCode(
    high1 >>> 16,
    high1 & 0xffff,
    low1 >>> 16,
    low1 & 0xffff,
    high2 >>> 16,
    high2 & 0xffff,
    low2 >>> 16,
    low2 & 0xffff,
  );
}

/** The first number of a packed pair. */
export function pairFirst(pair: string): number {
  return unpack(pair, 0);
}

/** The second number of a packed pair. */
export function pairSecond(pair: string): number {
  return unpack(pair, 4);
}

function unpack(pair: string, at: number): number {
  const high = pair.charCodeAt(at) * 0x10000 + pair.charCodeAt(at + 1) - SIGN;
  return high * TWO_32 + pair.charCodeAt(at + 2) * 0x10000 + pair.charCodeAt(at + 3);
}

/** The key part of packed pairs. */
export const pairPart: KeyCodec<string> = {
  write(out, pair) {
    numberPart.write(out, unpack(pair, 0));
    numberPart.write(out, unpack(pair, 4));
  },
  read(from) {
    const first = numberPart.read(from);
    return packPair(first, numberPart.read(from));
  },
};
