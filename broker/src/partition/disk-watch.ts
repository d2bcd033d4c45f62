// Looks at the free space of a partition's disk: below the first mark no work is started, below the second nothing is
// replicated either (broker-operations.md 13, "Disk free").
import { statfsSync } from 'node:fs';
import type { Refusal } from './command-intake.ts';
import type { PartitionOptions } from './partition-options.ts';

/** Free bytes of the disk that holds the folder; undefined when it cannot be told. */
export function freeBytesOf(dir: string): number | undefined {
  try {
    const stats = statfsSync(dir);
    return stats.bavail * stats.bsize;
  } catch {
    return undefined;
  }
}

export class DiskWatch {
  readonly #options: PartitionOptions;
  readonly #freeBytes: (dir: string) => number | undefined;
  /** Why no work is started. */
  refusal: Refusal | undefined;
  /** Nothing may be written that others send. */
  isFull = false;

  constructor(options: PartitionOptions, freeBytes: (dir: string) => number | undefined) {
    this.#options = options;
    this.#freeBytes = freeBytes;
  }

  /** Looks again; true when anything has changed. */
  look(): boolean {
    const { dir, partitionId, diskFreeBytesMin, diskFreeBytesReplicationMin } = this.#options;
    const free = this.#freeBytes(dir);
    if (free === undefined) return false;
    const isLow = free < diskFreeBytesMin;
    const isFull = free < diskFreeBytesReplicationMin;
    const hasChanged = isLow !== (this.refusal !== undefined) || isFull !== this.isFull;
    this.isFull = isFull;
    if (!isLow) this.refusal = undefined;
    else if (hasChanged) {
      const message =
        `Expected partition ${partitionId} to start work, but its disk has ${free} bytes left, ` +
        `less than the configured ${diskFreeBytesMin}. Free some space.`;
      this.refusal = { code: 'RESOURCE_EXHAUSTED', retry: false, message };
    }
    return hasChanged;
  }
}
