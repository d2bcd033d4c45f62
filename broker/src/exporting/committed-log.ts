// The committed part of one partition's log, as records to export.
//
// Entries are read from the journal's files, so a slow exporter costs no memory. When several exporters read the same log, the
// records of the newest entries are kept for a moment, so that those who keep up share decoding and JSON.
import { ExportedRecord } from '@millrace/exporters';
import { decodeEntry, entryHeader } from '@millrace/protocol';
import { EntryKind } from '@millrace/raft';
import type { LogReader, ReadEntry } from './exporting-messages.ts';

const SHARED_BYTES_MAX = 2 * 1024 * 1024;

/** One entry, read. */
export interface DecodedEntry {
  readonly index: number;
  readonly bytes: number;
  /** Position of its last record; -1 when it holds none. */
  readonly lastPosition: number;
  readonly records: readonly ExportedRecord[];
}

export class CommittedLog {
  readonly partitionId: number;
  /** Nothing beyond these may be read. */
  committedIndex: number;
  committedPosition: number;
  readonly #reader: LogReader;
  readonly #shared: Map<number, DecodedEntry> | undefined;
  #sharedBytes = 0;

  constructor(
    partitionId: number,
    reader: LogReader,
    committedIndex: number,
    committedPosition: number,
    readers: number,
  ) {
    this.partitionId = partitionId;
    this.#reader = reader;
    this.committedIndex = committedIndex;
    this.committedPosition = committedPosition;
    this.#shared = readers > 1 ? new Map() : undefined;
  }

  /** Committed entries from the index on, about `maxBytes` of them; empty when there are none yet. @throws CompactedError */
  read(index: number, maxBytes: number): readonly ReadEntry[] {
    if (index > this.committedIndex) return [];
    return this.#reader.readFrom(index, this.committedIndex, maxBytes);
  }

  /** The position of the entry's last record without decoding its records; -1 when it holds none. */
  lastPositionOf(entry: ReadEntry): number {
    if (entry.kind !== EntryKind.records) return -1;
    const header = entryHeader(entry.payload);
    return header.firstPosition + header.recordCount - 1;
  }

  /** @throws UnknownRecordError, BytesError */
  decode(entry: ReadEntry): DecodedEntry {
    const known = this.#shared?.get(entry.index);
    if (known !== undefined) return known;
    const records: ExportedRecord[] = [];
    if (entry.kind === EntryKind.records) {
      for (const record of decodeEntry(entry.payload)) {
        records.push(new ExportedRecord(record, this.partitionId));
      }
    }
    const lastPosition = records.at(-1)?.position ?? -1;
    const decoded = { index: entry.index, bytes: entry.payload.length, lastPosition, records };
    if (this.#shared !== undefined) this.#share(decoded, this.#shared);
    return decoded;
  }

  #share(entry: DecodedEntry, shared: Map<number, DecodedEntry>): void {
    shared.set(entry.index, entry);
    this.#sharedBytes += entry.bytes;
    for (const [index, oldest] of shared) {
      if (this.#sharedBytes <= SHARED_BYTES_MAX) break;
      shared.delete(index);
      this.#sharedBytes -= oldest.bytes;
    }
  }

  close(): void {
    this.#reader.close?.();
  }
}
