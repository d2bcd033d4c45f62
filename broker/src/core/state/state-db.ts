// The state of one partition in three layers: uncommitted (a stack of log entries above an open turn), committed but
// not yet written, and the store below.
//
// A command runs between `savepoint` and, when it must not have happened, `rollbackTo`. A turn ends with `sealEntry`;
// when its log entry is committed, `commit` moves it to the committed layer, and `takeFlush` .. `flushed` to the store.
// Everything is synchronous. What is not in memory is read from the store by key at once; ranges that are not in
// memory end the scan with RangeNotLoaded, and the driver loads them between two turns (`pin`, `nextRead`,
// `finishRead`, run the command, `unpin`). Memory is bounded by StateLimits, plus what is not yet written.
import type { ByteWriter } from '@millrace/protocol';
import { numberPart, type PointDefinition, type RangeDefinition, textPart } from './families.ts';
import { FlushBatch, type WriteSink } from './flush-batch.ts';
import { PointFamily } from './point-family.ts';
import { RangeFamily } from './range-family.ts';
import type { RangeGroup } from './range-group.ts';
import type { RangeRead, RangeReader, RangeRequest, StoredEntry } from './range-request.ts';
import { type BaseReader, StateCore } from './state-core.ts';
import { StateError } from './state-error.ts';
import { STATE_LIMITS, type StateLimits } from './state-limits.ts';

export { PointFamily } from './point-family.ts';
export { type RangeEntry, RangeFamily, type ScanOptions } from './range-family.ts';
export { RangeNotLoaded, type RangeRead, type RangeRequest } from './range-request.ts';
export type { BaseReader } from './state-core.ts';

export { StoreReadError } from './state-error.ts';

/** Version of the layout of keys and of the database's own records; a store of a later one is not opened. */
export const STATE_FORMAT = 1;

/** The database's own family: what the store says about itself. */
const META: PointDefinition<string, number> = {
  number: 0,
  name: 'meta',
  key: textPart,
  value: numberPart,
};
const APPLIED_INDEX = 'applied-index';

/** Figures for metrics; bytes are estimates. */
export interface StateSizes {
  /** Bytes of decoded clean values, both generations. */
  readonly cacheBytes: number;
  /** Bytes of sealed log entries that are not committed, and how many. */
  readonly uncommittedBytes: number;
  readonly uncommittedEntries: number;
  /** Bytes of committed log entries in no batch yet, and the keys to write. */
  readonly committedBytes: number;
  readonly dirtyKeys: number;
  readonly flyingKeys: number;
  readonly residentSlots: number;
  readonly residentRanges: number;
  readonly pinnedRanges: number;
  readonly windows: number;
  readonly baseReads: number;
}

// biome-ignore lint/suspicious/noExplicitAny: families of all types stand in one table.
type AnyGroup = RangeGroup<any, any, any>;

export class StateDb {
  readonly #core: StateCore;
  readonly #meta: PointFamily<string, number>;
  readonly #names = new Map<number, string>();
  /** Bytes that the last turn-over had to keep: windows, pinned ranges, what is not written. */
  #keptBytes = 0;
  // biome-ignore lint/suspicious/noExplicitAny: families of all types stand in one table.
  readonly #points: PointFamily<any, any>[] = [];
  // biome-ignore lint/suspicious/noExplicitAny: families of all types stand in one table.
  readonly #ranges = new Map<number, RangeFamily<any, any, any>>();

  /** @throws StateError when the store was written by a later release */
  constructor(base: BaseReader, limits: Partial<StateLimits> = {}) {
    const stored = readMeta(base, APPLIED_INDEX) ?? 0;
    const format = readMeta(base, 'format');
    if (format !== undefined && format > STATE_FORMAT) {
      throw new StateError(
        `the state has format ${format}, this release reads up to ${STATE_FORMAT}: start a later release`,
      );
    }
    this.#core = new StateCore(base, { ...STATE_LIMITS, ...limits }, stored, writeAppliedIndex);
    this.#meta = new PointFamily(this.#core, META);
    this.#points.push(this.#meta);
    this.#names.set(META.number, META.name);
  }

  point<K extends number | string, V>(definition: PointDefinition<K, V>): PointFamily<K, V> {
    this.#register(definition);
    const family = new PointFamily(this.#core, definition);
    this.#points.push(family);
    return family;
  }

  range<P extends number | string, S extends number | string, V>(
    definition: RangeDefinition<P, S, V>,
  ): RangeFamily<P, S, V> {
    this.#register(definition);
    const family = new RangeFamily(this.#core, definition);
    this.#ranges.set(definition.number, family);
    return family;
  }

  #register({ number, name }: { number: number; name: string }): void {
    const taken = this.#names.get(number);
    if (taken !== undefined) throw new StateError(`family ${number} is ${taken}, not ${name}`);
    if (!Number.isInteger(number) || number < 1 || number > 0xffff) {
      throw new StateError(`${name} has no family number from 1 to 65535`);
    }
    this.#names.set(number, name);
  }

  // The uncommitted layer.

  /** A mark in the open turn, for `rollbackTo`. Marks nest; a later change or roll-back past it ends its meaning. */
  savepoint(): number {
    this.#turnOverIfFull();
    return this.#core.changes.savepoint;
  }

  /** Undoes everything since the mark. What was loaded stays loaded. */
  rollbackTo(savepoint: number): void {
    this.#core.changes.rollbackTo(savepoint);
  }

  /** Whether the open turn has changed anything. */
  get hasOpenChanges(): boolean {
    return this.#core.changes.savepoint > 0;
  }

  /**
   * Ends the open turn: its changes belong to this log entry.
   * @param bytes length of the entry, which stands for the memory that its changes take
   */
  sealEntry(index: number, bytes?: number): void {
    this.#core.changes.seal(index, bytes);
    this.#turnOverIfFull();
  }

  /** All entries up to this one are committed. */
  commit(upToIndex: number): void {
    this.#core.changes.commit(upToIndex);
  }

  /** Forgets the open turn and every entry that is not committed. Loaded ranges are corrected and stay. */
  dropUncommitted(): void {
    this.#core.changes.dropUncommitted();
  }

  get sealedIndex(): number {
    return this.#core.changes.sealedIndex;
  }

  get committedIndex(): number {
    return this.#core.changes.committedIndex;
  }

  /** The newest entry that the store holds. */
  get flushedIndex(): number {
    return this.#core.changes.flushedIndex;
  }

  // The database's own records.

  /** Position of the newest record whose changes are in the newest view; 0 at the beginning. */
  get lastPosition(): number {
    return this.#meta.get('last-position') ?? 0;
  }

  /** Counter of the newest key handed out; 0 at the beginning. */
  get keyCounter(): number {
    return this.#meta.get('key-counter') ?? 0;
  }

  /** Part of the open turn like any change: undone by a roll-back, committed with its entry. */
  setMeta(meta: { readonly lastPosition?: number; readonly keyCounter?: number }): void {
    if (meta.lastPosition !== undefined) this.#meta.upsert('last-position', meta.lastPosition);
    if (meta.keyCounter !== undefined) this.#meta.upsert('key-counter', meta.keyCounter);
  }

  // The committed layer.

  /** Bytes of committed log entries that are in no batch yet: when to flush. */
  get committedBytes(): number {
    return this.#core.changes.committedBytes;
  }

  /** Whether no further turn should start: a flush has to end first, or the store is being opened again. */
  get isFull(): boolean {
    const { changes, limits, isSuspended } = this.#core;
    return isSuspended || changes.committedBytes > limits.committedBytesMax;
  }

  /** While the store below cannot be read the state says that it is full. */
  suspend(isSuspended: boolean): void {
    this.#core.isSuspended = isSuspended;
  }

  /** All that is committed and unwritten, or undefined when that is nothing. One batch at a time. */
  takeFlush(): FlushBatch | undefined {
    return this.#core.changes.takeFlush();
  }

  /** The batch is in the store; until this call reads do not rely on it. */
  flushed(batch: FlushBatch): void {
    this.#core.changes.flushed(batch);
    this.#turnOverIfFull();
  }

  /** The batch that was taken and has not been reported as flushed. */
  get inFlight(): FlushBatch | undefined {
    return this.#core.changes.inFlight;
  }

  /**
   * Writes into the sink what separates the store from the committed state: the batch in flight, then what a flush at
   * this moment would take. For comparing states byte by byte without a flush.
   */
  writeCommitted(sink: WriteSink): void {
    const { changes } = this.#core;
    const copy = new FlushBatch(changes.committedIndex, (out, to) =>
      writeAppliedIndex(changes.committedIndex, out, to),
    );
    const flight = changes.inFlight;
    if (flight !== undefined) {
      for (let i = 0; i < flight.slots.length; i++) copy.add(flight.slots[i]!, flight.values[i]);
    }
    for (const slot of changes.dirtySlots()) copy.add(slot, slot.committed);
    if (changes.committedIndex > 0) copy.encode(sink);
  }

  // Ranges.

  /** Keeps the range of the request in memory until `unpin`; to be called before its first read. */
  pin(request: RangeRequest): void {
    const group = this.#family(request).groupFor(request.prefix) as AnyGroup;
    group.pins++;
    this.#core.pinned.add(group);
  }

  /** The command has run. */
  unpin(request: RangeRequest): void {
    const group = this.#family(request).groupFor(request.prefix) as AnyGroup;
    if (group.pins === 0) throw new StateError(`${request.name}: the range is not pinned`);
    group.pins--;
    if (group.pins > 0) return;
    if (group.loading === 0) this.#core.pinned.delete(group);
    group.released();
  }

  /** The next read of the store that a pinned request needs; undefined when it is satisfied. */
  nextRead(request: RangeRequest): RangeRead | undefined {
    return this.#family(request).nextRead(request, this.#core.limits.rangeChunkMembers);
  }

  /** What the store held, at or after the call of `nextRead`; undefined when the read failed. */
  finishRead(read: RangeRead, entries: readonly StoredEntry[] | undefined): void {
    this.#family(read.request).finishRead(read, entries);
  }

  /** Loads and pins a range from a store in memory. */
  load(request: RangeRequest, reader: RangeReader): void {
    this.pin(request);
    for (let read = this.nextRead(request); read !== undefined; read = this.nextRead(request)) {
      this.finishRead(read, reader.readRange(read.prefix, read.after, read.limit));
    }
  }

  /**
   * Keeps the beginning of a range loaded: when fewer than `low` entries are in memory, `takeRefills` asks for `high`.
   * To be called whenever the range is used: of too many windows the least recently used one ends.
   */
  keepWindow<P extends number | string, S extends number | string, V>(
    family: RangeFamily<P, S, V>,
    prefix: P,
    low: number,
    high: number,
  ): void {
    const { windows, limits } = this.#core;
    const group = family.groupFor(prefix);
    windows.delete(group);
    windows.add(group);
    if (group.window === undefined) group.window = { low, high, asked: false };
    else {
      group.window.low = low;
      group.window.high = high;
    }
    group.checkWindow();
    if (windows.size <= limits.windowsMax) return;
    const [oldest] = windows as Set<AnyGroup>;
    this.#endWindow(oldest as AnyGroup);
  }

  /** The range need not stay loaded. */
  endWindow<P extends number | string, S extends number | string, V>(
    family: RangeFamily<P, S, V>,
    prefix: P,
  ): void {
    const group = family.peek(prefix);
    if (group?.window !== undefined) this.#endWindow(group);
  }

  #endWindow(group: AnyGroup): void {
    this.#core.windows.delete(group);
    this.#core.low.delete(group);
    group.window = undefined;
    group.released();
  }

  /** Windows that have run low since the last call, each to be loaded, then unpinned. */
  takeRefills(): RangeRequest[] {
    const low = this.#core.low as Set<AnyGroup>;
    if (low.size === 0) return [];
    const requests: RangeRequest[] = [];
    for (const group of low) {
      const { number: family, name } = group.family.definition;
      const wanted = group.window!.high;
      requests.push({ family, name, prefix: group.prefix, after: undefined, wanted });
    }
    low.clear();
    return requests;
  }

  // biome-ignore lint/suspicious/noExplicitAny: families of all types stand in one table.
  #family(request: RangeRequest): RangeFamily<any, any, any> {
    const family = this.#ranges.get(request.family);
    if (family === undefined) throw new StateError(`there is no range family ${request.family}`);
    return family;
  }

  // Memory.

  sizes(): StateSizes {
    const { changes, youngBytes, oldBytes, pinned, windows, baseReads } = this.#core;
    let residentSlots = 0;
    for (const family of this.#points) residentSlots += family.resident;
    let residentRanges = 0;
    for (const family of this.#ranges.values()) residentRanges += family.resident;
    return {
      cacheBytes: youngBytes + oldBytes,
      uncommittedBytes: changes.sealedBytes,
      uncommittedEntries: changes.sealedCount,
      committedBytes: changes.committedBytes,
      dirtyKeys: changes.dirtyCount,
      flyingKeys: changes.inFlight?.size ?? 0,
      residentSlots,
      residentRanges,
      pinnedRanges: pinned.size,
      windows: windows.size,
      baseReads,
    };
  }

  #turnOverIfFull(): void {
    const core = this.#core;
    if ((core.youngBytes - this.#keptBytes) * 2 <= core.limits.cacheBytes) return;
    core.oldBytes = core.youngBytes;
    core.youngBytes = 0;
    for (const family of this.#points) family.turnOver();
    for (const family of this.#ranges.values()) family.turnOver();
    for (const group of core.pinned as Set<AnyGroup>) group.retain();
    for (const group of core.windows as Set<AnyGroup>) group.retain();
    core.changes.retainAll();
    // What stays in any case does not count, or a full set of windows would cause a turn-over at every command.
    this.#keptBytes = core.youngBytes;
  }
}

function readMeta(base: BaseReader, name: string): number | undefined {
  const core = new StateCore(base, STATE_LIMITS, 0, writeAppliedIndex);
  return new PointFamily(core, META).get(name);
}

function writeAppliedIndex(index: number, out: ByteWriter, sink: WriteSink): void {
  putMeta(out, sink, APPLIED_INDEX, index);
  putMeta(out, sink, 'format', STATE_FORMAT);
}

function putMeta(out: ByteWriter, sink: WriteSink, name: string, value: number): void {
  out.reset();
  out.u16(META.number);
  META.key.write(out, name);
  const length = out.length;
  META.value.write(out, value);
  sink.put(out.bytes.subarray(0, length), out.bytes.subarray(length, out.length));
}
