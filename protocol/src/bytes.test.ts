// The byte forms: what is written comes back, damage is a BytesError, and nothing is written that cannot come back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, BytesError, ByteWriter } from './bytes.ts';
import { makeKey, NO_KEY } from './keys.ts';

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(1);
  write(out);
  return out.copy();
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const max = Number.MAX_SAFE_INTEGER;
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -300, max: 300 }),
  fc.integer({ min: 0, max: 53 }).map((bits) => 2 ** bits - 1),
  fc.integer({ min: 0, max: 52 }).map((bits) => -(2 ** bits) - 1),
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(
      '\ud800',
      '\udc00',
      '\udfff',
      '\ufffd',
      '\ud7ff',
      '\ue000',
      'é',
      'a',
      '\0',
    ),
  }),
  fc.integer({ min: 30, max: 200 }).map((length) => 'x'.repeat(length)),
);

describe('numbers', () => {
  test('come back, of any size and sign', () => {
    fc.assert(
      fc.property(whole, (value) => {
        const from = new ByteReader(written((out) => out.int(value)));
        expect(from.int()).toBe(value);
        expect(from.at).toBe(from.end);
        const size = Math.abs(value);
        expect(new ByteReader(written((out) => out.varint(size))).varint()).toBe(size);
      }),
      { numRuns: 5000 },
    );
  });

  test('have the bytes of version 1', () => {
    const bytesOf = (value: number) => hex(written((out) => out.int(value)));
    expect([0, -1, 1, 63, -64, 64, -65, 300].map(bytesOf)).toEqual([
      '00',
      '01',
      '02',
      '7e',
      '7f',
      '8001',
      '8101',
      'd804',
    ]);
    expect(bytesOf(max)).toBe('feffffffffffff1f');
    expect(bytesOf(-max)).toBe('fdffffffffffff1f');
    expect(hex(written((out) => out.varint(max)))).toBe('ffffffffffffff0f');
    expect(hex(written((out) => out.f64(-1.5)))).toBe('bff8000000000000');
  });

  test('that no record can hold are refused and leave nothing behind', () => {
    const out = new ByteWriter(1);
    for (const value of [Number.NaN, 1 / 0, -1 / 0, 2 ** 53, 0.5, 2 ** 64]) {
      expect(() => out.int(value)).toThrow(RangeError);
    }
    for (const value of [Number.NaN, 1 / 0, -1, 2 ** 53]) {
      expect(() => out.varint(value)).toThrow(RangeError);
    }
    expect(out.length).toBe(0);
  });

  test('of fixed width and keys come back', () => {
    fc.assert(
      fc.property(fc.double(), fc.nat(), fc.nat(0xffff), (f64, u32, u16) => {
        const bytes = written((out) => {
          out.f64(f64);
          out.u32(u32);
          out.u16(u16);
          out.key(makeKey(255, u32 + 1));
          out.key(NO_KEY);
        });
        const from = new ByteReader(bytes);
        expect([from.f64(), from.u32(), from.u16()]).toEqual([f64, u32, u16]);
        expect([from.key(), from.key()]).toEqual([makeKey(255, u32 + 1), NO_KEY]);
      }),
    );
  });

  test('can be patched in place', () => {
    const out = new ByteWriter();
    out.u32(0);
    out.f64(0);
    out.patchU32(0, 0xfffffffe);
    out.patchF64(4, Math.PI);
    const from = new ByteReader(out.copy());
    expect([from.u32(), from.f64()]).toEqual([0xfffffffe, Math.PI]);
  });
});

describe('texts', () => {
  test('come back unit by unit, lone surrogates included', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, two) => {
        const from = new ByteReader(
          written((out) => {
            out.string(one);
            out.string(two);
          }),
        );
        expect(from.string()).toBe(one);
        expect(from.string()).toBe(two);
        expect(from.at).toBe(from.end);
      }),
      { numRuns: 5000 },
    );
  });

  test('without lone surrogates are UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        fc.pre(text.isWellFormed());
        const from = new ByteReader(written((out) => out.string(text)));
        expect(Buffer.from(from.blob()).toString()).toBe(text);
      }),
    );
  });

  test('a replacement character is not taken for what it replaces', () => {
    for (const text of ['\ufffd', 'a\ufffd\ud800\ufffd', '\udfff\ufffd', '\ud83d\ude00\ud83d']) {
      expect(new ByteReader(written((out) => out.string(text))).string()).toBe(text);
    }
  });

  test('of many megabytes come back', () => {
    const text = 'é😀x'.repeat(700_000);
    expect(new ByteReader(written((out) => out.string(text))).string() === text).toBe(true);
  });
});

describe('damage', () => {
  test('a cut at any byte is a BytesError', () => {
    const write = (out: ByteWriter) => {
      out.int(-(2 ** 40));
      out.string('short');
      out.string('longer than forty characters, so that it takes the other way');
      out.blob(new Uint8Array(7));
      out.key(makeKey(3, 9));
      out.u16(7);
    };
    const read = (from: ByteReader) => {
      from.int();
      from.string();
      from.string();
      from.blob();
      from.key();
      from.u16();
    };
    const bytes = written(write);
    read(new ByteReader(bytes));
    for (let end = 0; end < bytes.length; end++) {
      expect(() => read(new ByteReader(bytes, 0, end))).toThrow(BytesError);
    }
  });

  test('a number without end is a BytesError', () => {
    const bytes = new Uint8Array(64).fill(0xff);
    expect(() => new ByteReader(bytes).varint()).toThrow(BytesError);
    expect(() => new ByteReader(bytes).int()).toThrow(BytesError);
    expect(() => new ByteReader(bytes).string()).toThrow(BytesError);
  });

  test('random bytes are a value or a BytesError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(4), (bytes, what) => {
        const from = new ByteReader(bytes);
        const reads = [
          () => from.int(),
          () => from.string(),
          () => from.blob(),
          () => from.key(),
          () => from.f64(),
        ];
        try {
          while (from.at < from.end) reads[what]?.();
        } catch (error) {
          expect(error).toBeInstanceOf(BytesError);
        }
        expect(from.at).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

test('a writer grows, starts over, and copies from a place', () => {
  const out = new ByteWriter(2);
  out.raw(new Uint8Array(1000).fill(7));
  out.reset();
  out.u8(1);
  out.raw(Uint8Array.of(2, 3));
  expect([...out.copy()]).toEqual([1, 2, 3]);
  expect([...out.copy(1)]).toEqual([2, 3]);
});
