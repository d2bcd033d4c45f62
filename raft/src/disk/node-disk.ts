// The real disk, over node:fs.
// Guarantees: small writes go to the operating system in the calling thread (a few microseconds), syncs run in the
// thread pool through the callback form (measured: cheaper than FileHandle), a file is never closed under a running
// background call.
// Leaves to others: what to do about an error.
import fs from 'node:fs';
import type { Disk, DiskFile, OpenMode } from './disk.ts';

const flags: Readonly<Record<OpenMode, string>> = { create: 'w+', write: 'r+', read: 'r' };

class NodeDiskFile implements DiskFile {
  readonly #fd: number;
  #background = 0;
  #closing = false;

  constructor(path: string, mode: OpenMode) {
    this.#fd = fs.openSync(path, flags[mode]);
  }

  size(): number {
    return fs.fstatSync(this.#fd).size;
  }

  write(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length) {
      done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, position + done);
    }
  }

  writePair(first: Uint8Array, second: Uint8Array, position: number): void {
    const done = fs.writevSync(this.#fd, [first, second], position);
    if (done === first.length + second.length) return;
    // A short write happens when the disk fills up: the rest either fits now or says why not.
    if (done < first.length) this.write(first.subarray(done), position + done);
    const inSecond = Math.max(0, done - first.length);
    this.write(second.subarray(inSecond), position + first.length + inSecond);
  }

  writeLater(bytes: Uint8Array, position: number): Promise<void> {
    return this.#inBackground(async () => {
      let done = 0;
      while (done < bytes.length) {
        done += await new Promise<number>((resolve, reject) => {
          fs.write(this.#fd, bytes, done, bytes.length - done, position + done, (error, count) =>
            error ? reject(error) : resolve(count),
          );
        });
      }
    });
  }

  read(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const count = fs.readSync(this.#fd, into, done, into.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }

  readLater(into: Uint8Array, position: number): Promise<number> {
    return this.#inBackground(
      () =>
        new Promise<number>((resolve, reject) => {
          fs.read(this.#fd, into, 0, into.length, position, (error, count) =>
            error ? reject(error) : resolve(count),
          );
        }),
    );
  }

  sync(): Promise<void> {
    this.#background++;
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => {
        this.#backgroundEnded();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  syncNow(): void {
    fs.fdatasyncSync(this.#fd);
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#background === 0) fs.closeSync(this.#fd);
  }

  async #inBackground<T>(work: () => Promise<T>): Promise<T> {
    this.#background++;
    try {
      return await work();
    } finally {
      this.#backgroundEnded();
    }
  }

  #backgroundEnded(): void {
    this.#background--;
    if (this.#closing && this.#background === 0) fs.closeSync(this.#fd);
  }
}

/** The machine's own file system. */
export const nodeDisk: Disk = {
  open: (path, mode) => new NodeDiskFile(path, mode),

  list(folder) {
    try {
      return fs.readdirSync(folder).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  },

  kindOf(path) {
    const found = fs.statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return null;
    return found.isDirectory() ? 'folder' : 'file';
  },

  makeFolder(path) {
    fs.mkdirSync(path, { recursive: true });
  },

  remove(path) {
    fs.rmSync(path, { recursive: true, force: true });
  },

  rename(from, to) {
    fs.renameSync(from, to);
  },

  syncFolder(folder) {
    return new Promise((resolve, reject) => {
      fs.open(folder, 'r', (openError, fd) => {
        if (openError) return reject(openError);
        fs.fsync(fd, (syncError) => {
          fs.close(fd, () => (syncError ? reject(syncError) : resolve()));
        });
      });
    });
  },

  syncFolderNow(folder) {
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
};
