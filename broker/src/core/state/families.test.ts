import { ByteReader, ByteWriter, type Key, keyFromText, makeKey } from '@millrace/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyCodec, keyPart, numberPart, textPart } from './families.ts';
import { packPair, pairFirst, pairPart, pairSecond } from './pair-part.ts';

function bytesOf<K>(codec: KeyCodec<K>, key: K): Uint8Array {
  const out = new ByteWriter(16);
  codec.write(out, key);
  return out.copy();
}

function checkOrder<K extends number | string>(codec: KeyCodec<K>, a: K, b: K): void {
  const bytesA = bytesOf(codec, a);
  const bytesB = bytesOf(codec, b);
  expect(Math.sign(Buffer.compare(bytesA, bytesB))).toBe(a < b ? -1 : a > b ? 1 : 0);
  // Self-delimiting: what follows does not change what is read, and is left alone.
  const reader = new ByteReader(Buffer.concat([bytesA, bytesB]));
  expect(codec.read(reader)).toBe(a);
  expect(codec.read(reader)).toBe(b);
  expect(reader.at).toBe(reader.bytes.length);
}

const anyKey = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 255 }), fc.integer({ min: 1, max: 2 ** 45 - 2 }))
    .map(([partition, counter]) => makeKey(partition, counter)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => keyFromText(String(n)) as Key),
  fc.integer({ min: -5, max: 5 }).map((n) => n as Key),
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0002', 'a', '\x7f', '\x80', 'é') }),
  fc.string({ unit: fc.constantFrom('\ud800', '\udfff', '\ue000', '\uffff', '😀', 'a') }),
);
const anyNumber = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));

test('keys sort by their bytes as they do in memory', () => {
  fc.assert(fc.property(anyKey, anyKey, (a, b) => checkOrder(keyPart, a, b)));
});

test('a key takes its 64-bit form with the sign turned', () => {
  expect(Buffer.from(bytesOf(keyPart, makeKey(4, 7))).toString('hex')).toBe('8020000000000007');
});

test('texts sort by their bytes as JavaScript compares them, lone surrogates and U+0000 included', () => {
  fc.assert(
    fc.property(anyText, anyText, (a, b) => checkOrder(textPart, a, b)),
    { numRuns: 500 },
  );
});

test('numbers sort by their bytes', () => {
  const normal = anyNumber.map((n) => n + 0);
  fc.assert(fc.property(normal, normal, (a, b) => checkOrder(numberPart, a, b)));
});

test('what is no whole number is refused', () => {
  expect(() => bytesOf(numberPart, 1.5)).toThrow('1.5 is not a whole number');
});

test('pairs sort by the first, then by the second number', () => {
  const pair = fc.tuple(anyNumber, anyNumber);
  fc.assert(
    fc.property(pair, pair, ([a1, a2], [b1, b2]) => {
      const a = packPair(a1, a2);
      const b = packPair(b1, b2);
      checkOrder(pairPart, a, b);
      expect(a < b).toBe(a1 < b1 || (a1 === b1 && a2 < b2));
      expect([pairFirst(a), pairSecond(a)]).toEqual([a1 + 0, a2 + 0]);
    }),
  );
});
