// A consistent copy of a LevelDB folder by hard links, and the way back.
//
// Guarantees: the live store is only read; the copy holds exactly the files that its MANIFEST names and shares the
// immutable tables with the live store; what LevelDB writes to (MANIFEST, CURRENT, logs) is copied, never linked; a
// folder is restored by links into a new one, so that opening it cannot touch the checkpoint. What is copied is synced.
// Leaves to others: that no write is under way, checksums of the files, where checkpoints live and which are kept.
import {
  constants,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
} from 'node:fs/promises';
import path from 'node:path';
import { type LiveFiles, readManifest } from './level-manifest.ts';
import type { CopiedStore } from './store-backend.ts';
import { StoreError, storeErrorOf } from './store-error.ts';

/** Files that are linked at the same time. */
const LINKS_AT_ONCE = 16;
/** A compaction may take a file away between its naming and its linking: then once more. */
const TRIES_MAX = 20;
const CURRENT = 'CURRENT';

export interface LinkedFiles extends CopiedStore {
  /** How often a compaction made it begin again. */
  readonly retries: number;
}

/**
 * Copies the store in `liveDir` into the new folder `targetDir`. No write may be under way; compactions may.
 * Rejects with a StoreError and leaves nothing behind.
 * @param onLinked the live store is not needed any more, writes may go on; the copy is not synced yet
 */
export async function linkCheckpoint(
  liveDir: string,
  targetDir: string,
  onLinked: () => void = () => {},
): Promise<LinkedFiles> {
  try {
    for (let retries = 0; ; retries++) {
      await rm(targetDir, { recursive: true, force: true });
      await mkdir(targetDir, { recursive: true });
      const copied = await copyStore(liveDir, targetDir);
      if (copied === undefined && retries < TRIES_MAX) continue;
      if (copied === undefined) {
        throw new StoreError('io', `${liveDir} changed during ${TRIES_MAX} tries to copy it`);
      }
      onLinked();
      await syncAll(targetDir, copied.written);
      return { files: copied.files, bytes: copied.bytes, retries };
    }
  } catch (error) {
    await rm(targetDir, { recursive: true, force: true });
    throw storeErrorOf(error, `making a checkpoint of ${liveDir}`);
  }
}

interface LinkedStore {
  readonly files: string[];
  readonly written: string[];
  readonly bytes: number;
}

/** One try; undefined when a file was gone. */
async function copyStore(from: string, to: string): Promise<LinkedStore | undefined> {
  const manifest = await readCurrent(from);
  const live = readManifest(manifest.bytes);
  const tables = await tableNames(from, live);
  if (tables === undefined) return undefined;
  const logs = (await readdir(from)).filter((name) => isLiveLog(name, live));
  try {
    await inParallel(tables, (name) => linkOrCopy(path.join(from, name), path.join(to, name)));
    for (const name of logs) await copyFile(path.join(from, name), path.join(to, name));
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
  await writeNew(path.join(to, manifest.name), manifest.bytes.subarray(0, live.length));
  await writeNew(path.join(to, CURRENT), manifest.current);
  const written = [...logs, manifest.name, CURRENT];
  let bytes = 0;
  for (const size of live.tables.values()) bytes += size;
  for (const name of written) bytes += (await stat(path.join(to, name))).size;
  return { files: [...tables, ...written], written, bytes };
}

async function readCurrent(dir: string) {
  const current = await readFile(path.join(dir, CURRENT));
  const name = current.toString('latin1').trim();
  if (!/^MANIFEST-\d+$/.test(name)) {
    throw new StoreError('corrupt', `${path.join(dir, CURRENT)} names no MANIFEST`);
  }
  return { name, current, bytes: await readFile(path.join(dir, name)) };
}

/** Tables are called `.ldb`, in stores of old releases `.sst`. Undefined when one is missing. */
async function tableNames(dir: string, live: LiveFiles): Promise<string[] | undefined> {
  const there = new Set(await readdir(dir));
  const names: string[] = [];
  for (const number of live.tables.keys()) {
    const stem = String(number).padStart(6, '0');
    const name = there.has(`${stem}.ldb`) ? `${stem}.ldb` : `${stem}.sst`;
    if (!there.has(name)) return undefined;
    names.push(name);
  }
  return names;
}

function isLiveLog(name: string, live: LiveFiles): boolean {
  const match = /^(\d+)\.log$/.exec(name);
  if (match === null) return false;
  const number = Number(match[1]);
  return number >= live.logNumber || (number > 0 && number === live.previousLogNumber);
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') throw error;
    // No hard links here, another file system, or too many: a copy is as good, only slower.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await sync(to);
  }
}

async function inParallel(names: readonly string[], work: (name: string) => Promise<void>) {
  for (let at = 0; at < names.length; at += LINKS_AT_ONCE) {
    await Promise.all(names.slice(at, at + LINKS_AT_ONCE).map(work));
  }
}

async function writeNew(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
  } finally {
    await handle.close();
  }
}

async function syncAll(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) await sync(path.join(dir, name));
  await sync(dir);
  await sync(path.dirname(dir));
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Checks that a copy has every file that its MANIFEST names, in its size. Contents are the checksums' matter.
 * Rejects with a StoreError that names the file.
 */
export async function verifyCheckpoint(dir: string): Promise<void> {
  try {
    const live = readManifest((await readCurrent(dir)).bytes);
    const there = new Set(await readdir(dir));
    for (const [number, size] of live.tables) {
      const stem = String(number).padStart(6, '0');
      const name = there.has(`${stem}.ldb`) ? `${stem}.ldb` : `${stem}.sst`;
      if (!there.has(name)) throw new StoreError('corrupt', `${dir} lacks the table ${stem}.ldb`);
      const found = (await stat(path.join(dir, name))).size;
      if (found === size) continue;
      const file = path.join(dir, name);
      throw new StoreError('corrupt', `${file} has ${found} bytes, its MANIFEST says ${size}`);
    }
    if (live.logNumber > 0 && ![...there].some((name) => isLiveLog(name, live))) {
      throw new StoreError('corrupt', `${dir} lacks the log ${live.logNumber}`);
    }
  } catch (error) {
    throw storeErrorOf(error, `checking the checkpoint in ${dir}`);
  }
}

/** Makes the new folder `liveDir` a store with the content of the checkpoint. Rejects with a StoreError. */
export async function restoreFromCheckpoint(checkpointDir: string, liveDir: string): Promise<void> {
  await verifyCheckpoint(checkpointDir);
  await linkCheckpoint(checkpointDir, liveDir);
}
