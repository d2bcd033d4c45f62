// One exporter on one partition: hands it the committed records at its own pace, repeats what failed, keeps its position.
//
// Guarantees: records in log order, each at least once, none skipped but by the filter; only one call of the exporter runs
// at any time; a failure is repeated with back-off for ever; when records it needs are gone from the log it stops and
// says so. A pause lets a call that runs come to its end and starts no other.
import {
  type ExportedRecord,
  type Exporter,
  type ExporterClass,
  type ExporterController,
  RecordFilter,
  type ScheduledTask,
} from '@millrace/exporters';
import { CompactedError } from '@millrace/raft';
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
import { PositionTracker } from './position-tracker.ts';

const BATCH_BYTES = 256 * 1024;
const FIRST_INDEX = 1;

export interface RunnerOptions {
  readonly log: CommittedLog;
  readonly configuration: ExporterConfiguration;
  readonly exporterClass: ExporterClass;
  readonly shared: Map<string, unknown>;
  /** Where it stopped the last time; undefined when it is new. */
  readonly start: ExportedPosition | undefined;
  readonly phase: ExportingPhase;
  readonly logLine: Log;
  /** Called when the report would read differently. */
  readonly changed: () => void;
}

export class ExporterRunner implements ExporterController {
  readonly #options: RunnerOptions;
  readonly #name: string;
  readonly #tracker: PositionTracker;
  readonly #figures = new ExporterFigures();
  readonly #tasks = new Set<NodeJS.Timeout>();
  #phase: ExportingPhase;
  /** What reports say while positions must not move. */
  #frozen: ExportedPosition | undefined;
  #isNew: boolean;
  #state: ExporterState = 'opening';
  #lastError = '';
  #failuresInRow = 0;
  #exported = 0;
  #skipped = 0;
  #failures = 0;
  #exporter: Exporter | undefined;
  #filter = new RecordFilter();
  #nextIndex: number;
  /** A batch that was taken from the log and not exported yet. */
  #pending: readonly ExportedRecord[] | undefined;
  #reopenReason: Error | undefined;
  #busy: Promise<void> | undefined;
  #endWait: (() => void) | undefined;
  #waitsForRecords = false;
  #closing = false;
  #firstAttempt = Promise.withResolvers<void>();
  #finished: Promise<void> | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { configuration, log, start } = options;
    this.#name = `exporter '${configuration.id}', partition ${log.partitionId}`;
    this.#isNew = start === undefined;
    this.#tracker = new PositionTracker(start?.position ?? -1, start?.index ?? 0);
    this.#nextIndex = this.#tracker.index + 1;
    this.#phase = 'exporting';
    this.setPhase(options.phase);
  }

  /** Starts it; resolves when it was opened, or when the first attempt to open it has failed. */
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
  async close(): Promise<void> {
    this.#closing = true;
    this.#endWait?.();
    await this.#finished;
  }

  report(): ExporterReport {
    const { exporterId, position, index } = this.#frozen ?? this.#currentPosition();
    return {
      exporterId,
      position,
      index,
      partitionId: this.#options.log.partitionId,
      state: this.#state,
      lastError: this.#lastError,
      handedPosition: this.#tracker.handedPosition,
      exportedRecords: this.#exported,
      skippedRecords: this.#skipped,
      failures: this.#failures,
      counters: { ...this.#figures.counters },
      gauges: { ...this.#figures.gauges },
    };
  }

  #currentPosition(): ExportedPosition {
    const { position, index } = this.#tracker;
    return { exporterId: this.#options.configuration.id, position, index };
  }

  // What the exporter may ask for.

  updatePosition(position: number): void {
    const before = this.#tracker.position;
    this.#tracker.acknowledge(position);
    if (this.#tracker.position !== before) this.#options.changed();
  }

  lastPosition(): number {
    return this.#tracker.position;
  }

  reopen(reason: Error): void {
    this.#reopenReason = reason;
    this.wake();
  }

  schedule(delayMs: number, task: () => void | Promise<void>): ScheduledTask {
    const timer = setTimeout(() => {
      this.#tasks.delete(timer);
      this.#alone(task).catch((error: unknown) => {
        this.#failures++;
        this.#options.logLine('error', `${this.#name}: a scheduled task failed: ${textOf(error)}`);
        this.#options.changed();
      });
    }, delayMs);
    this.#tasks.add(timer);
    return {
      cancel: () => {
        clearTimeout(timer);
        this.#tasks.delete(timer);
      },
    };
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
    this.#firstAttempt.resolve();
    this.#options.changed();
  }

  /** One batch, or one wait. @returns whether there is a next step */
  async #step(): Promise<boolean> {
    if (this.#reopenReason !== undefined) {
      const reason = this.#reopenReason;
      this.#reopenReason = undefined;
      await this.#closeExporter();
      this.#tracker.rewind();
      this.#nextIndex = this.#tracker.index + 1;
      this.#pending = undefined;
      throw reason;
    }
    if (this.#exporter === undefined) await this.#openExporter();
    if (this.#phase === 'paused') return await this.#waitForRecords();
    this.#pending ??= this.#nextBatch();
    if (this.#pending === undefined) return await this.#waitForRecords();
    const batch = this.#pending;
    if (batch.length > 0) {
      const exporter = this.#exporter as Exporter;
      await this.#alone(() => exporter.export(batch));
      this.#exported += batch.length;
    }
    this.#pending = undefined;
    this.#recovered();
    this.#options.changed();
    // Other exporters of this thread, timers and messages get their turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    return true;
  }

  async #openExporter(): Promise<void> {
    const { configuration, exporterClass, log, logLine, shared } = this.#options;
    const figures = this.#figures;
    const exporter = new exporterClass();
    const context = new ConfigurationContext(
      configuration,
      log.partitionId,
      logLine,
      figures,
      shared,
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

  /** The next records that the exporter wants, empty when it wants none of them, undefined when nothing is there. */
  #nextBatch(): readonly ExportedRecord[] | undefined {
    const { log } = this.#options;
    const entries = log.read(this.#nextIndex, BATCH_BYTES);
    if (entries.length === 0) return undefined;
    const after = this.#tracker.handedPosition;
    const filter = this.#filter;
    const batch: ExportedRecord[] = [];
    let lastPosition = -1;
    let skipped = 0;
    for (const entry of entries) {
      if (filter.acceptsNone) {
        lastPosition = Math.max(lastPosition, log.lastPositionOf(entry));
        continue;
      }
      const decoded = log.decode(entry);
      lastPosition = Math.max(lastPosition, decoded.lastPosition);
      for (const record of decoded.records) {
        if (record.position <= after) continue;
        if (filter.accepts(record)) batch.push(record);
        else skipped++;
      }
    }
    this.#nextIndex = (entries.at(-1)?.index as number) + 1;
    this.#tracker.handed(this.#nextIndex - 1, lastPosition, batch.at(-1)?.position ?? -1);
    this.#skipped += skipped;
    this.#isNew = false;
    return batch;
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
    if (error instanceof CompactedError) {
      // An exporter that never ran begins with what there is; one that did must not miss anything in silence.
      if (this.#isNew && this.#nextIndex === FIRST_INDEX) {
        this.#nextIndex = error.firstIndex;
        this.#tracker.index = error.firstIndex - 1;
        return true;
      }
      return await this.#stopped(error);
    }
    this.#failures++;
    this.#failuresInRow++;
    this.#state = 'retrying';
    this.#lastError = textOf(error);
    this.#firstAttempt.resolve();
    const waitMs = backOffMs(this.#failuresInRow, Math.random());
    this.#options.logLine(
      'warn',
      `${this.#name}: failed ${this.#failuresInRow} times in a row, next try in ${waitMs} ms: ${this.#lastError}`,
    );
    this.#options.changed();
    if (this.#closing) return false;
    await this.#wait(waitMs);
    return !this.#closing;
  }

  async #stopped(error: CompactedError): Promise<boolean> {
    this.#state = 'stopped';
    this.#failures++;
    this.#lastError =
      `needs log entry ${this.#nextIndex} (it has everything up to position ${this.#tracker.position}), but the log ` +
      `begins at entry ${error.firstIndex}: records in between would be missing. Restore a backup that holds them, ` +
      'or configure it under another id to begin with what is there';
    this.#options.logLine('error', `${this.#name}: ${this.#lastError}`);
    this.#options.changed();
    while (!this.#closing) await this.#wait(undefined);
    return false;
  }

  async #closeExporter(): Promise<void> {
    for (const timer of this.#tasks) clearTimeout(timer);
    this.#tasks.clear();
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
    if (this.#closing) return false;
    this.#waitsForRecords = true;
    await this.#wait(undefined);
    this.#waitsForRecords = false;
    return true;
  }

  /** Until the time is over, the phase changes or it is closed. */
  #wait(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#endWait?.(), ms);
      this.#endWait = () => {
        this.#endWait = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
