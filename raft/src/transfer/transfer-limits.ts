// The bounds of a checkpoint's transfer.
// Guarantees: every number has a name and a unit.
// Leaves to others: keeping them (checkpoint-sender.ts, checkpoint-receiver.ts).

export interface TransferLimits {
  /** Bytes of files in one message. */
  readonly chunkBytes: number;
  /** Bytes that are under way without an answer. */
  readonly windowBytes: number;
  /** Pace of the sending side, so that the log and the followers that keep up are hardly disturbed. */
  readonly bytesPerSecond: number;
  /** Share of its time in which the receiving side may keep its disk busy: on a slow or shared disk this is the pace. */
  readonly diskShare: number;
  /** Without progress for so long, the sender asks what has arrived and goes on from there, ms. */
  readonly retryMs: number;
  /** Without progress for so long, the sender gives up and the checkpoint and log it held may go, ms. */
  readonly giveUpMs: number;
  /** Files that have begun to arrive are kept for so long without a further piece, ms. */
  readonly keepMs: number;
}

export const defaultTransferLimits: TransferLimits = {
  chunkBytes: 256 * 1024,
  windowBytes: 1024 * 1024,
  bytesPerSecond: 64 * 1024 * 1024,
  diskShare: 0.25,
  retryMs: 2_000,
  giveUpMs: 60_000,
  keepMs: 600_000,
};
