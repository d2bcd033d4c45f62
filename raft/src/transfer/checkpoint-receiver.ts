// Takes in the checkpoint that the leader sends to this member.
// Guarantees: pieces are handled one after the other, each answered when it is with the operating system; a piece at another
// place than the next is answered with the place and not written; another checkpoint than the one begun begins anew; a
// full disk refuses, and gives back what was taken.
// Leaves to others: whether a piece may be taken (core/checkpoints.ts), and the install (install.ts).
import type { MemberId } from '../core/state.ts';
import type { Disk } from '../disk/disk.ts';
import { type JournalError, journalErrorOf } from '../journal/journal-error.ts';
import type { Cancel, Timers } from '../timers.ts';
import type { CheckpointOffer } from './checkpoint-offer.ts';
import type { CheckpointPiece, CheckpointProgress } from './checkpoint-piece.ts';
import { type IncomingFiles, incomingFolder, openIncomingFiles } from './incoming-files.ts';
import type { TransferLimits } from './transfer-limits.ts';

/** The Raft message that a piece came with: who leads, and where the log is to begin. */
export interface PieceHead {
  readonly from: MemberId;
  readonly term: number;
  readonly index: number;
  readonly indexTerm: number;
}

export interface CheckpointReceiverOwner {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly limits: TransferLimits;
  readonly memberDir: string;
  answer(head: PieceHead, outcome: 'more' | 'refused', progress: CheckpointProgress): void;
  /** All is there and durable. Answers false if it is not wanted any more; then it is thrown away. */
  complete(head: PieceHead, offer: CheckpointOffer, progress: CheckpointProgress): boolean;
  /** The disk failed. */
  failed(error: JournalError): void;
}

const pauseMsMax = 1_000;

interface Waiting {
  readonly head: PieceHead;
  readonly piece: CheckpointPiece;
}

export class CheckpointReceiver {
  readonly #owner: CheckpointReceiverOwner;
  readonly #waiting: Waiting[] = [];
  #transfer = -1;
  #files: IncomingFiles | null = null;
  #working: Promise<void> | null = null;
  #isClosed = false;
  #cancelKeep: Cancel | null = null;
  #endPause: () => void = () => {};

  constructor(owner: CheckpointReceiverOwner) {
    this.#owner = owner;
    if (owner.disk.kindOf(incomingFolder(owner.memberDir)) !== null) this.#keepForAWhile();
  }

  /** Takes a piece; it is answered later. */
  take(head: PieceHead, piece: CheckpointPiece): void {
    const { windowBytes, chunkBytes } = this.#owner.limits;
    // No honest sender has more under way.
    if (this.#isClosed || this.#waiting.length > windowBytes / chunkBytes + 8) return;
    this.#waiting.push({ head, piece });
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
  }

  /** Takes nothing more; resolves when no write is under way. What has arrived stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelKeep?.();
    this.#endPause();
    await this.#working;
    this.#files?.close();
    this.#files = null;
  }

  async #work(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (this.#isClosed) continue;
      this.#keepForAWhile();
      try {
        await this.#handle(next.head, next.piece);
      } catch (error) {
        this.#gaveUp(next.head, next.piece.transfer, error);
      }
    }
  }

  async #handle(head: PieceHead, piece: CheckpointPiece): Promise<void> {
    const beganMs = this.#owner.timers.monotonicMs();
    if (piece.kind === 'offer') await this.#begin(piece.offer, piece.transfer);
    const files = this.#files;
    // Bytes of an offer that was lost: the sender makes it again.
    if (files === null || piece.transfer !== this.#transfer) return;
    // What waits behind an offer has arrived and is not to be sent again.
    let isResume = piece.kind === 'offer' && this.#waiting.length === 0;
    if (piece.kind === 'bytes' && piece.position === files.position && !files.isComplete) {
      // A file that arrived damaged begins again, before the piece that completed it.
      isResume = (await files.write(piece.bytes)) < piece.position + piece.bytes.length;
    }
    if (this.#isClosed) return;
    const progress = { transfer: this.#transfer, position: files.position, isResume };
    if (!files.isComplete) {
      this.#owner.answer(head, 'more', progress);
      return this.#leaveTheDisk(this.#owner.timers.monotonicMs() - beganMs);
    }
    await files.seal();
    if (this.#isClosed) return;
    if (this.#owner.complete(head, files.offer, progress)) this.#isClosed = true;
    else this.#discard();
  }

  /** The log and the other members on this disk have it for themselves for a while: the slower it is, the longer. */
  #leaveTheDisk(usedMs: number): Promise<void> {
    const { timers, limits } = this.#owner;
    const pauseMs = Math.min(pauseMsMax, usedMs * (1 / limits.diskShare - 1));
    if (pauseMs < 1) return Promise.resolve();
    return new Promise((resolve) => {
      this.#endPause = resolve;
      timers.after(pauseMs, resolve);
    });
  }

  async #begin(offer: CheckpointOffer, transfer: number): Promise<void> {
    if (this.#files !== null && this.#transfer === transfer) return;
    this.#files?.close();
    this.#files = null;
    const { disk, memberDir } = this.#owner;
    this.#files = await openIncomingFiles(disk, memberDir, offer);
    this.#transfer = transfer;
  }

  #gaveUp(head: PieceHead, transfer: number, error: unknown): void {
    const failure = journalErrorOf(error, 'taking in a checkpoint');
    this.#discard();
    if (failure.code !== 'disk-full' && failure.code !== 'corrupt') this.#owner.failed(failure);
    else this.#owner.answer(head, 'refused', { transfer, position: 0, isResume: true });
  }

  #discard(): void {
    this.#files?.close();
    this.#files = null;
    this.#transfer = -1;
    try {
      this.#owner.disk.remove(incomingFolder(this.#owner.memberDir));
    } catch {
      // Removed when the next checkpoint begins.
    }
  }

  #keepForAWhile(): void {
    this.#cancelKeep?.();
    const { timers, limits } = this.#owner;
    this.#cancelKeep = timers.after(limits.keepMs, () => {
      this.#cancelKeep = null;
      if (this.#working === null) this.#discard();
    });
  }
}
