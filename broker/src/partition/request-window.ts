// Which requests were executed lately and where their answers stand in the log, so that a request that comes again is
// answered and not executed twice (design.md 2, "Records"; 7).
//
// Guarantees: every replica knows the same from the same entries, because entries say which record answers which request;
// bounded memory: the newest CAPACITY to 2 x CAPACITY requests. What is older than the window is not known: `coveredSinceMs`
// tells from when on it is complete.
// Leaves to others: reading the answer from the log, and refusing what the window cannot tell.

/** Requests of one generation; the window has two. */
const CAPACITY = 65_536;
const FIRST_SLOTS = 1_024;
/** A place is packed below the index; an entry cannot have so many records. */
const PLACES = 2 ** 20;
const EMPTY = -1;

export interface AnswerPlace {
  /** Log index of the entry, and the number of the record in it. */
  readonly index: number;
  readonly place: number;
}

/** What the window says of a request: its answer, that it is being executed here, or nothing. */
export type Seen = AnswerPlace | 'under-way' | undefined;

/** A hash table of numbers that only grows, by open addressing. */
class Generation {
  #ids = new Float64Array(FIRST_SLOTS).fill(EMPTY);
  #values = new Float64Array(FIRST_SLOTS);
  count = 0;

  get(id: number): number | undefined {
    const slot = this.#slotOf(id);
    return this.#ids[slot] === id ? this.#values[slot] : undefined;
  }

  set(id: number, value: number): void {
    let slot = this.#slotOf(id);
    if (this.#ids[slot] !== id) {
      if (this.count * 2 >= this.#ids.length) {
        this.#grow();
        slot = this.#slotOf(id);
      }
      this.count++;
      this.#ids[slot] = id;
    }
    this.#values[slot] = value;
  }

  /** The slot of the number, or the empty one where it belongs. */
  #slotOf(id: number): number {
    const ids = this.#ids;
    const mask = ids.length - 1;
    // Numbers of one session follow each other: low bits spread them well, sessions shift them.
    let slot = ((id % 0x20000000) + Math.imul(Math.floor(id / 0x20000000), 0x9e3779b1)) & mask;
    while (ids[slot] !== EMPTY && ids[slot] !== id) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const ids = this.#ids;
    const values = this.#values;
    this.#ids = new Float64Array(ids.length * 2).fill(EMPTY);
    this.#values = new Float64Array(ids.length * 2);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] as number;
      if (id === EMPTY) continue;
      const slot = this.#slotOf(id);
      this.#ids[slot] = id;
      this.#values[slot] = values[i] as number;
    }
  }
}

export class RequestWindow {
  readonly #capacity: number;
  #young = new Generation();
  #old = new Generation();
  /** Time of the newest request in each generation, ms since the epoch. */
  #youngMs = 0;
  #oldMs = 0;
  /** Counts up whenever what was under way here has come to nothing. */
  #era = 1;
  /** Requests whose answers came after this time are all in the window, ms since the epoch. */
  coveredSinceMs = 0;

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
  }

  /** The request is answered by this record of a committed entry. @param timeMs of the entry */
  answered(requestId: number, index: number, place: number, timeMs: number): void {
    if (timeMs > this.#youngMs) this.#youngMs = timeMs;
    this.#put(requestId, index * PLACES + place);
  }

  /** The leader has taken the request and will execute it. */
  begin(requestId: number): void {
    this.#put(requestId, -this.#era);
  }

  /** The request left no trace in the log: it may be executed again. */
  forget(requestId: number): void {
    if (this.get(requestId) === 'under-way') this.#put(requestId, 0);
  }

  /** What was under way has come to nothing here: another leader may have it, or nobody. */
  endEra(): void {
    this.#era++;
  }

  get(requestId: number): Seen {
    const value = this.#young.get(requestId) ?? this.#old.get(requestId);
    if (value === undefined) return undefined;
    if (value < 0) return value === -this.#era ? 'under-way' : undefined;
    if (value === 0) return undefined;
    return { index: Math.floor(value / PLACES), place: value % PLACES };
  }

  /** The log that it was made from begins at this time: nothing earlier is known. */
  startsAt(timeMs: number): void {
    this.coveredSinceMs = Math.max(this.coveredSinceMs, timeMs);
  }

  /** Requests in it, those that were answered twice counted once or twice. */
  get size(): number {
    return this.#young.count + this.#old.count;
  }

  #put(requestId: number, value: number): void {
    if (this.#young.count >= this.#capacity) {
      if (this.#old.count > 0) this.startsAt(this.#oldMs);
      this.#old = this.#young;
      this.#oldMs = this.#youngMs;
      this.#young = new Generation();
    }
    this.#young.set(requestId, value);
  }
}
