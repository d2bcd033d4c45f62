// The upper two of the three layers: what changed, in which order, and how far it has come.
//
//   open turn  -> seal(index) -> sealed entries -> commit(index) -> dirty slots -> takeFlush -> batch -> flushed
//
// The open turn is an undo list, so a savepoint is a number and rolling back is cheap. A sealed entry keeps the value
// that each slot had at its end. A dirty slot whose key neither exists nor is in the store needs no write: a put and
// its later delete have cancelled. The classes that own slots decide what stays in memory; here nothing is read.
import type { ByteWriter } from '@millrace/protocol';
import { FlushBatch, type WriteSink } from './flush-batch.ts';
import { isClean, type Slot } from './slot.ts';
import { StateError } from './state-error.ts';

/** The changes of one log entry that is not committed. */
interface SealedEntry {
  readonly index: number;
  readonly bytes: number;
  readonly slots: Slot[];
  readonly values: unknown[];
}

/** What a changed slot is taken to cost when nobody says how large its log entry is. */
const CHANGE_BYTES = 256;
/** Below this many, cancelled slots are not worth sweeping. */
const CANCELLED_MIN = 1024;

export class ChangeLog {
  #undoSlots: (Slot | undefined)[] = [];
  #undoValues: unknown[] = [];
  #undoTop = 0;
  #sealed: SealedEntry[] = [];
  #dirty: Slot[] = [];
  #cancelled = 0;
  #flight: FlushBatch | undefined;
  #sealedIndex: number;
  #committedIndex: number;
  #flushedIndex: number;
  #committedBytes = 0;
  #sealedBytes = 0;
  readonly #writeIndex: (index: number, out: ByteWriter, sink: WriteSink) => void;

  constructor(index: number, writeIndex: (index: number, o: ByteWriter, s: WriteSink) => void) {
    this.#sealedIndex = index;
    this.#committedIndex = index;
    this.#flushedIndex = index;
    this.#writeIndex = writeIndex;
  }

  get sealedIndex(): number {
    return this.#sealedIndex;
  }

  get committedIndex(): number {
    return this.#committedIndex;
  }

  get flushedIndex(): number {
    return this.#flushedIndex;
  }

  /** Bytes of the log entries that are committed and in no batch yet. */
  get committedBytes(): number {
    return this.#committedBytes;
  }

  get sealedBytes(): number {
    return this.#sealedBytes;
  }

  get dirtyCount(): number {
    return this.#dirty.length - this.#cancelled;
  }

  get sealedCount(): number {
    return this.#sealed.length;
  }

  get inFlight(): FlushBatch | undefined {
    return this.#flight;
  }

  /** The number that `rollbackTo` takes. */
  get savepoint(): number {
    return this.#undoTop;
  }

  /** The owner has decided that the slot's newest value is this. */
  change(slot: Slot, value: unknown): void {
    const top = this.#undoTop++;
    this.#undoSlots[top] = slot;
    this.#undoValues[top] = slot.current;
    slot.open++;
    slot.current = value;
  }

  rollbackTo(savepoint: number): void {
    if (savepoint > this.#undoTop || savepoint < 0) {
      throw new StateError(`savepoint ${savepoint} is not of this turn`);
    }
    while (this.#undoTop > savepoint) {
      const top = --this.#undoTop;
      const slot = this.#undoSlots[top] as Slot;
      slot.open--;
      slot.owner.restore(slot, this.#undoValues[top]);
      this.#undoSlots[top] = undefined;
      this.#undoValues[top] = undefined;
      if (slot.open === 0 && isClean(slot)) slot.owner.settle(slot);
    }
  }

  seal(index: number, bytes: number | undefined): void {
    if (index <= this.#sealedIndex) {
      throw new StateError(`entry ${index} is sealed after entry ${this.#sealedIndex}`);
    }
    const slots: Slot[] = [];
    const values: unknown[] = [];
    for (let i = 0; i < this.#undoTop; i++) {
      const slot = this.#undoSlots[i] as Slot;
      this.#undoSlots[i] = undefined;
      this.#undoValues[i] = undefined;
      if (slot.open === 0) continue;
      slot.open = 0;
      if (slot.sealed === 0 && slot.current === slot.committed) {
        if (isClean(slot)) slot.owner.settle(slot);
        continue;
      }
      slot.sealed++;
      slots.push(slot);
      values.push(slot.current);
    }
    this.#undoTop = 0;
    const size = bytes ?? slots.length * CHANGE_BYTES;
    this.#sealed.push({ index, bytes: size, slots, values });
    this.#sealedBytes += size;
    this.#sealedIndex = index;
  }

  commit(upToIndex: number): void {
    if (upToIndex > this.#sealedIndex) {
      throw new StateError(
        `entry ${upToIndex} is committed, the newest sealed is ${this.#sealedIndex}`,
      );
    }
    let count = 0;
    for (const entry of this.#sealed) {
      if (entry.index > upToIndex) break;
      count++;
      this.#commitEntry(entry);
    }
    if (count > 0) this.#sealed.splice(0, count);
    if (upToIndex > this.#committedIndex) this.#committedIndex = upToIndex;
    if (this.#cancelled > CANCELLED_MIN && this.#cancelled * 2 > this.#dirty.length) this.#sweep();
  }

  #commitEntry(entry: SealedEntry): void {
    this.#sealedBytes -= entry.bytes;
    this.#committedBytes += entry.bytes;
    const slots = entry.slots;
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot;
      const value = entry.values[i];
      slot.sealed--;
      slot.committed = value;
      if (value === undefined && !slot.stored) {
        if (slot.dirty) {
          slot.dirty = false;
          this.#cancelled++;
        }
        if (isClean(slot)) slot.owner.settle(slot);
      } else if (!slot.dirty) {
        slot.dirty = true;
        this.#dirty.push(slot);
      }
    }
  }

  /** Takes cancelled slots, and doubles of those that came back, out of the list. */
  #sweep(): void {
    const kept: Slot[] = [];
    for (const slot of this.#dirty) {
      if (!slot.dirty) continue;
      slot.dirty = false;
      kept.push(slot);
    }
    for (const slot of kept) slot.dirty = true;
    this.#dirty = kept;
    this.#cancelled = 0;
  }

  /** Back to the committed view: for a leader that steps down. */
  dropUncommitted(): void {
    this.rollbackTo(0);
    const dropped = this.#sealed;
    this.#sealed = [];
    this.#sealedBytes = 0;
    this.#sealedIndex = this.#committedIndex;
    for (const entry of dropped) {
      for (const slot of entry.slots) slot.sealed = 0;
    }
    for (const entry of dropped) {
      for (const slot of entry.slots) {
        if (slot.current !== slot.committed) slot.owner.restore(slot, slot.committed);
        if (isClean(slot)) slot.owner.settle(slot);
      }
    }
  }

  /** What is committed and not yet written, or undefined when the store is up to date. */
  takeFlush(): FlushBatch | undefined {
    if (this.#flight !== undefined) throw new StateError('a flush is already under way');
    if (this.#committedIndex === this.#flushedIndex) return undefined;
    const index = this.#committedIndex;
    const batch = new FlushBatch(index, (out, sink) => this.#writeIndex(index, out, sink));
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#cancelled = 0;
    this.#committedBytes = 0;
    for (const slot of dirty) {
      if (!slot.dirty) continue;
      slot.dirty = false;
      const value = slot.committed;
      if (value === undefined && !slot.stored) {
        if (isClean(slot)) slot.owner.settle(slot);
        continue;
      }
      slot.stored = value !== undefined;
      slot.flying = true;
      batch.add(slot, value);
    }
    this.#flight = batch;
    return batch;
  }

  /** The batch is in the store. */
  flushed(batch: FlushBatch): void {
    if (batch !== this.#flight) throw new StateError('this batch is not under way');
    this.#flight = undefined;
    this.#flushedIndex = batch.index;
    for (const slot of batch.slots) {
      slot.flying = false;
      if (isClean(slot)) slot.owner.settle(slot);
    }
  }

  /** Committed and in no batch yet. */
  *dirtySlots(): Generator<Slot> {
    for (const slot of this.#dirty) if (slot.dirty) yield slot;
  }

  /** Lets every hot slot keep itself reachable. */
  retainAll(): void {
    for (let i = 0; i < this.#undoTop; i++) {
      const slot = this.#undoSlots[i] as Slot;
      slot.owner.retain(slot);
    }
    for (const entry of this.#sealed) for (const slot of entry.slots) slot.owner.retain(slot);
    for (const slot of this.#dirty) if (slot.dirty) slot.owner.retain(slot);
    if (this.#flight) for (const slot of this.#flight.slots) slot.owner.retain(slot);
  }
}
