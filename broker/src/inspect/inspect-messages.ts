// What an inspection finds, as data: one report per partition, printed by print-report.ts or as JSON.
import type { ExportedPosition } from '../exporting/index.ts';

/** Something that is wrong, and where. */
export interface Problem {
  readonly file: string;
  /** Bytes from the file's start; -1 when it is about the whole file. */
  readonly offset: number;
  readonly text: string;
}

export interface LogReport {
  readonly segments: number;
  readonly bytes: number;
  /** 0 when the log is empty. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly firstTerm: number;
  readonly lastTerm: number;
  /** The highest entry that something (a later entry, the notes of a clean stop, a checkpoint) says was durable. */
  readonly durableIndex: number;
  readonly entries: Readonly<Record<string, number>>;
  readonly records: number;
  /** -1 when there is no record. */
  readonly firstPosition: number;
  readonly lastPosition: number;
  /** Times of the first and the last record, ms since the epoch. */
  readonly firstTime: number;
  readonly lastTime: number;
  /** The newest position of each exporter that the log tells of. */
  readonly exporters: readonly ExportedPosition[];
  /** Damage behind everything that was known durable: the next start cuts it, and nobody was told of it. */
  readonly tornTail: Problem | undefined;
}

export interface CheckpointReport {
  readonly id: string;
  readonly index: number;
  readonly position: number;
  readonly files: number;
  readonly bytes: number;
  readonly intact: boolean;
}

export interface StateReport {
  readonly appliedIndex: number;
  readonly lastPosition: number;
  readonly keyCounter: number;
  readonly keys: number;
  readonly bytes: number;
}

/** The live state, brought to the end of the log, against another way there. */
export interface ReplayReport {
  /** Where the other way begins: `the first entry` or `checkpoint ID`. */
  readonly from: string;
  /** The entry that both came to. */
  readonly index: number;
  /** Keys compared. */
  readonly keys: number;
  /** Keys whose values differ or that only one has. */
  readonly differing: number;
  /** The first of them, as `KEY: live VALUE, replayed VALUE` in hexadecimal. */
  readonly differences: readonly string[];
}

export interface PartitionReport {
  readonly partitionId: number;
  readonly log: LogReport;
  readonly checkpoints: readonly CheckpointReport[];
  /** undefined when there is none. */
  readonly state: StateReport | undefined;
  /** Empty unless it was asked for. */
  readonly replays: readonly ReplayReport[];
  /** Remarks that are no damage. */
  readonly remarks: readonly string[];
  readonly problems: readonly Problem[];
}
