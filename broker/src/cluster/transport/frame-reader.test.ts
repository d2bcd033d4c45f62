import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameKind, headBytes, ownFrame, pieceHeadBytes, writeHead } from './frame-format.ts';
import { DamagedStreamError, FrameReader } from './frame-reader.ts';

const frameBytesMax = 1_000_000;

function readerOf(trusted = true): { reader: FrameReader; seen: [number, Buffer][] } {
  const seen: [number, Buffer][] = [];
  const reader = new FrameReader(
    { prelude() {}, frame: (kind, payload) => seen.push([kind, payload]) },
    frameBytesMax,
  );
  reader.push(Buffer.from('MLRT\x01\x01'));
  reader.trusted = trusted;
  return { reader, seen };
}

function piece(lane: number, kind: number, total: number, bytes: number): Buffer {
  const frame = Buffer.alloc(headBytes + pieceHeadBytes + bytes, 'p');
  writeHead(frame, 0, FrameKind.piece, pieceHeadBytes + bytes);
  frame[5] = lane;
  frame[6] = kind;
  frame.writeUInt32LE(total, 7);
  return frame;
}

describe('memory', () => {
  test('a payload inside a chunk is a slice of it; one over two chunks has memory of its own', () => {
    const { reader, seen } = readerOf();
    const stream = Buffer.concat([
      ownFrame(1, Buffer.alloc(10, 'a')),
      ownFrame(2, Buffer.alloc(10, 'b')),
    ]);
    const first = stream.subarray(0, 20);
    reader.push(first);
    reader.push(Buffer.from(stream.subarray(20)));
    expect(seen.map(([kind, payload]) => `${kind} ${payload}`)).toEqual([
      '1 aaaaaaaaaa',
      '2 bbbbbbbbbb',
    ]);
    expect(seen[0]?.[1].buffer).toBe(first.buffer);
    expect(seen[1]?.[1].buffer.byteLength).toBe(10);
  });

  test('what is taken is counted with all heads, pieces as they come', () => {
    const { reader, seen } = readerOf();
    reader.push(ownFrame(1, Buffer.alloc(10)));
    expect(reader.takenBytes).toBe(15);
    reader.push(ownFrame(FrameKind.ping));
    expect(reader.takenBytes).toBe(15);
    reader.push(piece(2, 9, 150, 100));
    expect(reader.takenBytes).toBe(15 + 111);
    expect(seen).toHaveLength(2);
    reader.push(piece(2, 9, 150, 50));
    expect(reader.takenBytes).toBe(15 + 111 + 61);
    expect(seen[2]?.[1]).toEqual(Buffer.alloc(150, 'p'));
  });
});

describe('a damaged stream', () => {
  const empty = ownFrame(1);
  empty.writeUInt32LE(0, 0);
  const tooLong = ownFrame(1);
  tooLong.writeUInt32LE(70_000, 0);
  const cases: readonly [string, Buffer[]][] = [
    ['a length of zero', [empty]],
    ['a length beyond any frame', [tooLong]],
    ['a piece without bytes', [piece(0, 1, 10, 0)]],
    ['a piece of an unknown lane', [piece(3, 1, 10, 5)]],
    ['a piece of a kind that is ours', [piece(0, 240, 10, 5)]],
    ['a piece of a whole that is too large', [piece(0, 1, frameBytesMax + 1, 5)]],
    ['a piece larger than the whole', [piece(0, 1, 4, 5)]],
    ['pieces of two frames in one lane', [piece(0, 1, 10, 5), piece(0, 2, 10, 5)]],
    ['more pieces than the whole has room for', [piece(0, 1, 10, 6), piece(0, 1, 10, 6)]],
  ];
  test.each(cases)('%s', (_, frames) => {
    const { reader } = readerOf();
    expect(() => {
      for (const frame of frames) reader.push(frame);
    }).toThrow(DamagedStreamError);
  });

  test('before the handshake only small frames are believed, and no pieces', () => {
    const large = ownFrame(FrameKind.hello, Buffer.alloc(4 * 1024 + 1));
    expect(() => readerOf(false).reader.push(large)).toThrow(DamagedStreamError);
    expect(() => readerOf(false).reader.push(piece(0, 1, 10, 5))).toThrow(DamagedStreamError);
  });

  test('random bytes are frames or damage, nothing else, however they are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (bytes, step, trusted) => {
          const { reader } = readerOf(trusted);
          try {
            for (let at = 0; at < bytes.length; at += step) {
              reader.push(Buffer.from(bytes.subarray(at, at + step)));
            }
          } catch (error) {
            expect(error).toBeInstanceOf(DamagedStreamError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('frames with a few changed bytes are frames or damage, and never more memory than declared', () => {
    const stream = Buffer.concat([
      ownFrame(1, Buffer.alloc(9)),
      piece(1, 2, 40, 20),
      ownFrame(241),
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = Buffer.from(stream);
          for (const [at, value] of changes) changed[at] = value;
          const { reader, seen } = readerOf();
          try {
            reader.push(changed);
          } catch (error) {
            expect(error).toBeInstanceOf(DamagedStreamError);
          }
          for (const [, payload] of seen) expect(payload.length).toBeLessThanOrEqual(frameBytesMax);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
