// All replicas of a partition hold the same: compares the data folders of a cluster whose brokers do not run.
//
// Logs must be equal wherever two replicas have the same committed entry, and whatever a replica has applied must stand in
// the logs (or below the checkpoints) of a majority. States are brought to the same entry, the newest that any replica has
// applied, and must then be equal byte by byte. The folders are only read.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type Entry, scanJournal } from '@millrace/raft';
import { flushNow, MemoryBase } from '../../broker/src/core/state/memory-base.ts';
import { StateDb } from '../../broker/src/core/state/state-db.ts';
import { EntryReplay, readStateOnDisk } from './state-from-log.ts';

export interface ReplicasComparison {
  readonly partitionId: number;
  /** Data folders that have the partition. */
  readonly replicas: number;
  /** The newest entry that a state on disk has applied; up to here everything was compared. */
  readonly appliedIndex: number;
  /** Entries that stood in several logs. */
  readonly comparedEntries: number;
  readonly keys: number;
  /** The first differences, as lines; empty when all is equal. */
  readonly differences: readonly string[];
}

/** What tells an entry from another one at the same place. */
interface Head {
  readonly term: number;
  readonly kind: number;
  readonly crc: number;
}

interface Replica {
  readonly name: string;
  readonly log: string;
  /** Of the first entry; 1 when the log is empty. */
  readonly firstIndex: number;
  readonly heads: readonly Head[];
  readonly appliedIndex: number;
  readonly state: MemoryBase;
}

const differencesMax = 10;

/**
 * Compares every partition of these data folders.
 * @param replicationFactor replicas that each partition has when nothing is missing
 */
export async function compareReplicas(
  dataDirectories: readonly string[],
  replicationFactor: number,
): Promise<readonly ReplicasComparison[]> {
  const folders = dataDirectories.map((directory) => path.join(directory, 'partitions'));
  const ids = new Set(folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])));
  const comparisons: ReplicasComparison[] = [];
  for (const partitionId of [...ids].map(Number).sort((a, b) => a - b)) {
    const replicas: Replica[] = [];
    for (const folder of folders) {
      const replica = await readReplica(path.join(folder, String(partitionId)));
      if (replica !== undefined) replicas.push(replica);
    }
    const options = { partitionId, partitionCount: ids.size };
    comparisons.push(compare(replicas, options, Math.floor(replicationFactor / 2) + 1));
  }
  return comparisons;
}

async function readReplica(folder: string): Promise<Replica | undefined> {
  const log = path.join(folder, 'log');
  if (!existsSync(log)) return undefined;
  const heads: Head[] = [];
  let firstIndex = 1;
  for (const { index, term, kind, payload } of entriesOf(log)) {
    if (heads.length === 0) firstIndex = index;
    heads.push({ term, kind, crc: crc32(payload) });
  }
  const state = new MemoryBase();
  const { appliedIndex } = await readStateOnDisk(path.join(folder, 'state'), state);
  return { name: folder, log, firstIndex, heads, appliedIndex, state };
}

/** Entries up to the first that is missing or damaged: what follows is not part of the log. */
function* entriesOf(log: string): Generator<Entry> {
  let next = 0;
  for (const item of scanJournal(log)) {
    if (item.kind === 'segment') continue;
    if (item.kind !== 'entry' || (next > 0 && item.entry.index !== next)) return;
    yield item.entry;
    next = item.entry.index + 1;
  }
}

function headOf(replica: Replica, index: number): Head | undefined {
  return replica.heads[index - replica.firstIndex];
}

function compare(
  replicas: readonly Replica[],
  ids: { readonly partitionId: number; readonly partitionCount: number },
  majority: number,
): ReplicasComparison {
  const differences: string[] = [];
  const appliedIndex = Math.max(...replicas.map((each) => each.appliedIndex));
  const comparedEntries = compareLogs(replicas, appliedIndex, majority, differences);
  const keys = compareStates(replicas, appliedIndex, ids, differences);
  const { partitionId } = ids;
  const shown = differences.slice(0, differencesMax);
  return {
    ...{ partitionId, replicas: replicas.length, appliedIndex, comparedEntries, keys },
    differences: shown,
  };
}

/** @returns entries of which there were several to compare */
function compareLogs(
  replicas: readonly Replica[],
  appliedIndex: number,
  majority: number,
  differences: string[],
): number {
  let compared = 0;
  const from = Math.min(...replicas.map((each) => each.firstIndex));
  for (let index = from; index <= appliedIndex && differences.length < differencesMax; index++) {
    // Committed for certain below what this very replica has applied; above, its entry may be one that was never committed.
    const certain = replicas.find((each) => each.appliedIndex >= index && headOf(each, index));
    const wanted = certain === undefined ? undefined : headOf(certain, index);
    let holders = 0;
    for (const replica of replicas) {
      const head = headOf(replica, index);
      if (head === undefined && (index < replica.firstIndex || index <= replica.appliedIndex))
        holders++;
      else if (head !== undefined && (wanted === undefined || isSame(head, wanted))) holders++;
      else if (head !== undefined && index <= replica.appliedIndex)
        differences.push(
          `entry ${index}: ${text(head)} in ${replica.name}, ${text(wanted)} in ${certain?.name}`,
        );
    }
    if (holders < majority)
      differences.push(`entry ${index} is applied and stands in ${holders} logs`);
    compared++;
  }
  return compared;
}

function isSame(a: Head, b: Head): boolean {
  return a.term === b.term && a.kind === b.kind && a.crc === b.crc;
}

function text(head: Head | undefined): string {
  return head === undefined ? 'nothing' : `term ${head.term}, kind ${head.kind}, sum ${head.crc}`;
}

/** @returns keys of the states */
function compareStates(
  replicas: readonly Replica[],
  appliedIndex: number,
  ids: { readonly partitionId: number; readonly partitionCount: number },
  differences: string[],
): number {
  const donor = replicas.find((each) => each.appliedIndex === appliedIndex) as Replica;
  for (const replica of replicas) bringForward(replica, appliedIndex, donor, ids);
  const wanted = new Map([...donor.state.entries()].map(asText));
  for (const replica of replicas) {
    if (replica === donor) continue;
    const found = new Map([...replica.state.entries()].map(asText));
    for (const key of new Set([...wanted.keys(), ...found.keys()])) {
      if (wanted.get(key) === found.get(key)) continue;
      if (differences.length >= differencesMax) break;
      differences.push(
        `key ${key} at entry ${appliedIndex}: ${found.get(key) ?? 'nothing'} in ${replica.name}, ${wanted.get(key) ?? 'nothing'} in ${donor.name}`,
      );
    }
  }
  return wanted.size;
}

/** Applies what the replica has not applied yet, from the donor's log, and what was cut off there from its own. */
function bringForward(
  replica: Replica,
  appliedIndex: number,
  donor: Replica,
  ids: { readonly partitionId: number; readonly partitionCount: number },
): void {
  if (replica.appliedIndex === appliedIndex) return;
  const db = new StateDb(replica.state, { verifyFresh: true });
  const replay = new EntryReplay(db, ids);
  for (const { log } of [replica, donor]) {
    const end = log === donor.log ? appliedIndex : donor.firstIndex - 1;
    for (const entry of entriesOf(log))
      if (entry.index === db.committedIndex + 1 && entry.index <= end) replay.apply(entry);
  }
  if (db.committedIndex !== appliedIndex)
    throw new Error(
      `the state of ${replica.name} cannot be brought from entry ${replica.appliedIndex} to ${appliedIndex}: no log has what is between`,
    );
  flushNow(db, replica.state);
}

function asText({ key, value }: { key: Uint8Array; value: Uint8Array }): [string, string] {
  return [Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')];
}
