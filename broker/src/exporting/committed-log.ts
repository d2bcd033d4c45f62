// The committed part of one partition's log, as records to export, for one time of leading it.
//
// Nothing above the newest index that the leader committed is ever read: what lies there may yet be removed. Once closed it
// reads nothing: what another leader does with the files concerns it no more.
//
// Entries are read from the journal's files, so a slow exporter costs no memory. When several exporters read the same log, the
// records of the newest entries are kept for a moment, so that those who keep up share decoding and JSON.
import { ExportedRecord } from '@millrace/exporters';
import { decodeEntry, entryHeader } from '@millrace/protocol';
import { EntryKind } from '@millrace/raft';
import type { LogReader, PartitionToExport, ReadEntry } from './exporting-messages.ts';

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
  /** Nothing beyond it may be read. */
  #committedIndex: number;
  #isClosed = false;
  readonly #reader: LogReader;
  readonly #shared: Map<number, DecodedEntry> | undefined;
  #sharedBytes = 0;

  /** @param exporters how many read it */
  constructor(partition: PartitionToExport, reader: LogReader, exporters: number) {
    this.partitionId = partition.partitionId;
    this.#reader = reader;
    this.#committedIndex = partition.committedIndex;
    this.#shared = exporters > 1 ? new Map() : undefined;
  }

  /** Everything up to this index is committed; a lower one than before changes nothing. */
  committed(index: number): void {
    if (index > this.#committedIndex) this.#committedIndex = index;
  }

  /** Committed entries from the index on, about `maxBytes` of them; empty when there are none yet. @throws CompactedError */
  read(index: number, maxBytes: number): readonly ReadEntry[] {
    if (this.#isClosed || index > this.#committedIndex) return [];
    return this.#reader.readFrom(index, this.#committedIndex, maxBytes);
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

  /** Lets go of the file that is open; the next read looks for it in the folder as it is then. */
  releaseFile(): void {
    this.#reader.close?.();
  }

  close(): void {
    this.#isClosed = true;
    this.releaseFile();
  }
}
