// Reads what the jsonl exporter wrote: every record of a broker, as it appears, with keys as text.
//
// Keys do not fit a plain number, so whole numbers of 16 digits and more become text. A line that is not finished yet is
// left for the next look.
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { until } from './until.ts';

export interface ExportedRecord {
  readonly recordType: string;
  readonly valueType: string;
  readonly intent: string;
  readonly key: string | number;
  readonly position: number;
  readonly partitionId: number;
  // biome-ignore lint/suspicious/noExplicitAny: the shape depends on the value type
  readonly value: Readonly<Record<string, any>>;
}

export class RecordFile {
  readonly records: ExportedRecord[] = [];
  readonly #path: string;
  #offset = 0;
  #rest = Buffer.alloc(0);

  /** @param fromEnd leave out what the file holds already */
  constructor(path: string, { fromEnd = false } = {}) {
    this.#path = path;
    if (fromEnd && existsSync(path)) this.#offset = statSync(path).size;
  }

  /** Reads what was appended since the last look, and returns all records seen so far. */
  read(): readonly ExportedRecord[] {
    if (!existsSync(this.#path)) return this.records;
    const size = statSync(this.#path).size;
    if (size > this.#offset) {
      const file = openSync(this.#path, 'r');
      const more = Buffer.alloc(size - this.#offset);
      const length = readSync(file, more, 0, more.length, this.#offset);
      closeSync(file);
      this.#offset += length;
      this.#rest = Buffer.concat([this.#rest, more.subarray(0, length)]);
    }
    const end = this.#rest.lastIndexOf(0x0a) + 1;
    const lines = this.#rest.subarray(0, end).toString().split('\n');
    this.#rest = this.#rest.subarray(end);
    for (const line of lines) if (line !== '') this.records.push(parseRecord(line));
    return this.records;
  }

  /** The newest event that fits. */
  last(
    valueType: string,
    intent: string,
    fits: (record: ExportedRecord) => boolean = () => true,
  ): ExportedRecord | undefined {
    return this.read().findLast(
      (record) =>
        record.recordType === 'EVENT' &&
        record.valueType === valueType &&
        record.intent === intent &&
        fits(record),
    );
  }

  /** Waits for an event that fits. */
  waitFor(
    valueType: string,
    intent: string,
    fits: (record: ExportedRecord) => boolean = () => true,
    within = 10_000,
  ): Promise<ExportedRecord> {
    const what = `a record ${valueType}.${intent} that fits`;
    return until(() => this.last(valueType, intent, fits), { within, what });
  }
}

/** One line of the file. */
export function parseRecord(line: string): ExportedRecord {
  const exact = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && /^-?\d{16,}$/.test(context?.source ?? '')
      ? context?.source
      : value;
  return JSON.parse(line, exact as (name: string, value: unknown) => unknown) as ExportedRecord;
}
