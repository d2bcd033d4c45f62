// What the broker and the exporting thread say to each other: plain data, so that it makes no difference on which thread
// the exporters run.
import type { EntryKind } from '@millrace/raft';

/** `soft-paused` exports on but moves no position: a backup taken meanwhile can be exported again from where it stands. */
export type ExportingPhase = 'exporting' | 'paused' | 'soft-paused';

/** How far an exporter has got on one partition. */
export interface ExportedPosition {
  readonly exporterId: string;
  /** Every record up to here is acknowledged; -1 for none. */
  readonly position: number;
  /** Every log entry up to here is acknowledged whole: a restart reads from the next one. 0 for none. */
  readonly index: number;
}

/** Where a partition's log lies and how far it may be read. */
export interface PartitionToExport {
  readonly partitionId: number;
  readonly journalDir: string;
  readonly committedIndex: number;
  readonly committedPosition: number;
  /** What the log and the checkpoint say of exporters; one that is missing here begins with the oldest entry kept. */
  readonly positions: readonly ExportedPosition[];
}

export interface ExporterConfiguration {
  readonly id: string;
  /** A built-in name, or the path of a module, `path#Name` for one of several classes in it. */
  readonly className: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Committed {
  readonly partitionId: number;
  readonly index: number;
  readonly position: number;
}

export interface ExportingStart {
  readonly partitions: readonly PartitionToExport[];
  readonly exporters: readonly ExporterConfiguration[];
  readonly phase: ExportingPhase;
}

export type ToExporting =
  | { readonly kind: 'committed'; readonly committed: readonly Committed[] }
  | { readonly kind: 'phase'; readonly phase: ExportingPhase }
  | { readonly kind: 'close'; readonly deadlineMs: number };

export type FromExporting =
  | { readonly kind: 'ready' }
  /** The configuration is wrong: nothing was opened. */
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'reports'; readonly reports: readonly ExporterReport[] }
  | { readonly kind: 'phase-set'; readonly phase: ExportingPhase }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly text: string }
  | { readonly kind: 'closed' };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, text: string) => void;

/**
 * - `opening`: not opened yet; - `exporting`: all is well; - `retrying`: the last call failed and will be repeated;
 * - `stopped`: cannot go on without a person, `lastError` says why; - `closed`.
 */
export type ExporterState = 'opening' | 'exporting' | 'retrying' | 'stopped' | 'closed';

/** How one exporter stands on one partition. */
export interface ExporterReport extends ExportedPosition {
  readonly partitionId: number;
  readonly state: ExporterState;
  /** Why it is retrying or stopped; empty when it is neither. */
  readonly lastError: string;
  /** Every record up to here was handed over or was none of its business; at or beyond `position`. */
  readonly handedPosition: number;
  readonly exportedRecords: number;
  readonly skippedRecords: number;
  readonly failures: number;
  /** Figures of the exporter's own: name to value, counters and gauges. */
  readonly counters: Readonly<Record<string, number>>;
  readonly gauges: Readonly<Record<string, number>>;
}

/** What the runtime needs of a journal reader (raft); tests may bring their own. */
export interface LogReader {
  readFrom(index: number, upToIndex: number, maxBytes: number): readonly ReadEntry[];
  close?(): void;
}
export interface ReadEntry {
  readonly index: number;
  readonly kind: EntryKind | number;
  readonly payload: Uint8Array;
}
