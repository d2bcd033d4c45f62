// Sends to other partitions what message subscriptions tell them, and again what they have not answered (engine-semantics.md
// H.4). What is open and since when stands in the state; this only looks at it from time to time.
import { EntryEncoder, type LogRecord } from '@millrace/protocol';
import type { Cancel, Timers } from '@millrace/raft';
import type { Engine } from '../core/engine/engine.ts';
import { RangeNotLoaded } from '../core/state/state-db.ts';
import type { PartitionNotice } from './messages.ts';
import type { RangeLoader } from './range-loader.ts';

/** ms between two looks at what is open. */
const LOOK_MS = 30_000;
/** ms that an answer may take before the command is sent again. */
const PATIENCE_MS = 10_000;
/** Commands that are sent again at one look; when there are more, the next look goes on with them. */
const AGAIN_MAX = 500;
/** ms before the next look when there are more. */
const MORE_MS = 500;

export interface UnansweredSubscriptionsOwner {
  now(): number;
  /** Position up to which everything is committed: what is above may never have happened. */
  committedPosition(): number;
  post(notice: PartitionNotice): void;
  fail(error: Error): void;
}

export class UnansweredSubscriptions {
  readonly #encoder = new EntryEncoder();
  readonly #partitionId: number;
  readonly #engine: Engine;
  readonly #loader: RangeLoader;
  readonly #timers: Timers;
  readonly #owner: UnansweredSubscriptionsOwner;
  #cancel: Cancel = () => {};
  /** Where the next look goes on; undefined: at the beginning. */
  #after: string | undefined;
  #isStopped = true;

  constructor(
    partitionId: number,
    engine: Engine,
    loader: RangeLoader,
    timers: Timers,
    owner: UnansweredSubscriptionsOwner,
  ) {
    this.#partitionId = partitionId;
    this.#engine = engine;
    this.#loader = loader;
    this.#timers = timers;
    this.#owner = owner;
  }

  start(): void {
    this.#isStopped = false;
    this.#after = undefined;
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** To be called when the record is committed. */
  send(toPartition: number, record: LogRecord): void {
    this.#encoder.begin(this.#partitionId, 0, record.timestamp);
    this.#encoder.add(record);
    this.#owner.post({ kind: 'send', toPartition, bytes: this.#encoder.finish() });
  }

  #later(): void {
    const pauseMs = this.#after === undefined ? LOOK_MS : MORE_MS;
    this.#cancel = this.#timers.after(pauseMs, () => this.#look());
  }

  #look(): void {
    if (this.#isStopped) return;
    try {
      const since = this.#owner.now() - PATIENCE_MS;
      const committed = this.#owner.committedPosition();
      const { commands, next } = this.#engine.unanswered(since, this.#after, AGAIN_MAX);
      for (const { partitionId, record, position } of commands)
        if (position <= committed) this.send(partitionId, record);
      this.#after = next;
      this.#later();
    } catch (error) {
      if (!(error instanceof RangeNotLoaded)) return this.#owner.fail(error as Error);
      const { request } = error;
      this.#loader
        .load(request)
        .then(() => this.#look())
        .catch((failure: Error) => this.#owner.fail(failure))
        .finally(() => this.#loader.unpin(request));
    }
  }
}
