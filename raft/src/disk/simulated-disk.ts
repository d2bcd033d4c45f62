// A disk in memory that fails the way disks do.
// Guarantees: what was not synced may be lost, wholly or by 512-byte sector, at `crash`; names that were not synced may be
// lost from some point on; a failed sync loses the writes it was to cover although they stay readable until the crash
// (Linux does that); it can be full, read-only, failing or slow.
// Leaves to others: the choice of when to crash, and the random numbers, so that a run can be repeated from its seed.
import type { Disk, DiskFile, OpenMode } from './disk.ts';

const sectorBytes = 512;

interface PendingWrite {
  readonly position: number;
  readonly bytes: Uint8Array;
}

type NameChange =
  | {
      readonly kind: 'add';
      readonly folder: string;
      readonly path: string;
      readonly file: FileContent;
    }
  | { readonly kind: 'remove'; readonly folder: string; readonly path: string }
  | {
      readonly kind: 'rename';
      readonly folder: string;
      readonly from: string;
      readonly to: string;
    };

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${path}`), { code });
}

/** Bytes that grow. */
class Bytes {
  data: Uint8Array = new Uint8Array(0);
  length = 0;

  put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.data.length) {
      const grown = new Uint8Array(Math.max(end, this.data.length * 2));
      grown.set(this.data.subarray(0, this.length));
      this.data = grown;
    }
    this.data.set(bytes, position);
    if (end > this.length) this.length = end;
  }
}

class FileContent {
  readonly seen = new Bytes();
  readonly durable = new Bytes();
  pending: PendingWrite[] = [];

  harden(count: number): void {
    for (const write of this.pending.splice(0, count)) {
      this.durable.put(write.bytes, write.position);
    }
  }
}

function applyChange(names: Map<string, FileContent>, change: NameChange): void {
  if (change.kind === 'add') names.set(change.path, change.file);
  else if (change.kind === 'remove') removeName(names, change.path);
  else {
    const moved: [string, FileContent][] = [];
    for (const [path, file] of names) {
      if (path === change.from || path.startsWith(`${change.from}/`)) {
        moved.push([change.to + path.slice(change.from.length), file]);
      }
    }
    removeName(names, change.from);
    removeName(names, change.to);
    for (const [path, file] of moved) names.set(path, file);
  }
}

function removeName(names: Map<string, FileContent>, path: string): void {
  for (const name of [...names.keys()]) {
    if (name === path || name.startsWith(`${path}/`)) names.delete(name);
  }
}

/** A disk in memory with faults on demand; see the top of the file. */
export class SimulatedDisk implements Disk {
  /** All files together may hold this many bytes; the write that passes it stores what fits and throws ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY;
  /** While true every change throws EROFS. */
  readOnly = false;
  /** While set, every write to a file throws this code before a byte is stored. */
  writeFault: string | null = null;
  /** While set, every sync fails with this code and the writes it covers never become durable. */
  syncFault: string | null = null;
  /** The power goes off after so many more changes: each later one throws EIO until `crash` starts the machine again. */
  powerOffAfter = Number.POSITIVE_INFINITY;
  /** Called before a background sync takes effect; a test may hold it back here. */
  beforeSync: (path: string) => Promise<void> = async () => {};
  /** Counts of calls, for tests about cost. */
  readonly calls = { write: 0, sync: 0, syncNow: 0 };

  #names = new Map<string, FileContent>();
  #durableNames = new Map<string, FileContent>();
  #nameChanges: NameChange[] = [];
  readonly #folders = new Set<string>(['/']);
  #generation = 0;

  open(path: string, mode: OpenMode): DiskFile {
    let file = this.#names.get(path);
    if (mode === 'create') {
      this.#mayChange(path);
      if (!this.#folders.has(folderOf(path))) throw diskError('ENOENT', path);
      file = new FileContent();
      this.#change({ kind: 'add', folder: folderOf(path), path, file });
    }
    if (file === undefined) throw diskError('ENOENT', path);
    return this.#handle(file, path, this.#generation);
  }

  list(folder: string): string[] {
    const names = new Set<string>();
    for (const path of [...this.#names.keys(), ...this.#folders]) {
      if (path.startsWith(`${folder}/`))
        names.add(path.slice(folder.length + 1).split('/')[0] ?? '');
    }
    return [...names].sort();
  }

  kindOf(path: string): 'file' | 'folder' | null {
    if (this.#names.has(path)) return 'file';
    return this.#folders.has(path) ? 'folder' : null;
  }

  makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    this.#mayChange(path);
    for (let at = path; at !== '/' && at !== ''; at = folderOf(at)) this.#folders.add(at);
  }

  remove(path: string): void {
    if (this.kindOf(path) === null) return;
    this.#mayChange(path);
    this.#moveFolders(path, null);
    this.#change({ kind: 'remove', folder: folderOf(path), path });
  }

  rename(from: string, to: string): void {
    this.#mayChange(from);
    if (this.kindOf(from) === null) throw diskError('ENOENT', from);
    this.#moveFolders(from, to);
    this.#change({ kind: 'rename', folder: folderOf(to), from, to });
  }

  async syncFolder(folder: string): Promise<void> {
    await this.beforeSync(folder);
    this.syncFolderNow(folder);
  }

  syncFolderNow(folder: string): void {
    this.calls.syncNow++;
    this.#loseOnPowerOff(folder);
    if (this.syncFault !== null) throw diskError(this.syncFault, folder);
    const later: NameChange[] = [];
    for (const change of this.#nameChanges) {
      if (change.folder === folder) applyChange(this.#durableNames, change);
      else later.push(change);
    }
    this.#nameChanges = later;
  }

  /**
   * The machine stops: files that are open become unusable, and what was not synced survives in part, as the numbers in
   * [0, 1) from `random` decide.
   */
  crash(random: () => number): void {
    this.#generation++;
    this.powerOffAfter = Number.POSITIVE_INFINITY;
    const survivingChanges = Math.floor(random() * (this.#nameChanges.length + 1));
    for (let i = 0; i < survivingChanges; i++) {
      applyChange(this.#durableNames, this.#nameChanges[i] as NameChange);
    }
    this.#nameChanges = [];
    this.#names = new Map(this.#durableNames);
    // Folders without a surviving file are gone too.
    this.#folders.clear();
    this.#folders.add('/');
    for (const path of this.#names.keys()) {
      for (let at = folderOf(path); at !== '/'; at = folderOf(at)) this.#folders.add(at);
    }
    for (const file of new Set(this.#names.values())) this.#tear(file, random);
  }

  /** Another disk with the same files, all of them durable. */
  copy(): SimulatedDisk {
    const copy = new SimulatedDisk();
    for (const folder of this.#folders) copy.#folders.add(folder);
    for (const [path, file] of this.#names) {
      const content = new FileContent();
      content.seen.put(this.bytesOf(path), 0);
      content.durable.put(this.bytesOf(path), 0);
      content.seen.length = file.seen.length;
      copy.#names.set(path, content);
      copy.#durableNames.set(path, content);
    }
    return copy;
  }

  /** The bytes of a file as they can be read now; changes to them are silent damage. */
  bytesOf(path: string): Uint8Array {
    const file = this.#names.get(path);
    if (file === undefined) throw diskError('ENOENT', path);
    return file.seen.data.subarray(0, file.seen.length);
  }

  #tear(file: FileContent, random: () => number): void {
    const share = [0, 0.5, 0.9, 1][Math.floor(random() * 4)] as number;
    for (const write of file.pending) {
      for (let at = 0; at < write.bytes.length; ) {
        const end = Math.min(
          write.bytes.length,
          at + sectorBytes - ((write.position + at) % sectorBytes),
        );
        if (random() < share) file.durable.put(write.bytes.subarray(at, end), write.position + at);
        at = end;
      }
    }
    file.pending = [];
    file.seen.data = file.durable.data.slice(0, file.durable.length);
    file.seen.length = file.durable.length;
  }

  #change(change: NameChange): void {
    applyChange(this.#names, change);
    this.#nameChanges.push(change);
  }

  #moveFolders(from: string, to: string | null): void {
    for (const folder of [...this.#folders]) {
      if (folder !== from && !folder.startsWith(`${from}/`)) continue;
      this.#folders.delete(folder);
      if (to !== null) this.#folders.add(to + folder.slice(from.length));
    }
  }

  #mayChange(path: string): void {
    this.#loseOnPowerOff(path);
    if (this.readOnly) throw diskError('EROFS', path);
  }

  #loseOnPowerOff(path: string): void {
    if (this.powerOffAfter <= 0) throw diskError('EIO', path);
    this.powerOffAfter--;
  }

  #usedBytes(): number {
    let used = 0;
    for (const file of this.#names.values()) used += file.seen.length;
    return used;
  }

  #write(file: FileContent, path: string, bytes: Uint8Array, position: number): void {
    this.calls.write++;
    this.#mayChange(path);
    if (this.writeFault !== null) throw diskError(this.writeFault, path);
    let fits = bytes.length;
    if (position + bytes.length > file.seen.length && this.capacityBytes !== Infinity) {
      const free = Math.max(0, this.capacityBytes - this.#usedBytes());
      fits = Math.max(0, Math.min(fits, file.seen.length + free - position));
    }
    if (fits > 0) {
      const copy = bytes.slice(0, fits);
      file.seen.put(copy, position);
      file.pending.push({ position, bytes: copy });
    }
    if (fits < bytes.length) throw diskError('ENOSPC', path);
  }

  #handle(file: FileContent, path: string, generation: number): DiskFile {
    const alive = () => {
      if (generation !== this.#generation) throw diskError('EIO', path);
    };
    const write = (bytes: Uint8Array, position: number) => {
      alive();
      this.#write(file, path, bytes, position);
    };
    const read = (into: Uint8Array, position: number) => {
      alive();
      const part = file.seen.data.subarray(
        position,
        Math.min(file.seen.length, position + into.length),
      );
      into.set(part);
      return part.length;
    };
    const sync = (count: number) => {
      alive();
      this.#loseOnPowerOff(path);
      if (this.syncFault !== null) {
        file.pending.splice(0, count);
        throw diskError(this.syncFault, path);
      }
      file.harden(count);
    };
    return {
      size: () => file.seen.length,
      write,
      read,
      writePair(first, second, position) {
        const both = new Uint8Array(first.length + second.length);
        both.set(first);
        both.set(second, first.length);
        write(both, position);
      },
      async writeLater(bytes, position) {
        await Promise.resolve();
        write(bytes, position);
      },
      readLater: async (into, position) => read(into, position),
      sync: async () => {
        this.calls.sync++;
        const count = file.pending.length;
        await this.beforeSync(path);
        sync(count);
      },
      syncNow: () => {
        this.calls.syncNow++;
        sync(file.pending.length);
      },
      close() {},
    };
  }
}
