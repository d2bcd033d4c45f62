import { describe, expect, it } from 'vitest';
import { messagePartition } from './message-partition.ts';

/** The hash as it is written down, over bytes that the platform makes. */
function expected(key: string, count: number): number {
  let hash = 0n;
  for (const byte of new Int8Array(new TextEncoder().encode(key)))
    hash = BigInt.asIntN(32, 31n * hash + BigInt(byte));
  const rest = hash % BigInt(count);
  return Number(rest < 0n ? -rest : rest) + 1;
}

describe('the partition of a correlation key', () => {
  it('is the first one for the empty key', () => {
    expect(messagePartition('', 3)).toBe(1);
  });

  it('is the same for the same key and within the count', () => {
    const keys = [
      'o-1',
      'o-2',
      'order 4711',
      'käse',
      '\u{1f600}',
      '\u0800',
      'x'.repeat(1_000),
      '-2147483648',
    ];
    for (const key of keys) {
      for (const count of [1, 2, 3, 7, 8192])
        expect(messagePartition(key, count)).toBe(expected(key, count));
    }
  });

  it('spreads keys evenly', () => {
    const hits = [0, 0, 0];
    for (let i = 0; i < 3_000; i++) {
      const place = messagePartition(`order-${i}`, 3) - 1;
      hits[place] = (hits[place] ?? 0) + 1;
    }
    expect(Math.min(...hits)).toBeGreaterThan(900);
  });
});
