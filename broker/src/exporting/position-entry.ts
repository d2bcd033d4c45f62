// The payload of a log entry of kind "exporter positions": how far exporters have got on the partition.
//
// Layout, version 1: u8 version, count, then per exporter id, f64 position, f64 log index. An entry holds the exporters
// that moved; the newest entry that names an exporter counts.
import { ByteReader, BytesError, ByteWriter } from '@millrace/protocol';
import type { ExportedPosition } from './exporting-messages.ts';

const VERSION = 1;

export function encodeExporterPositions(positions: readonly ExportedPosition[]): Uint8Array {
  const out = new ByteWriter(256);
  out.u8(VERSION);
  out.varint(positions.length);
  for (const each of positions) {
    out.string(each.exporterId);
    out.f64(each.position);
    out.f64(each.index);
  }
  return out.copy();
}

/** @throws BytesError on damage and on a version that this release does not know */
export function decodeExporterPositions(payload: Uint8Array): ExportedPosition[] {
  const from = new ByteReader(payload);
  const version = from.u8();
  if (version !== VERSION) {
    throw new BytesError(`exporter positions of version ${version} are not known to this release`);
  }
  const positions: ExportedPosition[] = [];
  for (let left = from.varint(); left > 0; left--) {
    positions.push({ exporterId: from.string(), position: from.f64(), index: from.f64() });
  }
  return positions;
}
