// A partition from one opening to the next closing: log, state and engine that belong together.
//
// Follows the log: recovery and followers apply committed entries; the leader processes, and its turns are applied already.
import type { Key } from '@millrace/protocol';
import { EntryKind, type RaftNode } from '@millrace/raft';
import type { Effect } from '../core/engine/effects.ts';
import { Engine } from '../core/engine/engine.ts';
import { Turn } from '../core/engine/turn.ts';
import { type ExportedPosition, encodeExporterPositions } from '../exporting/index.ts';
import type { PartitionStore } from '../store/partition-store.ts';
import { applyEntry } from './apply-entry.ts';
import { BetweenPartitions } from './between-partitions.ts';
import type { CommandQueue } from './command-queue.ts';
import { DueDates } from './due-dates.ts';
import { ExporterPositions } from './exporter-positions.ts';
import type { JobStreams, StreamState } from './job-streams.ts';
import { LogFollower } from './log-follower.ts';
import { type FromPartition, noticesOf, type PartitionNotice } from './messages.ts';
import type { PartitionClock } from './partition-clock.ts';
import { codeOf } from './partition-faults.ts';
import type { PartitionOptions } from './partition-options.ts';
import { RangeLoader } from './range-loader.ts';
import { ResponseGate } from './response-gate.ts';
import { TurnLoop } from './turn-loop.ts';

/** Loaded heads of queues and due dates: refilled below the first figure, to the second. */
const WINDOW_LOW = 256;
const WINDOW_HIGH = 1024;
const ALL = 0;
const NO_NOTICES: readonly PartitionNotice[] = [];

/** What the partition around it provides. */
export interface OpenPartitionOwner {
  readonly options: PartitionOptions;
  readonly clock: PartitionClock;
  readonly queue: CommandQueue;
  readonly streams: JobStreams;
  readonly checksum: (bytes: Uint8Array) => Uint8Array;
  post(message: FromPartition): void;
  /** The partition is about to say that it leads: its status goes first, so that nobody asks it for work unknown. */
  aboutToLead(): void;
  /** Nothing more is possible with this opening. */
  fail(error: Error): void;
}

export class OpenPartition {
  readonly raft: RaftNode;
  readonly store: PartitionStore;
  readonly engine: Engine;
  readonly exporters: ExporterPositions;
  readonly #owner: OpenPartitionOwner;
  readonly #turn: Turn;
  readonly #loader: RangeLoader;
  readonly #loop: TurnLoop;
  readonly #due: DueDates;
  readonly #between: BetweenPartitions;
  readonly #gate: ResponseGate;
  readonly #follower: LogFollower;
  /** Position of the newest record that is applied or in an open turn. */
  #lastPosition = 0;
  #isLeading = false;
  #isClosed = false;
  #waitingPositions: readonly ExportedPosition[] = [];

  constructor(owner: OpenPartitionOwner, raft: RaftNode, store: PartitionStore) {
    const { options } = owner;
    this.#owner = owner;
    this.raft = raft;
    this.store = store;
    this.#turn = new Turn(options.partitionId);
    this.#gate = new ResponseGate(options.partitionId);
    this.engine = new Engine(
      store.db,
      this.#turn,
      {
        partitionId: options.partitionId,
        partitionCount: options.partitionCount,
        commandsInBatchMax: options.commandsInBatchMax,
        checksum: owner.checksum,
        random: Math.random,
      },
      owner.streams,
    );
    this.exporters = new ExporterPositions(store.db);
    this.#loader = new RangeLoader(store.db, (read) => store.readRange(read));
    const fail = (error: Error) => owner.fail(error);
    this.#follower = new LogFollower(raft, store, {
      apply: (entry) => applyEntry(entry, store.db, this.engine, this.exporters),
      reached: (index) => this.#reached(index),
      fail,
    });
    this.#due = new DueDates(this.engine, this.#loader, {
      now: () => owner.clock.now(),
      offer: (commands) => {
        for (const command of commands)
          owner.queue.offer(1, { kind: 'command', command, bytes: 0 });
        this.#loop.wake();
      },
      fail,
    });
    this.#between = new BetweenPartitions(
      options.partitionId,
      this.engine,
      this.#loader,
      (notice) => this.#notice([notice]),
      fail,
    );
    this.#loop = new TurnLoop(
      this.engine,
      this.#turn,
      store.db,
      owner.queue,
      owner.streams,
      this.#loader,
      {
        now: () => owner.clock.now(),
        isSyncing: () => raft.isSyncing,
        uncommitted: () => raft.uncommittedCount,
        append: (entry) => raft.propose(EntryKind.records, entry).index,
        sealed: (index, turn) => this.#gate.hold(index, turn.nextPosition - 1, turn.effects),
        lost: (turn, error) => this.#lost(turn, error),
        fail,
        owedDone: () => this.#due.worked(),
      },
    );
    this.#lastPosition = store.db.lastPosition;
    this.engine.keys.counter = store.db.keyCounter;
  }

  get isLeading(): boolean {
    return this.#isLeading;
  }

  get lastPosition(): number {
    return this.#isLeading ? this.#loop.lastPosition : this.#lastPosition;
  }

  /** The newest entry whose records are in the state and committed. */
  get appliedIndex(): number {
    return this.store.db.committedIndex;
  }

  /** Raft's word that everything up to here is committed. */
  committed(upToIndex: number): void {
    if (this.#isClosed) return;
    try {
      if (this.#isLeading) this.#commitOwn(upToIndex);
      else this.#follower.follow(upToIndex);
    } catch (error) {
      this.#owner.fail(error as Error);
    }
  }

  #commitOwn(upToIndex: number): void {
    const { db } = this.store;
    db.commit(upToIndex);
    const notices: PartitionNotice[] = [];
    const available = new Set<string>();
    const released = this.#gate.release(upToIndex, (effect) => this.#happen(effect, available));
    for (const type of available) notices.push({ kind: 'jobs-available', type });
    const { partitionId, exporterIds } = this.#owner.options;
    if (exporterIds.length > 0) {
      const position = this.#gate.committedPosition;
      notices.push({ kind: 'committed', index: upToIndex, position });
    }
    for (const { session, answers, pushes } of released) {
      this.#owner.post({ partitionId, session, answers, pushes, notices: NO_NOTICES });
    }
    if (notices.length > 0) this.#notice(notices);
    this.store.committed();
    this.#writeWaitingPositions();
    this.#loop.wake();
  }

  #happen(effect: Effect, available: Set<string>): void {
    const { streams } = this.#owner;
    switch (effect.kind) {
      case 'push':
        streams.hold(effect.streamId, effect.record.value.jobKeys);
        this.#due.expect(effect.record.timestamp + effect.record.value.timeout);
        return;
      case 'job-left': {
        const stream = streams.release(effect.jobKey);
        if (stream !== undefined && streams.mayHaveBacklog(stream)) this.#loop.serve(stream);
        return;
      }
      case 'jobs-available': {
        const ready = streams.backlogOf(effect.type, effect.tenantId);
        for (const stream of ready) this.#loop.serve(stream);
        if (ready.length === 0) available.add(effect.type);
        return;
      }
      case 'due':
        this.#due.expect(effect.timeMs);
        return;
      case 'send':
        if (effect.partitionId === this.#owner.options.partitionId) return;
        this.#between.send(effect.partitionId, effect.record);
        return;
      case 'answer':
        return;
    }
  }

  /** Entries that were not written by this opening are applied. */
  #reached(index: number): void {
    this.#lastPosition = this.store.db.lastPosition;
    const { firstReadyIndex } = this.raft;
    this.#notice([{ kind: 'committed', index, position: this.#lastPosition }]);
    if (this.raft.role === 'leader' && firstReadyIndex !== null && index >= firstReadyIndex)
      this.#lead();
  }

  /** The empty entry of the term is committed and all before it applied: from here on this member processes. */
  #lead(): void {
    if (this.#isLeading) return;
    this.#follower.stop();
    this.#isLeading = true;
    this.#gate.committedPosition = this.#lastPosition;
    const { jobs, pending } = this.engine.state;
    const { db } = this.store;
    db.keepWindow(jobs.deadlines, ALL, WINDOW_LOW, WINDOW_HIGH);
    db.keepWindow(jobs.backoffs, ALL, WINDOW_LOW, WINDOW_HIGH);
    db.keepWindow(pending.commands, ALL, WINDOW_LOW, WINDOW_HIGH);
    this.#loop.start(this.#lastPosition + 1);
    this.#due.start();
    this.#between.start();
    for (const queue of this.#owner.streams.queues) this.keepQueueLoaded(queue);
    const isHeld = (key: Key) => jobs.get(key)?.state === 'ACTIVATED';
    for (const stream of this.#owner.streams.reset(isHeld)) this.#loop.serve(stream);
    this.#loop.wake();
    const exporters = this.#owner.options.exporterIds
      .map((id) => this.exporters.get(id))
      .filter((p) => p !== undefined);
    this.#owner.aboutToLead();
    this.#notice([
      {
        kind: 'leading',
        journalDir: this.raft.journalDir,
        index: this.appliedIndex,
        position: this.#lastPosition,
        exporters,
      },
    ]);
  }

  /** Keeps the head of a job queue in memory. */
  keepQueueLoaded(queue: string): void {
    this.store.db.keepWindow(this.engine.state.jobs.activatable, queue, WINDOW_LOW, WINDOW_HIGH);
  }

  wake(): void {
    if (this.#isClosed) return;
    if (this.#isLeading) this.#loop.wake();
    else this.#follower.wake();
  }

  serve(stream: StreamState): void {
    this.#loop.serve(stream);
    this.wake();
  }

  clockChanged(): void {
    if (this.#isLeading) this.#due.check();
  }

  /** Positions of exporters become an entry of their own, between turns. */
  exported(positions: readonly ExportedPosition[]): void {
    if (!this.#isLeading) return;
    this.#waitingPositions = [...this.#waitingPositions, ...positions];
    this.#writeWaitingPositions();
  }

  #writeWaitingPositions(): void {
    if (this.#waitingPositions.length === 0 || this.#loop.isPaused || !this.#isLeading) return;
    const positions = this.#waitingPositions;
    this.#waitingPositions = [];
    const payload = encodeExporterPositions(positions);
    try {
      const { index } = this.raft.propose(EntryKind.exporterPositions, payload);
      this.exporters.apply(positions);
      this.store.db.sealEntry(index, payload.length);
    } catch {
      // The positions come again with the exporters' next progress.
    }
  }

  /** The log did not take the turn: nothing of it has happened. */
  #lost(turn: Turn, error: Error): void {
    const notices: PartitionNotice[] = [];
    for (const effect of turn.effects) {
      if (effect.kind !== 'answer') continue;
      const message = `Expected to write the command to the log of partition ${this.#owner.options.partitionId}, but: ${error.message}`;
      notices.push({
        kind: 'refused',
        requestId: effect.requestId,
        retry: true,
        code: codeOf(error),
        message,
      });
    }
    this.#notice(notices);
    this.#owner.fail(error);
  }

  #notice(notices: readonly PartitionNotice[]): void {
    this.#owner.post(noticesOf(this.#owner.options.partitionId, notices));
  }

  /** Answers of turns that are not committed will never come. */
  dropUncommitted(reason: string): void {
    const notices = this.#gate.drop(reason);
    if (notices.length > 0) this.#notice(notices);
  }

  /** Whether everything that was taken has been committed and answered. */
  get isIdle(): boolean {
    return (
      !this.#isLeading ||
      (this.#owner.queue.length === 0 && this.#gate.depth === 0 && !this.#loop.isPaused)
    );
  }

  /** Stops taking turns. */
  stop(): void {
    this.#isClosed = true;
    this.#isLeading = false;
    this.#loop.stop();
    this.#loop.abandon();
    this.#follower.stop();
    this.#due.stop();
    this.#between.stop();
  }
}
