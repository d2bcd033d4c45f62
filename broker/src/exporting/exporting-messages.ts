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

/** A partition that this broker leads: where its log lies, how far it may be read, how far exporters have got. */
export interface PartitionToExport {
  readonly partitionId: number;
  readonly journalDir: string;
  readonly committedIndex: number;
  readonly committedPosition: number;
  /** What the replicas agree on (committed); an exporter that is missing here begins with the oldest entry kept. */
  readonly positions: readonly ExportedPosition[];
}

/** One time of leading a partition, from `lead` to `unlead`. */
export interface Leadership extends PartitionToExport {
  /** Tells this time from all others of this process, so that nothing of an earlier one is taken for its own. */
  readonly leadership: number;
}

export interface ExporterConfiguration {
  readonly id: string;
  /** A built-in name, or the path of a module, `path#Name` for one of several classes in it. */
  readonly className: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Committed {
  readonly partitionId: number;
  readonly leadership: number;
  readonly index: number;
}

export interface ExportingStart {
  readonly exporters: readonly ExporterConfiguration[];
  readonly phase: ExportingPhase;
  /** What is led already: nothing when the broker starts, all that is led when a thread takes the place of one that died. */
  readonly led: readonly Leadership[];
}

export type ToExporting =
  /** Begin as soon as what ran before on this partition has ended. Sent again for one that runs, it only names a new commit. */
  | { readonly kind: 'lead'; readonly led: Leadership }
  /** End within the deadline or be abandoned; answered by `unled`. */
  | {
      readonly kind: 'unlead';
      readonly partitionId: number;
      readonly leadership: number;
      readonly deadlineMs: number;
    }
  | { readonly kind: 'committed'; readonly committed: readonly Committed[] }
  | { readonly kind: 'phase'; readonly phase: ExportingPhase }
  | { readonly kind: 'close'; readonly deadlineMs: number };

export type FromExporting =
  /** Every configuration is right. */
  | { readonly kind: 'ready' }
  /** The configuration is wrong: nothing was opened. */
  | { readonly kind: 'refused'; readonly message: string }
  /** Every exporter of the partition was opened, or failed to open once. */
  | { readonly kind: 'opened'; readonly partitionId: number; readonly leadership: number }
  /** Nothing of this time of leading, or of an earlier one, reads the partition's log any more. */
  | { readonly kind: 'unled'; readonly leadership: number }
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
  readonly leadership: number;
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
  /** Releases its file; a later read looks for it anew. */
  close?(): void;
}
export interface ReadEntry {
  readonly index: number;
  readonly kind: EntryKind | number;
  readonly payload: Uint8Array;
}
