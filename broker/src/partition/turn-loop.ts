// The loop of the leader: takes waiting commands, runs them through the engine, writes each turn as one log entry.
//
// A turn starts when commands wait and no disk synchronisation runs, or when the queue has reached a turn's cap; at most
// TURNS_IN_FLIGHT_MAX turns are uncommitted (design.md 2, "Batches"). A command whose range is not in memory pauses the
// turn until the range is loaded; everything else is synchronous.
import { type JobBatchValue, NO_KEY } from '@millrace/protocol';
import type { Engine, RunResult } from '../core/engine/engine.ts';
import { type InboundCommand, internalCommand } from '../core/engine/inbound-command.ts';
import type { Turn } from '../core/engine/turn.ts';
import { RangeNotLoaded, type RangeRequest, type StateDb } from '../core/state/state-db.ts';
import type { CommandQueue } from './command-queue.ts';
import type { JobStreams, StreamState } from './job-streams.ts';
import type { RangeLoader } from './range-loader.ts';

export const TURN_COMMANDS_MAX = 200;
export const TURN_BYTES_MAX = 1024 * 1024;
export const TURNS_IN_FLIGHT_MAX = 8;
/** Jobs that a stream gets from the backlog at once. */
const SERVE_JOBS_MAX = 64;

/** What the loop needs of the partition around it. */
export interface TurnLoopOwner {
  now(): number;
  /** Whether a disk synchronisation of the log is running. */
  isSyncing(): boolean;
  /** Entries that are not committed. */
  uncommitted(): number;
  /** Version of entries that every replica reads. */
  entryVersion(): number;
  /** Leadership is being handed over: the log takes nothing until that has failed. */
  isHandingOver(): boolean;
  /** Writes the entry of a turn; returns its index. @throws when the log takes nothing */
  append(entry: Uint8Array): number;
  /** The turn's entry has this index: its effects wait for the commit. */
  sealed(index: number, turn: Turn): void;
  /** The turn could not be written; its effects will not happen. */
  lost(turn: Turn, error: Error): void;
  /** The open turn is given up before it is in the log. */
  abandoned(turn: Turn): void;
  /** A fault below: the partition stops taking turns. */
  fail(error: Error): void;
  /** All commands of class 1 have run. */
  owedDone(): void;
}

export class TurnLoop {
  readonly #engine: Engine;
  readonly #turn: Turn;
  readonly #db: StateDb;
  readonly #queue: CommandQueue;
  readonly #streams: JobStreams;
  readonly #loader: RangeLoader;
  readonly #owner: TurnLoopOwner;
  #nextPosition = 1;
  #isRunning = false;
  /** No turn starts; for operators. */
  isHeld = false;
  /** A turn is open and waits for a range. */
  #isPaused = false;
  /** Ranges that the running command has needed: they stay until it has run. */
  readonly #pinned: RangeRequest[] = [];
  /** The range that is being loaded for the paused turn. */
  #loading: RangeRequest | undefined;
  #isOpen = false;
  /** The open turn as an entry that the log does not take yet. */
  #unwritten: Uint8Array | undefined;
  #commands = 0;
  /** Commands of all turns: whose turn it is among the classes. */
  #taken = 0;
  /** The stream that the running command serves, and the turn's effects before it. */
  #serving: StreamState | undefined;
  #effectsBefore = 0;

  constructor(
    engine: Engine,
    turn: Turn,
    db: StateDb,
    queue: CommandQueue,
    streams: JobStreams,
    loader: RangeLoader,
    owner: TurnLoopOwner,
  ) {
    this.#engine = engine;
    this.#turn = turn;
    this.#db = db;
    this.#queue = queue;
    this.#streams = streams;
    this.#loader = loader;
    this.#owner = owner;
  }

  start(nextPosition: number): void {
    this.#nextPosition = nextPosition;
    this.#isRunning = true;
    this.wake();
  }

  stop(): void {
    this.#isRunning = false;
  }

  /** A turn is open that is not in the log. */
  get isPaused(): boolean {
    return this.#isPaused || this.#unwritten !== undefined;
  }

  get lastPosition(): number {
    return this.#nextPosition - 1;
  }

  /** Runs turns as long as there is work and the log keeps up. To be called whenever one of these may have changed. */
  wake(): void {
    if (this.#unwritten !== undefined && !this.#owner.isHandingOver()) this.#write(this.#unwritten);
    while (this.#mayStart()) {
      this.#turn.begin(this.#nextPosition, this.#owner.now(), this.#owner.entryVersion());
      this.#isOpen = true;
      this.#commands = 0;
      this.#continue();
    }
  }

  #mayStart(): boolean {
    if (!this.#isRunning || this.isHeld || this.#isOpen || this.#db.isFull) return false;
    if (this.#owner.isHandingOver()) return false;
    const uncommitted = this.#owner.uncommitted();
    if (uncommitted >= TURNS_IN_FLIGHT_MAX) return false;
    if (!this.#hasWork()) return false;
    return !this.#owner.isSyncing() || this.#queue.length >= TURN_COMMANDS_MAX;
  }

  #hasWork(): boolean {
    if (this.#queue.length > 0) return true;
    try {
      return this.#engine.pendingCommand() !== undefined;
    } catch (error) {
      if (error instanceof RangeNotLoaded) return true;
      throw error;
    }
  }

  #continue(): void {
    try {
      while (this.#commands < TURN_COMMANDS_MAX && this.#turn.length < TURN_BYTES_MAX) {
        const result = this.#runNext();
        if (result === 'empty') break;
        if (result.kind === 'needs-range') return this.#pause(result.request, true);
        this.#ran();
      }
    } catch (error) {
      if (error instanceof RangeNotLoaded) return this.#pause(error.request, false);
      return this.#owner.fail(error as Error);
    }
    this.#finish();
  }

  /**
   * Commands over the limit of an earlier chain first, in order; then the queue. They leave the other classes their share:
   * an instance that goes round in circles must not keep the command that cancels it from running.
   */
  #runNext(): RunResult | 'empty' {
    if (!this.#queue.isTurnOfOthers(this.#taken)) {
      const pending = this.#engine.pendingCommand();
      if (pending !== undefined) return this.#engine.run(pending);
    }
    const item = this.#queue.take(this.#taken);
    if (item === undefined) return 'empty';
    if (item.kind === 'command') return this.#engine.run(item.command);
    return this.#serve(item.streamId);
  }

  #serve(streamId: number): RunResult {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return { kind: 'done' };
    stream.serving = false;
    if (stream.free <= 0) return { kind: 'done' };
    try {
      if (!this.#engine.hasWaitingJobs(stream.type, stream.tenantIds)) {
        this.#streams.backlogServed(stream);
        return { kind: 'done' };
      }
    } catch (error) {
      // The range is loaded by the pause; the wish of the stream waits behind it.
      if (error instanceof RangeNotLoaded) this.#wish(stream);
      throw error;
    }
    this.#serving = stream;
    this.#effectsBefore = this.#turn.effects.length;
    return this.#engine.run(activationFor(stream));
  }

  #wish(stream: StreamState): void {
    if (stream.serving) return;
    stream.serving = true;
    this.#queue.offer(2, { kind: 'serve-stream', streamId: stream.streamId });
  }

  /** The stream would like jobs from the backlog. */
  serve(stream: StreamState): void {
    this.#wish(stream);
  }

  #ran(): void {
    this.#commands++;
    this.#taken++;
    if (this.#pinned.length > 0) this.#unpin();
    if (this.#serving !== undefined) this.#served(this.#serving);
  }

  #served(stream: StreamState): void {
    this.#serving = undefined;
    const effects = this.#turn.effects.slice(this.#effectsBefore);
    const push = effects.find((effect) => effect.kind === 'push');
    if (push?.kind !== 'push') return;
    const { jobKeys, truncated } = push.record.value;
    stream.free -= jobKeys.length;
    // Truncated and empty: a job that is too large for any batch was taken out of the way.
    if (stream.free > 0 && (jobKeys.length > 0 || truncated)) this.#wish(stream);
  }

  #unpin(): void {
    for (const request of this.#pinned) this.#loader.unpin(request);
    this.#pinned.length = 0;
  }

  #pause(request: RangeRequest, isMidChain: boolean): void {
    this.#isPaused = true;
    this.#loading = request;
    this.#pinned.push(request);
    this.#loader.load(request).then(
      () => {
        if (this.#loading === request) this.#resume(isMidChain);
        else this.#loader.unpin(request);
      },
      (error: Error) => {
        if (this.#loading === request) this.#isPaused = false;
        this.#owner.fail(error);
      },
    );
  }

  #resume(isMidChain: boolean): void {
    this.#isPaused = false;
    this.#loading = undefined;
    let result: RunResult | undefined;
    try {
      if (isMidChain) result = this.#engine.resume();
    } catch (error) {
      return this.#owner.fail(error as Error);
    }
    if (result?.kind === 'needs-range') return this.#pause(result.request, true);
    if (isMidChain) this.#ran();
    this.#continue();
    this.wake();
  }

  #finish(): void {
    if (this.#pinned.length > 0) this.#unpin();
    const turn = this.#turn;
    if (turn.isEmpty) {
      this.#isOpen = false;
      return this.#after();
    }
    this.#db.setMeta({
      lastPosition: turn.nextPosition - 1,
      keyCounter: this.#engine.keys.counter,
    });
    const entry = turn.finish(this.#engine.keys.counter);
    // A turn that waited for a range may end while leadership is being handed over: it waits for how that ends.
    if (this.#owner.isHandingOver()) this.#unwritten = entry;
    else this.#write(entry);
  }

  #write(entry: Uint8Array): void {
    const turn = this.#turn;
    this.#unwritten = undefined;
    this.#isOpen = false;
    let index: number;
    try {
      index = this.#owner.append(entry);
    } catch (error) {
      return this.#owner.lost(turn, error as Error);
    }
    this.#db.sealEntry(index, entry.length);
    this.#nextPosition = turn.nextPosition;
    this.#owner.sealed(index, turn);
    this.#after();
  }

  #after(): void {
    this.#loader.refill((error) => this.#owner.fail(error));
    if (this.#queue.lengthOf(1) === 0) this.#owner.owedDone();
  }

  /** Forgets the open turn, before the state is dropped to what is committed. */
  abandon(): void {
    if (this.#isOpen) this.#owner.abandoned(this.#turn);
    this.#isOpen = false;
    this.#unwritten = undefined;
    this.#isPaused = false;
    this.#serving = undefined;
    // What is still being loaded is let go when it is there.
    const loading = this.#loading;
    this.#loading = undefined;
    for (const request of this.#pinned) if (request !== loading) this.#loader.unpin(request);
    this.#pinned.length = 0;
  }
}

function activationFor(stream: StreamState): InboundCommand {
  const value: JobBatchValue = {
    type: stream.type,
    worker: stream.worker,
    timeout: stream.timeout,
    maxJobsToActivate: Math.min(stream.free, SERVE_JOBS_MAX),
    jobKeys: [],
    jobs: [],
    tenantIds: stream.tenantIds,
    variables: stream.fetchVariables,
    truncated: false,
  };
  return { ...internalCommand('JOB_BATCH', 'ACTIVATE', NO_KEY, value), streamId: stream.streamId };
}
