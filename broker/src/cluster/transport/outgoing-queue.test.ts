import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader } from './frame-reader.ts';
import { OutgoingQueue, SlabStore } from './outgoing-queue.ts';
import { type TransportLimits, transportLimits, type Urgency } from './transport.ts';

const urgencies: readonly Urgency[] = ['urgent', 'normal', 'bulk'];

function queueOf(limits: Partial<TransportLimits> = {}): OutgoingQueue {
  return new OutgoingQueue({ ...transportLimits, ...limits }, new SlabStore());
}

/** What the other side makes of all that leaves, in the order in which it arrives. */
function drained(queue: OutgoingQueue, room = 1_000_000): { kind: number; bytes: number }[] {
  const seen: { kind: number; bytes: number }[] = [];
  const reader = trustedReader((kind, payload) => seen.push({ kind, bytes: payload.length }));
  for (let batch = queue.take(room, 0); batch !== null; batch = queue.take(room, 0)) {
    for (const buffer of batch.buffers) reader.push(Buffer.from(buffer));
    queue.written(batch);
  }
  return seen;
}

function trustedReader(frame: (kind: number, payload: Buffer) => void): FrameReader {
  const reader = new FrameReader({ prelude() {}, frame }, transportLimits.frameBytesMax);
  reader.push(Buffer.from('MLRT\x01\x01'));
  reader.trusted = true;
  return reader;
}

const add = (queue: OutgoingQueue, kind: number, urgency: Urgency, bytes: number) =>
  queue.add(kind, urgency, [Buffer.alloc(bytes, kind)]);

describe('the order', () => {
  test('is urgent, normal, bulk, and the order of sending within each', () => {
    const queue = queueOf();
    for (const [kind, urgency] of [
      [1, 'bulk'],
      [2, 'normal'],
      [3, 'urgent'],
      [4, 'bulk'],
      [5, 'normal'],
      [6, 'urgent'],
    ] as const) {
      add(queue, kind, urgency, kind * 1_500);
    }
    expect(drained(queue).map(({ kind }) => kind)).toEqual([3, 6, 2, 5, 1, 4]);
    expect(queue.isEmpty).toBe(true);
  });

  test('an urgent frame goes between the pieces of a large one', () => {
    const queue = queueOf();
    add(queue, 1, 'bulk', 1_000_000);
    const first = queue.take(1, 0);
    expect(first?.bytes).toBeLessThan(70_000);
    add(queue, 2, 'urgent', 30);
    const seen: number[] = [];
    const reader = trustedReader((kind) => seen.push(kind));
    for (const buffer of first?.buffers ?? []) reader.push(Buffer.from(buffer));
    for (let batch = queue.take(1, 0); batch !== null; batch = queue.take(1, 0)) {
      for (const buffer of batch.buffers) reader.push(Buffer.from(buffer));
    }
    expect(seen).toEqual([2, 1]);
  });

  test('bulk keeps a share while normal frames go on for ever', () => {
    const queue = queueOf();
    for (let i = 0; i < 100; i++) add(queue, 1, 'bulk', 60_000);
    const taken = { normal: 0, bulk: 0 };
    for (let i = 0; i < 200; i++) {
      while (queue.queuedBytes('normal') < 300_000) add(queue, 2, 'normal', 30_000);
      const before = queue.queuedBytes('bulk');
      const batch = queue.take(100_000, 0);
      taken.bulk += before - queue.queuedBytes('bulk');
      taken.normal += batch?.bytes ?? 0;
    }
    const share = taken.bulk / taken.normal;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.2);
  });
});

describe('bounds', () => {
  test('a full lane refuses the newest, the others go on', () => {
    const queue = queueOf({ bulkQueueBytesMax: 100_000, normalQueueBytesMax: 50_000 });
    for (let kind = 1; kind <= 4; kind++) add(queue, kind, 'bulk', 40_000);
    expect(queue.shedFrames('bulk')).toBe(2);
    expect(queue.queuedBytes('bulk')).toBe(2 * 40_005);
    expect(add(queue, 5, 'normal', 40_000)).toBe(true);
    expect(add(queue, 6, 'normal', 40_000)).toBe(false);
    expect(add(queue, 7, 'urgent', 40_000)).toBe(true);
    expect(drained(queue).map(({ kind }) => kind)).toEqual([7, 5, 1, 2]);
  });

  test('one frame may exceed the bound when nothing else waits', () => {
    const queue = queueOf({ bulkQueueBytesMax: 1_000 });
    expect(add(queue, 1, 'bulk', 200_000)).toBe(true);
    expect(add(queue, 2, 'bulk', 1)).toBe(false);
    expect(drained(queue)).toEqual([{ kind: 1, bytes: 200_000 }]);
  });

  test('what is larger than any frame is a mistake of the caller', () => {
    const queue = queueOf({ frameBytesMax: 1_000 });
    expect(() => add(queue, 1, 'bulk', 1_001)).toThrow(/1001 bytes, at most 1000/);
  });

  test('much under way holds everything but urgent frames', () => {
    const queue = queueOf({ inFlightBytesMax: 100_000 });
    for (const urgency of urgencies) add(queue, 1, urgency, 10);
    expect(queue.take(1_000, 100_000)?.frames).toBe(1);
    expect(queue.take(1_000, 100_000)).toBeNull();
    expect(queue.take(1_000, 99_999)?.frames).toBe(1);
    expect(queue.take(1_000, 0)?.frames).toBe(1);
  });

  test('memory of small frames is used again', () => {
    const slabs = new SlabStore();
    const queue = new OutgoingQueue(transportLimits, slabs);
    const memory = new Set<ArrayBufferLike>();
    for (let i = 0; i < 1_000; i++) {
      for (const urgency of urgencies) add(queue, 1, urgency, 3_000);
      const batch = queue.take(1_000_000, 0);
      for (const buffer of batch?.buffers ?? []) memory.add(buffer.buffer);
      if (batch !== null) queue.written(batch);
    }
    expect(memory.size).toBe(3);
  });
});

test('whatever is sent arrives whole, in order per urgency, in any mixture of adding and taking', () => {
  const frame = fc.record({
    urgency: fc.constantFrom(...urgencies),
    parts: fc.array(fc.constantFrom(0, 1, 7, 100, 4_090, 4_097, 65_530, 65_537, 200_000), {
      maxLength: 4,
    }),
    takeAfter: fc.option(fc.integer({ min: 1, max: 300_000 }), { freq: 2 }),
    chunk: fc.constantFrom(1, 3, 1_000, 65_536, 1_000_000),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
      const queue = queueOf();
      const expected = new Map(urgencies.map((urgency) => [urgency, [] as string[]]));
      const seen: { kind: number; text: string }[] = [];
      const reader = trustedReader((kind, payload) => {
        seen.push({ kind, text: digest(payload) });
      });
      const take = (room: number, chunk: number) => {
        const batch = queue.take(room, 0);
        if (batch === null) return;
        const bytes = Buffer.concat(batch.buffers);
        queue.written(batch);
        // A chunk of one byte takes long for large frames; a few of them show the same.
        const step = Math.max(chunk, Math.ceil(bytes.length / 2_000));
        for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
      };
      for (const [index, { urgency, parts, takeAfter, chunk }] of frames.entries()) {
        const made = parts.map((size, part) => Buffer.alloc(size, index * 7 + part + 1));
        queue.add(urgencies.indexOf(urgency), urgency, made);
        expected.get(urgency)?.push(digest(Buffer.concat(made)));
        if (takeAfter !== null) take(takeAfter, chunk);
      }
      while (!queue.isEmpty) take(100_000, 65_536);
      for (const [number, urgency] of urgencies.entries()) {
        const arrived = seen.filter(({ kind }) => kind === number).map(({ text }) => text);
        expect(arrived).toEqual(expected.get(urgency));
      }
    }),
    { numRuns: 60 },
  );
});

/** Enough of a payload to recognise it. */
function digest(bytes: Buffer): string {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 97) sum = (sum * 31 + (bytes[i] as number)) % 1_000_003;
  return `${bytes.length}:${sum}`;
}
