// Measures the journal on this machine: run it with node, it prints one JSON line per figure.
// Guarantees: uses a temporary folder (or the one given as first argument) and removes what it wrote.
// Leaves to others: judging the figures; the disk's own sync time stands beside them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openRaftNode } from '../open-raft-node.ts';
import { openJournalReader } from './journal-reader.ts';
import { openSegmentedJournal } from './segmented-journal.ts';

const dir = fs.mkdtempSync(path.join(process.argv[2] ?? os.tmpdir(), 'journal-bench-'));
const payload = Buffer.alloc(7 * 1024, 'x');

function print(figure: string, values: Record<string, number>): void {
  const rounded = Object.entries(values).map(([name, value]) => [
    name,
    Number(value.toPrecision(4)),
  ]);
  console.log(JSON.stringify({ figure, ...Object.fromEntries(rounded) }));
}

function quantiles(samples: number[]): Record<string, number> {
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(share * (samples.length - 1))] as number;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

async function diskSync(): Promise<void> {
  const fd = fs.openSync(path.join(dir, 'probe'), 'w+');
  fs.writeSync(fd, Buffer.alloc(4 * 1024 * 1024));
  fs.fdatasyncSync(fd);
  const samples: number[] = [];
  for (let i = 0; i < 500; i++) {
    const start = performance.now();
    fs.writeSync(fd, payload, 0, payload.length, i * payload.length);
    await new Promise<void>((resolve) => fs.fdatasync(fd, () => resolve()));
    samples.push(performance.now() - start);
  }
  fs.closeSync(fd);
  print('fdatasync of 7 KB, preallocated', quantiles(samples));
}

/** Appends of 7 KB with one flush always running, as a partition under load does. */
async function appends(totalBytes: number): Promise<void> {
  const journal = openSegmentedJournal({ dir: path.join(dir, 'log') });
  const start = performance.now();
  const count = Math.floor(totalBytes / payload.length);
  let appendMs = 0;
  let slowest = 0;
  let flushing: Promise<number> | null = null;
  for (let i = 0; i < count; ) {
    for (let turn = 0; turn < 8 && i < count; turn++, i++) {
      const before = performance.now();
      journal.append({ term: 1, kind: 1, payload });
      const took = performance.now() - before;
      appendMs += took;
      if (took > slowest) slowest = took;
    }
    await flushing;
    flushing = journal.flush();
  }
  await journal.flush();
  const seconds = (performance.now() - start) / 1000;
  print('append of 7 KB, flush pipelined', {
    perSecond: count / seconds,
    mbPerSecond: totalBytes / seconds / 1e6,
    appendMicroseconds: (appendMs * 1000) / count,
    slowestAppendMs: slowest,
  });
  await journal.close();
}

async function open(): Promise<void> {
  const start = performance.now();
  const journal = openSegmentedJournal({ dir: path.join(dir, 'log') });
  const ms = performance.now() - start;
  print('open, warm cache', { ms, gigabytes: journal.sizeBytes / 1e9, entries: journal.lastIndex });
  for (const bytes of [64 * 1024, 1024 * 1024]) {
    const from = performance.now();
    let read = 0;
    for (let index = 1; index <= journal.lastIndex; ) {
      const entries = journal.readFrom(index, bytes);
      index += entries.length;
      read += entries.length * payload.length;
    }
    const seconds = (performance.now() - from) / 1000;
    print('readFrom', { batchKb: bytes / 1024, mbPerSecond: read / seconds / 1e6 });
  }
  const reader = openJournalReader(path.join(dir, 'log'));
  const from = performance.now();
  for (let index = 1; index <= journal.lastIndex; ) {
    index += reader.readFrom(index, journal.lastIndex, 1024 * 1024).length;
  }
  const seconds = (performance.now() - from) / 1000;
  print('JournalReader', { batchKb: 1024, mbPerSecond: journal.sizeBytes / seconds / 1e6 });
  reader.close();
  await journal.close();
}

/** A new member, and the time from a proposal to its commit with nothing else under way. */
async function proposals(): Promise<void> {
  const start = performance.now();
  let committed: (() => void) | null = null;
  const node = openRaftNode({
    dir: path.join(dir, 'member'),
    memberId: 0,
    members: [{ id: 0, type: 'voter', priority: 1 }],
    onCommitted: () => committed?.(),
    onRole() {},
    onFault: (error) => console.error(error),
  });
  await new Promise<void>((resolve) => {
    committed = resolve;
  });
  print('new member, open to first commit', { ms: performance.now() - start });
  const samples: number[] = [];
  for (let i = 0; i < 2000; i++) {
    const before = performance.now();
    await new Promise<void>((resolve) => {
      committed = resolve;
      node.propose(1, payload);
    });
    samples.push(performance.now() - before);
  }
  print('propose to onCommitted, one at a time', quantiles(samples));
  await node.close();
}

try {
  await diskSync();
  await proposals();
  await appends(1e9);
  await open();
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
