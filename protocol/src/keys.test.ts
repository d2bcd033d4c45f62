// Keys against a naive twin on 64-bit integers: packing, halves, decimal text, and what clients make up.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  counterOf,
  isUnknownKey,
  KEY_COUNTER_MAX,
  type Key,
  keyFromHalves,
  keyFromText,
  keyHigh,
  keyLow,
  keyText,
  makeKey,
  NO_KEY,
  PARTITION_ID_MAX,
  partitionOf,
  partitionOfHalves,
} from './keys.ts';

const counterBits = 51n;
const longMin = -(2n ** 63n);
const longMax = 2n ** 63n - 1n;

/** The naive twin: the key as a 64-bit integer. */
const bigKey = (partition: number, counter: number) =>
  (BigInt(partition) << counterBits) + BigInt(counter);
const highOf = (value: bigint) => Number(BigInt.asUintN(64, value) >> 32n);
const lowOf = (value: bigint) => Number(BigInt.asUintN(32, value));

const partition = fc.integer({ min: 1, max: PARTITION_ID_MAX });
const counter = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.maxSafeNat().map((n) => 1 + (n % KEY_COUNTER_MAX)),
  fc.constantFrom(1, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, KEY_COUNTER_MAX - 1, KEY_COUNTER_MAX),
);
const long = fc.oneof(
  fc.bigInt({ min: longMin, max: longMax }),
  fc.constantFrom(0n, 1n, -1n, longMin, longMax, 2n ** 51n, 2n ** 53n, 2n ** 53n + 1n),
);

describe('a key that a partition has handed out', () => {
  const goesRound = (id: number, n: number) => {
    const key = makeKey(id, n);
    const big = bigKey(id, n);
    expect(Number.isSafeInteger(key)).toBe(true);
    expect([partitionOf(key), counterOf(key)]).toEqual([id, n]);
    expect([keyHigh(key), keyLow(key)]).toEqual([highOf(big), lowOf(big)]);
    expect(keyFromHalves(highOf(big), lowOf(big))).toBe(key);
    expect(keyText(key)).toBe(big.toString());
    expect(keyFromText(big.toString())).toBe(key);
    expect(partitionOfHalves(highOf(big))).toBe(id);
    expect(isUnknownKey(key)).toBe(false);
  };

  test('keeps partition and counter in every partition, first and last', () => {
    for (let id = 1; id <= PARTITION_ID_MAX; id++) {
      for (const n of [1, 2, 2 ** 32, KEY_COUNTER_MAX]) goesRound(id, n);
    }
  });

  test('keeps them wherever in between', () => {
    fc.assert(fc.property(partition, counter, goesRound), { numRuns: 2000 });
  });

  test('is ordered like its 64-bit form', () => {
    const one = fc.tuple(partition, counter);
    fc.assert(
      fc.property(one, one, ([p1, c1], [p2, c2]) => {
        expect(makeKey(p1, c1) < makeKey(p2, c2)).toBe(bigKey(p1, c1) < bigKey(p2, c2));
      }),
    );
  });

  test('partition 4 begins at 2^53', () => {
    expect(keyText(makeKey(4, 1))).toBe('9007199254740993');
  });

  test('beyond the last counter there is none', () => {
    expect(() => makeKey(7, KEY_COUNTER_MAX + 1)).toThrow('partition 7 has used all keys');
  });
});

describe('a key that a client has made up', () => {
  test('none, 0 and small ones are themselves', () => {
    for (const value of [-1n, 0n, 1n, 5n, 2n ** 32n]) {
      const key = keyFromHalves(highOf(value), lowOf(value));
      expect(key).toBe(Number(value));
      expect(keyText(key)).toBe(value.toString());
      expect(keyFromText(value.toString())).toBe(key);
      expect([keyHigh(key), keyLow(key)]).toEqual([highOf(value), lowOf(value)]);
    }
    expect(partitionOf(NO_KEY)).toBe(-1);
    expect(counterOf(NO_KEY)).toBe(-1);
    expect(partitionOf(0 as Key)).toBe(0);
  });

  test('any 64-bit number gives a key that is exact or stands for nothing that exists', () => {
    fc.assert(
      fc.property(long, (value) => {
        const key = keyFromHalves(highOf(value), lowOf(value));
        expect(Number.isSafeInteger(key)).toBe(true);
        expect(keyFromText(value.toString())).toBe(key);
        const id = Number(value >> counterBits);
        expect(partitionOfHalves(highOf(value))).toBe(id);
        const n = Number(BigInt.asUintN(51, value));
        if (value >= 0n && id <= PARTITION_ID_MAX && n <= KEY_COUNTER_MAX) {
          expect(keyText(key)).toBe(value.toString());
        } else if (value >= 0n && id <= PARTITION_ID_MAX) {
          expect([isUnknownKey(key), partitionOf(key)]).toEqual([true, id]);
        } else expect(key).toBeLessThan(0);
      }),
      { numRuns: 5000 },
    );
  });

  test('what the wire carries of any key comes back as that key', () => {
    fc.assert(
      fc.property(long, (value) => {
        const key = keyFromHalves(highOf(value), lowOf(value));
        expect(keyFromHalves(keyHigh(key), keyLow(key))).toBe(key);
      }),
      { numRuns: 5000 },
    );
  });

  test('text that is no 64-bit number is refused', () => {
    for (const text of [
      '',
      ' ',
      '-',
      '+1',
      '1.0',
      '1e3',
      '0x1',
      ' 1',
      '1\n',
      '٣',
      `${longMax + 1n}`,
    ]) {
      expect(keyFromText(text)).toBeUndefined();
    }
    expect(keyFromText(`${longMin - 1n}`)).toBeUndefined();
    expect(keyFromText('9'.repeat(400))).toBeUndefined();
  });
});
