// What travels beside the messages of a checkpoint's transfer: the offer, pieces of the files, and how far they have come.
// Guarantees: a piece has a checksum; an offer has been checked before anyone sees it.
// Leaves to others: what is done with them (transfer/).
import { crc32 } from 'node:zlib';
import { isOffer } from '../transfer/checkpoint-offer.ts';
import type { CheckpointPiece, CheckpointProgress } from '../transfer/checkpoint-piece.ts';
import type { FieldReader, FieldWriter } from './fields.ts';

export function piecePayload(piece: CheckpointPiece): Uint8Array {
  return piece.kind === 'bytes'
    ? piece.bytes
    : new TextEncoder().encode(JSON.stringify(piece.offer));
}

export function writePiece(out: FieldWriter, piece: CheckpointPiece): void {
  const payload = piecePayload(piece);
  out.flag(piece.kind === 'bytes');
  out.u32(piece.transfer);
  out.u64(piece.kind === 'bytes' ? piece.position : 0);
  out.u32(payload.length);
  out.u32(crc32(payload));
}

/** Throws RangeError for damage. */
export function readPiece(from: FieldReader, headBytes: number): CheckpointPiece {
  const isBytes = from.flag();
  const transfer = from.u32();
  const position = from.u64();
  const length = from.u32();
  const sum = from.u32();
  from.at = headBytes;
  const bytes = from.take(length);
  if (crc32(bytes) !== sum) throw new RangeError('The piece is damaged.');
  if (isBytes) return { kind: 'bytes', transfer, position, bytes };
  let offer: unknown;
  try {
    offer = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new RangeError('The offer is no JSON.');
  }
  if (!isOffer(offer)) throw new RangeError('The offer is incomplete.');
  return { kind: 'offer', transfer, offer };
}

export function writeProgress(out: FieldWriter, progress: CheckpointProgress): void {
  out.u32(progress.transfer);
  out.u64(progress.position);
  out.flag(progress.isResume);
}

export function readProgress(from: FieldReader): CheckpointProgress {
  return { transfer: from.u32(), position: from.u64(), isResume: from.flag() };
}
