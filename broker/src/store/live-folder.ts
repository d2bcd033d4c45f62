// The folder of a partition's live state: which content it may start with.
//
// The store is not synced. After a crash of the process its folder is a prefix of the truth; after a crash of the machine
// it may have holes that no check finds. So the folder notes the boot of the machine that it was filled in. When that is
// another one, or cannot be told, it is thrown away and made anew from the newest sound checkpoint, or empty when there
// never was one; the log brings the rest. A folder that is called damaged goes the same way, and so does one that ends
// before the log begins, as after the installation of a checkpoint from the leader.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { checkpointsFolder, type Disk, openCheckpointStore } from '@millrace/raft';
import { StateDb } from '../core/state/state-db.ts';
import type { LiveStore, StoreBackend } from './store-backend.ts';
import { StoreError, storeErrorOf } from './store-error.ts';

const BOOT_ID_SOURCE = '/proc/sys/kernel/random/boot_id';
const BOOT_ID_FILE = 'boot-id';
/** The store inside a checkpoint; other things may lie beside it. */
const CHECKPOINT_PART = 'state';

/** Where the content of an opened folder comes from. */
export type Origin =
  | { readonly kind: 'live' }
  | { readonly kind: 'checkpoint'; readonly id: string; readonly reason: string }
  | { readonly kind: 'empty'; readonly reason: string };

/** The live state inside a partition's folder. */
export function liveFolder(partitionDir: string): string {
  return path.join(partitionDir, 'state');
}

/** The store inside a checkpoint's folder. */
export function checkpointPart(checkpointDir: string): string {
  return path.join(checkpointDir, CHECKPOINT_PART);
}

/** The machine's boot, undefined where it cannot be told. */
export function machineBootId(): string | undefined {
  try {
    return readFileSync(BOOT_ID_SOURCE, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** What decides with which content a live state may start. */
export interface LiveFolderOptions {
  readonly backend: StoreBackend;
  /** The partition's folder. */
  readonly dir: string;
  /** The boot of the machine; undefined when it cannot be told. */
  readonly bootId: string | undefined;
  /** The oldest entry that the log can bring; undefined: whatever the state needs. */
  readonly logFirstIndex: number | undefined;
}

/** Opens the live state, after making it anew where that is needed. Rejects with a StoreError. */
export async function openLiveFolder(
  options: LiveFolderOptions,
): Promise<{ store: LiveStore; origin: Origin }> {
  try {
    const reason = whyDiscard(options);
    if (reason !== undefined) return await rebuild(options, reason);
    return await openOrRebuild(options);
  } catch (error) {
    throw storeErrorOf(error, `opening the state of ${options.dir}`);
  }
}

async function openOrRebuild(options: LiveFolderOptions) {
  const { backend, dir, logFirstIndex } = options;
  let store: LiveStore;
  try {
    store = await backend.open(liveFolder(dir), { createIfMissing: false });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'corrupt') throw error;
    return await rebuild(options, error.message);
  }
  if (logFirstIndex !== undefined) {
    const applied = await appliedIndexOf(store);
    if (applied + 1 < logFirstIndex) {
      await store.close();
      return await rebuild(
        options,
        `it holds entry ${applied}, and the log begins with entry ${logFirstIndex}`,
      );
    }
  }
  return { store, origin: { kind: 'live' } as const };
}

async function appliedIndexOf(store: LiveStore): Promise<number> {
  try {
    return new StateDb(store).committedIndex;
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Why the live folder must not be used; undefined when it may. */
function whyDiscard({ backend, dir, bootId }: LiveFolderOptions): string | undefined {
  const file = path.join(liveFolder(dir), BOOT_ID_FILE);
  if (backend.disk.kindOf(file) === null) return 'there is no complete live state';
  if (bootId === undefined) return 'whether the machine has crashed since cannot be told';
  return readText(backend.disk, file) === bootId
    ? undefined
    : 'the machine was started again since';
}

async function rebuild(options: LiveFolderOptions, reason: string) {
  const { backend, dir, bootId } = options;
  const { disk } = backend;
  const live = liveFolder(dir);
  const next = `${live}.next`;
  disk.remove(next);
  const id = await restoreNewest(options, next);
  disk.makeFolder(next);
  writeText(disk, path.join(next, BOOT_ID_FILE), bootId ?? 'unknown');
  // The old folder goes only when its successor is complete; the boot id inside marks a complete one.
  condemn(disk, dir);
  disk.remove(live);
  disk.rename(next, live);
  const store = await backend.open(live, { createIfMissing: true });
  const origin: Origin =
    id === undefined ? { kind: 'empty', reason } : { kind: 'checkpoint', id, reason };
  return { store, origin };
}

/** The id of the checkpoint that is restored into the folder; undefined when none is there and none is needed. */
async function restoreNewest(
  options: LiveFolderOptions,
  target: string,
): Promise<string | undefined> {
  const { backend, dir, logFirstIndex = 1 } = options;
  const checkpoints = openCheckpointStore(backend.disk, checkpointsFolder(dir));
  const problems: string[] = [];
  let mayPass = false;
  for (const { id, path: folder, manifest } of checkpoints.list().reverse()) {
    if (manifest.index + 1 < logFirstIndex) {
      problems.push(`${id} ends before the log, which begins with entry ${logFirstIndex}`);
      continue;
    }
    try {
      await checkpoints.verify(id);
      await backend.restore(checkpointPart(folder), target);
      return id;
    } catch (error) {
      const known = storeErrorOf(error, `restoring the checkpoint ${id}`);
      if (known.code === 'disk-full' || known.code === 'read-only') throw known;
      // Of a disk that fails, an older checkpoint may be readable; whether this one is damaged is not known then.
      mayPass ||= known.code !== 'corrupt';
      problems.push(known.message);
    }
  }
  if (problems.length === 0 && logFirstIndex <= 1) return undefined;
  if (mayPass) {
    const text = `no checkpoint in ${checkpointsFolder(dir)} could be restored (${problems.join('; ')})`;
    throw new StoreError('io', text);
  }
  throw new StoreError(
    'corrupt',
    `no checkpoint in ${checkpointsFolder(dir)} is sound, and the log before the newest is gone: restore the folder from a backup (${problems.join('; ') || 'there is none'})`,
  );
}

/** Marks the live state as unusable: the next opening makes it anew. Throws the disk's error. */
export function condemn(disk: Disk, partitionDir: string): void {
  disk.remove(path.join(liveFolder(partitionDir), BOOT_ID_FILE));
}

function readText(disk: Disk, file: string): string {
  const handle = disk.open(file, 'read');
  try {
    const bytes = new Uint8Array(handle.size());
    handle.read(bytes, 0);
    return new TextDecoder().decode(bytes);
  } finally {
    handle.close();
  }
}

function writeText(disk: Disk, file: string, text: string): void {
  const handle = disk.open(file, 'create');
  try {
    handle.write(new TextEncoder().encode(text), 0);
  } finally {
    handle.close();
  }
}
