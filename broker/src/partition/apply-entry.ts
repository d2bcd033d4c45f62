// Brings a state one committed entry further, by the entry alone: recovery, followers and the check of `millrace inspect
// --replay` all go this way, so that what is checked is what happens.
//
// Leaves to others: which entries are committed and in which order they come, and when the state is flushed.
import { decodeEntry, entryHeader, UnknownRecordError } from '@millrace/protocol';
import { type Entry, EntryKind } from '@millrace/raft';
import type { Engine } from '../core/engine/engine.ts';
import type { StateDb } from '../core/state/state-db.ts';
import { decodeExporterPositions } from '../exporting/index.ts';
import type { ExporterPositions } from './exporter-positions.ts';

/**
 * Applies the entry and commits it in the state.
 * @throws UnknownRecordError when this release does not know the entry or something in it, BytesError when it is damaged
 */
export function applyEntry(
  entry: Entry,
  db: StateDb,
  engine: Engine,
  exporters: ExporterPositions,
): void {
  switch (entry.kind) {
    case EntryKind.records:
      applyRecords(entry.payload, db, engine);
      break;
    case EntryKind.exporterPositions:
      applyPositions(entry.payload, exporters);
      break;
    case EntryKind.empty:
    case EntryKind.configuration:
      break;
    default:
      throw new UnknownRecordError(
        `entry ${entry.index} has kind ${entry.kind}, which this release does not know`,
      );
  }
  db.sealEntry(entry.index, entry.payload.length);
  db.commit(entry.index);
}

function applyPositions(payload: Uint8Array, exporters: ExporterPositions): void {
  const positions = decodeExporterPositions(payload);
  exporters.apply(positions);
  exporters.commit(positions);
}

function applyRecords(payload: Uint8Array, db: StateDb, engine: Engine): void {
  const { firstPosition, recordCount, keyCounter } = entryHeader(payload);
  for (const record of decodeEntry(payload)) engine.replay(record, firstPosition);
  engine.keys.counter = keyCounter;
  db.setMeta({ lastPosition: firstPosition + recordCount - 1, keyCounter });
}
