// The payload of exporter positions: there and back, and refusal of what is not known.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeExporterPositions, encodeExporterPositions } from './position-entry.ts';

test('what was written is read back', () => {
  const position = fc.record({
    exporterId: fc.string({ unit: 'grapheme', maxLength: 60 }),
    position: fc.maxSafeNat().map((n) => n - 1),
    index: fc.maxSafeNat(),
  });
  fc.assert(
    fc.property(fc.array(position), (positions) => {
      expect(decodeExporterPositions(encodeExporterPositions(positions))).toEqual(positions);
    }),
  );
});

test('a later version and a cut payload are errors', () => {
  const payload = encodeExporterPositions([{ exporterId: 'a', position: 1, index: 1 }]);
  for (let length = 0; length < payload.length; length++) {
    expect(() => decodeExporterPositions(payload.subarray(0, length))).toThrow();
  }
  payload[0] = 2;
  expect(() => decodeExporterPositions(payload)).toThrow(/version 2/);
});
