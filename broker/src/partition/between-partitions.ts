// Sends to other partitions, and sends again what they have not acknowledged (engine-semantics.md M). What is open stands
// in the state; this only keeps the time of the next attempt.
import { EntryEncoder, type LogRecord } from '@millrace/protocol';
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
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = RESEND_MS;
  #isStopped = true;

  constructor(
    partitionId: number,
    engine: Engine,
    loader: RangeLoader,
    post: (notice: PartitionNotice) => void,
    fail: (error: Error) => void,
  ) {
    this.#partitionId = partitionId;
    this.#engine = engine;
    this.#loader = loader;
    this.#post = post;
    this.#fail = fail;
  }

  /** Begins by sending what was open when the partition ended. */
  start(): void {
    this.#isStopped = false;
    this.#resend();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  send(toPartition: number, record: LogRecord): void {
    this.#encoder.begin(this.#partitionId, 0, record.timestamp);
    this.#encoder.add(record);
    this.#post({ kind: 'send', toPartition, bytes: this.#encoder.finish() });
    this.#pauseMs = RESEND_MS;
    this.#later();
  }

  #later(): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#resend(), this.#pauseMs);
    this.#timer.unref();
  }

  #resend(): void {
    if (this.#isStopped) return;
    try {
      const open = this.#engine.unacknowledged();
      if (open.length === 0) return;
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
