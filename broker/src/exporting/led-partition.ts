// What the broker's end knows of a partition that is led here: where exporting began, how far is committed, and what the
// exporters say. It outlives the exporting thread.
//
// Guarantees: a position is handed out only when it is beyond what the replicas agreed on and beyond what was handed out.
import type {
  ExportedPosition,
  ExporterReport,
  Leadership,
  PartitionToExport,
} from './exporting-messages.ts';

export class LedPartition {
  readonly partitionId: number;
  readonly leadership: number;
  /** Ends when every exporter was opened or failed to open once, or when the partition is not led any more. */
  readonly opened = Promise.withResolvers<void>();
  #given: PartitionToExport;
  #committedIndex: number;
  #committedPosition: number;
  readonly #reports = new Map<string, ExporterReport>();
  /** By exporter, the newest position that the partition knows. */
  readonly #handed = new Map<string, number>();

  constructor(leadership: number, given: PartitionToExport, exporterIds: readonly string[]) {
    this.partitionId = given.partitionId;
    this.leadership = leadership;
    this.#given = given;
    this.#committedIndex = given.committedIndex;
    this.#committedPosition = given.committedPosition;
    for (const id of exporterIds) {
      const start = positionOf(given, id);
      this.#reports.set(id, firstReport(this.partitionId, leadership, start));
      this.#handed.set(id, start.position);
    }
  }

  /** Whether exporting would begin at the same places of the same log. */
  beginsLike(other: PartitionToExport): boolean {
    if (this.#given.journalDir !== other.journalDir) return false;
    for (const id of this.#reports.keys()) {
      const ours = positionOf(this.#given, id);
      const theirs = positionOf(other, id);
      if (ours.position !== theirs.position || ours.index !== theirs.index) return false;
    }
    return true;
  }

  /** The partition says again that it leads: what it was handed since the first time it may have lost. */
  ledAgain(given: PartitionToExport): void {
    this.#given = given;
    this.commit(given.committedIndex, given.committedPosition);
    for (const id of this.#reports.keys()) this.#handed.set(id, positionOf(given, id).position);
  }

  /** @returns whether more is committed than before */
  commit(index: number, position: number): boolean {
    if (index <= this.#committedIndex) return false;
    this.#committedIndex = index;
    this.#committedPosition = position;
    return true;
  }

  get committedIndex(): number {
    return this.#committedIndex;
  }

  get committedPosition(): number {
    return this.#committedPosition;
  }

  get reports(): Iterable<ExporterReport> {
    return this.#reports.values();
  }

  reported(report: ExporterReport): void {
    this.#reports.set(report.exporterId, report);
  }

  /**
   * The exporters whose positions are news to the partition; they count as handed out from now on. The index alone also moves
   * by entries that hold no records, those of positions among them: they are no news, or each would lead to another.
   */
  takeNews(): ExportedPosition[] {
    const news: ExportedPosition[] = [];
    for (const { exporterId, position, index } of this.#reports.values()) {
      if (position <= (this.#handed.get(exporterId) ?? -1)) continue;
      this.#handed.set(exporterId, position);
      news.push({ exporterId, position, index });
    }
    return news;
  }

  /** This time of leading as it is now: exporters go on where they stand. */
  asNow(): Leadership {
    const positions: ExportedPosition[] = [];
    for (const { exporterId, position, index } of this.#reports.values()) {
      // One that never acknowledged anything is still new: it begins with the oldest entry kept.
      if (position >= 0 || index > 0) positions.push({ exporterId, position, index });
    }
    return {
      partitionId: this.partitionId,
      leadership: this.leadership,
      journalDir: this.#given.journalDir,
      committedIndex: this.#committedIndex,
      committedPosition: this.#committedPosition,
      positions,
    };
  }
}

function positionOf(given: PartitionToExport, exporterId: string): ExportedPosition {
  const known = given.positions.find((each) => each.exporterId === exporterId);
  return known ?? { exporterId, position: -1, index: 0 };
}

function firstReport(
  partitionId: number,
  leadership: number,
  { exporterId, position, index }: ExportedPosition,
): ExporterReport {
  return {
    exporterId,
    partitionId,
    leadership,
    position,
    index,
    state: 'opening',
    lastError: '',
    handedPosition: position,
    exportedRecords: 0,
    skippedRecords: 0,
    failures: 0,
    counters: {},
    gauges: {},
  };
}
