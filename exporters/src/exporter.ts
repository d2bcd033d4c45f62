// The contract between Millrace and an exporter. An exporter is a class with a constructor without parameters;
// the runtime makes one throw-away instance at start to check the configuration, and one for each partition whenever this
// broker begins to lead it, which is closed when it leads no more.
//
// What the runtime promises: committed records only, in log order, each at least once over all brokers that lead the partition
// one after the other; only one of open, export, close and scheduled tasks of an instance runs at any time; one exporter
// never waits for another.
// What an exporter promises: it acknowledges (updatePosition) only what would survive a crash of the machine, it comes back
// from its calls in good time (one that does not when leadership ends is left alone, and another instance may begin beside it),
// and it can bear to see a record again: partition id and position together are unique for ever, on all brokers.
import type { RecordType, ValueType } from '@millrace/protocol';
import type { ExportedRecord } from './exported-record.ts';
import type { ExporterArguments } from './exporter-arguments.ts';

export interface Exporter {
  /** Reads its arguments and sets its filter. Throwing here stops the start of the broker with that text. */
  configure(context: ExporterContext): void | Promise<void>;
  /** Makes ready to export. A failure is repeated with back-off; the rest of the broker goes on. */
  open(controller: ExporterController): void | Promise<void>;
  /**
   * Takes the next records, never an empty batch. A failure makes the runtime hand over the same batch again, with back-off.
   * Returning is no acknowledgement; updatePosition is.
   */
  export(batch: readonly ExportedRecord[]): void | Promise<void>;
  /**
   * Flushes, acknowledges what it flushed, and lets go of everything. Called once, also after a failed open. When leadership has
   * ended the acknowledgement does not count any more: the next leader hands the records over again.
   */
  close(): void | Promise<void>;
}

export type ExporterClass = new () => Exporter;

export interface ExporterContext {
  /** The name under which it was configured. */
  readonly exporterId: string;
  readonly partitionId: number;
  readonly arguments: ExporterArguments;
  readonly logger: ExporterLogger;
  readonly clock: ExporterClock;
  readonly metrics: ExporterMetrics;
  /**
   * What the instances of this exporter on the other partitions of this broker share: a connection, a file. Empty for the
   * first one. The throw-away instance has its own.
   */
  readonly shared: Map<string, unknown>;
  /** Which records it wants; all of them when it is never called. Only valid inside `configure`. */
  setFilter(filter: ExporterFilter): void;
}

/** Each part that is given narrows the choice. */
export interface ExporterFilter {
  readonly recordTypes?: readonly RecordType[];
  readonly valueTypes?: readonly ValueType[];
  readonly intents?: readonly string[];
  /** BPMN process ids. Records that belong to no process pass. */
  readonly processIds?: readonly string[];
}

export interface ExporterController {
  /**
   * Acknowledges every record up to this position. Must not go down; a lower one is ignored. The runtime passes it on at
   * most once a second.
   */
  updatePosition(position: number): void;
  /** The newest acknowledged position known at open, later the newest acknowledged one; -1 when there is none. */
  lastPosition(): number;
  /**
   * Says that what was taken after the last acknowledgement may be lost. The runtime closes this instance, waits, opens a
   * new one and hands over everything after the last acknowledged position again.
   */
  reopen(reason: Error): void;
  /** Runs a task once, on the exporter's thread and never during `export`. What it throws is logged and counted as a failure. */
  schedule(delayMs: number, task: () => void | Promise<void>): ScheduledTask;
}

export interface ScheduledTask {
  cancel(): void;
}

export interface ExporterLogger {
  debug(text: string): void;
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

export interface ExporterClock {
  /** ms since the epoch */
  now(): number;
}

/** Figures of the exporter's own. They appear as `millrace_exporter_<name>` with labels for exporter and partition. */
export interface ExporterMetrics {
  /** Adds to a counter. */
  add(name: string, amount: number): void;
  /** Sets a gauge. */
  set(name: string, value: number): void;
}
