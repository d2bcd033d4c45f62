// A store held in memory, for the simulation: what it holds is a map, what survives the process is one file of frames.
//
// Guarantees: it behaves as the one on LevelDB does: a batch is written whole or not at all and survives the end of the
// process; nothing is synced, so after a crash of the machine the file is as good as the disk left it; a torn end is the
// end, damage before it is `corrupt`; after a failed write it takes nothing more until it is opened again. All files go
// through the given disk, whose faults and delays it therefore shares.
// Leaves to others: speed with large states.
import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from '@millrace/protocol';
import type { Disk, DiskFile } from '@millrace/raft';
import type { FlushBatch, WriteSink } from '../core/state/flush-batch.ts';
import { MemoryBase } from '../core/state/memory-base.ts';
import type { StoredEntry } from '../core/state/range-request.ts';
import type { CopiedStore, LiveStore, RangeBounds, StoreBackend } from './store-backend.ts';
import { StoreError, storeErrorOf } from './store-error.ts';

const BATCHES_FILE = 'batches';
const COPY_FILE = /^(\d{6})-of-(\d{6})$/;
/** Bytes of entries in one file of a copy: small, so that a copy of a small state has several files too. */
const COPY_FILE_BYTES = 16 * 1024;
/** Length and checksum before the operations of a frame. */
const FRAME_HEAD_BYTES = 8;
const DELETE = 0;
const PUT = 1;

/** Stores in memory whose files lie on the disk. */
export function memoryBackend(disk: Disk): StoreBackend {
  return {
    disk,
    open: (dir, options) => openMemoryStore(disk, dir, options.createIfMissing),
    restore: (copyDir, targetDir) => restoreCopy(disk, copyDir, targetDir),
  };
}

class MemoryStore implements LiveStore {
  readonly dir: string;
  readonly #disk: Disk;
  readonly #base: MemoryBase;
  readonly #file: DiskFile;
  #length: number;
  /** Why no more is written. */
  #failure: StoreError | undefined;

  constructor(disk: Disk, dir: string, base: MemoryBase, length: number) {
    this.#disk = disk;
    this.dir = dir;
    this.#base = base;
    this.#length = length;
    this.#file = disk.open(`${dir}/${BATCHES_FILE}`, 'write');
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#mustBeOpen();
    return this.#base.get(key);
  }

  async readRange({ prefix, after, limit }: RangeBounds): Promise<readonly StoredEntry[]> {
    this.#mustBeOpen();
    return this.#base.readRange(prefix, after, limit);
  }

  async *entries(): AsyncGenerator<StoredEntry> {
    this.#mustBeOpen();
    yield* [...this.#base.entries()];
  }

  async write(batch: FlushBatch): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const frame = new FrameWriter();
    batch.encode(frame);
    const bytes = frame.finish();
    try {
      await this.#file.writeLater(bytes, this.#length);
    } catch (error) {
      this.#failure = storeErrorOf(error, `writing the state in ${this.dir}`);
      throw this.#failure;
    }
    this.#length += bytes.length;
    applyFrame(this.#base, bytes, 0, bytes.length);
  }

  async copyTo(targetDir: string, onCopied: () => void): Promise<CopiedStore> {
    this.#mustBeOpen();
    const pieces = framesOf(this.#base, COPY_FILE_BYTES);
    onCopied();
    const files = pieces.map((_, i) => `${sixDigits(i + 1)}-of-${sixDigits(pieces.length)}`);
    try {
      this.#disk.makeFolder(targetDir);
      for (const [i, piece] of pieces.entries()) {
        await writeWhole(this.#disk, `${targetDir}/${files[i]}`, [piece], true);
      }
      await this.#disk.syncFolder(targetDir);
    } catch (error) {
      throw removed(this.#disk, targetDir, error, `making a checkpoint of ${this.dir}`);
    }
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0);
    return { files, bytes };
  }

  async close(): Promise<void> {
    this.#failure = new StoreError('closed', `the state in ${this.dir} is closed`);
    this.#file.close();
  }

  #mustBeOpen(): void {
    if (this.#failure?.code === 'closed') throw this.#failure;
  }
}

async function openMemoryStore(
  disk: Disk,
  dir: string,
  createIfMissing: boolean,
): Promise<MemoryStore> {
  const path = `${dir}/${BATCHES_FILE}`;
  try {
    if (disk.kindOf(path) === null) {
      if (!createIfMissing) throw new StoreError('corrupt', `${path} does not exist`);
      disk.makeFolder(dir);
      await writeWhole(disk, path, [], false);
    }
    const base = new MemoryBase();
    const bytes = await readWhole(disk, path);
    const length = applyFrames(base, bytes, path);
    // A torn end is written over by the next batch only if that is longer, so it goes now.
    if (length < bytes.length) await replaceFile(disk, path, framesOf(base, COPY_FILE_BYTES));
    return new MemoryStore(disk, dir, base, disk.open(path, 'read').size());
  } catch (error) {
    throw storeErrorOf(error, `opening the state in ${dir}`);
  }
}

async function restoreCopy(disk: Disk, copyDir: string, targetDir: string): Promise<void> {
  try {
    const names = disk.list(copyDir);
    const count = COPY_FILE.exec(names[0] ?? '')?.[2];
    const expected = Array.from({ length: Number(count ?? 1) }, (_, i) => sixDigits(i + 1));
    for (const [i, number] of expected.entries()) {
      const name = `${number}-of-${count ?? sixDigits(1)}`;
      if (names[i] !== name) throw new StoreError('corrupt', `${copyDir} lacks the file ${name}`);
    }
    const pieces: Uint8Array[] = [];
    const base = new MemoryBase();
    for (const name of names) {
      const path = `${copyDir}/${name}`;
      const piece = await readWhole(disk, path);
      if (applyFrames(base, piece, path) < piece.length)
        throw new StoreError('corrupt', `${path} is damaged`);
      pieces.push(piece);
    }
    disk.makeFolder(targetDir);
    await writeWhole(disk, `${targetDir}/${BATCHES_FILE}`, pieces, true);
  } catch (error) {
    throw removed(disk, targetDir, error, `restoring the checkpoint in ${copyDir}`);
  }
}

/** Removes what was begun; the error says what had to be done. */
function removed(disk: Disk, dir: string, error: unknown, action: string): StoreError {
  try {
    disk.remove(dir);
  } catch {
    // The error that led here says more.
  }
  return storeErrorOf(error, action);
}

/** Operations as one frame: length and CRC-32 of what follows, then for each its kind, key and value. */
class FrameWriter implements WriteSink {
  readonly #out = new ByteWriter(1024);

  constructor() {
    this.#out.u32(0);
    this.#out.u32(0);
  }

  get length(): number {
    return this.#out.length;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#out.u8(PUT);
    this.#out.blob(key);
    this.#out.blob(value);
  }

  delete(key: Uint8Array): void {
    this.#out.u8(DELETE);
    this.#out.blob(key);
  }

  finish(): Uint8Array {
    const out = this.#out;
    const body = out.bytes.subarray(FRAME_HEAD_BYTES, out.length);
    out.patchU32(0, body.length);
    out.patchU32(4, crc32(body));
    return out.copy();
  }
}

/** The whole content, at least one frame, none much longer than `bytesMax`. */
function framesOf(base: MemoryBase, bytesMax: number): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let frame = new FrameWriter();
  for (const { key, value } of base.entries()) {
    frame.put(key, value);
    if (frame.length < bytesMax) continue;
    frames.push(frame.finish());
    frame = new FrameWriter();
  }
  frames.push(frame.finish());
  return frames;
}

/**
 * Applies the frames to the content; answers where they end: a frame that is cut short ends them.
 * @throws StoreError when a frame before the last is damaged
 */
function applyFrames(base: MemoryBase, bytes: Uint8Array, path: string): number {
  const head = new ByteReader(bytes);
  let at = 0;
  while (at + FRAME_HEAD_BYTES <= bytes.length) {
    head.at = at;
    const length = head.u32();
    const sum = head.u32();
    const end = head.at + length;
    if (end > bytes.length) break;
    if (crc32(bytes.subarray(head.at, end)) !== sum) {
      if (end === bytes.length) break;
      throw new StoreError('corrupt', `Corruption: ${path} is damaged at byte ${at}`);
    }
    applyFrame(base, bytes, at, end);
    at = end;
  }
  return at;
}

function applyFrame(base: MemoryBase, bytes: Uint8Array, at: number, end: number): void {
  const from = new ByteReader(bytes, at + FRAME_HEAD_BYTES, end);
  while (from.at < end) {
    if (from.u8() === DELETE) base.delete(from.blob());
    else base.put(from.blob(), from.blob());
  }
}

function sixDigits(number: number): string {
  return String(number).padStart(6, '0');
}

async function readWhole(disk: Disk, path: string): Promise<Uint8Array> {
  const file = disk.open(path, 'read');
  try {
    const bytes = new Uint8Array(file.size());
    const count = await file.readLater(bytes, 0);
    return bytes.subarray(0, count);
  } finally {
    file.close();
  }
}

async function writeWhole(
  disk: Disk,
  path: string,
  pieces: readonly Uint8Array[],
  sync: boolean,
): Promise<void> {
  const file = disk.open(path, 'create');
  try {
    let at = 0;
    for (const piece of pieces) {
      await file.writeLater(piece, at);
      at += piece.length;
    }
    if (sync) await file.sync();
  } finally {
    file.close();
  }
}

async function replaceFile(disk: Disk, path: string, pieces: readonly Uint8Array[]): Promise<void> {
  await writeWhole(disk, `${path}.next`, pieces, false);
  disk.rename(`${path}.next`, path);
}
