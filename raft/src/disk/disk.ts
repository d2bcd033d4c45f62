// What the log needs of a file system, as one small interface.
// Guarantees: nothing by itself; it only names the calls, so that a real disk and a simulated one (torn writes, lost
// sectors, full, read-only, failing or slow syncs) can stand behind the same journal, vote store and checkpoint store.
// Leaves to others: the meaning of the bytes, and the mapping of errors (journal-error.ts).
//
// Errors are thrown as the operating system names them: an Error with a `code` such as ENOSPC, EROFS, EIO, ENOENT.

/** How a file is opened: `create` makes it anew (an older one is emptied), `write` and `read` need it to exist. */
export type OpenMode = 'create' | 'write' | 'read';

/** One open file. Calls without a Promise are done when they return; none but the syncs makes anything durable. */
export interface DiskFile {
  /** Size in bytes now. */
  size(): number;
  /** Writes all bytes at the position (bytes from the file's start). When it throws, a part may have been written. */
  write(bytes: Uint8Array, position: number): void;
  /** Writes two pieces one behind the other with one system call: a frame's head and its payload. */
  writePair(first: Uint8Array, second: Uint8Array, position: number): void;
  /** Like `write`, but in the background: for large amounts that must not stall the thread. */
  writeLater(bytes: Uint8Array, position: number): Promise<void>;
  /** Reads into the array; answers how many bytes there were, fewer than asked for only at the file's end. */
  read(into: Uint8Array, position: number): number;
  /** Like `read`, in the background. */
  readLater(into: Uint8Array, position: number): Promise<number>;
  /** Makes durable, in the background, at least what was written before the call. */
  sync(): Promise<void>;
  /** Makes durable what was written, and blocks until it is. For rare things only. */
  syncNow(): void;
  /** Closes the file once its background calls have ended. A second call does nothing. */
  close(): void;
}

/** A file system. Paths are absolute or relative as the caller likes; folders are separated by `/`. */
export interface Disk {
  open(path: string, mode: OpenMode): DiskFile;
  /** Names in a folder, sorted by code unit; empty when the folder does not exist. */
  list(folder: string): string[];
  kindOf(path: string): 'file' | 'folder' | null;
  /** Makes the folder and its parents; an existing one is fine. */
  makeFolder(path: string): void;
  /** Removes a file or a folder with all that is in it; a missing one is fine. */
  remove(path: string): void;
  /** Puts a file or folder under another name; a file there is replaced in one step. */
  rename(from: string, to: string): void;
  /** Makes the names in a folder durable, in the background. */
  syncFolder(folder: string): Promise<void>;
  /** The same, blocking. */
  syncFolderNow(folder: string): void;
}
