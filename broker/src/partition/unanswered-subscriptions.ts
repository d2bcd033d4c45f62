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
/** Commands that are sent again at one look; the others follow at the next one. */
const AGAIN_MAX = 1_000;

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
    this.#cancel = this.#timers.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    if (this.#isStopped) return;
    try {
      const since = this.#owner.now() - PATIENCE_MS;
      const committed = this.#owner.committedPosition();
      for (const { partitionId, record, position } of this.#engine.unanswered(since, AGAIN_MAX))
        if (position <= committed) this.send(partitionId, record);
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
