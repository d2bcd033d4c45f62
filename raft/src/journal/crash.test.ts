// The machine stops at any moment: what was acknowledged is there afterwards, and the log always opens.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Entry } from './journal.ts';
import { openSegmentedJournal, type SegmentedJournal } from './segmented-journal.ts';

const dir = '/log';

/** A small generator of numbers in [0, 1), so that a failing run can be repeated. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What the log must hold after a crash. */
interface Expected {
  firstIndex: number;
  entries: { term: number; fill: number }[];
  /** Entries up to here were acknowledged. */
  acknowledged: number;
  /** The removal that was under way, if the power went off in it. */
  truncatingTo: number | null;
  resettingTo: number | null;
}

class Machine {
  readonly disk = new SimulatedDisk();
  readonly random: () => number;
  journal: SegmentedJournal;
  term = 1;
  expected: Expected = {
    firstIndex: 1,
    entries: [],
    acknowledged: 0,
    truncatingTo: null,
    resettingTo: null,
  };

  constructor(seed: number) {
    this.random = numbersFrom(seed);
    this.journal = this.#open();
  }

  #open(): SegmentedJournal {
    const { disk } = this;
    const options = { segmentBytes: 6000, firstSegmentBytes: 3000, recentBytesMax: 500 };
    return openSegmentedJournal({ dir, disk, newSalt: 7, ...options });
  }

  /** Works until the power goes off. */
  async work(steps: number): Promise<void> {
    const { expected } = this;
    let held: (() => void)[] = [];
    this.disk.beforeSync = async () => {
      if (this.random() < 0.5) await new Promise<void>((go) => held.push(go));
      else for (let turns = this.random() * 8; turns > 1; turns--) await Promise.resolve();
    };
    const flushes: Promise<void>[] = [];
    try {
      for (let i = 0; i < steps; i++) {
        const dice = this.random();
        if (dice < 0.7) this.#append();
        else if (dice < 0.9) {
          flushes.push(
            this.journal.flush().then(
              (index) => {
                // A truncation may have come between the answer and now.
                const durable = Math.min(index, this.journal.durableIndex);
                expected.acknowledged = Math.max(expected.acknowledged, durable);
              },
              () => {},
            ),
          );
          for (let turns = 0; turns < 5; turns++) await Promise.resolve();
        } else if (dice < 0.95) for (const go of held.splice(0)) go();
        else if (dice < 0.97) this.#truncate();
        else if (dice < 0.99) this.#compact();
        else this.#reset();
        if (this.random() < 0.1) await new Promise((go) => setImmediate(go));
      }
    } catch (error) {
      if (this.disk.powerOffAfter > 0) throw error;
    }
    this.disk.beforeSync = async () => {};
    this.disk.powerOffAfter = 0;
    for (const go of held) go();
    held = [];
    await Promise.all(flushes);
    await new Promise((go) => setImmediate(go));
    await this.journal.close().catch(() => {});
  }

  #append(): void {
    const fill = Math.floor(this.random() * 256);
    const bytes = Math.floor(this.random() ** 3 * 3000);
    // The entry counts only when append returns; a crash may leave it all the same.
    this.expected.entries.push({ term: this.term, fill });
    this.journal.append({ term: this.term, kind: 1, payload: new Uint8Array(bytes).fill(fill) });
  }

  #truncate(): void {
    const { expected, journal } = this;
    const keep =
      journal.firstIndex -
      1 +
      Math.floor(this.random() * (journal.lastIndex - journal.firstIndex + 2));
    expected.truncatingTo = keep;
    journal.truncateAfter(keep);
    expected.entries.length = keep - expected.firstIndex + 1;
    expected.acknowledged = Math.min(expected.acknowledged, keep);
    expected.truncatingTo = null;
    this.term++;
  }

  #compact(): void {
    const { expected, journal } = this;
    const bound = Math.min(expected.acknowledged, journal.lastIndex);
    journal.compactBefore(bound);
  }

  #reset(): void {
    const { expected, journal } = this;
    const nextIndex = journal.lastIndex + 10;
    expected.resettingTo = nextIndex;
    journal.reset(nextIndex, this.term);
    expected.resettingTo = null;
    expected.firstIndex = nextIndex;
    expected.entries = [];
    expected.acknowledged = nextIndex - 1;
  }

  /** Starts again after the crash and compares. */
  restart(): void {
    this.disk.crash(this.random);
    this.journal = this.#open();
    const { expected, journal } = this;
    expect(journal.durableIndex).toBe(journal.lastIndex);
    if (expected.resettingTo !== null && journal.firstIndex === expected.resettingTo) {
      expected.firstIndex = expected.resettingTo;
      expected.entries = [];
      expected.acknowledged = expected.resettingTo - 1;
      expect(journal.lastIndex).toBe(expected.acknowledged);
    } else if (expected.truncatingTo !== null) {
      const least = Math.min(expected.acknowledged, expected.truncatingTo);
      expect(journal.lastIndex).toBeGreaterThanOrEqual(least);
    } else {
      expect(journal.lastIndex).toBeGreaterThanOrEqual(expected.acknowledged);
    }
    expect(journal.firstIndex).toBeGreaterThanOrEqual(expected.firstIndex);
    for (let index = journal.firstIndex; index <= journal.lastIndex; index++) {
      const entry = journal.read(index) as Entry;
      const wanted = expected.entries[index - expected.firstIndex];
      expect([index, entry.term, entry.payload.every((byte) => byte === wanted?.fill)]).toEqual([
        index,
        wanted?.term,
        true,
      ]);
    }
    expected.entries = expected.entries.slice(
      journal.firstIndex - expected.firstIndex,
      journal.lastIndex - expected.firstIndex + 1,
    );
    expected.firstIndex = journal.firstIndex;
    expected.acknowledged = journal.lastIndex;
    expected.truncatingTo = null;
    expected.resettingTo = null;
    this.term++;
  }
}

it('keeps everything acknowledged through crashes at any moment, and always opens', async () => {
  let survived = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
      const machine = new Machine(seed);
      for (let round = 0; round < 4; round++) {
        if (machine.random() < 0.7) machine.disk.powerOffAfter = Math.floor(machine.random() * 150);
        await machine.work(60);
        machine.restart();
        survived += machine.journal.lastIndex - machine.journal.firstIndex + 1;
      }
    }),
    { numRuns: 400 },
  );
  expect(survived).toBeGreaterThan(1000);
}, 30_000);

it('a crash while it opens changes nothing', async () => {
  for (let cut = 0; cut < 30; cut++) {
    const machine = new Machine(cut + 1);
    await machine.work(40);
    machine.disk.crash(machine.random);
    machine.disk.powerOffAfter = cut;
    try {
      openSegmentedJournal({ dir, disk: machine.disk, newSalt: 7 });
    } catch {
      // The power went off in the middle of recovery.
    }
    machine.restart();
  }
});

it('a canary: a disk that forgets what it has synced is found out', async () => {
  const machine = new Machine(5);
  machine.expected.entries.push({ term: 1, fill: 1 }, { term: 1, fill: 2 });
  for (const fill of [1, 2]) {
    machine.journal.append({ term: 1, kind: 1, payload: new Uint8Array(9).fill(fill) });
  }
  machine.expected.acknowledged = 2;
  // No flush: the acknowledgement was a lie.
  expect(() => {
    for (let i = 0; i < 20; i++) {
      machine.restart();
      machine.expected.acknowledged = 2;
    }
  }).toThrow();
});
