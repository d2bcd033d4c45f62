// One member of a Raft group as the application sees it.
// Guarantees: what the callbacks tell has happened and is durable where they say so; every promise given out is settled; after a
// failed sync, and between the install of a checkpoint and the next open, the member takes part in nothing.
// Leaves to others: what entries mean, when turns start, when to checkpoint and how far to compact (the partition).
import type { RaftEffects } from './core/effects.ts';
import { EntryKind } from './core/entry-kind.ts';
import type { RaftEvent } from './core/events.ts';
import {
  type Configuration,
  type Member,
  type MemberId,
  MembershipError,
  type RaftState,
  type Role,
} from './core/state.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { CheckpointStore } from './journal/checkpoint-store.ts';
import type { Journal } from './journal/journal.ts';
import { JournalError } from './journal/journal-error.ts';
import { assembleMember, type OpenedParts } from './member-assembly.ts';
import { isLoneMember, type MemberClock } from './member-clock.ts';
import type { MemberDriver, ReceivedMessage } from './member-driver.ts';
import { type MemberProgress, progressOf, voterAhead } from './member-progress.ts';
import { PendingRequests } from './pending-requests.ts';
import {
  defaultTiming,
  journalFolder,
  NotLeaderError,
  type RaftNodeOptions,
  type RaftTiming,
  type ToldCondition,
} from './raft-node-options.ts';
import { systemTimers, type Timers } from './timers.ts';
import type { SendingProgress } from './transfer/checkpoint-sending.ts';
import type { CheckpointTraffic } from './transfer/checkpoint-traffic.ts';
import { forgetInstall, hasCaughtUp } from './transfer/install.ts';
import { decodeMessage, type WireMessage } from './wire/message-codec.ts';
import type { Outbox } from './wire/outbox.ts';

/** Use `openRaftNode`. */
export class RaftNode {
  /** For reading; appends go through `propose`. */
  readonly journal: Pick<
    Journal,
    | 'cut'
    | 'durableIndex'
    | 'firstIndex'
    | 'lastIndex'
    | 'lastTerm'
    | 'read'
    | 'readFrom'
    | 'sizeBytes'
    | 'termAt'
  >;
  /** Where the log's files are, for a reader in another thread. */
  readonly journalDir: string;
  readonly checkpoints: CheckpointStore;
  readonly #options: RaftNodeOptions;
  readonly #parts: OpenedParts;
  readonly #timers: Timers;
  readonly #timing: RaftTiming;
  readonly #state: RaftState;
  readonly #outbox: Outbox;
  readonly #driver: MemberDriver;
  readonly #traffic: CheckpointTraffic;
  readonly #watch: DiskWatch;
  readonly #requests: PendingRequests;
  readonly #clock: MemberClock;
  #isCatchingUp: boolean;
  #isInstalled = false;
  #damagedMessages = 0;
  #closing: Promise<void> | null = null;

  constructor(options: RaftNodeOptions, parts: OpenedParts) {
    this.#options = options;
    this.#parts = parts;
    this.#state = parts.state;
    this.#timing = options.timing ?? defaultTiming;
    this.#timers = options.timers ?? systemTimers;
    this.journal = parts.journal;
    this.journalDir = journalFolder(options.dir);
    this.checkpoints = parts.checkpoints;
    this.#isCatchingUp = parts.catchUpTo > 0;
    this.#requests = new PendingRequests(parts.state, (options.random ?? Math.random)());
    const assembled = assembleMember(options, parts, {
      happen: (event) => this.#happen(event),
      stepped: (effects, received) => this.#stepped(effects, received),
      refused: (bytes) => this.#diskRefused(bytes),
      synced: () => this.#synced(),
      failed: (fault) => this.#failed(fault),
      installed: () => this.#installed(),
      diskIs: (condition) => this.#diskIs(condition),
    });
    this.#outbox = assembled.outbox;
    this.#driver = assembled.driver;
    this.#watch = assembled.watch;
    this.#clock = assembled.clock;
    this.#traffic = assembled.traffic;
    this.checkpoints.logDurable = (index) => this.#driver.durableAt(index);
    this.#timers.soon(() => {
      if (this.#closing !== null) return;
      this.#happen({ kind: 'start' });
      this.#clock.adjust();
    });
  }

  get role(): Role {
    return this.#state.role;
  }

  get term(): number {
    return this.#state.term;
  }

  /** Who leads, as far as known. */
  get leader(): MemberId | null {
    return this.#state.leader;
  }

  get lastIndex(): number {
    return this.#parts.journal.lastIndex;
  }

  get commitIndex(): number {
    return this.#state.commitIndex;
  }

  /** The members from the newest entry on that names them, committed or not. */
  get configuration(): Configuration {
    return this.#state.configuration;
  }

  /** Its folder was lost: it counts for nothing until it has caught up. */
  get isRecovering(): boolean {
    return this.#state.isRecovering;
  }

  /** Messages that were dropped because their bytes were damaged or of another version. */
  get damagedMessages(): number {
    return this.#damagedMessages;
  }

  /** The checkpoint that is being sent, null if none is. */
  get checkpointProgress(): SendingProgress | null {
    return this.#traffic.sending.progress;
  }

  /** Entries that are in the log and not committed; of a leader that is ready, the turns that are open. */
  get uncommittedCount(): number {
    return this.#state.log.lastIndex - this.#state.commitIndex;
  }

  /** Whether a sync is running: then a turn may wait, to take more commands at once. */
  get isSyncing(): boolean {
    return this.#driver.isSyncing;
  }

  /** Of a leader, the empty entry of its term: process only when all up to it is applied. Null otherwise. */
  get firstReadyIndex(): number | null {
    return this.#state.leadership?.firstIndex ?? null;
  }

  /** Whom this leader is handing over to: `propose` takes nothing until `onRole` tells how that has ended. Null otherwise. */
  get handingOverTo(): MemberId | null {
    return this.#state.leadership?.transferTo ?? null;
  }

  /** Of a leader, what it knows of the other members; empty otherwise. */
  progress(): readonly MemberProgress[] {
    return progressOf(this.#state, this.#timing.tickMs);
  }

  /**
   * Appends an entry now and starts to make it durable; `onCommitted` tells when it counts. The payload must not be changed
   * afterwards. Throws NotLeaderError, also while leadership is handed over; JournalError `disk-full` or `read-only`, when
   * nothing has happened; or another JournalError, when the member does not lead any more.
   */
  propose(kind: number, payload: Uint8Array): { readonly index: number; readonly term: number } {
    if (this.#closing !== null) throw new NotLeaderError(null, 'The member is being closed');
    if (this.#state.role !== 'leader') {
      throw new NotLeaderError(this.#state.leader, 'The member does not lead');
    }
    if (kind === EntryKind.configuration || kind === EntryKind.empty) {
      throw new RangeError(`Entries of kind ${kind} are Raft's own.`);
    }
    const { accepted } = this.#driver.propose(kind, payload);
    if (accepted !== null) return accepted;
    throw new NotLeaderError(this.handingOverTo, 'Leadership is being handed over');
  }

  /**
   * The index up to which a reader must have applied to see everything that was answered before this call. A follower asks
   * its leader. Rejects with a NotLeaderError.
   */
  readIndex(): Promise<number> {
    const { id, promise } = this.#requests.read();
    if (this.#isOut()) this.#requests.refused('read', id, 'leadership-lost');
    else this.#happen({ kind: 'read', id });
    return promise;
  }

  /**
   * Removes whole segments whose entries are all below the index, covered by the newest checkpoint and not needed by a member
   * that is being sent one; answers the first index that is left. Throws JournalError.
   */
  compact(beforeIndex: number): number {
    const { journal, record } = this.#parts;
    const covered = this.checkpoints.newest()?.manifest.index ?? 0;
    const needed = this.#traffic.sending.neededFromIndex ?? Number.POSITIVE_INFINITY;
    const bound = Math.min(beforeIndex, covered + 1, this.#state.commitIndex + 1, needed);
    if (bound > journal.firstIndex) {
      journal.compactBefore(bound);
      record.forgetBefore(journal.firstIndex);
      this.#happen({ kind: 'compacted', firstIndex: journal.firstIndex });
    }
    return journal.firstIndex;
  }

  /** Bytes that another member gave to its `send`. They must not be changed afterwards. */
  receive(from: MemberId, bytes: Uint8Array): void {
    if (this.#isOut()) return;
    let wire: WireMessage | null;
    try {
      wire = decodeMessage(bytes);
    } catch (error) {
      this.#driver.fail(error);
      return;
    }
    if (wire === null) this.#damagedMessages++;
    else {
      this.#clock.heard(wire);
      this.#driver.happen({ kind: 'received', from, message: wire.message }, { from, wire });
    }
  }

  /** The other member's process is gone: it closed its connection. */
  connectionClosed(by: MemberId): void {
    this.#happen({ kind: 'connection-closed', by });
  }

  /** Bulk messages to the member were thrown away on their way out. */
  sendingLost(to: MemberId): void {
    this.#happen({ kind: 'append-lost', to });
  }

  /**
   * Hands leadership to a voter: resolves when that one leads. Rejects with a NotLeaderError if this member does not lead or
   * the outcome is not known, with a MembershipError if it goes on leading.
   */
  transferLeadership(to: MemberId): Promise<void> {
    if (this.#state.role === 'leader' && to === this.#state.id) return Promise.resolve();
    if (this.#isOut()) return Promise.reject(new NotLeaderError(null, 'The member is stopped'));
    const done = this.#requests.transfer(to);
    if (done === null) {
      return Promise.reject(new MembershipError('Leadership is being handed over already.'));
    }
    this.#happen({ kind: 'transfer', to });
    const cancel = this.#timers.after(4 * this.#timing.electionMs, () =>
      this.#requests.transferTimedOut(),
    );
    return done.finally(cancel);
  }

  /**
   * Replaces the members, in two steps when voters change (Raft paper, 6): resolves when the new list alone counts. Rejects with
   * a NotLeaderError, after which the change may still take place, or a MembershipError, after which it does not.
   */
  changeMembers(members: readonly Member[]): Promise<void> {
    if (this.#isOut()) return Promise.reject(new NotLeaderError(null, 'The member is stopped'));
    const done = this.#requests.change();
    if (done === null) {
      return Promise.reject(new MembershipError('Another change of members has not ended.'));
    }
    this.#happen({ kind: 'change-members', members });
    this.#timers.soon(() => this.#requests.changeNotAppended());
    return done;
  }

  /** Stops leading; the others elect another leader. */
  stepDown(): void {
    this.#happen({ kind: 'step-down' });
  }

  /** What the surroundings see of the disk, its free space for example. */
  diskChanged(condition: ToldCondition): void {
    if (!this.#isOut()) this.#watch.told(condition);
  }

  /**
   * Takes no more proposals, makes durable and tells as committed what was proposed, then releases everything. Leadership is
   * not handed over. Resolves also when the disk fails meanwhile; `onFault` has said so.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#driver.settled();
    this.#driver.happen({ kind: 'step-down' });
    this.#stop('The member is being closed');
    await this.#traffic.close();
    try {
      await this.#parts.journal.close();
    } catch (error) {
      this.#driver.fail(error);
    }
  }

  /** Takes part in nothing any more. */
  #isOut(): boolean {
    return this.#closing !== null || this.#isInstalled || this.#driver.fault !== null;
  }

  #happen(event: RaftEvent): void {
    if (!this.#isOut()) this.#driver.happen(event);
  }

  #stop(why: string): void {
    this.#clock.stop();
    this.#watch.close();
    this.#outbox.close();
    this.#traffic.sending.stop();
    this.#requests.close(why);
    this.#driver.abandon(new JournalError('closed', `${why}.`));
  }

  /** Tells everyone what a step brought. */
  #stepped(effects: RaftEffects, received: ReceivedMessage | null): void {
    const { becameRole, configured, committedUpTo, accepted } = effects;
    if (becameRole !== null && becameRole.role !== 'leader') this.#traffic.sending.stop();
    const told = becameRole ?? (effects.transferAborted ? this : null);
    if (told !== null) this.#options.onRole(told.role, told.term, told.leader);
    if (configured !== null) {
      if (!this.#isOut()) this.#clock.adjust();
      this.#options.onConfiguration?.(configured);
    }
    if (committedUpTo !== null) this.#options.onCommitted(committedUpTo);
    for (const { id, index } of effects.readsReady) {
      if (!this.#clock.readEnded(id, index)) this.#requests.readReady(id, index);
    }
    for (const { request, id, reason } of effects.refused) {
      const isOwn = request === 'read' && this.#clock.readEnded(id, null);
      if (!isOwn) this.#requests.refused(request, id, reason);
    }
    if (accepted?.kind === EntryKind.configuration) this.#requests.changeAppended(accepted.index);
    if (effects.transferAborted) this.#requests.transferAborted();
    if (effects.checkpointTo.length > 0) this.#traffic.sending.wanted(effects.checkpointTo);
    if (received !== null) {
      if (effects.checkpointPiece === 'take') this.#traffic.take(received.from, received.wire);
      this.#traffic.answered(received.from, received.wire);
    }
    this.#requests.settle();
  }

  #diskRefused(bytes: number): void {
    // A lone member has nobody to lead in its place: it leads on, and the next proposal asks the disk again.
    if (!isLoneMember(this.#state)) this.#watch.full(bytes);
  }

  /** A leader whose own disk keeps it waiting hands over to a member whose disk has been faster. */
  #diskIs(condition: ToldCondition): void {
    this.#happen({ kind: 'disk-changed', condition });
    const to = condition === 'slow' ? voterAhead(this.#state, this.journal.durableIndex) : null;
    if (to !== null) this.#happen({ kind: 'transfer', to });
  }

  #synced(): void {
    this.#watch.synced();
    const { catchUpTo, disk, state } = this.#parts;
    if (!this.#isCatchingUp || !hasCaughtUp(state, catchUpTo)) return;
    this.#isCatchingUp = false;
    forgetInstall(disk, this.#options.dir);
  }

  #installed(): void {
    this.#isInstalled = true;
    this.#timers.soon(() => {
      if (this.#closing !== null) return;
      this.#stop('The member is being opened anew with a checkpoint of its leader');
      try {
        this.#options.onCheckpointInstalled?.();
      } catch (error) {
        this.#driver.fail(error);
      }
    });
  }

  #failed(fault: Error): void {
    this.#stop('The member has failed');
    try {
      this.#options.onFault(fault);
    } catch (thrown) {
      // A fault handler that throws has nobody above it but the process.
      queueMicrotask(() => {
        throw thrown;
      });
    }
  }
}
