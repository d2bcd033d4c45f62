// Runs the journals' common suite on each of them, and both against a plain array.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { journalConformance } from './journal.conformance.ts';
import type { Journal } from './journal.ts';
import { MemoryJournal } from './memory-journal.ts';
import { openSegmentedJournal } from './segmented-journal.ts';

const small = { segmentBytes: 4096, firstSegmentBytes: 2048, recentBytesMax: 1000 };

journalConformance('in memory', () => ({
  open: () => new MemoryJournal(),
  reopen: (closed) => (closed as MemoryJournal).crashed(),
  dispose() {},
}));

journalConformance('segments on a simulated disk', () => {
  const disk = new SimulatedDisk();
  const open = () => openSegmentedJournal({ dir: '/log', disk, ...small });
  return { open, reopen: open, dispose() {} };
});

journalConformance('segments on the real disk', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'journal-'));
  const open = () => openSegmentedJournal({ dir, ...small });
  return { open, reopen: open, dispose: () => fs.rmSync(dir, { recursive: true, force: true }) };
});

interface ModelEntry {
  readonly term: number;
  readonly fill: number;
  readonly bytes: number;
}

/** What a journal is, obviously. */
class Model {
  firstIndex = 1;
  previousTerm = 0;
  entries: ModelEntry[] = [];

  get lastIndex(): number {
    return this.firstIndex + this.entries.length - 1;
  }

  check(journal: Journal): void {
    expect([journal.firstIndex, journal.lastIndex]).toEqual([this.firstIndex, this.lastIndex]);
    expect(journal.lastTerm).toBe(this.entries.at(-1)?.term ?? this.previousTerm);
    for (const [at, expected] of this.entries.entries()) {
      const entry = journal.read(this.firstIndex + at);
      expect(entry?.term).toBe(expected.term);
      expect(entry?.payload.length).toBe(expected.bytes);
      expect(entry?.payload.every((byte) => byte === expected.fill)).toBe(true);
    }
    const all = journal.readFrom(this.firstIndex, 1e9);
    expect(all.map((entry) => entry.index)).toEqual(
      this.entries.map((_, at) => this.firstIndex + at),
    );
  }
}

type Operation =
  | { readonly kind: 'append'; readonly bytes: number; readonly raiseTerm: boolean }
  | { readonly kind: 'flush' | 'reopen' }
  | { readonly kind: 'truncate' | 'compact'; readonly share: number }
  | { readonly kind: 'reset'; readonly ahead: number };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      bytes: fc.oneof(fc.nat(40), fc.nat(900), fc.nat(6000)),
      raiseTerm: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'flush' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const), share }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reset' as const), ahead: fc.nat(50) }) },
);

async function run(operations: readonly Operation[], place: JournalFactory): Promise<void> {
  const model = new Model();
  let journal = place(null);
  let term = 1;
  for (const [at, op] of operations.entries()) {
    if (op.kind === 'append') {
      if (op.raiseTerm) term++;
      const payload = new Uint8Array(op.bytes).fill(at % 256);
      expect(journal.append({ term, kind: 1, payload })).toBe(model.lastIndex + 1);
      model.entries.push({ term, fill: at % 256, bytes: op.bytes });
    } else if (op.kind === 'flush') {
      expect(await journal.flush()).toBe(model.lastIndex);
    } else if (op.kind === 'reopen') {
      await journal.close();
      journal = place(journal);
    } else if (op.kind === 'truncate') {
      const keep = Math.round(op.share * model.entries.length);
      journal.truncateAfter(model.firstIndex + keep - 1);
      model.entries.length = keep;
      term++;
    } else if (op.kind === 'compact') {
      const bound = model.firstIndex + Math.round(op.share * model.entries.length);
      const terms = journal.outline();
      journal.compactBefore(bound);
      expect(journal.firstIndex).toBeLessThanOrEqual(Math.max(bound, model.firstIndex));
      model.previousTerm = terms.termAt(journal.firstIndex - 1) as number;
      model.entries.splice(0, journal.firstIndex - model.firstIndex);
      model.firstIndex = journal.firstIndex;
    } else if (op.kind === 'reset') {
      model.firstIndex = model.lastIndex + 1 + op.ahead;
      model.previousTerm = term;
      model.entries = [];
      journal.reset(model.firstIndex, term);
    }
    if (at % 5 === 0) model.check(journal);
  }
  model.check(journal);
  await journal.close();
}

type JournalFactory = (closed: Journal | null) => Journal;

it.each([
  [
    'in memory',
    100,
    () => (closed: Journal | null) =>
      closed === null ? new MemoryJournal() : (closed as MemoryJournal).crashed(),
  ],
  [
    'segmented',
    300,
    () => {
      const disk = new SimulatedDisk();
      return () => openSegmentedJournal({ dir: '/log', disk, ...small });
    },
  ],
] as const)('%s: any sequence of operations does what an array would', async (_, runs, place) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 80 }), (ops) => run(ops, place())),
    { numRuns: runs },
  );
});
