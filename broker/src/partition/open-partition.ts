// A partition from one opening to the next closing: log, state and engine that belong together.
// Follows the log: recovery and followers apply committed entries; the leader processes, and its turns are applied already.
import type { Key } from '@millrace/protocol';
import { type Entry, EntryKind, type RaftNode, type Timers } from '@millrace/raft';
import { Engine } from '../core/engine/engine.ts';
import type { InboundCommand } from '../core/engine/inbound-command.ts';
import { Turn } from '../core/engine/turn.ts';
import type { ExportedPosition } from '../exporting/index.ts';
import type { PartitionStore } from '../store/partition-store.ts';
import { AfterCommit } from './after-commit.ts';
import { applyEntry } from './apply-entry.ts';
import { BetweenPartitions } from './between-partitions.ts';
import type { Refusal } from './command-intake.ts';
import type { CommandQueue } from './command-queue.ts';
import { commitOwn } from './commit-own.ts';
import { DueDates } from './due-dates.ts';
import { engineOptions } from './engine-options.ts';
import { ExporterPositions } from './exporter-positions.ts';
import type { JobStreams, StreamState } from './job-streams.ts';
import { keepHeadsLoaded, keepQueueLoaded } from './loaded-heads.ts';
import { LogFollower } from './log-follower.ts';
import { type FromPartition, noticesOf, type PartitionNotice } from './messages.ts';
import type { PartitionClock } from './partition-clock.ts';
import { codeOf } from './partition-faults.ts';
import { isReplicated, type PartitionOptions } from './partition-options.ts';
import { PositionEntries } from './position-entries.ts';
import { RangeLoader } from './range-loader.ts';
import { refuseTurn } from './refused-turn.ts';
import { RepeatedRequests } from './repeated-requests.ts';
import { ResponseGate } from './response-gate.ts';
import { TurnLoop, type TurnLoopOwner } from './turn-loop.ts';
import { UnansweredSubscriptions } from './unanswered-subscriptions.ts';

const NO_NOTICES: readonly PartitionNotice[] = [];

/** What the partition around it provides. */
export interface OpenPartitionOwner {
  readonly options: PartitionOptions;
  readonly clock: PartitionClock;
  readonly queue: CommandQueue;
  readonly streams: JobStreams;
  readonly timers: Timers;
  readonly random: () => number;
  /** Newest version of log entries that all replicas read. */
  entryVersion(): number;
  post(message: FromPartition): void;
  /** The partition is about to say that it leads: its status goes first, so that nobody asks it for work unknown. */
  aboutToLead(): void;
  /** It does not lead any more; what waits in the queue is not executed here. */
  stoppedLeading(): void;
  /** Nothing more is possible with this opening. */
  fail(error: Error): void;
}

export class OpenPartition {
  readonly raft: RaftNode;
  readonly store: PartitionStore;
  readonly engine: Engine;
  readonly exporters: ExporterPositions;
  readonly requests: RepeatedRequests;
  readonly #owner: OpenPartitionOwner;
  readonly #turn: Turn;
  readonly loader: RangeLoader;
  readonly #loop: TurnLoop;
  /** Whether a turn is under way that is not in the log yet. */
  readonly hasOpenTurn = () => this.#loop.isPaused;
  readonly #due: DueDates;
  readonly #between: BetweenPartitions;
  readonly #subscriptions: UnansweredSubscriptions;
  readonly #gate: ResponseGate;
  readonly #follower: LogFollower;
  readonly #afterCommit: AfterCommit;
  /** Position of the newest record that is applied or in an open turn. */
  #lastPosition = 0;
  #isLeading = false;
  #isClosed = false;
  readonly #positions: PositionEntries;

  constructor(owner: OpenPartitionOwner, raft: RaftNode, store: PartitionStore) {
    const { options } = owner;
    this.#owner = owner;
    this.raft = raft;
    this.store = store;
    this.#turn = new Turn(options.partitionId);
    this.#gate = new ResponseGate(options.partitionId);
    this.requests = new RepeatedRequests(options.partitionId, raft, this.#gate);
    this.#gate.window = this.requests.window;
    const engine = engineOptions(options, owner.random);
    this.engine = new Engine(store.db, this.#turn, engine, owner.streams);
    this.exporters = new ExporterPositions(store.db);
    this.#positions = new PositionEntries(
      raft,
      store.db,
      this.exporters,
      () => this.#isLeading && !this.#loop.isPaused,
    );
    this.loader = new RangeLoader(store.db, (read) => store.readRange(read));
    const fail = (error: Error) => owner.fail(error);
    this.#follower = new LogFollower(raft, store, owner.timers, {
      apply: (entry) => this.#apply(entry),
      reached: (index) => this.#reached(index),
      fail,
    });
    this.#due = new DueDates(this.engine, this.loader, owner.timers, {
      now: () => owner.clock.now(),
      offer: (commands) => {
        for (const command of commands) this.offer(command);
      },
      fail,
    });
    this.#between = new BetweenPartitions(
      options.partitionId,
      this.engine,
      this.loader,
      owner.timers,
      (notice) => this.#notice([notice]),
      fail,
    );
    this.#subscriptions = this.#subscriptionsOf(options.partitionId, owner);
    this.#loop = new TurnLoop(
      this.engine,
      this.#turn,
      store.db,
      owner.queue,
      owner.streams,
      this.loader,
      this.#loopOwner(),
    );
    this.#afterCommit = new AfterCommit(
      options.partitionId,
      owner.streams,
      this.#loop,
      this.#due,
      this.#between,
      this.#subscriptions,
    );
    this.#lastPosition = store.db.lastPosition;
    this.engine.keys.counter = store.db.keyCounter;
    for (const id of options.exporterIds) this.exporters.commitKnown(id);
    this.#readBack();
  }

  #subscriptionsOf(partitionId: number, owner: OpenPartitionOwner): UnansweredSubscriptions {
    return new UnansweredSubscriptions(partitionId, this.engine, this.loader, owner.timers, {
      now: () => owner.clock.now(),
      committedPosition: () => this.#gate.committedPosition,
      post: (notice) => this.#notice([notice]),
      fail: (error) => owner.fail(error),
    });
  }

  #loopOwner(): TurnLoopOwner {
    const { raft } = this;
    const owner = this.#owner;
    return {
      now: () => owner.clock.now(),
      isSyncing: () => raft.isSyncing,
      uncommitted: () => raft.uncommittedCount,
      entryVersion: () => Math.max(owner.entryVersion(), this.requests.newestVersion),
      isHandingOver: () => raft.handingOverTo !== null,
      append: (entry) => raft.propose(EntryKind.records, entry).index,
      sealed: (index, turn) => this.#gate.hold(index, turn),
      lost: (turn, error) => this.#lost(turn, error),
      abandoned: (turn) => this.#refuse(turn, 'but this replica does not lead any more'),
      fail: (error) => owner.fail(error),
      owedDone: () => this.#due.worked(),
    };
  }

  #readBack(): void {
    const { journal } = this.raft;
    const { committedIndex } = this.store.db;
    const isInLog = committedIndex >= journal.firstIndex && committedIndex <= journal.lastIndex;
    if (isInLog) this.requests.readBack(committedIndex);
    else if (committedIndex > 0) this.requests.startsAt(this.#owner.timers.wallMs());
  }

  #apply(entry: Entry): void {
    applyEntry(entry, this.store.db, this.engine, this.exporters);
    if (entry.kind === EntryKind.records) this.requests.applied(entry.index, entry.payload);
  }

  /** Raft's word on who leads: this member may have to stop. */
  roleChanged(): void {
    if (this.#isClosed) return;
    try {
      if (this.#isLeading && this.raft.role !== 'leader') this.#followAgain();
      else this.wake();
    } catch (error) {
      this.#owner.fail(error as Error);
    }
  }

  /** Drops what is not committed and goes on as a follower on what is: no rebuild (design.md 2). */
  #followAgain(): void {
    this.#isLeading = false;
    this.#endTurns();
    this.dropUncommitted(
      'The outcome is unknown: the partition lost its leader before the command was committed.',
    );
    const { db } = this.store;
    db.dropUncommitted();
    this.engine.forgetUncommitted(db.keyCounter);
    this.#lastPosition = db.lastPosition;
    this.#positions.clear();
    this.requests.window.endEra();
    this.#owner.stoppedLeading();
    this.#notice([{ kind: 'not-leading' }]);
    this.#follower.restart();
  }

  #endTurns(): void {
    this.#loop.stop();
    this.#loop.abandon();
    this.#due.stop();
    this.#between.stop();
    this.#subscriptions.stop();
  }

  /** Takes no turns, or goes on. */
  pause(isPaused: boolean): void {
    this.#loop.isHeld = isPaused;
    this.wake();
  }

  /** Takes a command of the broker itself. */
  offer(command: InboundCommand): void {
    this.#owner.queue.offer(1, { kind: 'command', command, bytes: 0 });
    this.#loop.wake();
  }

  /** The gateway is gone. */
  forgetSession(session: number): void {
    this.#gate.forget(session);
  }

  /** Sends answers to requests that were executed before. */
  sendRepeatedAnswers(): void {
    const { partitionId } = this.#owner.options;
    for (const { session, answers, pushes } of this.#gate.take())
      this.#owner.post({ partitionId, session, answers, pushes, notices: NO_NOTICES });
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
    commitOwn(this.store.db, this.raft.journal, upToIndex);
    this.#positions.committed(upToIndex);
    const notices: PartitionNotice[] = [];
    const available = new Set<string>();
    const released = this.#gate.release(upToIndex, (effect) =>
      this.#afterCommit.happen(effect, available),
    );
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
    this.#positions.write();
    this.#loop.wake();
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
    const { jobs } = this.engine.state;
    keepHeadsLoaded(this.store.db, this.engine.state);
    this.#loop.start(this.#lastPosition + 1);
    this.#due.start();
    this.#between.start();
    this.#subscriptions.start();
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
    keepQueueLoaded(this.store.db, this.engine.state, queue);
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
    if (this.#isLeading) this.#positions.add(positions);
  }

  /** The log did not take the turn. */
  #lost(turn: Turn, error: Error): void {
    this.#refuse(turn, `but: ${error.message}`, codeOf(error));
    this.#owner.fail(error);
  }

  #refuse(turn: Turn, why: string, code: Refusal['code'] = 'UNAVAILABLE'): void {
    const { partitionId } = this.#owner.options;
    const message = `Expected to write the command to the log of partition ${partitionId}, ${why}`;
    const refusal = { code, message, retry: isReplicated(this.#owner.options) };
    const { window } = this.requests;
    const isTaken = (id: number) => typeof window.get(id) === 'object' || this.#gate.hasTaken(id);
    this.#notice(refuseTurn(turn.effects, this.engine.requestUnderWay, refusal, isTaken));
  }

  #notice(notices: readonly PartitionNotice[]): void {
    this.#owner.post(noticesOf(this.#owner.options.partitionId, notices));
  }

  /** Answers of turns that are not committed will never come. */
  dropUncommitted(reason: string): void {
    const notices = this.#gate.drop(reason, isReplicated(this.#owner.options));
    if (notices.length > 0) this.#notice(notices);
  }

  /** Whether everything that was taken has been committed and answered. */
  get isIdle(): boolean {
    return (
      !this.#isLeading ||
      this.#loop.isHeld ||
      (this.#owner.queue.length === 0 && this.#gate.depth === 0 && !this.#loop.isPaused)
    );
  }

  /** Stops taking turns. */
  stop(): void {
    this.#isClosed = true;
    // Whoever reads the log beside the leader must know before it is opened anew, or replaced.
    if (this.#isLeading) this.#notice([{ kind: 'not-leading' }]);
    this.#isLeading = false;
    this.#endTurns();
    this.#follower.stop();
  }
}
