// State is a function of events: compares the state that a stopped broker left on disk with the replay of its log.
//
// The log is replayed from its first entry into an empty store in memory, up to the entry that the state on disk has
// applied; then both are compared key by key, byte by byte. A log that was compacted no longer begins at its first entry,
// and the comparison says so instead. The data directory is not changed.
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Entry, scanJournal } from '@millrace/raft';
import { Engine } from '../../broker/src/core/engine/engine.ts';
import { NO_STREAMS } from '../../broker/src/core/engine/environment.ts';
import { Turn } from '../../broker/src/core/engine/turn.ts';
import { flushNow, MemoryBase } from '../../broker/src/core/state/memory-base.ts';
import type { StoredEntry } from '../../broker/src/core/state/range-request.ts';
import { StateDb } from '../../broker/src/core/state/state-db.ts';
import { applyEntry } from '../../broker/src/partition/apply-entry.ts';
import { ExporterPositions } from '../../broker/src/partition/exporter-positions.ts';
import { md5 } from '../../broker/src/partition/md5.ts';
import { openLevelStore } from '../../broker/src/store/level-store.ts';

export interface ReplayComparison {
  readonly partitionId: number;
  /** The newest log entry that the state on disk has applied. */
  readonly appliedIndex: number;
  /** Entries of the state on disk. */
  readonly keys: number;
  /** The log does not begin at its first entry any more, so nothing was compared. */
  readonly compacted: boolean;
  /** The first differences, as lines; empty when both are the same. */
  readonly differences: readonly string[];
}

const differencesMax = 10;

/** Compares every partition of a data directory whose broker is not running. @throws Error when a log has a hole */
export async function compareStateWithLog(
  dataDirectory: string,
): Promise<readonly ReplayComparison[]> {
  const folder = path.join(dataDirectory, 'partitions');
  const partitions = readdirSync(folder).map(Number);
  const comparisons: ReplayComparison[] = [];
  for (const partitionId of partitions) {
    const options = { partitionId, partitionCount: partitions.length };
    comparisons.push(await comparePartition(path.join(folder, String(partitionId)), options));
  }
  return comparisons;
}

interface PartitionIds {
  readonly partitionId: number;
  readonly partitionCount: number;
}

async function comparePartition(folder: string, ids: PartitionIds): Promise<ReplayComparison> {
  const { partitionId } = ids;
  const state = new MemoryBase();
  const { appliedIndex } = await readStateOnDisk(path.join(folder, 'state'), state);
  const onDisk = new Map([...state.entries()].map(asText));
  const log = path.join(folder, 'log');
  const found = { partitionId, appliedIndex, keys: onDisk.size };
  if (firstIndexOf(log) > 1) return { ...found, compacted: true, differences: [] };
  const replayed = replay(log, appliedIndex, ids);
  const differences: string[] = [];
  for (const key of new Set([...onDisk.keys(), ...replayed.keys()])) {
    const there = onDisk.get(key);
    const here = replayed.get(key);
    if (there === here || differences.length >= differencesMax) continue;
    differences.push(`${key}: on disk ${there ?? 'nothing'}, replayed ${here ?? 'nothing'}`);
  }
  return { ...found, compacted: false, differences };
}

/** Reads a state folder that nobody has open into `into`. LevelDB changes a folder by opening it, so a copy is read. */
export async function readStateOnDisk(
  folder: string,
  into: MemoryBase,
): Promise<{ readonly appliedIndex: number }> {
  if (!existsSync(path.join(folder, 'CURRENT'))) return { appliedIndex: 0 };
  const copy = mkdtempSync(path.join(tmpdir(), 'millrace-state-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const store = await openLevelStore(copy, { createIfMissing: false });
    try {
      for await (const { key, value } of store.entries()) into.put(key, value);
      return { appliedIndex: new StateDb(store).committedIndex };
    } finally {
      await store.close();
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Brings a state in memory further by committed entries, as recovery does. */
export class EntryReplay {
  readonly #db: StateDb;
  readonly #engine: Engine;
  readonly #positions: ExporterPositions;

  constructor(db: StateDb, ids: PartitionIds) {
    const options = { ...ids, commandsInBatchMax: 100, checksum: md5, random: () => 0.5 };
    this.#db = db;
    this.#engine = new Engine(db, new Turn(ids.partitionId), options, NO_STREAMS);
    this.#engine.keys.counter = db.keyCounter;
    this.#positions = new ExporterPositions(db);
  }

  apply(entry: Entry): void {
    applyEntry(entry, this.#db, this.#engine, this.#positions);
  }
}

function replay(folder: string, upToIndex: number, ids: PartitionIds): ReadonlyMap<string, string> {
  const base = new MemoryBase();
  const db = new StateDb(base, { verifyFresh: true });
  const applied = new EntryReplay(db, ids);
  let next = 1;
  for (const item of scanJournal(folder)) {
    if (item.kind !== 'entry' || next > upToIndex) continue;
    if (item.entry.index !== next) {
      throw new Error(`${folder} has no entry ${next}`);
    }
    applied.apply(item.entry);
    next++;
  }
  if (next <= upToIndex) throw new Error(`${folder} ends before entry ${upToIndex}`);
  flushNow(db, base);
  return new Map([...base.entries()].map(asText));
}

function firstIndexOf(folder: string): number {
  for (const item of scanJournal(folder)) if (item.kind === 'entry') return item.entry.index;
  return 1;
}

function asText({ key, value }: StoredEntry): [string, string] {
  return [Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')];
}
