// The suite that every journal passes: what `journal.ts` promises, without damage and crashes.
// Guarantees: each implementation is judged by the same sentences.
// Leaves to others: recovery (recovery.test.ts) and faults of the disk (segmented-journal.test.ts).
import { describe, expect, it } from 'vitest';
import type { Entry, Journal } from './journal.ts';
import { payloadBytesMax } from './journal.ts';
import { CompactedError, JournalError } from './journal-error.ts';

export interface JournalUnderTest {
  open(): Journal;
  /** Opens again what the closed journal left. */
  reopen(closed: Journal): Journal;
  dispose(): void;
}

function payloadOf(index: number, bytes = 20): Uint8Array {
  return new Uint8Array(bytes).map((_, at) => (index * 31 + at) % 251);
}

function fill(journal: Journal, count: number, term = 1, bytes = 20): void {
  for (let i = 0; i < count; i++) {
    journal.append({ term, kind: 1, payload: payloadOf(journal.lastIndex + 1, bytes) });
  }
}

function indexes(entries: readonly Entry[]): number[] {
  return entries.map((entry) => entry.index);
}

/** What a case works on. */
class Subject {
  readonly #place: JournalUnderTest;
  journal: Journal;

  constructor(place: JournalUnderTest) {
    this.#place = place;
    this.journal = place.open();
  }

  async reopen(): Promise<Journal> {
    await this.journal.close();
    this.journal = this.#place.reopen(this.journal);
    return this.journal;
  }
}

const cases: Readonly<Record<string, (use: Subject) => void | Promise<void>>> = {
  'is empty at first': (use) => {
    const { journal } = use;
    expect([journal.firstIndex, journal.lastIndex, journal.lastTerm]).toEqual([1, 0, 0]);
    expect([journal.durableIndex, journal.sizeBytes]).toEqual([0, 0]);
    expect(journal.read(1)).toBeUndefined();
    expect(journal.readFrom(1, 100)).toEqual([]);
    expect(journal.termAt(0)).toBe(0);
    expect(journal.termAt(1)).toBeUndefined();
  },

  'gives rising indexes and reads back what was appended, before and after reopening': async (
    use,
  ) => {
    let { journal } = use;
    for (const size of [0, 1, 7, 8, 9, 3000]) fill(journal, 2, 3, size);
    const check = () => {
      expect(journal.lastIndex).toBe(12);
      for (let index = 1; index <= 12; index++) {
        const size = [0, 1, 7, 8, 9, 3000][(index - 1) >> 1] as number;
        const entry = journal.read(index) as Entry;
        expect([entry.index, entry.term, entry.kind]).toEqual([index, 3, 1]);
        expect(Buffer.from(entry.payload).equals(payloadOf(index, size))).toBe(true);
      }
    };
    check();
    journal = await use.reopen();
    check();
    expect(journal.durableIndex).toBe(12);
  },

  'makes durable what was appended before the flush began, and no more': async (use) => {
    const { journal } = use;
    fill(journal, 3);
    expect(journal.durableIndex).toBe(0);
    const flushed = journal.flush();
    fill(journal, 2);
    expect(await flushed).toBe(3);
    expect(journal.durableIndex).toBe(3);
    expect(await journal.flush()).toBe(5);
    expect(await journal.flush()).toBe(5);
  },

  'lets all who ask during a flush share the next one': async (use) => {
    const { journal } = use;
    fill(journal, 1);
    const first = journal.flush();
    fill(journal, 1);
    const second = journal.flush();
    fill(journal, 1);
    const third = journal.flush();
    expect(await Promise.all([first, second, third])).toEqual([1, 3, 3]);
  },

  'marks each entry with the index known durable when it was written': async (use) => {
    const { journal } = use;
    fill(journal, 2);
    await journal.flush();
    fill(journal, 1);
    await journal.flush();
    fill(journal, 1);
    expect([1, 2, 3, 4].map((index) => journal.read(index)?.durable)).toEqual([0, 0, 2, 3]);
  },

  'reads a run of entries within a number of bytes, but at least one': (use) => {
    const { journal } = use;
    fill(journal, 10, 1, 100);
    expect(indexes(journal.readFrom(1, 350))).toEqual([1, 2, 3]);
    expect(indexes(journal.readFrom(4, 0))).toEqual([4]);
    expect(indexes(journal.readFrom(9, 1_000_000))).toEqual([9, 10]);
    expect(journal.readFrom(11, 100)).toEqual([]);
  },

  'knows the term of every entry': async (use) => {
    let { journal } = use;
    fill(journal, 2, 1);
    fill(journal, 3, 4);
    fill(journal, 1, 9);
    const terms = () => [0, 1, 2, 3, 5, 6, 7].map((index) => journal.termAt(index));
    expect(terms()).toEqual([0, 1, 1, 4, 4, 9, undefined]);
    journal = await use.reopen();
    expect(terms()).toEqual([0, 1, 1, 4, 4, 9, undefined]);
    expect(journal.outline().termAt(3)).toBe(4);
  },

  'refuses what no entry can be': (use) => {
    const { journal } = use;
    fill(journal, 1, 5);
    const payload = payloadOf(1);
    expect(() => journal.append({ term: 4, kind: 1, payload })).toThrow(/term 4/);
    expect(() => journal.append({ term: 5, kind: 4, payload })).toThrow(/kind 4/);
    const large = new Uint8Array(payloadBytesMax + 1);
    expect(() => journal.append({ term: 5, kind: 1, payload: large })).toThrow(/over the limit/);
    expect(journal.lastIndex).toBe(1);
  },

  'truncates, and goes on from there with another term': async (use) => {
    let { journal } = use;
    fill(journal, 60, 1, 200);
    await journal.flush();
    journal.truncateAfter(70);
    expect(journal.lastIndex).toBe(60);
    journal.truncateAfter(7);
    expect([journal.lastIndex, journal.durableIndex, journal.lastTerm]).toEqual([7, 7, 1]);
    expect(journal.read(8)).toBeUndefined();
    fill(journal, 2, 2, 50);
    expect(await journal.flush()).toBe(9);
    journal = await use.reopen();
    expect(journal.lastIndex).toBe(9);
    expect([7, 8, 9].map((index) => journal.termAt(index))).toEqual([1, 2, 2]);
    journal.truncateAfter(0);
    expect([journal.firstIndex, journal.lastIndex]).toEqual([1, 0]);
  },

  'does not count entries as durable that replaced flushed ones during the flush': async (use) => {
    const { journal } = use;
    fill(journal, 4);
    const flushed = journal.flush();
    journal.truncateAfter(1);
    fill(journal, 3, 2);
    expect(await flushed).toBe(1);
    expect(journal.durableIndex).toBe(1);
  },

  'compacts at most up to the entry that is asked for': async (use) => {
    let { journal } = use;
    fill(journal, 60, 2, 200);
    journal.compactBefore(30);
    const { firstIndex } = journal;
    expect(firstIndex).toBeGreaterThan(1);
    expect(firstIndex).toBeLessThanOrEqual(30);
    expect(() => journal.readFrom(firstIndex - 1, 100)).toThrow(CompactedError);
    expect(journal.read(firstIndex - 1)).toBeUndefined();
    expect(journal.termAt(firstIndex - 1)).toBe(2);
    expect(journal.read(firstIndex)?.index).toBe(firstIndex);
    journal = await use.reopen();
    expect([journal.firstIndex, journal.lastIndex]).toEqual([firstIndex, 60]);
    expect(journal.termAt(firstIndex - 1)).toBe(2);
  },

  'starts anew behind any entry': async (use) => {
    let { journal } = use;
    fill(journal, 60, 2, 200);
    journal.reset(1000, 7);
    expect([journal.firstIndex, journal.lastIndex, journal.durableIndex]).toEqual([1000, 999, 999]);
    expect([journal.lastTerm, journal.termAt(999), journal.sizeBytes]).toEqual([7, 7, 0]);
    fill(journal, 1, 7);
    journal = await use.reopen();
    expect([journal.firstIndex, journal.lastIndex, journal.termAt(999)]).toEqual([1000, 1000, 7]);
  },

  'flushes when it is closed, and refuses everything afterwards': async (use) => {
    let { journal } = use;
    fill(journal, 3);
    await journal.close();
    await journal.close();
    const payload = payloadOf(1);
    expect(() => journal.append({ term: 1, kind: 1, payload })).toThrow(JournalError);
    await expect(journal.flush()).rejects.toMatchObject({ code: 'closed' });
    journal = await use.reopen();
    expect(journal.lastIndex).toBe(3);
  },
};

/** Registers the suite for one implementation. */
export function journalConformance(name: string, prepare: () => JournalUnderTest): void {
  describe(`journal conformance: ${name}`, () => {
    it.each(Object.entries(cases))('%s', async (_, run) => {
      const place = prepare();
      const subject = new Subject(place);
      try {
        await run(subject);
      } finally {
        await subject.journal.close();
        place.dispose();
      }
    });
  });
}
