// A real log of one partition with made-up records, for tests and benchmarks of exporting and inspecting.
import { mkdirSync } from 'node:fs';
import {
  Document,
  EMPTY_JOB,
  EntryEncoder,
  LogRecord,
  makeKey,
  NO_OPERATION,
  NO_REQUEST,
} from '@millrace/protocol';
import { EntryKind, openSegmentedJournal, type SegmentedJournal } from '@millrace/raft';
import type { ExportedPosition } from './exporting-messages.ts';
import { encodeExporterPositions } from './position-entry.ts';

const TIME_MS = 1_700_000_000_000;

export class SampleLog {
  readonly partitionId: number;
  readonly dir: string;
  readonly #journal: SegmentedJournal;
  readonly #encoder = new EntryEncoder();
  /** Position of the newest record. */
  position = 0;

  constructor(partitionId: number, dir: string, segmentBytes = 64 * 1024) {
    this.partitionId = partitionId;
    this.dir = dir;
    mkdirSync(dir, { recursive: true });
    this.#journal = openSegmentedJournal({ dir, segmentBytes, firstSegmentBytes: segmentBytes });
  }

  get index(): number {
    return this.#journal.lastIndex;
  }

  get firstIndex(): number {
    return this.#journal.firstIndex;
  }

  /** One entry with so many records: jobs created by process `orders`, every third one a rejected command. */
  append(records: number, fillerChars = 20, letter = 'x'): void {
    this.#encoder.begin(this.partitionId, this.position + 1, TIME_MS + this.position);
    const variables = new Document(`{"filler":"${letter.repeat(fillerChars)}"}`);
    const value = { ...EMPTY_JOB, type: 'work', bpmnProcessId: 'orders', variables };
    for (let i = 0; i < records; i++) {
      this.position++;
      const rejected = this.position % 3 === 0;
      this.#encoder.add(
        new LogRecord(
          rejected ? 'COMMAND_REJECTION' : 'EVENT',
          'JOB',
          rejected ? 'COMPLETE' : 'CREATED',
          makeKey(this.partitionId, this.position),
          value,
          this.position,
          this.position - 1,
          TIME_MS + this.position,
          rejected ? 'NOT_FOUND' : undefined,
          rejected ? 'no such job' : '',
          NO_REQUEST,
          NO_OPERATION,
          false,
        ),
      );
    }
    const payload = this.#encoder.finish(this.position);
    this.#journal.append({ term: 1, kind: EntryKind.records, payload });
  }

  appendPositions(...positions: ExportedPosition[]): void {
    const payload = encodeExporterPositions(positions);
    this.#journal.append({ term: 1, kind: EntryKind.exporterPositions, payload });
  }

  async flush(): Promise<void> {
    await this.#journal.flush();
  }

  /** Takes what it lacks of another replica's log, the same bytes, up to an index whose last record has this position. */
  follow(leader: SampleLog, upToIndex: number, position: number): void {
    while (this.index < upToIndex) {
      const entry = leader.#journal.read(this.index + 1);
      if (entry === undefined) throw new Error(`the leader has no entry ${this.index + 1}`);
      this.#journal.append(entry);
    }
    this.position = position;
  }

  /** Drops the entries above the index, whose last record has this position: they were never committed. */
  truncateAfter(index: number, position: number): void {
    this.#journal.truncateAfter(index);
    this.position = position;
  }

  /** Drops everything; the next entry gets this index. As when a checkpoint is installed. */
  reset(nextIndex: number): void {
    this.#journal.reset(nextIndex, 1);
  }

  compactBefore(index: number): void {
    this.#journal.compactBefore(index);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }
}
