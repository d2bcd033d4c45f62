// The file behind the exporter `jsonl`: whole lines are appended, at most `maxBytes` per file when rotation is on.
//
// Guarantees: an append that fails leaves no part of its lines behind; whatever is not yet on disk lies within the last
// TAIL_BYTES of the file, so that open finds and cuts everything that a crash tore. It is used from one thread; the
// instances of the exporter for several partitions share one object.
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** How far back from the end a crash can have left damage or lines that are not yet acknowledged. */
export const TAIL_BYTES = 32 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 10;
const OPENING_BRACE = 123;

export interface JsonlFileOptions {
  readonly path: string;
  /** Rotate before a file grows beyond this; 0 never rotates. */
  readonly maxBytes: number;
  /** How many rotated files stay: `path.1` is the newest. */
  readonly keep: number;
}

export class JsonlFile {
  readonly #options: JsonlFileOptions;
  #fd = -1;
  #users = 0;
  /** Goes up when a sync failed: what was appended before may be lost, and who appended it must begin again. */
  #generation = 0;
  #unsyncedBytes = 0;
  #syncing: Promise<void> | undefined;
  /** Where lines of a failed append begin that could not be cut off yet; -1 when there are none. */
  #tornAt = -1;

  constructor(options: JsonlFileOptions) {
    this.#options = options;
  }

  get path(): string {
    return this.#options.path;
  }

  /**
   * Opens the file for one more user: creates folder and file, cuts what a crash tore.
   * @returns the generation that the user names when it appends and syncs
   * @throws of the file system
   */
  open(): number {
    if (this.#fd < 0) this.#openFile();
    this.#users++;
    return this.#generation;
  }

  /** The last user closes the file. */
  close(): void {
    this.#users--;
    if (this.#users === 0) this.#closeFile();
  }

  /** Whether what a user of this generation appended is still sure to be there. */
  isCurrent(generation: number): boolean {
    return generation === this.#generation;
  }

  #openFile(): void {
    const { path } = this.#options;
    mkdirSync(dirname(path), { recursive: true });
    const created = !existsSync(path);
    const fd = openSync(path, 'a+');
    try {
      cutTornTail(fd, path);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    this.#fd = fd;
    this.#tornAt = -1;
    // What an earlier process wrote may still be in the machine's memory only.
    this.#unsyncedBytes = created ? 0 : 1;
    if (created) syncFolder(dirname(path));
  }

  #closeFile(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd >= 0) closeSync(fd);
  }

  #requireCurrent(generation: number): void {
    if (this.isCurrent(generation)) return;
    throw new Error(`${this.path} was given up after a failed sync and must be opened again`);
  }

  /** @param bytes whole lines with their line ends @throws of the file system; then nothing was appended */
  append(bytes: Uint8Array, generation: number): void {
    this.#requireCurrent(generation);
    if (this.#fd < 0) this.#openFile();
    if (this.#tornAt >= 0) {
      ftruncateSync(this.#fd, this.#tornAt);
      this.#tornAt = -1;
    }
    if (this.#unsyncedBytes + bytes.length > TAIL_BYTES / 2) this.#syncNow();
    const { maxBytes } = this.#options;
    let size = fstatSync(this.#fd).size;
    if (maxBytes > 0 && size > 0 && size + bytes.length > maxBytes) {
      this.#rotate();
      size = 0;
    }
    this.#write(bytes, size);
    this.#unsyncedBytes += bytes.length;
  }

  #write(bytes: Uint8Array, size: number): void {
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      this.#tornAt = size;
      try {
        ftruncateSync(this.#fd, size);
        this.#tornAt = -1;
      } catch {
        // The next append tries again before it writes.
      }
      throw error;
    }
  }

  #syncNow(): void {
    try {
      fdatasyncSync(this.#fd);
      this.#unsyncedBytes = 0;
    } catch (error) {
      this.#giveUp();
      throw error;
    }
  }

  /** After a failed sync the system may have dropped the data, and a second sync would not say so. */
  #giveUp(): void {
    this.#generation++;
    this.#closeFile();
  }

  #rotate(): void {
    const { path, keep } = this.#options;
    this.#syncNow();
    this.#closeFile();
    // The first free place takes the shift, so that a rotation that failed half way loses nothing when it is repeated.
    let free = 1;
    while (free < keep && existsSync(`${path}.${free}`)) free++;
    rmSync(`${path}.${free}`, { force: true });
    for (let i = free; i > 1; i--) renameSync(`${path}.${i - 1}`, `${path}.${i}`);
    renameSync(path, `${path}.1`);
    this.#openFile();
  }

  /** Makes everything appended so far survive a crash of the machine. Calls at the same time share one sync. */
  async sync(generation: number): Promise<void> {
    while (this.#syncing !== undefined) await this.#syncing;
    this.#requireCurrent(generation);
    if (this.#fd < 0 || this.#unsyncedBytes === 0) return;
    this.#syncing = this.#sync(this.#fd);
    try {
      await this.#syncing;
    } finally {
      this.#syncing = undefined;
    }
  }

  async #sync(fd: number): Promise<void> {
    this.#unsyncedBytes = 0;
    try {
      await new Promise<void>((resolve, reject) => {
        fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
      });
    } catch (error) {
      // Rotation syncs a file before it closes it, so that nothing is lost when it came in between.
      if (fd !== this.#fd && (error as NodeJS.ErrnoException).code === 'EBADF') return;
      this.#giveUp();
      throw error;
    }
    this.#letGoOfRemovedFile();
  }

  /** Somebody may have moved the file away (a log rotation of the machine): then a new one is begun. */
  #letGoOfRemovedFile(): void {
    if (this.#fd < 0) return;
    const ours = fstatSync(this.#fd);
    const named = statSync(this.#options.path, { throwIfNoEntry: false });
    if (named?.ino === ours.ino && named.dev === ours.dev) return;
    if (this.#unsyncedBytes > 0) this.#syncNow();
    this.#closeFile();
    this.#openFile();
  }
}

function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Cuts the file behind its last whole line, and at zero bytes that a crash of the machine left in place of data. */
function cutTornTail(fd: number, path: string): void {
  const size = fstatSync(fd).size;
  if (size === 0) return;
  const first = Buffer.alloc(1);
  readSync(fd, first, 0, 1, 0);
  if (first[0] !== OPENING_BRACE && first[0] !== 0) {
    throw new Error(
      `${path} is no file of exported records (it does not begin with '{'): choose another path or remove the file`,
    );
  }
  const from = Math.max(0, size - TAIL_BYTES);
  let end = size;
  for (let at = from; at < size; at += CHUNK_BYTES) {
    const chunk = readChunk(fd, at, Math.min(CHUNK_BYTES, size - at));
    const zero = chunk.indexOf(0);
    if (zero < 0) continue;
    end = at + zero;
    break;
  }
  const whole = endOfLastLine(fd, end);
  if (whole < size) ftruncateSync(fd, whole);
}

function readChunk(fd: number, at: number, length: number): Buffer {
  const chunk = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, chunk, filled, length - filled, at + filled);
    if (count === 0) break;
    filled += count;
  }
  return chunk.subarray(0, filled);
}

/** The offset just behind the last line feed before `end`; 0 when there is none. */
function endOfLastLine(fd: number, end: number): number {
  for (let to = end; to > 0; ) {
    const from = Math.max(0, to - CHUNK_BYTES);
    const at = readChunk(fd, from, to - from).lastIndexOf(LINE_FEED);
    if (at >= 0) return from + at + 1;
    to = from;
  }
  return 0;
}

/**
 * Calls `visit` with each whole line of the file, from the last one backwards, without line end, until it returns false,
 * the file begins or TAIL_BYTES were read.
 * @returns whether it should go on in an older file
 */
export function visitLinesBackwards(path: string, visit: (line: Buffer) => boolean): boolean {
  if (!existsSync(path)) return true;
  const fd = openSync(path, 'r');
  try {
    const size = fstatSync(fd).size;
    let rest: Buffer = Buffer.alloc(0);
    let to = size;
    while (to > 0 && size - to < TAIL_BYTES) {
      const from = Math.max(0, to - CHUNK_BYTES);
      const chunk = Buffer.concat([readChunk(fd, from, to - from), rest]);
      let lineEnd = chunk.length;
      for (;;) {
        const before = lineEnd > 0 ? chunk.lastIndexOf(LINE_FEED, lineEnd - 1) : -1;
        if (before < 0) break;
        if (before + 1 < lineEnd && !visit(chunk.subarray(before + 1, lineEnd))) return false;
        lineEnd = before;
      }
      rest = chunk.subarray(0, lineEnd);
      to = from;
    }
    return to > 0 ? false : rest.length === 0 || visit(rest);
  } finally {
    closeSync(fd);
  }
}
