// The bytes on disk, literally: a change here is a new format version.
import { expect, it } from 'vitest';
import { EntryKind } from '../core/entry-kind.ts';
import {
  decodeSegmentHeader,
  encodeFrameHead,
  encodeSegmentHeader,
  firstIndexOfFileName,
  frame,
  frameBytes,
  frameHeadBytes,
  judgeFrame,
  segmentFileName,
} from './segment-format.ts';

it('the numbers of the entry kinds are given once', () => {
  expect(EntryKind).toEqual({ empty: 0, records: 1, exporterPositions: 2, configuration: 3 });
});

it('a segment header has these bytes', () => {
  const header = { salt: 0x01020304, firstIndex: 2 ** 40 + 5, previousTerm: 9 };
  const bytes = encodeSegmentHeader(header);
  expect(bytes.toString('hex')).toBe(
    `4d524c47010000000403020100000000050000000001000009${'0'.repeat(70)}${bytes.toString('hex', 60)}`,
  );
  expect(decodeSegmentHeader(bytes)).toEqual(header);
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at] = (damaged[at] as number) ^ 0x10;
    expect(decodeSegmentHeader(damaged)).toBeNull();
  }
});

it('a frame has these bytes, and every flipped bit in it is noticed', () => {
  const payload = Buffer.from('hello');
  const head = Buffer.alloc(frameHeadBytes);
  encodeFrameHead(head, 0x01020304, 7, 2 ** 33, EntryKind.records, 6, payload);
  const bytes = Buffer.concat([head, payload]);
  expect(bytes.toString('hex')).toBe(
    '25000000' +
      bytes.toString('hex', 4, 8) +
      '0101000004030201' +
      '0700000000000000' +
      '0000000002000000' +
      '0600000000000000' +
      '68656c6c6f',
  );
  expect(judgeFrame(bytes, 0, bytes.length, 0x01020304)).toBe('valid');
  expect(judgeFrame(bytes, 0, bytes.length - 1, 0x01020304)).toBe('short');
  expect(judgeFrame(bytes, 0, bytes.length, 5)).toBe('damaged');
  expect([frame.index(bytes, 0), frame.term(bytes, 0), frame.durable(bytes, 0)]).toEqual([
    7,
    2 ** 33,
    6,
  ]);
  expect([frame.bytes(bytes, 0), frameBytes(5)]).toEqual([48, 48]);
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(judgeFrame(damaged, 0, damaged.length, 0x01020304)).not.toBe('valid');
  }
});

it('file names sort like indexes', () => {
  expect(segmentFileName(12)).toBe('00000000000000000012.log');
  expect(firstIndexOfFileName(segmentFileName(2 ** 53 - 1))).toBe(2 ** 53 - 1);
  expect(firstIndexOfFileName('next-segment.tmp')).toBeNull();
});
