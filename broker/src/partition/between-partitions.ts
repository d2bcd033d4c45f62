// Sends to other partitions, and sends again what they have not acknowledged (engine-semantics.md M). What is open stands
// in the state; this only keeps the time of the next attempt.
import { EntryEncoder, type Key, type LogRecord, makeKey, NO_KEY } from '@millrace/protocol';
import type { Cancel, Timers } from '@millrace/raft';
import type { Engine } from '../core/engine/engine.ts';
import { RangeNotLoaded } from '../core/state/state-db.ts';
import type { PartitionNotice } from './messages.ts';
import type { RangeLoader } from './range-loader.ts';

/** First repetition; doubled up to the maximum while nothing is acknowledged. */
const RESEND_MS = 2_000;
const RESEND_MS_MAX = 60_000;

export class BetweenPartitions {
  readonly #encoder = new EntryEncoder();
  readonly #partitionId: number;
  readonly #engine: Engine;
  readonly #loader: RangeLoader;
  readonly #post: (notice: PartitionNotice) => void;
  readonly #fail: (error: Error) => void;
  readonly #timers: Timers;
  #cancel: Cancel = () => {};
  #pauseMs = RESEND_MS;
  /** Commands with keys up to this one were committed when the partition began. */
  #startedWith: Key = NO_KEY;
  /** What was sent since, by partition and key. The state may know more that is not committed: that must not leave yet. */
  #sent = new Set<string>();
  #isStopped = true;

  constructor(
    partitionId: number,
    engine: Engine,
    loader: RangeLoader,
    timers: Timers,
    post: (notice: PartitionNotice) => void,
    fail: (error: Error) => void,
  ) {
    this.#partitionId = partitionId;
    this.#engine = engine;
    this.#loader = loader;
    this.#timers = timers;
    this.#post = post;
    this.#fail = fail;
  }

  /** Begins by sending what was open when the partition ended. */
  start(): void {
    this.#isStopped = false;
    this.#startedWith = makeKey(this.#partitionId, this.#engine.keys.counter);
    this.#resend();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
  }

  /** To be called when the record is committed. */
  send(toPartition: number, record: LogRecord): void {
    this.#sent.add(nameOf(toPartition, record));
    this.#encoder.begin(this.#partitionId, 0, record.timestamp);
    this.#encoder.add(record);
    this.#post({ kind: 'send', toPartition, bytes: this.#encoder.finish() });
    this.#pauseMs = RESEND_MS;
    this.#later();
  }

  #later(): void {
    if (this.#isStopped) return;
    this.#cancel();
    this.#cancel = this.#timers.after(this.#pauseMs, () => this.#resend());
  }

  #resend(): void {
    if (this.#isStopped) return;
    try {
      const waiting = this.#engine.unacknowledged();
      const open = waiting.filter(
        ({ partitionId, record }) =>
          record.key <= this.#startedWith || this.#sent.has(nameOf(partitionId, record)),
      );
      this.#sent = new Set(open.map(({ partitionId, record }) => nameOf(partitionId, record)));
      if (waiting.length === 0) return;
      const pauseMs = Math.min(this.#pauseMs * 2, RESEND_MS_MAX);
      for (const { partitionId, record } of open) this.send(partitionId, record);
      this.#pauseMs = pauseMs;
      this.#later();
    } catch (error) {
      if (!(error instanceof RangeNotLoaded)) return this.#fail(error as Error);
      const { request } = error;
      this.#loader
        .load(request)
        .then(() => this.#resend())
        .catch((failure: Error) => this.#fail(failure))
        .finally(() => this.#loader.unpin(request));
    }
  }
}

function nameOf(partitionId: number, record: LogRecord): string {
  return `${partitionId}/${record.valueType}/${record.key}`;
}
