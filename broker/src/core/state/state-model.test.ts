// All layers at once against a plain model: a sorted map per family, copied at every mark. Tiny limits, so that caches
// turn over, ranges are trimmed and chunks are read all the time; reads of the store end later than they begin.
import { ByteReader, ByteWriter } from '@millrace/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberPart, type PointDefinition, type RangeDefinition, textPart } from './families.ts';
import type { FlushBatch } from './flush-batch.ts';
import { dumpNow, flushNow, MemoryBase } from './memory-base.ts';
import type { RangeRead, RangeRequest, StoredEntry } from './range-request.ts';
import { RangeNotLoaded, StateDb } from './state-db.ts';
import type { StateLimits } from './state-limits.ts';

const text: PointDefinition<string, string>['value'] = {
  write(out, value) {
    out.u8(1);
    out.string(value);
  },
  read(from) {
    expect(from.u8()).toBe(1);
    return from.string();
  },
};
const POINT: PointDefinition<string, string> = {
  number: 1,
  name: 'point',
  key: textPart,
  value: text,
};
const RANGE: RangeDefinition<number, string, string> = {
  number: 2,
  name: 'range',
  prefix: numberPart,
  suffix: textPart,
  value: text,
};
const LIMITS: Partial<StateLimits> = {
  cacheBytes: 6000,
  rangeChunkMembers: 3,
  rangeMembersMax: 5,
  windowsMax: 2,
  emptyPrefixesMax: 4,
};

/** Keys are `p<key>` for the point family and `<prefix>/<suffix>` for the range family. */
type Model = Map<string, string>;

class Subject {
  readonly base = new MemoryBase();
  db!: StateDb;
  #point!: ReturnType<typeof this.open>['point'];
  #range!: ReturnType<typeof this.open>['range'];
  current: Model = new Map();
  marks: { savepoint: number; model: Model }[] = [];
  sealed: { index: number; model: Model }[] = [];
  committed: Model = new Map();
  /** The model at the index that the store has. */
  flushedModel: Model = new Map();
  flying: { batch: FlushBatch; model: Model; written: boolean } | undefined;
  reads: { read: RangeRead; rows: StoredEntry[] | undefined }[] = [];
  pins: RangeRequest[] = [];
  index = 0;
  fresh = 100;

  constructor() {
    this.open();
  }

  open() {
    this.db = new StateDb(this.base, LIMITS);
    const point = this.db.point(POINT);
    const range = this.db.range(RANGE);
    this.#point = point;
    this.#range = range;
    return { point, range };
  }

  /** Every operation of the state by number; `a` and `b` are small random numbers. */
  run(op: number, a: number, b: number): void {
    const key = `k${a % 12}`;
    const prefix = a % 4;
    const suffix = `s${b % 14}`;
    const value = `v${a}.${b}`;
    const at = `${prefix}/${suffix}`;
    if (op < 3) this.changePoint(op, key, value);
    else if (op < 6) this.changeRange(op - 3, prefix, suffix, value);
    else if (op === 6) this.growFresh(b);
    else if (op === 7) expect(this.#point.get(key)).toBe(this.current.get(`p${key}`));
    else if (op === 8) expect(this.#range.get(prefix, suffix)).toBe(this.current.get(at));
    else if (op === 9) this.checkScan(prefix, b % 3 === 0 ? undefined : suffix, 1 + (a % 5));
    else if (op === 10) this.checkScan(prefix, undefined, Number.POSITIVE_INFINITY);
    else if (op === 11) this.checkEnds(prefix);
    else if (op === 12) this.mark();
    else if (op === 13) this.rollback(b);
    else if (op === 14) this.seal();
    else if (op === 15) this.commit(a);
    else if (op === 16) this.takeFlush(b);
    else if (op === 17) this.endFlush();
    else if (op === 18) this.startRead(prefix, b);
    else if (op === 19) this.endRead(a);
    else if (op === 20) this.db.keepWindow(this.#range, prefix, 2, 4);
    else if (op === 21) this.refill();
    else if (op === 22 && b % 3 === 0) this.drop();
    else if (op === 23 && b % 5 === 0) this.restart();
  }

  changePoint(op: number, key: string, value: string): void {
    const there = this.current.has(`p${key}`);
    if (op === 0 && !there) this.#point.insert(key, value);
    else if (op === 0) {
      expect(() => this.#point.insert(key, value)).toThrow('is there already');
      this.#point.update(key, value);
    } else if (op === 1) this.#point.upsert(key, value);
    else {
      if (!there) expect(() => this.#point.delete(key)).toThrow('is not there');
      expect(this.#point.deleteIfPresent(key)).toBe(there);
      this.current.delete(`p${key}`);
      return;
    }
    this.current.set(`p${key}`, value);
  }

  changeRange(op: number, prefix: number, suffix: string, value: string): void {
    const at = `${prefix}/${suffix}`;
    const there = this.current.has(at);
    if (op === 0 && !there) this.#range.insert(prefix, suffix, value);
    else if (op === 0) {
      expect(() => this.#range.insert(prefix, suffix, value)).toThrow('is there already');
      this.#range.update(prefix, suffix, value);
    } else if (op === 1) this.#range.upsert(prefix, suffix, value);
    else {
      expect(this.#range.deleteIfPresent(prefix, suffix)).toBe(there);
      this.current.delete(at);
      return;
    }
    this.current.set(at, value);
  }

  /** A prefix that was just born, and fresh suffixes below it and below an old prefix. */
  growFresh(b: number): void {
    const prefix = this.fresh++;
    this.#range.fresh(prefix);
    expect(this.#range.isEmpty(prefix)).toBe(true);
    for (let i = 0; i < b % 9; i++) {
      this.#range.insertFresh(prefix, `f${i}`, 'x');
      this.current.set(`${prefix}/f${i}`, 'x');
    }
    expect(this.#range.scan(prefix).length).toBe(b % 9);
    const suffix = `u${this.fresh++}`;
    this.#range.insertFresh(b % 4, suffix, 'y');
    this.current.set(`${b % 4}/${suffix}`, 'y');
    this.#point.insertFresh(suffix, 'z');
    this.current.set(`p${suffix}`, 'z');
    if (b % 2 === 0) {
      this.#point.delete(suffix);
      this.current.delete(`p${suffix}`);
    }
  }

  expected(prefix: number, after: string | undefined, limit: number) {
    const all: { suffix: string; value: string }[] = [];
    for (const [at, value] of this.current) {
      const suffix = at.slice(at.indexOf('/') + 1);
      if (at.startsWith(`${prefix}/`) && (after === undefined || suffix > after)) {
        all.push({ suffix, value });
      }
    }
    all.sort((a, b) => (a.suffix < b.suffix ? -1 : 1));
    return all.slice(0, limit);
  }

  /** Load, then run; the pin stays for a while. */
  loaded<T>(read: () => T): T {
    for (let tries = 0; tries < 10; tries++) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof RangeNotLoaded)) throw error;
        this.load(error.request);
        this.pins.push(error.request);
      }
    }
    throw new Error('loading makes no progress');
  }

  load(request: RangeRequest): void {
    let reads = 0;
    this.db.load(request, {
      readRange: (prefix, after, limit) => {
        if (++reads > 100) throw new Error('loading makes no progress');
        return this.base.readRange(prefix, after, limit);
      },
    });
  }

  checkScan(prefix: number, after: string | undefined, limit: number): void {
    const entries = this.loaded(() => this.#range.scan(prefix, { after, limit }));
    expect(entries).toEqual(this.expected(prefix, after, limit));
    while (this.pins.length > 2) this.db.unpin(this.pins.shift() as RangeRequest);
  }

  checkEnds(prefix: number): void {
    const [first] = this.expected(prefix, undefined, 1);
    expect(this.loaded(() => this.#range.first(prefix))).toBe(first?.suffix);
    expect(this.loaded(() => this.#range.isEmpty(prefix))).toBe(first === undefined);
  }

  mark(): void {
    this.marks.push({ savepoint: this.db.savepoint(), model: new Map(this.current) });
  }

  rollback(b: number): void {
    const mark = this.marks[b % Math.max(1, this.marks.length)];
    if (mark === undefined) return;
    this.marks.length = this.marks.indexOf(mark);
    this.db.rollbackTo(mark.savepoint);
    this.current = new Map(mark.model);
  }

  seal(): void {
    this.marks = [];
    this.index++;
    this.db.setMeta({ lastPosition: this.index * 10 });
    this.db.sealEntry(this.index);
    this.sealed.push({ index: this.index, model: new Map(this.current) });
  }

  commit(a: number): void {
    const entry = this.sealed[a % Math.max(1, this.sealed.length)];
    if (entry === undefined) return;
    this.db.commit(entry.index);
    this.committed = entry.model;
    this.sealed = this.sealed.slice(this.sealed.indexOf(entry) + 1);
  }

  takeFlush(b: number): void {
    if (this.flying !== undefined) return;
    const batch = this.db.takeFlush();
    if (batch === undefined) return;
    this.flying = { batch, model: this.committed, written: b % 2 === 0 };
    if (this.flying.written) while (!batch.encode(this.base, 50));
  }

  endFlush(): void {
    if (this.flying === undefined) return;
    const { batch, model, written } = this.flying;
    if (!written) this.base.write(batch);
    this.db.flushed(batch);
    this.flushedModel = model;
    this.flying = undefined;
  }

  /** A read whose rows are taken now or only when it ends. */
  startRead(prefix: number, b: number): void {
    const after = b % 2 === 0 ? undefined : `s${b % 14}`;
    const request = { family: 2, name: 'range', prefix, after, wanted: 1 + (b % 6) };
    this.db.pin(request);
    const read = this.db.nextRead(request);
    if (read === undefined) this.db.unpin(request);
    else this.reads.push({ read, rows: b % 3 === 0 ? undefined : this.rows(read) });
  }

  rows(read: RangeRead): StoredEntry[] {
    return this.base.readRange(read.prefix, read.after, read.limit);
  }

  endRead(a: number): void {
    const [ended] = this.reads.splice(a % Math.max(1, this.reads.length), 1);
    if (ended === undefined) return;
    const fails = a % 7 === 0;
    this.db.finishRead(ended.read, fails ? undefined : (ended.rows ?? this.rows(ended.read)));
    this.db.unpin(ended.read.request);
  }

  refill(): void {
    for (const request of this.db.takeRefills()) {
      this.load(request);
      this.db.unpin(request);
    }
  }

  drop(): void {
    this.db.dropUncommitted();
    this.marks = [];
    this.sealed = [];
    this.index = this.db.sealedIndex;
    this.current = new Map(this.committed);
  }

  /** The process ended: what the store shows is all that is left. */
  restart(): void {
    if (this.flying?.written) this.flushedModel = this.flying.model;
    this.flying = undefined;
    this.reads = [];
    this.pins = [];
    this.marks = [];
    this.sealed = [];
    this.open();
    this.index = this.db.flushedIndex;
    this.committed = new Map(this.flushedModel);
    this.current = new Map(this.flushedModel);
    expect(this.db.lastPosition).toBe(this.index * 10);
  }

  /** Everything is written and compared, in memory, in the store and in a dump before the write. */
  finish(): void {
    for (let prefix = 0; prefix < 4; prefix++) {
      this.checkScan(prefix, undefined, Number.POSITIVE_INFINITY);
    }
    for (let prefix = 100; prefix < this.fresh; prefix++) {
      this.checkScan(prefix, undefined, Number.POSITIVE_INFINITY);
    }
    this.seal();
    this.commit(this.sealed.length - 1);
    const dump = dumpNow(this.db, this.base);
    this.endFlush();
    flushNow(this.db, this.base);
    expect(dumpNow(this.db, this.base)).toEqual(dump);
    const stored = [...this.base.entries()].filter(({ key }) => key[1] !== 0);
    expect(
      stored.map(({ key, value }) => [readKey(key), text.read(new ByteReader(value))]),
    ).toEqual([...this.current].sort((a, b) => Buffer.compare(writeKey(a[0]), writeKey(b[0]))));
    const sizes = this.db.sizes();
    expect([sizes.dirtyKeys, sizes.flyingKeys, sizes.uncommittedEntries]).toEqual([0, 0, 0]);
  }
}

function readKey(key: Uint8Array): string {
  const reader = new ByteReader(key, 2);
  if (key[1] === 1) return `p${textPart.read(reader)}`;
  return `${numberPart.read(reader)}/${textPart.read(reader)}`;
}

function writeKey(at: string): Uint8Array {
  const out = new ByteWriter(32);
  const slash = at.indexOf('/');
  out.u16(slash < 0 ? 1 : 2);
  if (slash >= 0) numberPart.write(out, Number(at.slice(0, slash)));
  textPart.write(out, slash < 0 ? at.slice(1) : at.slice(slash + 1));
  return out.copy();
}

test('the three layers with ranges behave like a plain map', () => {
  const step = fc.tuple(fc.nat(23), fc.nat(60), fc.nat(60));
  const runs = Number(process.env.STATE_MODEL_RUNS ?? 400);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
      const subject = new Subject();
      for (const [op, a, b] of steps) subject.run(op, a, b);
      subject.finish();
    }),
    { numRuns: runs },
  );
}, 60_000);
