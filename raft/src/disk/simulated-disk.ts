// A disk in memory that fails the way disks do.
// Guarantees: what was not synced may be lost, wholly or by 512-byte sector, at `crash`; names that were not synced may be
// lost from some point on; a failed sync loses the writes it was to cover although they stay readable until the crash
// (Linux does that); it can be full, read-only, failing or slow, and bits can turn over in what it holds. Several processes
// may see it one after the other, each with delays of its own (`mount`).
// Leaves to others: the choice of when to crash, and the random numbers, so that a run can be repeated from its seed.
import type { Disk, DiskFile, OpenMode } from './disk.ts';
import { applyChange, FileContent, filesUnder, type NameChange } from './simulated-files.ts';

const sectorBytes = 512;

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

function diskError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, ${path}`), { code });
}

export type DiskCall = 'write' | 'read' | 'sync';

/** How long the calls of one process take. */
export interface DiskDelays {
  /** Resolves when a background call has taken its time: only then it takes effect. Never, when the process has ended. */
  background(call: DiskCall, path: string, bytes: number): Promise<void>;
  /** Told of a call that blocks the process until the disk has answered. */
  blocking(path: string): void;
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

  readonly #ownDelays: DiskDelays = {
    background: (call, path) => (call === 'sync' ? this.beforeSync(path) : Promise.resolve()),
    blocking() {},
  };

  /** The same disk as a process sees it. */
  mount(delays: DiskDelays): Disk {
    return {
      open: (path, mode) => this.#open(path, mode, delays),
      list: (folder) => this.list(folder),
      kindOf: (path) => this.kindOf(path),
      makeFolder: (path) => this.makeFolder(path),
      remove: (path) => this.remove(path),
      rename: (from, to) => this.rename(from, to),
      syncFolder: (folder) => this.#syncFolder(folder, delays),
      syncFolderNow: (folder) => {
        delays.blocking(folder);
        this.syncFolderNow(folder);
      },
    };
  }

  open(path: string, mode: OpenMode): DiskFile {
    return this.#open(path, mode, this.#ownDelays);
  }

  #open(path: string, mode: OpenMode, delays: DiskDelays): DiskFile {
    let file = this.#names.get(path);
    if (mode === 'create') {
      this.#mayChange(path);
      if (!this.#folders.has(folderOf(path))) throw diskError('ENOENT', path);
      file = new FileContent();
      this.#change({ kind: 'add', folder: folderOf(path), path, file });
    }
    if (file === undefined) throw diskError('ENOENT', path);
    return this.#handle(file, path, this.#generation, delays);
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
    const files = filesUnder(this.#names, path);
    this.#change({ kind: 'remove', folder: folderOf(path), path, files });
  }

  rename(from: string, to: string): void {
    this.#mayChange(from);
    if (this.kindOf(from) === null) throw diskError('ENOENT', from);
    this.#moveFolders(from, to);
    const files = filesUnder(this.#names, from);
    const replaced = filesUnder(this.#names, to);
    this.#change({ kind: 'rename', folder: folderOf(to), from, to, files, replaced });
  }

  syncFolder(folder: string): Promise<void> {
    return this.#syncFolder(folder, this.#ownDelays);
  }

  async #syncFolder(folder: string, delays: DiskDelays): Promise<void> {
    // What changes while the disk is at work may be made durable with it or not; here it is.
    await delays.background('sync', folder, 0);
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

  /** All files, with the bytes that can be read of each. */
  files(): { readonly path: string; readonly bytes: number }[] {
    const found = [...this.#names].map(([path, file]) => ({ path, bytes: file.seen.length }));
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** Everything is gone, as on a new disk. Open files become unusable. */
  wipe(): void {
    this.#generation++;
    this.#names.clear();
    this.#durableNames.clear();
    this.#nameChanges = [];
    this.#folders.clear();
    this.#folders.add('/');
  }

  /** Turns over one bit of what the file holds, durably and without a word: bit rot. */
  rot(path: string, bit: number): void {
    const file = this.#names.get(path);
    if (file === undefined) throw diskError('ENOENT', path);
    file.flip(bit);
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
    if (fits > 0) file.put(bytes.slice(0, fits), position);
    if (fits < bytes.length) throw diskError('ENOSPC', path);
  }

  #handle(file: FileContent, path: string, generation: number, delays: DiskDelays): DiskFile {
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
    const sync = (upTo: number) => {
      alive();
      this.#loseOnPowerOff(path);
      if (this.syncFault !== null) {
        file.lose(upTo);
        throw diskError(this.syncFault, path);
      }
      file.harden(upTo);
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
        await delays.background('write', path, bytes.length);
        write(bytes, position);
      },
      async readLater(into, position) {
        await delays.background('read', path, into.length);
        return read(into, position);
      },
      sync: async () => {
        this.calls.sync++;
        const upTo = file.lastWrite;
        await delays.background('sync', path, 0);
        sync(upTo);
      },
      syncNow: () => {
        this.calls.syncNow++;
        delays.blocking(path);
        sync(file.lastWrite);
      },
      close() {},
    };
  }
}
