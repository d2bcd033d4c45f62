// The files of a checkpoint while they arrive from the leader.
// Guarantees: a file that is passed has the size and checksum of the manifest; what has arrived is found again after a lost
// connection and after a restart; nothing outside the folder is touched; `seal` leaves a whole checkpoint, durable.
// Leaves to others: putting it into use (install.ts), and the order of messages (checkpoint-receiver.ts).
import { crc32 } from 'node:zlib';
import { readCheckedFile, writeCheckedFile } from '../disk/checked-file.ts';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { type CheckpointFile, writeManifest } from '../journal/checkpoint-store.ts';
import { JournalError } from '../journal/journal-error.ts';
import { type CheckpointOffer, isOffer, isSameCheckpoint } from './checkpoint-offer.ts';

const readBytes = 256 * 1024;
const bytesPerSync = 1024 * 1024;
/** How often one file may arrive damaged before the checkpoint is refused. */
const damagedMax = 3;

/** The folder of a checkpoint that arrives, inside a member's folder, and the files in it. */
export function incomingFolder(memberDir: string): string {
  return `${memberDir}/incoming`;
}

export function incomingFilesFolder(memberDir: string): string {
  return `${incomingFolder(memberDir)}/files`;
}

/**
 * Takes up what is there of this checkpoint, or begins; another checkpoint that was begun is removed. Reads what is there, in
 * the background. Rejects with the disk's error.
 */
export async function openIncomingFiles(
  disk: Disk,
  memberDir: string,
  offer: CheckpointOffer,
): Promise<IncomingFiles> {
  const dir = incomingFolder(memberDir);
  const before = offerOf(disk, dir);
  if (before === null || !isSameCheckpoint(before.manifest, offer.manifest)) disk.remove(dir);
  const root = incomingFilesFolder(memberDir);
  disk.makeFolder(root);
  writeCheckedFile(disk, `${dir}/offer`, offer);
  const files = new IncomingFiles(disk, root, offer);
  await files.takeUp();
  return files;
}

function offerOf(disk: Disk, dir: string): CheckpointOffer | null {
  try {
    const kept = readCheckedFile(disk, `${dir}/offer`);
    return isOffer(kept) ? kept : null;
  } catch {
    return null; // Damaged: it is begun anew.
  }
}

/** Use `openIncomingFiles`. */
export class IncomingFiles {
  readonly offer: CheckpointOffer;
  readonly #disk: Disk;
  readonly #root: string;
  /** The file that is arriving, by its number in the manifest, and how much of it is there. */
  #at = 0;
  #bytes = 0;
  #sum = 0;
  #file: DiskFile | null = null;
  /** Bytes of the files before it. */
  #passed = 0;
  #damaged = 0;
  #unsynced = 0;

  constructor(disk: Disk, root: string, offer: CheckpointOffer) {
    this.#disk = disk;
    this.#root = root;
    this.offer = offer;
  }

  /** The place in the stream from which on bytes are needed. */
  get position(): number {
    return this.#passed + this.#bytes;
  }

  get isComplete(): boolean {
    return this.#at === this.offer.manifest.files.length;
  }

  /** Finds out how much is there already. */
  async takeUp(): Promise<void> {
    for (let file = this.#expected; file !== undefined; file = this.#expected) {
      const at = this.#at;
      const isThere = this.#disk.kindOf(this.#path(file)) === 'file';
      if (isThere) this.#file = this.#disk.open(this.#path(file), 'write');
      else if (file.size > 0) break;
      else this.#file = this.#openNew(file);
      const size = this.#file.size();
      if (size > file.size) this.#startOver(file);
      else await this.#sumUp(this.#file, size);
      if (this.#bytes < file.size) break;
      await this.#pass(file);
      if (this.#at === at) break;
    }
    this.#damaged = 0; // What was left lying here says nothing of the leader's files.
  }

  /** Takes the bytes that stand at `position`; answers where the next ones are needed. */
  async write(bytes: Uint8Array): Promise<number> {
    let left = bytes;
    while (left.length > 0) {
      const file = this.#expected;
      if (file === undefined) throw new RangeError('The checkpoint is complete.');
      this.#file ??= this.#openNew(file);
      const part = left.subarray(0, file.size - this.#bytes);
      await this.#file.writeLater(part, this.#bytes);
      this.#sum = crc32(part, this.#sum);
      this.#bytes += part.length;
      this.#unsynced += part.length;
      if (this.#unsynced >= bytesPerSync) await this.#sync();
      left = left.subarray(part.length);
      const before = this.#damaged;
      await this.#passFull();
      if (this.#damaged > before) break;
    }
    return this.position;
  }

  /** Makes everything durable and writes the manifest; afterwards the folder is a checkpoint. */
  async seal(): Promise<void> {
    const folders = new Set([this.#root]);
    for (const { name } of this.offer.manifest.files) {
      const path = `${this.#root}/${name}`;
      const file = this.#disk.open(path, 'write');
      try {
        await file.sync();
      } finally {
        file.close();
      }
      for (let at = folderOf(path); at !== this.#root; at = folderOf(at)) folders.add(at);
    }
    writeManifest(this.#disk, this.#root, this.offer.manifest);
    const deepestFirst = [...folders].sort((a, b) => b.length - a.length);
    for (const folder of deepestFirst) await this.#disk.syncFolder(folder);
    await this.#disk.syncFolder(folderOf(this.#root));
    await this.#disk.syncFolder(folderOf(folderOf(this.#root)));
  }

  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  get #expected(): CheckpointFile | undefined {
    return this.offer.manifest.files[this.#at];
  }

  #path(file: CheckpointFile): string {
    return `${this.#root}/${file.name}`;
  }

  #openNew(file: CheckpointFile): DiskFile {
    const path = this.#path(file);
    this.#disk.makeFolder(folderOf(path));
    return this.#disk.open(path, 'create');
  }

  async #sumUp(file: DiskFile, size: number): Promise<void> {
    const buffer = new Uint8Array(Math.min(readBytes, size));
    while (this.#bytes < size) {
      const count = await file.readLater(buffer, this.#bytes);
      if (count === 0) break;
      this.#sum = crc32(buffer.subarray(0, count), this.#sum);
      this.#bytes += count;
    }
  }

  /** Goes on to the next file as long as the one at hand is full; empty ones are made here. */
  async #passFull(): Promise<void> {
    for (let file = this.#expected; file !== undefined; file = this.#expected) {
      if (this.#bytes < file.size) return;
      this.#file ??= this.#openNew(file);
      await this.#pass(file);
    }
  }

  /** The file is full: it is the one that was promised, or it arrives again. */
  async #pass(file: CheckpointFile): Promise<void> {
    if (this.#sum !== file.crc32) {
      this.#damaged++;
      if (this.#damaged < damagedMax) return this.#startOver(file);
      const { index, term } = this.offer.manifest;
      throw new JournalError(
        'corrupt',
        `The file ${file.name} of the checkpoint ${index}-${term} arrived damaged ${this.#damaged} times.`,
      );
    }
    await this.#sync();
    this.close();
    this.#at++;
    this.#passed += file.size;
    this.#bytes = 0;
    this.#sum = 0;
  }

  /** A little at a time: what waits for its sync holds up the log's. */
  async #sync(): Promise<void> {
    await this.#file?.sync();
    this.#unsynced = 0;
  }

  #startOver(file: CheckpointFile): void {
    this.close();
    this.#disk.remove(this.#path(file));
    this.#bytes = 0;
    this.#sum = 0;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
