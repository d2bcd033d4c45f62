// Keys: 64 bit on the wire (partition in the high 13 bits, counter in the low 51), one plain number in memory.
//
// A key in memory is `partition * 2^45 + counter`, which is exact for partitions up to 255 and 2^45 keys
// per partition (11 years at 100,000 keys a second). It is compared, hashed and stored without allocation.
// Only this module knows the packing: no other code does arithmetic on keys. See DECISIONS.md.

declare const keyBrand: unique symbol;
/** An entity's key. -1 means none; 0 and small numbers only ever come from clients. */
export type Key = number & { readonly [keyBrand]: true };

const COUNTER_SPAN = 2 ** 45;
const TWO_32 = 2 ** 32;
/** Highest partition id that a key can carry. */
export const PARTITION_ID_MAX = 255;
/** Highest counter that a partition may hand out; the one above it is the mark of an unknown key. */
export const KEY_COUNTER_MAX = COUNTER_SPAN - 2;

/** No key: exported as -1. */
export const NO_KEY = -1 as Key;

/**
 * The key of a partition's n-th entity.
 * @param partitionId 1 to PARTITION_ID_MAX
 * @param counter 1 to KEY_COUNTER_MAX
 */
export function makeKey(partitionId: number, counter: number): Key {
  if (counter > KEY_COUNTER_MAX) throw new RangeError(`partition ${partitionId} has used all keys`);
  return (partitionId * COUNTER_SPAN + counter) as Key;
}

/** The partition that created the key; -1 for negative keys, as the reference's gateway names it. */
export function partitionOf(key: Key): number {
  return key < 0 ? -1 : Math.floor(key / COUNTER_SPAN);
}

/** The counter within the key's partition. */
export function counterOf(key: Key): number {
  return key < 0 ? -1 : key - Math.floor(key / COUNTER_SPAN) * COUNTER_SPAN;
}

/** The upper 32 bits of the 64-bit form, as an unsigned number. */
export function keyHigh(key: Key): number {
  if (key < 0) return Math.floor(key / TWO_32) >>> 0;
  const partition = Math.floor(key / COUNTER_SPAN);
  const counter = key - partition * COUNTER_SPAN;
  return partition * 0x80000 + Math.floor(counter / TWO_32);
}

/** The lower 32 bits of the 64-bit form, as an unsigned number. */
export function keyLow(key: Key): number {
  return key >>> 0;
}

/**
 * The key with this 64-bit form. A form that no partition of ours can have handed out becomes the
 * mark "unknown key of that partition" (see isUnknownKey), which is never found anywhere.
 */
export function keyFromHalves(high: number, low: number): Key {
  const unsignedHigh = high >>> 0;
  const unsignedLow = low >>> 0;
  if (unsignedHigh >= 0x80000000) {
    const value = (unsignedHigh - TWO_32) * TWO_32 + unsignedLow;
    return (Number.isSafeInteger(value) ? value : -2) as Key;
  }
  const partition = Math.floor(unsignedHigh / 0x80000);
  const counter = (unsignedHigh % 0x80000) * TWO_32 + unsignedLow;
  if (partition > PARTITION_ID_MAX) return (-2 - partition) as Key;
  return (partition * COUNTER_SPAN + Math.min(counter, COUNTER_SPAN - 1)) as Key;
}

/** Whether this stands for a 64-bit number that no partition of ours can have handed out. */
export function isUnknownKey(key: Key): boolean {
  return counterOf(key) === COUNTER_SPAN - 1;
}

/** The decimal text of the 64-bit form, as clients and exporters see it. */
export function keyText(key: Key): string {
  if (key < COUNTER_SPAN) return String(key);
  const partition = Math.floor(key / COUNTER_SPAN);
  if (partition < 4) return String(partition * 2 ** 51 + (key - partition * COUNTER_SPAN));
  return (BigInt(partition) * 2n ** 51n + BigInt(key - partition * COUNTER_SPAN)).toString();
}

/** The key whose 64-bit form has this decimal text; undefined when the text is no 64-bit integer. */
export function keyFromText(text: string): Key | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt.asIntN(64, BigInt(text));
  if (value.toString() !== BigInt(text).toString()) return undefined;
  return keyFromHalves(Number((value >> 32n) & 0xffffffffn), Number(value & 0xffffffffn));
}

/** The partition named by the upper half of a 64-bit key, signed, also when no such key can exist here. */
export function partitionOfHalves(high: number): number {
  return Math.floor((high | 0) / 0x80000);
}
