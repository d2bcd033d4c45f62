// A family whose entries are also listed: one group per prefix, in two generations like the slots of a point family.
//
// Point access works on any prefix at once. Lists work on what is loaded and throw RangeNotLoaded otherwise. Prefixes
// known to be empty cost one set entry each: most scopes never hold anything.
import type { ByteWriter } from '@millrace/protocol';
import { ByteReader } from '@millrace/protocol';
import type { RangeDefinition } from './families.ts';
import { RangeGroup } from './range-group.ts';
import {
  RangeNotLoaded,
  type RangeRead,
  type RangeRequest,
  type StoredEntry,
} from './range-request.ts';
import type { StateCore } from './state-core.ts';
import { StateError } from './state-error.ts';

export interface RangeEntry<S, V> {
  readonly suffix: S;
  readonly value: V;
}

export interface ScanOptions<S> {
  /** Only suffixes above this one. */
  readonly after?: S | undefined;
  /** At most so many; without it the whole range must fit into memory. */
  readonly limit?: number | undefined;
}

export class RangeFamily<P extends number | string, S extends number | string, V> {
  readonly definition: RangeDefinition<P, S, V>;
  readonly #core: StateCore;
  #young = new Map<P, RangeGroup<P, S, V>>();
  #old = new Map<P, RangeGroup<P, S, V>>();
  #empty = new Set<P>();
  #emptyOld = new Set<P>();

  constructor(core: StateCore, definition: RangeDefinition<P, S, V>) {
    this.#core = core;
    this.definition = definition;
  }

  get(prefix: P, suffix: S): V | undefined {
    const group = this.#group(prefix);
    if (group !== undefined) return group.find(suffix)?.current as V | undefined;
    if (this.#knownEmpty(prefix)) return undefined;
    const bytes = this.readStored(prefix, suffix);
    if (bytes === undefined) return undefined;
    return this.#create(prefix).adopt(suffix, bytes).current as V;
  }

  has(prefix: P, suffix: S): boolean {
    return this.get(prefix, suffix) !== undefined;
  }

  /** @throws StateError when the entry is there */
  insert(prefix: P, suffix: S, value: V): void {
    const group = this.#group(prefix) ?? this.#create(prefix);
    const slot = group.find(suffix) ?? group.absent(suffix);
    if (slot.current !== undefined) throw this.#wrong(prefix, suffix, 'is there already');
    group.change(slot, value);
  }

  /** For an entry whose suffix was just made: the store is not asked. */
  insertFresh(prefix: P, suffix: S, value: V): void {
    if (this.#core.limits.verifyFresh) {
      this.insert(prefix, suffix, value);
      return;
    }
    const group = this.#group(prefix) ?? this.#create(prefix);
    const slot = group.members.get(suffix) ?? group.absent(suffix);
    if (slot.current !== undefined) throw this.#wrong(prefix, suffix, 'is there already');
    group.change(slot, value);
  }

  /** @throws StateError when the entry is not there */
  update(prefix: P, suffix: S, value: V): void {
    const group = this.#group(prefix) ?? this.#create(prefix);
    const slot = group.find(suffix);
    if (slot === undefined || slot.current === undefined) {
      throw this.#wrong(prefix, suffix, 'is not there');
    }
    group.change(slot, value);
  }

  upsert(prefix: P, suffix: S, value: V): void {
    const group = this.#group(prefix) ?? this.#create(prefix);
    group.change(group.find(suffix) ?? group.absent(suffix), value);
  }

  /** @throws StateError when the entry is not there */
  delete(prefix: P, suffix: S): void {
    if (!this.deleteIfPresent(prefix, suffix)) throw this.#wrong(prefix, suffix, 'is not there');
  }

  /** @returns whether the entry was there */
  deleteIfPresent(prefix: P, suffix: S): boolean {
    if (this.get(prefix, suffix) === undefined) return false;
    const group = this.#group(prefix) as RangeGroup<P, S, V>;
    group.change(group.members.get(suffix)!, undefined);
    return true;
  }

  /** The prefix was just born: nothing below it is in the store, so nothing has to be loaded to list it. */
  fresh(prefix: P): void {
    const group = this.#group(prefix);
    if (group === undefined) this.#addEmpty(prefix);
    else group.cover();
  }

  /**
   * The prefix has died and will not be asked for again: nothing of it is remembered. Wrongly said, it costs a look into
   * the store, no more.
   */
  ended(prefix: P): void {
    if (!this.#empty.delete(prefix)) this.#emptyOld.delete(prefix);
    const group = this.#group(prefix);
    if (group !== undefined) group.hasEnded = true;
  }

  /**
   * The entries in order of their suffixes, as they are now.
   * @throws RangeNotLoaded when the answer is not in memory
   */
  scan(prefix: P, options?: ScanOptions<S>): readonly RangeEntry<S, V>[] {
    const after = options?.after;
    const limit = options?.limit ?? Number.POSITIVE_INFINITY;
    const group = this.#loaded(prefix, after, limit);
    if (group === undefined) return [];
    const entries: RangeEntry<S, V>[] = [];
    for (const suffix of group.suffixes(after, limit)) {
      entries.push({ suffix, value: group.members.get(suffix)!.current as V });
    }
    return entries;
  }

  /**
   * The smallest suffix, undefined when there is none.
   * @throws RangeNotLoaded when the answer is not in memory
   */
  first(prefix: P): S | undefined {
    return this.#loaded(prefix, undefined, 1)?.suffixes(undefined, 1)[0];
  }

  /** @throws RangeNotLoaded when the answer is not in memory */
  isEmpty(prefix: P): boolean {
    const group = this.#group(prefix);
    if (group !== undefined && group.present > 0) return false;
    return this.#loaded(prefix, undefined, 1) === undefined || group?.present === 0;
  }

  /** Groups in memory. */
  get resident(): number {
    return this.#young.size + this.#old.size;
  }

  #loaded(prefix: P, after: S | undefined, wanted: number): RangeGroup<P, S, V> | undefined {
    const group = this.#group(prefix);
    if (group === undefined ? this.#knownEmpty(prefix) : group.satisfies(after, wanted))
      return group;
    const { number: family, name } = this.definition;
    throw new RangeNotLoaded({ family, name, prefix, after, wanted });
  }

  #group(prefix: P): RangeGroup<P, S, V> | undefined {
    const young = this.#young.get(prefix);
    if (young !== undefined) return young;
    const old = this.#old.get(prefix);
    if (old === undefined) return undefined;
    this.#young.set(prefix, old);
    this.#core.youngBytes += old.weight;
    return old;
  }

  #create(prefix: P): RangeGroup<P, S, V> {
    const empty = this.#empty.delete(prefix);
    const complete = this.#emptyOld.delete(prefix) || empty;
    const group = new RangeGroup(this.#core, this, prefix, complete);
    this.#young.set(prefix, group);
    return group;
  }

  #knownEmpty(prefix: P): boolean {
    return this.#empty.has(prefix) || this.#emptyOld.has(prefix);
  }

  #addEmpty(prefix: P): void {
    if (this.#empty.size * 2 >= this.#core.limits.emptyPrefixesMax) {
      this.#emptyOld = this.#empty;
      this.#empty = new Set();
    }
    this.#empty.add(prefix);
  }

  #wrong(prefix: P, suffix: S, what: string): StateError {
    const key = JSON.stringify([prefix, suffix]);
    return new StateError(`${this.definition.name}: key ${key} ${what}`);
  }

  // What follows serves groups, loads and the cache.

  writeKey(out: ByteWriter, prefix: P, suffix: S): void {
    out.u16(this.definition.number);
    this.definition.prefix.write(out, prefix);
    this.definition.suffix.write(out, suffix);
  }

  readStored(prefix: P, suffix: S): Uint8Array | undefined {
    this.writeKey(this.#core.keyWriter(), prefix, suffix);
    return this.#core.readKey();
  }

  groupFor(prefix: P): RangeGroup<P, S, V> {
    return this.#group(prefix) ?? this.#create(prefix);
  }

  /** The group if it is in memory, without touching it. */
  peek(prefix: P): RangeGroup<P, S, V> | undefined {
    return this.#young.get(prefix) ?? this.#old.get(prefix);
  }

  /** @returns the next read that the request needs, undefined when it is satisfied */
  nextRead(request: RangeRequest, chunk: number): RangeRead | undefined {
    const group = this.groupFor(request.prefix as P);
    const after = request.after as S | undefined;
    if (group.satisfies(after, request.wanted)) return undefined;
    const afterSuffix = group.prepareRead(after);
    const out = this.#core.keyWriter();
    out.u16(this.definition.number);
    this.definition.prefix.write(out, request.prefix as P);
    const prefix = out.copy();
    if (afterSuffix !== undefined) this.definition.suffix.write(out, afterSuffix);
    const limit = Math.min(chunk, Math.max(request.wanted, 64));
    const from = afterSuffix === undefined ? undefined : out.copy();
    group.loading++;
    return { request, prefix, after: from, limit, afterSuffix };
  }

  finishRead(read: RangeRead, entries: readonly StoredEntry[] | undefined): void {
    const group = this.groupFor(read.request.prefix as P);
    if (entries !== undefined) {
      const rows = entries.map(({ key, value }) => {
        const reader = new ByteReader(key, read.prefix.length);
        return { suffix: this.definition.suffix.read(reader), bytes: value };
      });
      group.merge(read.afterSuffix as S | undefined, rows, entries.length < read.limit);
    }
    group.loading--;
    if (group.loading === 0 && group.pins === 0) this.#core.pinned.delete(group);
    group.released();
  }

  dropEmpty(group: RangeGroup<P, S, V>, complete: boolean): void {
    const prefix = group.prefix;
    if (this.#young.get(prefix) === group) this.#young.delete(prefix);
    if (this.#old.get(prefix) === group) this.#old.delete(prefix);
    if (complete && !group.hasEnded) this.#addEmpty(prefix);
  }

  retainGroup(group: RangeGroup<P, S, V>): void {
    const prefix = group.prefix;
    if (this.#young.get(prefix) === group || this.#old.get(prefix) === group) return;
    group.strip();
    this.#core.youngBytes += group.weight;
    this.#young.set(prefix, group);
  }

  turnOver(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
