// Streams the files of one checkpoint to one member.
// Guarantees: at most a window of bytes is without an answer, at most so many bytes leave per second; what was lost on the way
// is sent again from where the receiver says it stands; a file that differs from its manifest ends the transfer before the
// receiver can take it for whole; it ends by itself when nobody answers any more.
// Leaves to others: keeping checkpoint and log in place meanwhile, and what to do when it has ended (checkpoint-sending.ts).
import { crc32 } from 'node:zlib';
import type { Disk, DiskFile } from '../disk/disk.ts';
import type { CheckpointFile } from '../journal/checkpoint-store.ts';
import type { Cancel, Timers } from '../timers.ts';
import { type CheckpointOffer, streamBytes } from './checkpoint-offer.ts';
import { type CheckpointPiece, type CheckpointProgress, transferOf } from './checkpoint-piece.ts';
import type { TransferLimits } from './transfer-limits.ts';

/** `silent`: no progress for too long. `damaged`: the checkpoint here is. */
export type SendingEnd = 'refused' | 'silent' | 'damaged' | 'unreadable';

export interface CheckpointSenderOwner {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly limits: TransferLimits;
  send(piece: CheckpointPiece): void;
  /** Called once, unless `stop` came first. */
  ended(why: SendingEnd): void;
}

export class CheckpointSender {
  readonly offer: CheckpointOffer;
  readonly transfer: number;
  readonly #owner: CheckpointSenderOwner;
  readonly #path: string;
  readonly #total: number;
  readonly #cancelWatch: Cancel;
  /** The next byte to send; null until the receiver has said what it has. */
  #next: number | null = null;
  /** Everything before it has arrived. */
  #arrived = 0;
  /** When something last arrived, and when the offer was last made, ms of the monotonic clock. */
  #progressMs: number;
  #askedMs: number;
  /** The pace allows the next piece from then on, ms. */
  #dueMs = 0;
  #pause: Cancel | null = null;
  #isPumping = false;
  #isEnded = false;
  /** Of the file that is being sent, from its first byte on; null if it was begun in the middle. */
  #sum: { readonly file: string; bytes: number; sum: number } | null = null;
  #open: { readonly name: string; readonly file: DiskFile } | null = null;

  constructor(owner: CheckpointSenderOwner, path: string, offer: CheckpointOffer) {
    this.#owner = owner;
    this.#path = path;
    this.offer = offer;
    this.transfer = transferOf(offer);
    this.#total = streamBytes(offer.manifest);
    const { timers, limits } = owner;
    this.#progressMs = timers.monotonicMs();
    this.#askedMs = this.#progressMs;
    this.#cancelWatch = timers.every(limits.retryMs, () => this.#watch());
    this.#ask();
  }

  /** Bytes that have arrived, of how many. */
  get progress(): { readonly arrivedBytes: number; readonly totalBytes: number } {
    return { arrivedBytes: this.#arrived, totalBytes: this.#total };
  }

  /** What the receiver says of how far it has come. */
  answered({ transfer, position, isResume }: CheckpointProgress): void {
    if (this.#isEnded || transfer !== this.transfer || position > this.#total) return;
    if (isResume) {
      this.#next = position;
      this.#arrived = position;
      this.#sum = null;
      this.#progressMs = this.#owner.timers.monotonicMs();
    } else if (position > this.#arrived) {
      this.#arrived = position;
      this.#progressMs = this.#owner.timers.monotonicMs();
    }
    this.#pump();
  }

  /** The receiver takes no checkpoint now. */
  refused(): void {
    this.#end('refused');
  }

  /** Ends it without a word to the owner. */
  stop(): void {
    this.#isEnded = true;
    this.#cancelWatch();
    this.#pause?.();
    if (!this.#isPumping) this.#closeFile();
  }

  #end(why: SendingEnd): void {
    if (this.#isEnded) return;
    this.stop();
    this.#owner.ended(why);
  }

  #ask(): void {
    this.#owner.send({ kind: 'offer', transfer: this.transfer, offer: this.offer });
  }

  #watch(): void {
    const now = this.#owner.timers.monotonicMs();
    const { giveUpMs, retryMs } = this.#owner.limits;
    if (now - this.#progressMs >= giveUpMs) return this.#end('silent');
    if (now - Math.max(this.#progressMs, this.#askedMs) < retryMs) return;
    this.#askedMs = now;
    this.#ask();
  }

  #pump(): void {
    if (this.#isPumping || this.#isEnded || this.#pause !== null) return;
    this.#isPumping = true;
    this.#sendPieces()
      .catch(() => this.#end('unreadable'))
      .finally(() => {
        this.#isPumping = false;
        if (this.#isEnded) this.#closeFile();
      });
  }

  async #sendPieces(): Promise<void> {
    const { timers, limits, send } = this.#owner;
    while (!this.#isEnded && this.#next !== null && this.#next < this.#total) {
      if (this.#next - this.#arrived >= limits.windowBytes) return;
      const now = timers.monotonicMs();
      if (now < this.#dueMs) {
        this.#pause = timers.after(Math.ceil(this.#dueMs - now), () => {
          this.#pause = null;
          this.#pump();
        });
        return;
      }
      const position = this.#next;
      const bytes = await this.#read(position);
      // While it was read, the receiver may have asked for another place, or everything may have ended.
      if (this.#isEnded || this.#next !== position || bytes === null) continue;
      this.#next = position + bytes.length;
      this.#dueMs = Math.max(now, this.#dueMs) + (bytes.length * 1000) / limits.bytesPerSecond;
      send.call(this.#owner, { kind: 'bytes', transfer: this.transfer, position, bytes });
    }
  }

  /** Bytes from there on, of one file; null if there is something wrong with them. */
  async #read(position: number): Promise<Uint8Array | null> {
    const { entry, offset } = this.#locate(position);
    const bytes = new Uint8Array(Math.min(this.#owner.limits.chunkBytes, entry.size - offset));
    const count = await this.#fileOf(entry.name).readLater(bytes, offset);
    if (count < bytes.length || !this.#isAsPromised(entry, offset, bytes)) {
      this.#end('damaged');
      return null;
    }
    return bytes;
  }

  #locate(position: number): { readonly entry: CheckpointFile; readonly offset: number } {
    let offset = position;
    for (const entry of this.offer.manifest.files) {
      if (offset < entry.size) return { entry, offset };
      offset -= entry.size;
    }
    throw new RangeError(`The checkpoint has no byte ${position}.`);
  }

  #fileOf(name: string): DiskFile {
    if (this.#open?.name !== name) {
      this.#closeFile();
      this.#open = { name, file: this.#owner.disk.open(`${this.#path}/${name}`, 'read') };
    }
    return this.#open.file;
  }

  #closeFile(): void {
    this.#open?.file.close();
    this.#open = null;
  }

  /** Whether a file that was read from its beginning has the sum of the manifest at its end. */
  #isAsPromised(
    { name, size, crc32: sum }: CheckpointFile,
    at: number,
    bytes: Uint8Array,
  ): boolean {
    if (at === 0) this.#sum = { file: name, bytes: 0, sum: 0 };
    if (this.#sum === null || this.#sum.file !== name || this.#sum.bytes !== at) return true;
    this.#sum.bytes += bytes.length;
    this.#sum.sum = crc32(bytes, this.#sum.sum);
    return this.#sum.bytes < size || this.#sum.sum === sum;
  }
}
