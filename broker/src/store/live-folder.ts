// The folder of a partition's live state: which content it may start with.
//
// LevelDB is not synced. After a crash of the process its folder is a prefix of the truth; after a crash of the machine
// it may have holes that no check finds. So the folder notes the boot of the machine that it was filled in. When that is
// another one, or cannot be told, it is thrown away and made anew from the newest sound checkpoint, or empty when there
// never was one; the log brings the rest. A folder that LevelDB calls damaged goes the same way.
import { readFileSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkpointsFolder, nodeDisk, openCheckpointStore } from '@millrace/raft';
import { restoreFromCheckpoint } from './checkpoint.ts';
import { type LevelStore, openLevelStore } from './level-store.ts';
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

/** Opens the live state, after making it anew where that is needed. Rejects with a StoreError. */
export async function openLiveFolder(
  partitionDir: string,
  bootId: string | undefined,
): Promise<{ level: LevelStore; origin: Origin }> {
  try {
    const reason = await whyDiscard(partitionDir, bootId);
    if (reason === undefined) {
      try {
        const level = await openLevelStore(liveFolder(partitionDir), { createIfMissing: false });
        return { level, origin: { kind: 'live' } };
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'corrupt') throw error;
        return await rebuild(partitionDir, bootId, error.message);
      }
    }
    return await rebuild(partitionDir, bootId, reason);
  } catch (error) {
    throw storeErrorOf(error, `opening the state of ${partitionDir}`);
  }
}

/** Why the live folder must not be used; undefined when it may. */
async function whyDiscard(dir: string, bootId: string | undefined): Promise<string | undefined> {
  let noted: string;
  try {
    noted = await readFile(path.join(liveFolder(dir), BOOT_ID_FILE), 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error;
    return 'there is no complete live state';
  }
  if (bootId === undefined) return 'whether the machine has crashed since cannot be told';
  return noted === bootId ? undefined : 'the machine was started again since';
}

async function rebuild(dir: string, bootId: string | undefined, reason: string) {
  const live = liveFolder(dir);
  const next = `${live}.next`;
  await rm(next, { recursive: true, force: true });
  const id = await restoreNewest(dir, next);
  await mkdir(next, { recursive: true });
  await writeFile(path.join(next, BOOT_ID_FILE), bootId ?? 'unknown');
  // The old folder goes only when its successor is complete; the boot id inside marks a complete one.
  await rm(path.join(live, BOOT_ID_FILE), { force: true });
  await rm(live, { recursive: true, force: true });
  await rename(next, live);
  const level = await openLevelStore(live);
  const origin: Origin =
    id === undefined ? { kind: 'empty', reason } : { kind: 'checkpoint', id, reason };
  return { level, origin };
}

/** The id of the checkpoint that is restored into the folder; undefined when there is none at all. */
async function restoreNewest(dir: string, target: string): Promise<string | undefined> {
  const checkpoints = openCheckpointStore(nodeDisk, checkpointsFolder(dir));
  const problems: string[] = [];
  for (const { id, path: folder } of checkpoints.list().reverse()) {
    try {
      await checkpoints.verify(id);
      await restoreFromCheckpoint(checkpointPart(folder), target);
      return id;
    } catch (error) {
      const known = storeErrorOf(error, `restoring the checkpoint ${id}`);
      if (known.code === 'disk-full' || known.code === 'read-only') throw known;
      problems.push(known.message);
    }
  }
  if (problems.length === 0) return undefined;
  throw new StoreError(
    'corrupt',
    `no checkpoint in ${checkpointsFolder(dir)} is sound, and the log before the newest is gone: restore the folder from a backup (${problems.join('; ')})`,
  );
}

/** Marks the live state as unusable: the next opening makes it anew. */
export async function condemn(partitionDir: string): Promise<void> {
  await rm(path.join(liveFolder(partitionDir), BOOT_ID_FILE), { force: true });
}
