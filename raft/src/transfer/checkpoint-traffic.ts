// The checkpoints that a member sends and receives, as messages.
// Guarantees: pieces and answers carry the present term; an install is ordered in the same turn in which the core agrees to it.
// Leaves to others: the two directions (checkpoint-sending.ts, checkpoint-receiver.ts), and what the core thinks of a message.
import { acceptsCheckpoint } from '../core/checkpoints.ts';
import type { RaftEvent } from '../core/events.ts';
import type { MemberId, RaftState } from '../core/state.ts';
import type { Disk } from '../disk/disk.ts';
import type { CheckpointStore } from '../journal/checkpoint-store.ts';
import type { Journal } from '../journal/journal.ts';
import type { MemberRecord } from '../member-record.ts';
import type { Timers } from '../timers.ts';
import { bareMessage, type WireMessage } from '../wire/message-codec.ts';
import type { Urgency } from '../wire/outbox.ts';
import type { CheckpointOffer } from './checkpoint-offer.ts';
import type { CheckpointProgress } from './checkpoint-piece.ts';
import { CheckpointReceiver, type PieceHead } from './checkpoint-receiver.ts';
import { CheckpointSending } from './checkpoint-sending.ts';
import { orderInstall } from './install.ts';
import { defaultTransferLimits, type TransferLimits } from './transfer-limits.ts';

export interface CheckpointTrafficOwner {
  readonly disk: Disk;
  readonly timers: Timers;
  readonly memberDir: string;
  readonly limits: Partial<TransferLimits>;
  readonly state: RaftState;
  readonly journal: Journal;
  readonly checkpoints: CheckpointStore;
  readonly record: MemberRecord;
  send(to: MemberId, message: WireMessage, urgency: Urgency): void;
  happen(event: RaftEvent): void;
  failed(error: unknown): void;
  /** The next open ends with another checkpoint and log. */
  installed(): void;
}

export class CheckpointTraffic {
  readonly sending: CheckpointSending;
  readonly #owner: CheckpointTrafficOwner;
  readonly #receiver: CheckpointReceiver;

  constructor(owner: CheckpointTrafficOwner) {
    this.#owner = owner;
    const { disk, timers, memberDir, state, journal, checkpoints, record } = owner;
    const limits = { ...defaultTransferLimits, ...owner.limits };
    this.sending = new CheckpointSending({
      disk,
      timers,
      limits,
      journal,
      checkpoints,
      record,
      send: (to, { base, baseTerm }, piece) => {
        const { term } = state;
        const head = { kind: 'checkpoint', term, index: base, indexTerm: baseTerm } as const;
        owner.send(to, { ...bareMessage(head), piece }, 'bulk');
      },
      isWanted: (to) => state.leadership?.progress.get(to)?.mode === 'checkpoint',
      failed: (to) => owner.happen({ kind: 'checkpoint-failed', to }),
      isFollowing: (to, base) => {
        const progress = state.leadership?.progress.get(to);
        if (progress === undefined) return true;
        return progress.mode === 'replicate' && progress.matchIndex > base;
      },
    });
    this.#receiver = new CheckpointReceiver({
      disk,
      timers,
      limits,
      memberDir,
      answer: (head, outcome, progress) => this.#answer(head, outcome, progress),
      complete: (head, offer, progress) => this.#install(head, offer, progress),
      failed: (error) => owner.failed(error),
    });
  }

  /** The core says that this piece may be taken. */
  take(from: MemberId, { message, piece }: WireMessage): void {
    if (message.kind !== 'checkpoint' || piece === null) return;
    const { term, index, indexTerm } = message;
    this.#receiver.take({ from, term, index, indexTerm }, piece);
  }

  /** An answer that the core has seen. */
  answered(from: MemberId, { message, progress }: WireMessage): void {
    if (message.kind !== 'checkpoint-answer') return;
    this.sending.answered(from, message.outcome, progress);
  }

  async close(): Promise<void> {
    this.sending.stop();
    await this.#receiver.close();
  }

  #answer(
    { from, index }: PieceHead,
    outcome: 'more' | 'installed' | 'refused',
    progress: CheckpointProgress,
  ): void {
    const { term } = this.#owner.state;
    const head = { kind: 'checkpoint-answer', term, index, outcome } as const;
    this.#owner.send(from, { ...bareMessage(head), progress }, 'urgent');
  }

  #install(head: PieceHead, offer: CheckpointOffer, progress: CheckpointProgress): boolean {
    const { state, disk, memberDir } = this.#owner;
    if (!acceptsCheckpoint(state, head)) return false;
    orderInstall(disk, memberDir, offer, state.isRecovering);
    this.#owner.installed();
    this.#answer(head, 'installed', progress);
    return true;
  }
}
