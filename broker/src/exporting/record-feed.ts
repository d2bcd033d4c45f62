// What one exporter still has to get of one partition's log: cuts it into batches, drops what the filter drops, and keeps
// how far it was handed over and acknowledged.
//
// Guarantees: records in log order, none twice between two rewinds and none left out; an exporter that ran before never
// skips entries that are gone, one that never ran begins with the oldest entry there is.
// Leaves to others: when to read, and what to do when the log cannot be read (exporter-runner.ts).
import type { ExportedRecord, RecordFilter } from '@millrace/exporters';
import type { CompactedError } from '@millrace/raft';
import type { CommittedLog } from './committed-log.ts';
import type { ExportedPosition } from './exporting-messages.ts';
import { PositionTracker } from './position-tracker.ts';

const BATCH_BYTES = 256 * 1024;
const FIRST_INDEX = 1;

/** The log could not be read or decoded; `cause` says why. */
export class UnreadableLogError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'UnreadableLogError';
  }
}

export class RecordFeed {
  readonly tracker: PositionTracker;
  /** Records that the filter dropped. */
  skipped = 0;
  readonly #log: CommittedLog;
  #nextIndex: number;
  #isNew: boolean;

  /** @param start where the exporter stopped the last time; undefined when it is new */
  constructor(log: CommittedLog, start: ExportedPosition | undefined) {
    this.#log = log;
    this.#isNew = start === undefined;
    this.tracker = new PositionTracker(start?.position ?? -1, start?.index ?? 0);
    this.#nextIndex = this.tracker.index + 1;
  }

  /** The log entry that comes next. */
  get nextIndex(): number {
    return this.#nextIndex;
  }

  /**
   * The next records that the exporter wants, empty when it wants none of them, undefined when nothing is there.
   * @throws UnreadableLogError; then nothing was taken
   */
  next(filter: RecordFilter): readonly ExportedRecord[] | undefined {
    try {
      return this.#take(filter);
    } catch (error) {
      throw new UnreadableLogError(error);
    }
  }

  #take(filter: RecordFilter): readonly ExportedRecord[] | undefined {
    const log = this.#log;
    const entries = log.read(this.#nextIndex, BATCH_BYTES);
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    const after = this.tracker.handedPosition;
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
    this.#nextIndex = last.index + 1;
    this.tracker.handed(last.index, lastPosition, batch.at(-1)?.position ?? -1);
    this.skipped += skipped;
    this.#isNew = false;
    return batch;
  }

  /** What was handed over and is not acknowledged will be handed over again. */
  rewind(): void {
    this.tracker.rewind();
    this.#nextIndex = this.tracker.index + 1;
  }

  /**
   * Moves an exporter that never got anything to where the log begins.
   * @returns false for one that did, which must not miss anything in silence
   */
  beginWhereLogBegins(error: CompactedError): boolean {
    if (!this.#isNew || this.#nextIndex !== FIRST_INDEX) return false;
    this.#nextIndex = error.firstIndex;
    this.tracker.index = error.firstIndex - 1;
    return true;
  }
}
