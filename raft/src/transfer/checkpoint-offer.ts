// What a leader offers to a member that lags behind the beginning of its log: a checkpoint, and the log from a base on.
// Guarantees: an offer that `isOffer` accepts names files inside the checkpoint's folder only.
// Leaves to others: the bytes (checkpoint-sender.ts, checkpoint-receiver.ts).
//
// The files travel as one stream of bytes, in the manifest's order; a place in it is one number. In Raft's own sense (paper,
// section 7) the snapshot ends with the entry `base`, although the state in the files is that of a later entry: the log from
// `base` on follows by appends, because whoever exports it still needs it, and the application passes over what its state has.

import type { CheckpointManifest } from '../journal/checkpoint-store.ts';
import type { KnownConfiguration } from '../member-record.ts';

export interface CheckpointOffer {
  readonly manifest: CheckpointManifest;
  /** The last entry that is not in the leader's log any more, and its term. At or below `manifest.index`. */
  readonly base: number;
  readonly baseTerm: number;
  /** The members as of `base`; null if the leader knows of no configuration before it. */
  readonly configuration: KnownConfiguration | null;
  /** Entry of the newest configuration that the leader knows; a leader of an earlier release does not say. */
  readonly configuredAt?: number;
}

/** Bytes of all files together. */
export function streamBytes(manifest: CheckpointManifest): number {
  return manifest.files.reduce((sum, file) => sum + file.size, 0);
}

/** Whether both are the same bytes: two members' checkpoints at one entry need not be. */
export function isSameCheckpoint(a: CheckpointManifest, b: CheckpointManifest): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Checks what came over the network. */
export function isOffer(value: unknown): value is CheckpointOffer {
  const {
    manifest,
    base,
    baseTerm,
    configuration,
    configuredAt = 0,
  } = (value ?? {}) as Partial<CheckpointOffer>;
  if (!isCount(base) || !isCount(baseTerm) || configuration === undefined) return false;
  if (!isCount(configuredAt)) return false;
  if (manifest?.version !== 1 || !isCount(manifest.index) || !isCount(manifest.term)) return false;
  if (base > manifest.index || !Array.isArray(manifest.files)) return false;
  return manifest.files.every(
    (file) =>
      typeof file.name === 'string' &&
      isInside(file.name) &&
      isCount(file.size) &&
      isCount(file.crc32),
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isInside(name: string): boolean {
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
