// What a transfer's messages say beside their Raft message.
// Guarantees: nothing by itself.
// Leaves to others: the bytes (wire/checkpoint-fields.ts).
import { crc32 } from 'node:zlib';
import type { CheckpointOffer } from './checkpoint-offer.ts';

export type CheckpointPiece =
  /** What there is; answered with how much of it the receiver has. */
  | { readonly kind: 'offer'; readonly transfer: number; readonly offer: CheckpointOffer }
  /** Bytes of the files; `position` is their place in the stream of all files. */
  | {
      readonly kind: 'bytes';
      readonly transfer: number;
      readonly position: number;
      readonly bytes: Uint8Array;
    };

export interface CheckpointProgress {
  readonly transfer: number;
  /** The place in the stream from which on bytes are needed. */
  readonly position: number;
  /** What was sent before and is at or behind the place counts as lost. */
  readonly isResume: boolean;
}

/** Tells one transfer's messages from another's. */
export function transferOf(offer: CheckpointOffer): number {
  return crc32(JSON.stringify(offer));
}
