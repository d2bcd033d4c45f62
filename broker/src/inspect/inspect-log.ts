// Reads a partition's log from end to end, checks it, and hands out its records on the way.
//
// Checks: every frame (by the journal's own scan), every record (by decoding it), positions without gaps, indexes that start
// where a checkpoint allows. Damage below what was known durable is a problem; behind it, it is the torn tail of a crash.
import { decodeEntry, type LogRecord } from '@millrace/protocol';
import { type Entry, EntryKind, nodeDisk, readCheckedFile, scanJournal } from '@millrace/raft';
import { decodeExporterPositions, type ExportedPosition } from '../exporting/index.ts';
import type { LogReport, Problem } from './inspect-messages.ts';

const NOTES_FILE = 'journal.notes';

export class LogInspection {
  readonly problems: Problem[] = [];
  readonly #damage: (Problem & { readonly index: number })[] = [];
  readonly #exporters = new Map<string, ExportedPosition>();
  readonly #entries: Record<string, number> = {};
  #segments = 0;
  #bytes = 0;
  #firstIndex = 0;
  #lastIndex = 0;
  #firstTerm = 0;
  #lastTerm = 0;
  #durableIndex = 0;
  #records = 0;
  #firstPosition = -1;
  #lastPosition = -1;
  #firstTime = 0;
  #lastTime = 0;

  /** Goes through the log; yields the records of each entry. Damage does not end it. */
  *run(dir: string): Generator<readonly LogRecord[]> {
    this.#readNotes(`${dir}/${NOTES_FILE}`);
    for (const item of scanJournal(dir)) {
      if (item.kind === 'segment') {
        this.#segments++;
        this.#bytes += item.sizeBytes;
      } else if (item.kind === 'entry') {
        const records = this.#entry(item.entry, item.file, item.offset);
        if (records.length > 0) yield records;
      } else if (item.kind === 'unknown') {
        const { entryKind, formatVersion } = item;
        this.#problem(
          item,
          `an entry of kind ${entryKind}, version ${formatVersion}, is not known`,
        );
      } else {
        const { file, offset, index, reason, bytes } = item;
        const text = `entry ${index} is damaged: ${reason} (${bytes} bytes)`;
        this.#damage.push({ file, offset, index, text });
      }
    }
  }

  /** @param checkpointIndex entries up to here were durable; 0 without a checkpoint */
  report(checkpointIndex: number): LogReport {
    const durableIndex = Math.max(this.#durableIndex, checkpointIndex);
    let tornTail: Problem | undefined;
    for (const { index, ...found } of this.#damage) {
      // Whatever follows the first hole is cut with it, if nothing says that the hole was durable once.
      if (index > durableIndex) tornTail ??= found;
      else this.problems.push(found);
    }
    return {
      segments: this.#segments,
      bytes: this.#bytes,
      firstIndex: this.#firstIndex,
      lastIndex: this.#lastIndex,
      firstTerm: this.#firstTerm,
      lastTerm: this.#lastTerm,
      durableIndex,
      entries: this.#entries,
      records: this.#records,
      firstPosition: this.#firstPosition,
      lastPosition: this.#lastPosition,
      firstTime: this.#firstTime,
      lastTime: this.#lastTime,
      exporters: [...this.#exporters.values()],
      tornTail,
    };
  }

  /** What a clean stop knew. */
  #readNotes(path: string): void {
    try {
      const notes = readCheckedFile(nodeDisk, path) as { durableIndex?: number } | null;
      this.#durableIndex = notes?.durableIndex ?? 0;
    } catch (error) {
      this.#problem({ file: path, offset: -1 }, `cannot be read: ${textOf(error)}`);
    }
  }

  #entry(entry: Entry, file: string, offset: number): readonly LogRecord[] {
    const { index, term, durable } = entry;
    if (this.#firstIndex === 0) {
      this.#firstIndex = index;
      this.#firstTerm = term;
    }
    if (term < this.#lastTerm) {
      this.#problem(
        { file, offset },
        `entry ${index} of term ${term} follows term ${this.#lastTerm}`,
      );
    }
    this.#lastIndex = index;
    this.#lastTerm = term;
    this.#durableIndex = Math.max(this.#durableIndex, durable);
    const name = nameOfKind(entry.kind);
    this.#entries[name] = (this.#entries[name] ?? 0) + 1;
    try {
      if (entry.kind === EntryKind.records) return this.#takeRecords(entry, file, offset);
      if (entry.kind === EntryKind.exporterPositions) {
        for (const each of decodeExporterPositions(entry.payload)) {
          this.#exporters.set(each.exporterId, each);
        }
      }
    } catch (error) {
      this.#problem({ file, offset }, `entry ${index} cannot be decoded: ${textOf(error)}`);
    }
    return [];
  }

  #takeRecords(entry: Entry, file: string, offset: number): readonly LogRecord[] {
    const records = decodeEntry(entry.payload);
    const first = records[0];
    const last = records.at(-1);
    if (first === undefined || last === undefined) return records;
    if (this.#lastPosition >= 0 && first.position !== this.#lastPosition + 1) {
      const text = `entry ${entry.index} begins with position ${first.position} after ${this.#lastPosition}`;
      // Behind damage a gap is no news.
      if (this.#damage.length === 0) this.#problem({ file, offset }, text);
    }
    if (this.#firstPosition < 0) {
      this.#firstPosition = first.position;
      this.#firstTime = first.timestamp;
    }
    this.#records += records.length;
    this.#lastPosition = last.position;
    this.#lastTime = last.timestamp;
    return records;
  }

  #problem(at: { readonly file: string; readonly offset: number }, text: string): void {
    this.problems.push({ file: at.file, offset: at.offset, text });
  }
}

function nameOfKind(kind: number): string {
  return Object.entries(EntryKind).find(([, number]) => number === kind)?.[0] ?? String(kind);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
