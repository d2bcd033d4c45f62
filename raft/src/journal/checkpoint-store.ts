// Checkpoints: folders of files that hold the state at one committed position.
// Guarantees: a checkpoint is visible only when all its files, its manifest and its name are durable; an interrupted one
// leaves nothing; contents can be checked against the manifest at any time; the thread is never held for a whole file.
// Leaves to others: what is in the files, and when one may be deleted.
import { crc32 } from 'node:zlib';
import { readCheckedFile, writeCheckedFile } from '../disk/checked-file.ts';
import type { Disk } from '../disk/disk.ts';
import { JournalError, journalErrorOf } from './journal-error.ts';

export interface CheckpointFile {
  /** Path inside the checkpoint, folders separated by `/`. */
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
}

export interface CheckpointManifest {
  readonly version: 1;
  /** The last entry that is applied in it, and that entry's term. */
  readonly index: number;
  readonly term: number;
  /** The caller's own measure of progress at that entry. */
  readonly position: number;
  readonly files: readonly CheckpointFile[];
  /** Who made it: a name and version for people. */
  readonly createdBy: string;
}

export interface Checkpoint {
  /** `<index>-<term>`. */
  readonly id: string;
  /** The folder; read-only for everyone. */
  readonly path: string;
  readonly manifest: CheckpointManifest;
}

/** A checkpoint being made: fill the folder, then `commit` or `abort`. */
export interface PendingCheckpoint {
  readonly path: string;
  /** Syncs and sums up the files, then makes the checkpoint visible. Rejects with a JournalError and removes it. */
  commit(createdBy: string): Promise<Checkpoint>;
  abort(): void;
}

const manifestName = 'manifest.json';
const readBytes = 1024 * 1024;
const idPattern = /^\d+-\d+$/;

/** Writes the manifest into the folder of a checkpoint, durably. */
export function writeManifest(disk: Disk, path: string, manifest: CheckpointManifest): void {
  writeCheckedFile(disk, `${path}/${manifestName}`, manifest);
}

/** The name of a checkpoint's folder. */
export function checkpointId(manifest: { readonly index: number; readonly term: number }): string {
  return `${manifest.index}-${manifest.term}`;
}

/** Opens the folder of checkpoints; what interrupted runs left is removed. Throws JournalError. */
export function openCheckpointStore(disk: Disk, dir: string): CheckpointStore {
  try {
    disk.makeFolder(dir);
    const store = new CheckpointStore(disk, dir);
    store.removeLeftovers();
    return store;
  } catch (error) {
    throw journalErrorOf(error, `opening the checkpoints in ${dir}`);
  }
}

/** Use `openCheckpointStore`. */
export class CheckpointStore {
  readonly #disk: Disk;
  readonly #dir: string;
  /**
   * Resolves when the log is durable up to the entry: a leader may commit what only the others' disks hold, and a checkpoint
   * must not be ahead of the log after a crash. Set by whoever owns the log.
   */
  logDurable: (index: number) => Promise<void> = async () => {};
  /** How often each checkpoint is pinned. */
  readonly #pins = new Map<string, number>();

  constructor(disk: Disk, dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  removeLeftovers(): void {
    for (const name of this.#disk.list(this.#dir)) {
      if (!idPattern.test(name)) this.#disk.remove(`${this.#dir}/${name}`);
    }
  }

  /** All checkpoints, oldest first. One whose manifest cannot be read is left out; `verify` says what is wrong. */
  list(): Checkpoint[] {
    const found: Checkpoint[] = [];
    for (const id of this.#disk.list(this.#dir)) {
      if (!idPattern.test(id)) continue;
      try {
        found.push(this.#read(id));
      } catch {
        // Not usable, but evidence: it stays until it is pruned.
      }
    }
    return found.sort(
      (a, b) => a.manifest.index - b.manifest.index || a.manifest.term - b.manifest.term,
    );
  }

  /** The newest one with a sound manifest, null if there is none. Its files are not read; see `verify`. */
  newest(): Checkpoint | null {
    return this.list().at(-1) ?? null;
  }

  /** Begins a checkpoint at the entry. Throws JournalError, also when there is one at this entry already. */
  begin(at: {
    readonly index: number;
    readonly term: number;
    readonly position: number;
  }): PendingCheckpoint {
    const id = checkpointId(at);
    const path = `${this.#dir}/${id}.pending`;
    if (this.#disk.kindOf(`${this.#dir}/${id}`) !== null) {
      throw new JournalError('io', `There is already a checkpoint ${id} in ${this.#dir}.`);
    }
    const abort = () => this.#disk.remove(path);
    try {
      abort();
      this.#disk.makeFolder(path);
    } catch (error) {
      throw journalErrorOf(error, `beginning the checkpoint ${id}`);
    }
    const commit = async (createdBy: string): Promise<Checkpoint> => {
      try {
        const files = await this.#seal(path, '');
        const manifest: CheckpointManifest = { version: 1, ...at, files, createdBy };
        writeManifest(this.#disk, path, manifest);
        await this.logDurable(at.index);
        this.#disk.rename(path, `${this.#dir}/${id}`);
        await this.#disk.syncFolder(this.#dir);
        return { id, path: `${this.#dir}/${id}`, manifest };
      } catch (error) {
        const failure = journalErrorOf(error, `writing the checkpoint ${id}`);
        try {
          abort();
        } catch {
          // Removed at the next open.
        }
        throw failure;
      }
    };
    return { path, commit, abort };
  }

  /** Reads the whole checkpoint and compares it with its manifest. Rejects with a JournalError that names the file. */
  async verify(id: string): Promise<void> {
    let checkpoint: Checkpoint;
    try {
      checkpoint = this.#read(id);
    } catch (error) {
      throw new JournalError(
        'corrupt',
        `The checkpoint ${id} cannot be used: ${String(error)}`,
        error,
      );
    }
    for (const expected of checkpoint.manifest.files) {
      const path = `${checkpoint.path}/${expected.name}`;
      if (this.#disk.kindOf(path) !== 'file') {
        throw new JournalError('corrupt', `The checkpoint ${id} lacks the file ${path}.`);
      }
      const found = await this.#sum(path, false);
      if (found.size !== expected.size || found.crc32 !== expected.crc32) {
        throw new JournalError('corrupt', `The file ${path} of checkpoint ${id} is damaged.`);
      }
    }
  }

  /** Keeps a checkpoint from being pruned while someone reads it; answers what ends that. */
  pin(id: string): () => void {
    this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#pins.get(id) as number) - 1;
      if (left === 0) this.#pins.delete(id);
      else this.#pins.set(id, left);
    };
  }

  /** Removes all that are not pinned but the newest `keep`, and unusable ones older than those; answers the ids removed. */
  prune(keep: number): string[] {
    const kept = this.list().slice(-keep);
    const oldestKept = kept[0]?.manifest.index ?? 0;
    const removed: string[] = [];
    for (const id of this.#disk.list(this.#dir)) {
      if (!idPattern.test(id) || kept.some((checkpoint) => checkpoint.id === id)) continue;
      if (Number(id.split('-')[0]) > oldestKept || this.#pins.has(id)) continue;
      this.remove(id);
      removed.push(id);
    }
    return removed;
  }

  /** Takes in a folder with files and manifest that are durable; it may replace one of the same id. Blocks for a sync. */
  adopt(path: string, id: string): void {
    try {
      if (this.#disk.kindOf(`${this.#dir}/${id}`) !== null) this.remove(id);
      this.#disk.rename(path, `${this.#dir}/${id}`);
      this.#disk.syncFolderNow(this.#dir);
    } catch (error) {
      throw journalErrorOf(error, `taking in the checkpoint ${id}`);
    }
  }

  /** Removes one checkpoint; it is out of sight before the first of its files goes. */
  remove(id: string): void {
    const going = `${this.#dir}/${id}.removed`;
    try {
      this.#disk.rename(`${this.#dir}/${id}`, going);
      this.#disk.syncFolderNow(this.#dir);
      this.#disk.remove(going);
    } catch (error) {
      throw journalErrorOf(error, `removing the checkpoint ${id}`);
    }
  }

  #read(id: string): Checkpoint {
    const path = `${this.#dir}/${id}`;
    const manifest = readCheckedFile(
      this.#disk,
      `${path}/${manifestName}`,
    ) as CheckpointManifest | null;
    if (manifest === null) throw new JournalError('corrupt', `${path} has no manifest.`);
    if (manifest.version !== 1 || checkpointId(manifest) !== id) {
      throw new JournalError(
        'corrupt',
        `The manifest of ${path} is of another checkpoint or version.`,
      );
    }
    return { id, path, manifest };
  }

  /** Sums up and syncs all files below the folder, deepest folders first. */
  async #seal(root: string, inside: string): Promise<CheckpointFile[]> {
    const folder = inside === '' ? root : `${root}/${inside}`;
    const files: CheckpointFile[] = [];
    for (const name of this.#disk.list(folder)) {
      const relative = inside === '' ? name : `${inside}/${name}`;
      if (this.#disk.kindOf(`${root}/${relative}`) === 'folder') {
        files.push(...(await this.#seal(root, relative)));
      } else {
        files.push({ name: relative, ...(await this.#sum(`${root}/${relative}`, true)) });
      }
    }
    await this.#disk.syncFolder(folder);
    return files;
  }

  async #sum(path: string, sync: boolean): Promise<{ size: number; crc32: number }> {
    const file = this.#disk.open(path, 'read');
    try {
      const buffer = new Uint8Array(readBytes);
      let size = 0;
      let sum = 0;
      for (;;) {
        const count = await file.readLater(buffer, size);
        if (count === 0) break;
        sum = crc32(buffer.subarray(0, count), sum);
        size += count;
      }
      if (sync) await file.sync();
      return { size, crc32: sum };
    } finally {
      file.close();
    }
  }
}
