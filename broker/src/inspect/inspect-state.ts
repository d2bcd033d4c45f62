// Looks into a partition's state store: how far it has come, how many keys, whether every key and value can be read.
//
// LevelDB repairs and tidies up when it opens a folder, so it opens a linked copy of what the MANIFEST names, never the
// original; the tables that both share are never written to. So a store that is in use can be looked at, too.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StateDb } from '../core/state/state-db.ts';
import { linkCheckpoint } from '../store/checkpoint.ts';
import { openLevelStore } from '../store/level-store.ts';
import type { Problem, StateReport } from './inspect-messages.ts';

export interface StateFound {
  /** undefined when there is none, or it cannot be read. */
  readonly state: StateReport | undefined;
  readonly problems: readonly Problem[];
}

/** @param dir the partition's state folder; LevelDB's own folder is this one or one directly below it */
export async function inspectState(dir: string): Promise<StateFound> {
  const folder = levelFolder(dir);
  if (folder === undefined) return { state: undefined, problems: [] };
  const place = mkdtempSync(join(tmpdir(), 'millrace-inspect-'));
  const copy = join(place, 'state');
  try {
    await linkCheckpoint(folder, copy);
    return { state: await readState(copy), problems: [] };
  } catch (error) {
    const text = `the state cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { state: undefined, problems: [{ file: folder, offset: -1, text }] };
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** LevelDB's own folder: this one or one directly below it; undefined when there is none. */
export function levelFolder(dir: string): string | undefined {
  if (!existsSync(dir)) return undefined;
  if (existsSync(join(dir, 'CURRENT'))) return dir;
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .find((each) => existsSync(join(each, 'CURRENT')));
}

async function readState(folder: string): Promise<StateReport> {
  const store = await openLevelStore(folder, { createIfMissing: false });
  try {
    const db = new StateDb(store);
    let keys = 0;
    let bytes = 0;
    for await (const { key, value } of store.entries()) {
      keys++;
      bytes += key.length + value.length;
    }
    const { lastPosition, keyCounter } = db;
    return { appliedIndex: db.committedIndex, lastPosition, keyCounter, keys, bytes };
  } finally {
    await store.close();
  }
}
