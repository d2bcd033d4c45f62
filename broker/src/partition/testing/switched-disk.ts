// A real disk with switches: syncs that wait until they are let go, writes and syncs that fail as a full or broken disk does.
import { type Disk, type DiskFile, nodeDisk } from '@millrace/raft';

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: simulated`), { code });
}

export class SwitchedDisk implements Disk {
  /** Error code of every write, e.g. ENOSPC. */
  writeFault: string | undefined;
  /** Error code of every sync, e.g. EIO. */
  syncFault: string | undefined;
  /** Whether syncs wait for `letGo`. */
  isHolding = false;
  syncs = 0;
  #waiting: (() => void)[] = [];

  /** Ends the syncs that wait; those that come later wait again while `isHolding`. */
  letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  async #gate(): Promise<void> {
    this.syncs++;
    if (this.isHolding) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.syncFault !== undefined) throw systemError(this.syncFault);
  }

  #mayWrite(): void {
    if (this.writeFault !== undefined) throw systemError(this.writeFault);
  }

  open(path: string, mode: 'create' | 'write' | 'read'): DiskFile {
    if (mode === 'create') this.#mayWrite();
    const file = nodeDisk.open(path, mode);
    const mayWrite = () => this.#mayWrite();
    return {
      size: () => file.size(),
      write: (bytes, position) => {
        mayWrite();
        file.write(bytes, position);
      },
      writePair: (first, second, position) => {
        mayWrite();
        file.writePair(first, second, position);
      },
      writeLater: async (bytes, position) => {
        mayWrite();
        await file.writeLater(bytes, position);
      },
      read: (into, position) => file.read(into, position),
      readLater: (into, position) => file.readLater(into, position),
      sync: async () => {
        await this.#gate();
        await file.sync();
      },
      syncNow: () => file.syncNow(),
      close: () => file.close(),
    };
  }

  list(folder: string): string[] {
    return nodeDisk.list(folder);
  }
  kindOf(path: string): 'file' | 'folder' | null {
    return nodeDisk.kindOf(path);
  }
  makeFolder(path: string): void {
    nodeDisk.makeFolder(path);
  }
  remove(path: string): void {
    nodeDisk.remove(path);
  }
  rename(from: string, to: string): void {
    nodeDisk.rename(from, to);
  }
  syncFolder(folder: string): Promise<void> {
    return nodeDisk.syncFolder(folder);
  }
  syncFolderNow(folder: string): void {
    nodeDisk.syncFolderNow(folder);
  }
}
