// What is suspended, and the jobs and timers that are put aside until it is resumed.
//
// What is put aside belongs to one suspended instance or definition. When that is resumed it stays noted as releasing until
// everything has come back, a bounded number at a time.
import { type Key, NO_KEY, partitionOf } from '@millrace/protocol';
import { keyPart, numberPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry, RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { countValue, keyValue, presence } from './value-codecs.ts';

export const HELD_JOB = 1;
export const HELD_TIMER = 2;

/** The one prefix of families that are a single ordered list. */
const ALL = 0;

export class SuspensionState {
  /** Instances and definitions: keys are of either kind, never of both. */
  readonly suspended: RangeFamily<number, Key, true>;
  /** Queues of job types, see `queueOf`. */
  readonly queues: RangeFamily<number, string, true>;
  /** suspended instance or definition -> key of a job or timer -> which of them it is */
  readonly held: RangeFamily<Key, Key, number>;
  /** Instances and definitions that are resumed and whose jobs and timers have not all come back. */
  readonly releasing: RangeFamily<number, Key, true>;
  /** timer -> the suspended instance or definition that it is put aside for; jobs know theirs themselves */
  readonly #heldTimers: PointFamily<Key, Key>;
  /** partition -> key of its newest order that was taken here; they come in the order of their keys */
  readonly #taken: PointFamily<number, Key>;
  readonly #count: PointFamily<number, number>;
  /** Nothing has ever been suspended here. */
  #isUntouched: boolean | undefined;

  constructor(db: StateDb) {
    this.suspended = db.range({
      number: FAMILY.suspended,
      name: 'suspended',
      prefix: numberPart,
      suffix: keyPart,
      value: presence,
    });
    this.queues = db.range({
      number: FAMILY.suspendedQueue,
      name: 'suspended-queue',
      prefix: numberPart,
      suffix: textPart,
      value: presence,
    });
    this.held = db.range({
      number: FAMILY.heldBack,
      name: 'held-back',
      prefix: keyPart,
      suffix: keyPart,
      value: countValue,
    });
    this.releasing = db.range({
      number: FAMILY.releasing,
      name: 'releasing',
      prefix: numberPart,
      suffix: keyPart,
      value: presence,
    });
    const keyOf = (number: number, name: string) => ({ number, name, value: keyValue });
    this.#heldTimers = db.point({ ...keyOf(FAMILY.heldTimer, 'held-timer'), key: keyPart });
    this.#taken = db.point({
      ...keyOf(FAMILY.suspensionTaken, 'suspension-taken'),
      key: numberPart,
    });
    this.#count = db.point({
      number: FAMILY.suspensionCount,
      name: 'suspension-count',
      key: numberPart,
      value: countValue,
    });
  }

  /** Whether anything is suspended or being released: a partition that never had it pays one look at a flag. */
  get any(): boolean {
    return this.count > 0;
  }

  /** Instances, definitions and job types that are suspended or being released. */
  get count(): number {
    this.#isUntouched ??= this.#count.get(ALL) === undefined;
    return this.#isUntouched ? 0 : (this.#count.get(ALL) ?? 0);
  }

  /** @param key of an instance or a definition */
  isSuspended(key: Key): boolean {
    return this.any && this.suspended.has(ALL, key);
  }

  isQueueSuspended(queue: string): boolean {
    return this.any && this.queues.has(ALL, queue);
  }

  isReleasing(key: Key): boolean {
    return this.any && this.releasing.has(ALL, key);
  }

  /** The suspended instance or definition that a timer is put aside for; NO_KEY when it is not. */
  ownerOfTimer(timerKey: Key): Key {
    return this.any ? (this.#heldTimers.get(timerKey) ?? NO_KEY) : NO_KEY;
  }

  /** An instance or definition with something to bring back. @throws RangeNotLoaded */
  nextReleasing(): Key | undefined {
    return this.any ? this.releasing.first(ALL) : undefined;
  }

  /** The oldest that is put aside. @throws RangeNotLoaded */
  heldOf(key: Key, limit: number): readonly RangeEntry<Key, number>[] {
    return this.held.scan(key, { limit });
  }

  /** Keys of all suspended instances and definitions, names of all suspended queues. @throws RangeNotLoaded */
  all(): { readonly keys: readonly Key[]; readonly queues: readonly string[] } {
    if (!this.any) return { keys: [], queues: [] };
    const keys = this.suspended.scan(ALL).map(({ suffix }) => suffix);
    return { keys, queues: this.queues.scan(ALL).map(({ suffix }) => suffix) };
  }

  /** Whether this order from another partition, or a newer one, was taken before. */
  isTaken(orderKey: Key): boolean {
    return (this.#taken.get(partitionOf(orderKey)) ?? NO_KEY) >= orderKey;
  }

  // Changes, for appliers only.

  suspend(key: Key): void {
    this.#drop(this.releasing, key);
    this.#add(this.suspended, key);
  }

  /** No longer suspended; what is put aside comes back from now on. */
  resume(key: Key): void {
    this.#drop(this.suspended, key);
    this.#add(this.releasing, key);
  }

  released(key: Key): void {
    this.#drop(this.releasing, key);
  }

  /** The instance or definition is gone. */
  forget(key: Key): void {
    if (!this.any) return;
    this.#drop(this.suspended, key);
    this.#drop(this.releasing, key);
  }

  suspendQueue(queue: string): void {
    this.#add(this.queues, queue);
  }

  resumeQueue(queue: string): void {
    this.#drop(this.queues, queue);
  }

  take(orderKey: Key): void {
    this.#taken.upsert(partitionOf(orderKey), orderKey);
  }

  holdJob(owner: Key, jobKey: Key): void {
    this.held.insert(owner, jobKey, HELD_JOB);
  }

  freeJob(owner: Key, jobKey: Key): void {
    this.held.delete(owner, jobKey);
  }

  holdTimer(owner: Key, timerKey: Key): void {
    this.#heldTimers.insert(timerKey, owner);
    this.held.insert(owner, timerKey, HELD_TIMER);
  }

  freeTimer(timerKey: Key): void {
    const owner = this.#heldTimers.get(timerKey) ?? NO_KEY;
    this.#heldTimers.delete(timerKey);
    this.held.delete(owner, timerKey);
  }

  #add<S extends number | string>(family: RangeFamily<number, S, true>, suffix: S): void {
    if (family.has(ALL, suffix)) return;
    this.#isUntouched = false;
    family.insert(ALL, suffix, true);
    this.#count.upsert(ALL, (this.#count.get(ALL) ?? 0) + 1);
  }

  #drop<S extends number | string>(family: RangeFamily<number, S, true>, suffix: S): void {
    if (!family.deleteIfPresent(ALL, suffix)) return;
    this.#count.upsert(ALL, (this.#count.get(ALL) ?? 0) - 1);
  }
}
