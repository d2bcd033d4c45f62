// The entries below one prefix, as far as they are in memory.
//
// `covers(suffix)` means: what is not among the members does not exist. The covered part is one interval above `from`
// up to `upTo` (or to the end); it is grown by loads, shrunk by trimming, and never touched by writes, because every
// write goes through the members. Members outside of it are hot, or were read by key.
import type { ByteWriter } from '@millrace/protocol';
import type { RangeFamily } from './range-family.ts';
import { isClean, Slot, type SlotOwner, slotWeight } from './slot.ts';
import { SortedSuffixes } from './sorted-suffixes.ts';
import { decodeValue, type StateCore, type Window } from './state-core.ts';

/** Bytes that an empty group costs. */
const GROUP_BYTES = 400;
/** What the key of a loaded member is taken to weigh. */
const KEY_BYTES = 24;

export class RangeGroup<P extends number | string, S extends number | string, V>
  implements SlotOwner
{
  readonly family: RangeFamily<P, S, V>;
  readonly prefix: P;
  readonly members = new Map<S, Slot>();
  readonly #core: StateCore;
  /** Existing members in order; made when first asked for. */
  #order: SortedSuffixes<S> | undefined;
  /** Members that exist in the newest view. */
  #present = 0;
  #covered: boolean;
  #from: S | undefined = undefined;
  /** Covered up to here; undefined: to the end. */
  #upTo: S | undefined = undefined;
  #settledSinceTrim = 0;
  /** Whether slots became clean while a read was under way. */
  #leftovers = false;
  /** Estimated bytes of the members that are or were clean. */
  weight = GROUP_BYTES;
  window: Window | undefined = undefined;
  /** Whether its prefix has died: that it is empty then need not be remembered. */
  hasEnded = false;
  /** Commands that need this range loaded. */
  pins = 0;
  /** Reads of the store under way: until they are merged nothing may leave the members. */
  loading = 0;

  constructor(core: StateCore, family: RangeFamily<P, S, V>, prefix: P, complete: boolean) {
    this.#core = core;
    this.family = family;
    this.prefix = prefix;
    this.#covered = complete;
    core.youngBytes += GROUP_BYTES;
  }

  get present(): number {
    return this.#present;
  }

  /** Whether all entries of the range are in memory. */
  get complete(): boolean {
    return this.#covered && this.#from === undefined && this.#upTo === undefined;
  }

  get #held(): boolean {
    return this.pins > 0 || this.loading > 0;
  }

  covers(suffix: S): boolean {
    return (
      this.#covered &&
      (this.#upTo === undefined || suffix <= this.#upTo) &&
      (this.#from === undefined || suffix > this.#from)
    );
  }

  /** The slot of a suffix, from memory or from the store; undefined when there is none. */
  find(suffix: S): Slot | undefined {
    const slot = this.members.get(suffix);
    if (slot !== undefined || this.covers(suffix)) return slot;
    const bytes = this.family.readStored(this.prefix, suffix);
    return bytes === undefined ? undefined : this.adopt(suffix, bytes);
  }

  /** Takes an entry that was just read by key. */
  adopt(suffix: S, bytes: Uint8Array): Slot {
    if (++this.#settledSinceTrim > this.#core.limits.rangeMembersMax) this.#trim();
    return this.#keep(suffix, bytes, this.#core.keyLength);
  }

  /** Nothing of this range is in the store, so what is in memory is all. */
  cover(): void {
    this.#covered = true;
    this.#from = undefined;
    this.#upTo = undefined;
  }

  absent(suffix: S): Slot {
    const slot = new Slot(this, suffix, undefined, false);
    this.members.set(suffix, slot);
    return slot;
  }

  change(slot: Slot, value: V | undefined): void {
    const before = slot.current;
    this.#core.changes.change(slot, value);
    if ((before === undefined) !== (value === undefined)) this.#presence(slot);
  }

  #presence(slot: Slot): void {
    const suffix = slot.key as S;
    if (slot.current !== undefined) {
      this.#present++;
      if (this.#order !== undefined) this.#order.add(suffix);
      return;
    }
    this.#present--;
    if (this.#order !== undefined) this.#order.remove(suffix);
    if (this.window !== undefined) this.checkWindow();
  }

  /** Existing members in order. */
  order(): SortedSuffixes<S> {
    if (this.#order !== undefined) return this.#order;
    const suffixes: S[] = [];
    for (const [suffix, slot] of this.members) {
      if (slot.current !== undefined) suffixes.push(suffix);
    }
    this.#order = SortedSuffixes.of(suffixes);
    return this.#order;
  }

  /** Whether `wanted` entries above `after`, or all that there are, are covered. */
  satisfies(after: S | undefined, wanted: number): boolean {
    if (!this.#covered || !this.#reaches(after)) return false;
    if (this.#upTo === undefined) return true;
    if (wanted === Number.POSITIVE_INFINITY) return false;
    if (after !== undefined && after >= this.#upTo) return wanted <= 0;
    const order = this.order();
    const below = after === undefined ? 0 : order.rank(after);
    return order.rank(this.#upTo) - below >= wanted;
  }

  /** Whether the covered part begins at or below `after`. */
  #reaches(after: S | undefined): boolean {
    return this.#from === undefined || (after !== undefined && after >= this.#from);
  }

  #belowFrom(order: SortedSuffixes<S>): number {
    return this.#from === undefined ? 0 : order.rank(this.#from);
  }

  /** The suffixes above `after`, in order; only what `satisfies` has approved is right. */
  suffixes(after: S | undefined, limit: number): S[] {
    return this.order().slice(after, this.#upTo, limit);
  }

  /**
   * Where the next read for a request begins: the suffix to read above, or undefined for the start.
   * A cursor far from the covered part moves it there, unless another command needs what is loaded.
   */
  prepareRead(after: S | undefined): S | undefined {
    if (!this.#covered) return after;
    const upTo = this.#upTo;
    const mayMove = this.window === undefined && this.loading === 0 && this.pins <= 1;
    if (upTo !== undefined && this.#reaches(after)) {
      const beyond = after !== undefined && after > upTo;
      const long =
        after !== undefined &&
        this.#from !== after &&
        this.members.size > this.#core.limits.rangeMembersMax;
      if (!mayMove || !(beyond || long)) return upTo;
    }
    this.#uncover();
    if (this.loading === 0) this.#forgetClean();
    return after;
  }

  /** Merges what a read brought. Whatever a member says is newer than the store. */
  merge(after: S | undefined, entries: readonly { suffix: S; bytes: Uint8Array }[], last: boolean) {
    for (const { suffix, bytes } of entries) {
      if (!this.members.has(suffix)) this.#keep(suffix, bytes, KEY_BYTES);
    }
    const end = last ? undefined : (entries[entries.length - 1]?.suffix ?? after);
    if (!this.#covered) {
      this.#covered = true;
      this.#from = after;
      this.#upTo = end;
      return;
    }
    // The covered part and the part just read become one when they touch; else the read is asked for again.
    if (after !== undefined && this.#upTo !== undefined && after > this.#upTo) return;
    if (end !== undefined && this.#from !== undefined && end < this.#from) return;
    if (after === undefined || (this.#from !== undefined && after < this.#from)) this.#from = after;
    if (end === undefined || (this.#upTo !== undefined && end > this.#upTo)) this.#upTo = end;
  }

  /** A read or a command has ended: what was kept for its sake may go. */
  released(): void {
    if (this.loading > 0) return;
    if (this.#leftovers) this.#sweep();
    if (this.window !== undefined) {
      this.window.asked = false;
      this.checkWindow();
    }
    if (this.pins > 0) return;
    this.#trim();
    this.#dropEmpty();
  }

  #sweep(): void {
    this.#leftovers = false;
    for (const slot of this.members.values()) {
      if (!isClean(slot)) continue;
      if (slot.current === undefined || !this.covers(slot.key as S)) this.#remove(slot);
      else this.#count(slot);
    }
  }

  #keep(suffix: S, bytes: Uint8Array, keyBytes: number): Slot {
    const { name, value } = this.family.definition;
    const slot = new Slot(this, suffix, decodeValue(name, value, bytes), true);
    slot.weight = slotWeight(keyBytes + bytes.length);
    this.members.set(suffix, slot);
    this.#present++;
    if (this.#order !== undefined) this.#order.add(suffix);
    this.#count(slot);
    return slot;
  }

  #count(slot: Slot): void {
    const added = slot.weight - slot.counted;
    slot.counted = slot.weight;
    this.weight += added;
    this.#core.youngBytes += added;
  }

  /** Asks for a refill when fewer than the window's low mark are covered. */
  checkWindow(): void {
    const window = this.window;
    if (window === undefined || window.asked) return;
    if (this.#covered && this.#from === undefined) {
      if (this.#upTo === undefined) return;
      if (this.order().rank(this.#upTo) >= window.low) return;
    }
    window.asked = true;
    this.#core.low.add(this);
  }

  /** Forgets clean members beyond the bound, from the far end. */
  #trim(): void {
    this.#settledSinceTrim = 0;
    if (this.#held) return;
    const max = Math.max(this.#core.limits.rangeMembersMax, (this.window?.high ?? 0) * 2);
    if (this.members.size <= max) return;
    if (this.#covered) {
      const order = this.order();
      const upTo = order.at(this.#belowFrom(order) + max - 1);
      if (upTo !== undefined && (this.#upTo === undefined || upTo < this.#upTo)) this.#upTo = upTo;
    }
    this.#forgetClean();
  }

  #uncover(): void {
    this.#covered = false;
    this.#from = undefined;
    this.#upTo = undefined;
  }

  /** Forgets clean members outside of the covered part. */
  #forgetClean(): void {
    this.#order = undefined;
    for (const slot of this.members.values()) {
      if (isClean(slot) && !this.covers(slot.key as S)) this.#remove(slot);
    }
  }

  #remove(slot: Slot): void {
    const suffix = slot.key as S;
    if (this.members.get(suffix) !== slot) return;
    this.members.delete(suffix);
    this.weight -= slot.counted;
    if (slot.current === undefined) return;
    this.#present--;
    if (this.#order !== undefined) this.#order.remove(suffix);
  }

  #dropEmpty(): void {
    if (this.members.size > 0 || this.#held || this.window !== undefined) return;
    this.family.dropEmpty(this, this.complete);
  }

  /** Only hot members remain: the range has not been used for two generations. */
  strip(): void {
    if (this.#held || this.window !== undefined) return;
    this.#uncover();
    this.#forgetClean();
  }

  // What follows serves the change log.

  writeKey(out: ByteWriter, slot: Slot): void {
    this.family.writeKey(out, this.prefix, slot.key as S);
  }

  writeValue(out: ByteWriter, value: unknown): void {
    this.family.definition.value.write(out, value as V);
  }

  restore(slot: Slot, value: unknown): void {
    const before = slot.current;
    slot.current = value;
    if ((before === undefined) !== (value === undefined)) this.#presence(slot);
  }

  settle(slot: Slot): void {
    if (this.loading > 0) {
      this.#leftovers = true;
      return;
    }
    if (slot.current === undefined || !this.covers(slot.key as S)) {
      this.#remove(slot);
      this.#dropEmpty();
      return;
    }
    this.#count(slot);
    if (++this.#settledSinceTrim > this.#core.limits.rangeMembersMax) this.#trim();
  }

  retain(): void {
    this.family.retainGroup(this);
  }
}
