import { expect, test } from 'vitest';
import { numberPart, type RangeDefinition, textPart } from './families.ts';
import { dumpNow, flushNow, MemoryBase } from './memory-base.ts';
import type { RangeRead } from './range-request.ts';
import { RangeNotLoaded, StateDb, StoreReadError } from './state-db.ts';
import type { StateLimits } from './state-limits.ts';

const value = textPart;
const POINT = { number: 1, name: 'words', key: textPart, value };
const RANGE: RangeDefinition<number, number, string> = {
  number: 2,
  name: 'queue',
  prefix: numberPart,
  suffix: numberPart,
  value,
};

function openState(base = new MemoryBase(), limits: Partial<StateLimits> = {}) {
  const db = new StateDb(base, limits);
  const commit = () => {
    db.sealEntry(db.sealedIndex + 1);
    db.commit(db.sealedIndex);
  };
  return { base, db, commit, words: db.point(POINT), queue: db.range(RANGE) };
}

/** A store with the suffixes 0 to count - 1 below prefix 1, opened anew. */
function storedQueue(count: number, limits: Partial<StateLimits> = {}) {
  const { base, db, commit, queue } = openState();
  for (let suffix = 0; suffix < count; suffix++) queue.insertFresh(1, suffix, `v${suffix}`);
  commit();
  flushNow(db, base);
  return openState(base, limits);
}

function requestOf(scan: () => unknown) {
  try {
    scan();
  } catch (error) {
    if (error instanceof RangeNotLoaded) return error.request;
    throw error;
  }
  throw new Error('the range is loaded');
}

test('a put and its later delete never reach the store', () => {
  const { base, db, commit, words, queue } = openState();
  words.insertFresh('a', '1');
  queue.insertFresh(1, 1, '1');
  commit();
  expect(db.sizes().dirtyKeys).toBe(2);
  words.delete('a');
  queue.delete(1, 1);
  commit();
  expect(db.takeFlush()?.size).toBe(0);
  expect(dumpNow(db, base).length).toBe(2);
  expect(db.sizes()).toMatchObject({ residentSlots: 0, residentRanges: 0 });
});

test('a batch that is being written is still read, and a delete behind it follows in the next', () => {
  const { base, db, commit, words } = openState();
  words.insertFresh('a', '1');
  commit();
  const batch = db.takeFlush()!;
  expect(() => db.takeFlush()).toThrow('already under way');
  expect(words.get('a')).toBe('1');
  words.delete('a');
  commit();
  expect(words.get('a')).toBeUndefined();
  base.write(batch);
  db.flushed(batch);
  expect(words.get('a')).toBeUndefined();
  expect(db.takeFlush()?.size).toBe(1);
});

test('stepping down forgets what is not committed, in ranges too', () => {
  const { db, commit, words, queue } = openState();
  words.insert('a', '1');
  queue.fresh(1);
  queue.insertFresh(1, 5, 'five');
  commit();
  words.update('a', '2');
  queue.delete(1, 5);
  queue.insert(1, 3, 'three');
  db.sealEntry(2);
  words.insert('b', '3');
  db.dropUncommitted();
  expect([words.get('a'), words.get('b')]).toEqual(['1', undefined]);
  expect(queue.scan(1)).toEqual([{ suffix: 5, value: 'five' }]);
  expect([db.sealedIndex, db.committedIndex]).toEqual([1, 1]);
});

test('two parts of a range that do not touch are not taken for one', () => {
  const { base, db, queue } = storedQueue(40, { rangeChunkMembers: 5 });
  const head = requestOf(() => queue.scan(1, { limit: 3 }));
  const later = requestOf(() => queue.scan(1, { after: 20, limit: 3 }));
  const rows = (read: RangeRead) => base.readRange(read.prefix, read.after, read.limit);
  db.pin(head);
  const headRead = db.nextRead(head)!;
  db.pin(later);
  const laterRead = db.nextRead(later)!;
  db.finishRead(laterRead, rows(laterRead));
  db.finishRead(headRead, rows(headRead));
  const between = requestOf(() => queue.scan(1, { after: 10, limit: 3 }));
  db.load(between, base);
  const found = queue.scan(1, { after: 10, limit: 3 }).map((entry) => entry.suffix);
  expect(found).toEqual([11, 12, 13]);
});

test('a window is refilled before it is empty, by what is in the store at that time', () => {
  const { base, db, commit, queue } = storedQueue(100, { rangeChunkMembers: 10 });
  const refill = () => {
    const requests = db.takeRefills();
    for (const request of requests) {
      db.load(request, base);
      db.unpin(request);
    }
    return requests.length;
  };
  db.keepWindow(queue, 1, 5, 20);
  expect(refill()).toBe(1);
  const order: number[] = [];
  let refills = 0;
  for (;;) {
    const first = queue.first(1);
    if (first === undefined) break;
    order.push(first);
    queue.delete(1, first);
    if (order.length === 30) queue.insert(1, 1000, 'late');
    if (order.length % 7 === 0) {
      commit();
      flushNow(db, base);
    }
    refills += refill();
  }
  expect(order).toEqual([...Array(100).keys(), 1000]);
  expect(refills).toBeGreaterThan(3);
  expect(refills).toBeLessThan(10);
});

test('a cursor through a large range holds a part of it at a time', () => {
  const limits = { rangeChunkMembers: 20, rangeMembersMax: 50 };
  const { base, db, queue } = storedQueue(2000, limits);
  const seen: number[] = [];
  let most = 0;
  for (let after: number | undefined; ; after = seen.at(-1)) {
    const read = () => queue.scan(1, { after, limit: 10 });
    let entries: ReturnType<typeof read>;
    try {
      entries = read();
    } catch (error) {
      const { request } = error as RangeNotLoaded;
      db.load(request, base);
      entries = read();
      db.unpin(request);
    }
    if (entries.length === 0) break;
    seen.push(...entries.map((entry) => entry.suffix));
    most = Math.max(most, queue.peek(1)?.members.size ?? 0);
  }
  expect(seen).toEqual([...Array(2000).keys()]);
  expect(most).toBeLessThan(100);
  expect(db.sizes().baseReads).toBe(0);
  expect(queue.get(1, 0)).toBe('v0');
  expect(db.sizes().baseReads).toBe(1);
});

test('a wrong caller of insertFresh is caught when asked for', () => {
  const { base } = storedQueue(3);
  const strict = openState(base, { verifyFresh: true });
  expect(() => strict.queue.insertFresh(1, 2, 'again')).toThrow(
    'queue: key [1,2] is there already',
  );
});

test('what the store cannot give is no fault of the command', () => {
  const broken = {
    get: (key: Uint8Array) => {
      if (key[1] !== 0) throw new Error('disk');
      return undefined;
    },
  };
  const db = new StateDb(broken);
  const words = db.point(POINT);
  expect(() => words.get('a')).toThrow(StoreReadError);
  const base = new MemoryBase();
  base.put(new Uint8Array([0, 1, 97, 0]), new Uint8Array([98, 0, 1]));
  const other = new StateDb(base).point(POINT);
  expect(() => other.get('a')).toThrow('a stored value of words has 3 bytes, its codec read 2');
});

test('a state of a later format is refused', () => {
  const base = new MemoryBase();
  const { db, commit } = openState(base);
  commit();
  flushNow(db, base);
  for (const { key, value: stored } of base.entries()) {
    if (stored.at(-1) === 1 && key.includes(102)) base.put(key, stored.with(7, 99));
  }
  expect(() => new StateDb(base)).toThrow('the state has format 99, this release reads up to 1');
});

test('family numbers are given once', () => {
  const { db } = openState();
  expect(() => db.point({ ...POINT, name: 'other' })).toThrow('family 1 is words, not other');
  expect(() => db.point({ ...POINT, number: 0 })).toThrow('family 0 is meta');
});
