// One exporter on one partition while it is led here: hands it the committed records at its own pace, repeats what failed,
// keeps its position.
//
// Guarantees: records in log order, each at least once, none skipped but by the filter; only one call of the exporter runs
// at any time; a failure is repeated with back-off for ever; when records it needs are gone from the log it stops and
// says so. A pause lets a call that runs come to its end and starts no other; so does the end of leadership, and nothing
// that the exporter acknowledges afterwards counts.
// Leaves to others: how long an end may take (partition-exporting.ts).
import {
  type ExportedRecord,
  type Exporter,
  type ExporterClass,
  type ExporterController,
  RecordFilter,
  type ScheduledTask,
} from '@millrace/exporters';
import { type Cancel, CompactedError, type Timers } from '@millrace/raft';
import { backOffMs } from './back-off.ts';
import type { CommittedLog } from './committed-log.ts';
import { ConfigurationContext, ExporterFigures } from './exporter-context.ts';
import type {
  ExportedPosition,
  ExporterConfiguration,
  ExporterReport,
  ExporterState,
  ExportingPhase,
  Log,
} from './exporting-messages.ts';
import { RecordFeed, UnreadableLogError } from './record-feed.ts';

/**
 * How long a log that cannot be read is given before that is said, ms. When the partition lost its leader the log may be
 * cleared for another one's before word of it arrives here; then there is nothing to say.
 */
const READ_AGAIN_MS = 1000;

const NO_TASK: ScheduledTask = { cancel: () => {} };

export interface RunnerOptions {
  readonly log: CommittedLog;
  readonly leadership: number;
  readonly configuration: ExporterConfiguration;
  readonly exporterClass: ExporterClass;
  readonly shared: Map<string, unknown>;
  /** Where it stopped the last time; undefined when it is new. */
  readonly start: ExportedPosition | undefined;
  readonly phase: ExportingPhase;
  readonly timers: Timers;
  /** from 0 to 1 */
  readonly random: () => number;
  readonly logLine: Log;
  /** Called when the report would read differently. */
  readonly changed: () => void;
}

export class ExporterRunner implements ExporterController {
  readonly #options: RunnerOptions;
  readonly #name: string;
  readonly #feed: RecordFeed;
  readonly #figures = new ExporterFigures();
  readonly #tasks = new Set<Cancel>();
  #phase: ExportingPhase;
  /** What reports say while positions must not move. */
  #frozen: ExportedPosition | undefined;
  #state: ExporterState = 'opening';
  #lastError = '';
  #failuresInRow = 0;
  #exported = 0;
  #failures = 0;
  #exporter: Exporter | undefined;
  #filter = new RecordFilter();
  /** A batch that was taken from the log and not exported yet. */
  #pending: readonly ExportedRecord[] | undefined;
  /** The last try to read the log failed and nothing was said of it. */
  #doubtsLog = false;
  #reopenReason: Error | undefined;
  #busy: Promise<void> | undefined;
  #endWait: (() => void) | undefined;
  #waitsForRecords = false;
  /** Whether it ends: with what is committed exported, or without another call of `export`. */
  #end: 'no' | 'drained' | 'at-once' = 'no';
  #isFinished = false;
  readonly #firstAttempt = Promise.withResolvers<void>();
  #finished: Promise<void> | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { configuration, log, start } = options;
    this.#name = `exporter '${configuration.id}', partition ${log.partitionId}`;
    this.#feed = new RecordFeed(log, start);
    this.#phase = 'exporting';
    void this.setPhase(options.phase);
  }

  /** Starts it; resolves when it was opened, when the first attempt to open it has failed, or when it ended before. */
  start(): Promise<void> {
    this.#finished = this.#run();
    return this.#firstAttempt.promise;
  }

  /** More is committed. */
  wake(): void {
    if (this.#waitsForRecords) this.#endWait?.();
  }

  /** Resolves when no call runs that the new phase forbids. */
  async setPhase(phase: ExportingPhase): Promise<void> {
    this.#phase = phase;
    if (phase !== 'soft-paused') this.#frozen = undefined;
    else this.#frozen ??= this.#currentPosition();
    this.#options.changed();
    this.#endWait?.();
    if (phase === 'paused') await this.#alone(() => {});
  }

  /** Exports what is committed, then closes the exporter. A failure meanwhile ends it at once. */
  drain(): Promise<void> {
    if (this.#end === 'no') this.#end = 'drained';
    this.#endWait?.();
    return this.#finished ?? Promise.resolve();
  }

  /** Lets a call that runs come to its end, then closes the exporter. */
  stop(): Promise<void> {
    this.#end = 'at-once';
    this.#cancelTasks();
    this.#endWait?.();
    return this.#finished ?? Promise.resolve();
  }

  /** Whether its exporter is closed. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  report(): ExporterReport {
    const { exporterId, position, index } = this.#frozen ?? this.#currentPosition();
    return {
      exporterId,
      position,
      index,
      partitionId: this.#options.log.partitionId,
      leadership: this.#options.leadership,
      state: this.#state,
      lastError: this.#lastError,
      handedPosition: this.#feed.tracker.handedPosition,
      exportedRecords: this.#exported,
      skippedRecords: this.#feed.skipped,
      failures: this.#failures,
      counters: { ...this.#figures.counters },
      gauges: { ...this.#figures.gauges },
    };
  }

  #currentPosition(): ExportedPosition {
    const { position, index } = this.#feed.tracker;
    return { exporterId: this.#options.configuration.id, position, index };
  }

  // What the exporter may ask for.

  updatePosition(position: number): void {
    const { tracker } = this.#feed;
    const before = tracker.position;
    tracker.acknowledge(position);
    if (tracker.position !== before) this.#options.changed();
  }

  lastPosition(): number {
    return this.#feed.tracker.position;
  }

  reopen(reason: Error): void {
    this.#reopenReason = reason;
    this.wake();
  }

  schedule(delayMs: number, task: () => void | Promise<void>): ScheduledTask {
    if (this.#isEnding) return NO_TASK;
    const cancel = this.#options.timers.after(delayMs, () => {
      this.#tasks.delete(cancel);
      this.#alone(() => (this.#isEnding ? undefined : task())).catch((error: unknown) => {
        this.#failures++;
        this.#options.logLine('error', `${this.#name}: a scheduled task failed: ${textOf(error)}`);
        this.#options.changed();
      });
    });
    this.#tasks.add(cancel);
    return {
      cancel: () => {
        cancel();
        this.#tasks.delete(cancel);
      },
    };
  }

  get #isEnding(): boolean {
    return this.#isFinished || this.#end === 'at-once';
  }

  #cancelTasks(): void {
    for (const cancel of this.#tasks) cancel();
    this.#tasks.clear();
  }

  // The loop.

  async #run(): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      try {
        goesOn = await this.#step();
      } catch (error) {
        goesOn = await this.#failed(error);
      }
    }
    await this.#closeExporter();
    this.#state = this.#state === 'stopped' ? 'stopped' : 'closed';
    this.#isFinished = true;
    this.#firstAttempt.resolve();
    this.#options.changed();
  }

  /** One batch, or one wait. @returns whether there is a next step */
  async #step(): Promise<boolean> {
    if (this.#end === 'at-once') return false;
    if (this.#reopenReason !== undefined) {
      const reason = this.#reopenReason;
      this.#reopenReason = undefined;
      await this.#closeExporter();
      this.#feed.rewind();
      this.#pending = undefined;
      throw reason;
    }
    if (this.#exporter === undefined) {
      await this.#openExporter();
      return true;
    }
    if (this.#phase === 'paused') return await this.#waitForRecords();
    this.#pending ??= this.#feed.next(this.#filter);
    this.#doubtsLog = false;
    if (this.#pending === undefined) return await this.#waitForRecords();
    const batch = this.#pending;
    const exporter = this.#exporter;
    if (batch.length > 0) {
      await this.#alone(async () => {
        if (this.#isEnding) return;
        await exporter.export(batch);
        this.#exported += batch.length;
      });
    }
    this.#pending = undefined;
    this.#recovered();
    this.#options.changed();
    // Other exporters of this thread, timers and messages get their turn.
    await new Promise<void>((resolve) => this.#options.timers.soon(resolve));
    return true;
  }

  async #openExporter(): Promise<void> {
    const { configuration, exporterClass, log, logLine, shared, timers } = this.#options;
    const figures = this.#figures;
    const exporter = new exporterClass();
    const { partitionId } = log;
    const context = new ConfigurationContext(
      configuration,
      partitionId,
      logLine,
      figures,
      shared,
      timers,
    );
    try {
      await exporter.configure(context);
      this.#filter = new RecordFilter(context.filter);
      await this.#alone(() => exporter.open(this));
    } catch (error) {
      await Promise.resolve(exporter.close()).catch(() => {});
      throw error;
    }
    this.#exporter = exporter;
    this.#recovered();
    this.#firstAttempt.resolve();
  }

  #recovered(): void {
    if (this.#failuresInRow > 0) {
      this.#options.logLine(
        'info',
        `${this.#name}: goes on after ${this.#failuresInRow} failed calls`,
      );
      this.#options.changed();
    }
    this.#failuresInRow = 0;
    this.#lastError = '';
    this.#state = 'exporting';
  }

  async #failed(error: unknown): Promise<boolean> {
    if (this.#end === 'at-once') return false;
    if (error instanceof UnreadableLogError) return await this.#readFailed(error);
    return await this.#callFailed(error);
  }

  async #readFailed(error: UnreadableLogError): Promise<boolean> {
    const { cause } = error;
    if (cause instanceof CompactedError && this.#feed.beginWhereLogBegins(cause)) return true;
    if (!this.#doubtsLog && this.#end === 'no') {
      this.#doubtsLog = true;
      await this.#wait(READ_AGAIN_MS);
      return true;
    }
    this.#doubtsLog = false;
    return cause instanceof CompactedError
      ? await this.#stopped(cause)
      : await this.#callFailed(error);
  }

  async #callFailed(error: unknown): Promise<boolean> {
    this.#failures++;
    this.#failuresInRow++;
    this.#state = 'retrying';
    this.#lastError = textOf(error);
    this.#firstAttempt.resolve();
    const waitMs = backOffMs(this.#failuresInRow, this.#options.random());
    this.#options.logLine(
      'warn',
      `${this.#name}: failed ${this.#failuresInRow} times in a row, next try in ${waitMs} ms: ${this.#lastError}`,
    );
    this.#options.changed();
    if (this.#end === 'no') await this.#wait(waitMs);
    return this.#end === 'no';
  }

  async #stopped(error: CompactedError): Promise<boolean> {
    this.#state = 'stopped';
    this.#failures++;
    this.#lastError =
      `needs log entry ${this.#feed.nextIndex} (it has everything up to position ${this.lastPosition()}), but the log ` +
      `begins at entry ${error.firstIndex}: records in between would be missing. Restore a backup that holds them, ` +
      'or configure it under another id to begin with what is there';
    this.#options.logLine('error', `${this.#name}: ${this.#lastError}`);
    this.#options.changed();
    while (this.#end === 'no') await this.#wait(undefined);
    return false;
  }

  async #closeExporter(): Promise<void> {
    this.#cancelTasks();
    const exporter = this.#exporter;
    if (exporter === undefined) return;
    this.#exporter = undefined;
    try {
      await this.#alone(() => exporter.close());
    } catch (error) {
      this.#failures++;
      this.#options.logLine('warn', `${this.#name}: failed to close: ${textOf(error)}`);
    }
  }

  /** Runs work when no other call of the exporter runs. */
  async #alone(work: () => void | Promise<void>): Promise<void> {
    while (this.#busy !== undefined) await this.#busy;
    const done = Promise.withResolvers<void>();
    this.#busy = done.promise;
    try {
      await work();
    } finally {
      this.#busy = undefined;
      done.resolve();
    }
  }

  async #waitForRecords(): Promise<boolean> {
    if (this.#end !== 'no') return false;
    this.#waitsForRecords = true;
    await this.#wait(undefined);
    this.#waitsForRecords = false;
    return true;
  }

  /** Until the time is over, the phase changes or it is to end. */
  #wait(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const cancel =
        ms === undefined ? undefined : this.#options.timers.after(ms, () => this.#endWait?.());
      this.#endWait = () => {
        this.#endWait = undefined;
        cancel?.();
        resolve();
      };
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
