// The transfers of checkpoints that a member has under way, in either direction.
// Guarantees: one checkpoint is sent at a time; it, and the log from where the receiver's will begin, stay until the receiver
// follows that log or has been silent for too long.
// Leaves to others: whom to send to (the core), the stream itself (checkpoint-sender.ts, checkpoint-receiver.ts).
import type { MemberId } from '../core/state.ts';
import type { Disk } from '../disk/disk.ts';
import type { Checkpoint, CheckpointStore } from '../journal/checkpoint-store.ts';
import type { Journal } from '../journal/journal.ts';
import type { MemberRecord } from '../member-record.ts';
import type { Cancel, Timers } from '../timers.ts';
import type { CheckpointOffer } from './checkpoint-offer.ts';
import type { CheckpointPiece, CheckpointProgress } from './checkpoint-piece.ts';
import { CheckpointSender, type SendingEnd } from './checkpoint-sender.ts';
import type { TransferLimits } from './transfer-limits.ts';

export interface SendingOwner {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly limits: TransferLimits;
  readonly journal: Pick<Journal, 'firstIndex' | 'termAt'>;
  readonly checkpoints: CheckpointStore;
  readonly record: MemberRecord;
  send(to: MemberId, offer: CheckpointOffer, piece: CheckpointPiece): void;
  /** Whether the core still waits for the member to have a checkpoint. */
  isWanted(to: MemberId): boolean;
  /** It ended without success. */
  failed(to: MemberId, why: SendingEnd | 'none'): void;
  /** Whether the member takes appends behind the entry by now, or is not followed any more. */
  isFollowing(to: MemberId, base: number): boolean;
}

/** How far a checkpoint has come. */
export interface SendingProgress {
  readonly to: MemberId;
  readonly arrivedBytes: number;
  readonly totalBytes: number;
}

/** A checkpoint and log that are held in place for a member. */
interface Hold {
  readonly to: MemberId;
  readonly base: number;
  readonly unpin: () => void;
  /** When it ends in any case, ms of the monotonic clock; null while the transfer runs. */
  untilMs: number | null;
}

export class CheckpointSending {
  readonly #owner: SendingOwner;
  readonly #waiting: MemberId[] = [];
  readonly #holds: Hold[] = [];
  /** Checkpoints whose files were found damaged. */
  readonly #damaged = new Set<string>();
  #current: {
    readonly to: MemberId;
    readonly id: string;
    readonly sender: CheckpointSender;
  } | null = null;
  #cancelWatch: Cancel | null = null;

  constructor(owner: SendingOwner) {
    this.#owner = owner;
  }

  /** The log from this entry on is needed; null if nothing is held. */
  get neededFromIndex(): number | null {
    let needed: number | null = null;
    for (const { base } of this.#holds) needed = Math.min(needed ?? base + 1, base + 1);
    return needed;
  }

  /** The transfer that runs. */
  get progress(): SendingProgress | null {
    if (this.#current === null) return null;
    return { to: this.#current.to, ...this.#current.sender.progress };
  }

  /** The core asks that these members be sent the newest checkpoint. */
  wanted(ids: readonly MemberId[]): void {
    for (const to of ids) {
      if (this.#current?.to !== to && !this.#waiting.includes(to)) this.#waiting.push(to);
    }
    this.#next();
  }

  /** What the member says of its part; the core has heard it. */
  answered(from: MemberId, outcome: string, progress: CheckpointProgress | null): void {
    const { to, sender } = this.#current ?? {};
    if (sender === undefined || to !== from || progress?.transfer !== sender.transfer) return;
    if (outcome === 'more' && this.#owner.isWanted(to)) sender.answered(progress);
    else if (outcome === 'more') this.#needless();
    else if (outcome === 'refused') sender.refused();
    else this.#installed();
  }

  /** This member leads no longer: nothing is sent and nothing held. */
  stop(): void {
    this.#waiting.length = 0;
    this.#current?.sender.stop();
    this.#current = null;
    for (const hold of this.#holds.splice(0)) hold.unpin();
    this.#cancelWatch?.();
    this.#cancelWatch = null;
  }

  #next(): void {
    while (this.#current === null) {
      const to = this.#waiting.shift();
      if (to === undefined) return;
      const checkpoint = this.#usable();
      if (checkpoint === null) this.#owner.failed(to, 'none');
      else this.#begin(to, checkpoint);
    }
  }

  /** The newest checkpoint that the log here follows on. */
  #usable(): Checkpoint | null {
    const { checkpoints, journal } = this.#owner;
    const usable = (c: Checkpoint) =>
      !this.#damaged.has(c.id) && c.manifest.index >= journal.firstIndex - 1;
    return checkpoints.list().findLast(usable) ?? null;
  }

  #begin(to: MemberId, checkpoint: Checkpoint): void {
    const { journal, record, checkpoints } = this.#owner;
    const base = journal.firstIndex - 1;
    const baseTerm = journal.termAt(base) as number;
    const configuration = record.configurationAt(base);
    const configuredAt = record.configurations.at(-1)?.index ?? 0;
    const { manifest } = checkpoint;
    const offer: CheckpointOffer = { manifest, base, baseTerm, configuration, configuredAt };
    this.#holds.push({ to, base, unpin: checkpoints.pin(checkpoint.id), untilMs: null });
    const { disk, timers, limits } = this.#owner;
    const sender = new CheckpointSender(
      {
        disk,
        timers,
        limits,
        send: (piece) => {
          if (this.#owner.isWanted(to)) this.#owner.send(to, offer, piece);
          else timers.soon(() => this.#needless());
        },
        ended: (why) => this.#ended(why),
      },
      checkpoint.path,
      offer,
    );
    this.#current = { to, id: checkpoint.id, sender };
  }

  /** The member found another way, or is none any more. */
  #needless(): void {
    const { to, sender } = this.#current ?? {};
    if (sender === undefined || to === undefined || this.#owner.isWanted(to)) return;
    sender.stop();
    this.#current = null;
    this.#release((hold) => hold.to === to && hold.untilMs === null);
    this.#next();
  }

  #ended(why: SendingEnd): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    if (why === 'damaged') this.#damaged.add(current.id);
    this.#release((hold) => hold.to === current.to);
    this.#owner.failed(current.to, why);
    this.#next();
  }

  /** The receiver has it: its log must not be compacted away before it asks for it. */
  #installed(): void {
    const { to, sender } = this.#current as { to: MemberId; sender: CheckpointSender };
    sender.stop();
    this.#current = null;
    const { timers, limits } = this.#owner;
    for (const hold of this.#holds) {
      if (hold.to === to) hold.untilMs = timers.monotonicMs() + limits.giveUpMs;
    }
    this.#cancelWatch ??= timers.every(limits.retryMs, () => this.#watch());
    this.#next();
  }

  #watch(): void {
    const now = this.#owner.timers.monotonicMs();
    this.#release(
      ({ to, base, untilMs }) =>
        untilMs !== null && (now >= untilMs || this.#owner.isFollowing(to, base)),
    );
    if (this.#holds.some((hold) => hold.untilMs !== null)) return;
    this.#cancelWatch?.();
    this.#cancelWatch = null;
  }

  #release(isOver: (hold: Hold) => boolean): void {
    for (let at = this.#holds.length - 1; at >= 0; at--) {
      const hold = this.#holds[at] as Hold;
      if (!isOver(hold)) continue;
      this.#holds.splice(at, 1);
      hold.unpin();
    }
  }
}
