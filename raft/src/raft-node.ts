// One member of a Raft group: feeds events to the core and carries out its effects in the promised order.
// Guarantees: an entry is on the operating system before anyone is told of it and durable before it is committed; a vote is
// durable before it counts; a sync runs whenever entries are unsynced, beside the caller's next turn; after a failed sync the
// member steps down and takes nothing more until it is opened again.
// Leaves to others: what entries mean, when turns start, when to checkpoint and how far to compact (the partition).

import type { RaftEffects } from './core/effects.ts';
import { EntryKind } from './core/entry-kind.ts';
import type { RaftEvent } from './core/events.ts';
import {
  createRaftState,
  type Member,
  type MemberId,
  type RaftState,
  type Role,
} from './core/state.ts';
import { step } from './core/step.ts';
import type { Disk } from './disk/disk.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { type CheckpointStore, openCheckpointStore } from './journal/checkpoint-store.ts';
import type { Journal } from './journal/journal.ts';
import { CorruptLogError, JournalError, journalErrorOf } from './journal/journal-error.ts';
import { openSegmentedJournal } from './journal/segmented-journal.ts';
import { openVoteStore, type VoteStore } from './journal/vote-store.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface RaftNodeOptions {
  /** The member's own folder; made if it is missing. */
  readonly dir: string;
  readonly disk?: Disk;
  readonly memberId: MemberId;
  /** All members of the group, this one included. */
  readonly members: readonly Member[];
  /** Size of a log segment's file; 64 MiB unless said otherwise. */
  readonly segmentBytes?: number;
  /** Numbers in [0, 1); a simulation gives its own. */
  readonly random?: () => number;
  /** The machine's own unless a simulation gives its clock. */
  readonly timers?: Timers;
  /** Everything up to here is committed: at most once for each completed sync, with the highest index. */
  readonly onCommitted: (upToIndex: number) => void;
  /** The member's role changed. As leader it takes proposals; `firstReadyIndex` tells when it may process. */
  readonly onRole: (role: Role, term: number) => void;
  /** The disk failed, or a callback threw: the member no longer leads. Close it, then open it again when that may help. */
  readonly onFault: (error: Error) => void;
}

/** A proposal to a member that does not lead. */
export class NotLeaderError extends Error {
  /** Who leads, as far as this member knows. */
  readonly leader: MemberId | null;

  constructor(leader: MemberId | null, what: string) {
    super(leader === null ? `${what}; no leader is known.` : `${what}; member ${leader} leads.`);
    this.name = 'NotLeaderError';
    this.leader = leader;
  }
}

/** The folder of the log inside a member's folder: what `openJournalReader` and `scanJournal` take. */
export function journalFolder(dir: string): string {
  return `${dir}/log`;
}

/** The folder of the checkpoints inside a member's folder. */
export function checkpointsFolder(dir: string): string {
  return `${dir}/checkpoints`;
}

/**
 * Opens the member and recovers its log (about a second per GB of log). No callback comes before the calling turn of the
 * event loop has ended. Throws CorruptLogError, UnknownEntryError, JournalError or MembershipError.
 */
export function openRaftNode(options: RaftNodeOptions): RaftNode {
  const disk = options.disk ?? nodeDisk;
  try {
    disk.makeFolder(options.dir);
  } catch (error) {
    throw journalErrorOf(error, `making the folder ${options.dir}`);
  }
  const checkpoints = openCheckpointStore(disk, checkpointsFolder(options.dir));
  const votes = openVoteStore(disk, `${options.dir}/vote`);
  const newest = checkpoints.newest()?.manifest;
  const floor = newest?.index ?? 0;
  const dir = journalFolder(options.dir);
  const { segmentBytes, random } = options;
  const timers = options.timers ?? systemTimers;
  const journal = openSegmentedJournal({
    dir,
    disk,
    timers,
    durableFloor: floor,
    floorTerm: newest?.term ?? 0,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(random === undefined ? {} : { newSalt: 1 + Math.floor(random() * (2 ** 32 - 1)) }),
  });
  try {
    if (journal.firstIndex > floor + 1) {
      const reason = `the log begins with entry ${journal.firstIndex}, and no checkpoint holds the state before it`;
      throw new CorruptLogError(dir, 0, floor + 1, journal.firstIndex - 1, reason);
    }
    const state = createRaftState({
      id: options.memberId,
      configurations: [{ index: 0, members: options.members, oldMembers: null }],
      term: votes.vote.term,
      votedFor: votes.vote.votedFor,
      // The core keeps its own view, because the two change at different moments.
      log: journal.outline(),
      durableIndex: journal.durableIndex,
      commitIndex: floor,
    });
    return new RaftNode(options, state, journal, votes, checkpoints);
  } catch (error) {
    journal.close().catch(() => {});
    throw error;
  }
}

const noPayload = new Uint8Array(0);

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
  readonly #state: RaftState;
  readonly #journal: Journal;
  readonly #votes: VoteStore;
  readonly #random: () => number;
  readonly #onSynced = () => this.#synced();
  readonly #onSyncFailed = (error: unknown) => this.#failed(error);
  #syncing = false;
  #fault: Error | null = null;
  #nextReadId = 1;
  readonly #reads = new Map<
    number,
    { resolve: (index: number) => void; reject: (error: Error) => void }
  >();
  #closing: Promise<void> | null = null;
  #drained: (() => void) | null = null;

  constructor(
    options: RaftNodeOptions,
    state: RaftState,
    journal: Journal,
    votes: VoteStore,
    checkpoints: CheckpointStore,
  ) {
    this.#options = options;
    this.#state = state;
    this.#journal = journal;
    this.#votes = votes;
    this.#random = options.random ?? Math.random;
    this.journal = journal;
    this.journalDir = journalFolder(options.dir);
    this.checkpoints = checkpoints;
    (options.timers ?? systemTimers).soon(() => {
      if (this.#closing === null) this.#happen({ kind: 'start' });
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
    return this.#journal.lastIndex;
  }

  get commitIndex(): number {
    return this.#state.commitIndex;
  }

  /** Entries that are in the log and not committed; of a leader that is ready, the turns that are open. */
  get uncommittedCount(): number {
    return this.#state.log.lastIndex - this.#state.commitIndex;
  }

  /** Whether a sync is running: then a turn may wait, to take more commands at once. */
  get isSyncing(): boolean {
    return this.#syncing;
  }

  /** Of a leader, the empty entry of its term: process only when all up to it is applied. Null otherwise. */
  get firstReadyIndex(): number | null {
    return this.#state.leadership?.firstIndex ?? null;
  }

  /**
   * Appends an entry now and starts to make it durable; `onCommitted` tells when it counts. The payload must not be changed
   * afterwards. Throws NotLeaderError; JournalError `disk-full` or `read-only`, when nothing has happened and the member
   * still leads; or another JournalError, when it does not lead any more.
   */
  propose(kind: number, payload: Uint8Array): { readonly index: number; readonly term: number } {
    if (this.#closing !== null) throw new NotLeaderError(null, 'The member is being closed');
    if (this.#state.role !== 'leader') {
      throw new NotLeaderError(this.#state.leader, 'The member does not lead');
    }
    if (kind === EntryKind.configuration || kind === EntryKind.empty) {
      throw new RangeError(`Entries of kind ${kind} are Raft's own.`);
    }
    const event: RaftEvent = { kind: 'propose', entryKind: kind, bytes: payload.length };
    const effects = step(this.#state, event, 0);
    const failure = this.#carryOut(effects, payload);
    if (failure !== null) throw failure;
    return effects.accepted as { index: number; term: number };
  }

  /**
   * The index up to which a reader must have applied to see everything that was answered before this call. Rejects with a
   * NotLeaderError.
   */
  readIndex(): Promise<number> {
    const id = this.#nextReadId++;
    return new Promise((resolve, reject) => {
      this.#reads.set(id, { resolve, reject });
      this.#happen({ kind: 'read', id });
    });
  }

  /**
   * Removes whole segments whose entries are all below the index and covered by the newest checkpoint; answers the first
   * index that is left. Throws JournalError.
   */
  compact(beforeIndex: number): number {
    const covered = this.checkpoints.newest()?.manifest.index ?? 0;
    const bound = Math.min(beforeIndex, covered + 1, this.#state.commitIndex + 1);
    if (bound > this.#journal.firstIndex) {
      this.#journal.compactBefore(bound);
      this.#happen({ kind: 'compacted', firstIndex: this.#journal.firstIndex });
    }
    return this.#journal.firstIndex;
  }

  /**
   * Takes no more proposals, makes durable and tells as committed what was proposed, then releases everything. Resolves also
   * when the disk fails meanwhile; `onFault` has said so.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#syncing) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    this.#happen({ kind: 'step-down' });
    try {
      await this.#journal.close();
    } catch (error) {
      if (this.#fault === null) this.#failed(error);
    }
  }

  #happen(event: RaftEvent): void {
    this.#carryOut(step(this.#state, event, this.#random()), noPayload);
  }

  /** Answers why the entries could not be written; they are taken back then. */
  #carryOut(effects: RaftEffects, payload: Uint8Array): JournalError | null {
    const { persist, becameRole, committedUpTo } = effects;
    if (persist !== null) {
      for (const head of persist.entries) {
        try {
          this.#journal.append({ term: head.term, kind: head.kind, payload });
        } catch (error) {
          return this.#appendFailed(error, head.index);
        }
      }
      if (persist.vote !== null && !this.#saveVote(persist.vote)) return null;
    }
    if (effects.sendNow.length > 0 || effects.sendAfterPersist.length > 0) {
      throw new RangeError('A group of one member has nobody to send to.');
    }
    if (persist !== null && persist.entries.length > 0) this.#startSync();
    if (becameRole !== null)
      this.#tell(() => this.#options.onRole(becameRole.role, becameRole.term));
    if (committedUpTo !== null) this.#tell(() => this.#options.onCommitted(committedUpTo));
    for (const { id, index } of effects.readsReady) {
      this.#reads.get(id)?.resolve(index);
      this.#reads.delete(id);
    }
    for (const { request, id, reason } of effects.refused) {
      if (request !== 'read') continue;
      this.#reads
        .get(id)
        ?.reject(new NotLeaderError(this.#state.leader, `The read was refused (${reason})`));
      this.#reads.delete(id);
    }
    if (persist !== null && persist.vote !== null) {
      const { term, votedFor } = persist.vote;
      this.#happen({ kind: 'vote-persisted', term, votedFor });
    }
    return null;
  }

  #saveVote(vote: { readonly term: number; readonly votedFor: MemberId | null }): boolean {
    try {
      this.#votes.save(vote);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #appendFailed(error: unknown, fromIndex: number): JournalError {
    const failure = error instanceof JournalError ? error : journalErrorOf(error, 'appending');
    const ledBefore = this.#state.leadership?.firstIndex ?? 0;
    this.#happen({ kind: 'entries-refused', fromIndex });
    const isTrace = failure.code !== 'disk-full' && failure.code !== 'read-only';
    if (isTrace || fromIndex <= ledBefore) this.#failed(failure);
    return failure;
  }

  #startSync(): void {
    if (this.#syncing || this.#fault !== null) return;
    this.#syncing = true;
    this.#journal.flush().then(this.#onSynced, this.#onSyncFailed);
  }

  #synced(): void {
    this.#syncing = false;
    // Not what the flush answered: a truncation may have come between that and now.
    const index = this.#journal.durableIndex;
    try {
      // The next sync starts before the application hears of this one, so that both go on at once.
      if (index < this.#journal.lastIndex) this.#startSync();
      const term = this.#journal.termAt(index);
      if (term !== undefined) this.#happen({ kind: 'entries-persisted', index, term });
    } catch (error) {
      this.#failed(error);
    }
    if (!this.#syncing) this.#drained?.();
  }

  /** Nothing is trusted from here on: the member steps down and says why, once. */
  #failed(error: unknown): void {
    this.#syncing = false;
    if (this.#fault === null) {
      const fault = error instanceof Error ? error : new Error(String(error));
      this.#fault = fault;
      this.#happen({ kind: 'disk-changed', condition: 'failed' });
      try {
        this.#options.onFault(fault);
      } catch (thrown) {
        // A fault handler that throws has nobody above it but the process.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
    this.#drained?.();
  }

  #tell(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#failed(error);
    }
  }
}
