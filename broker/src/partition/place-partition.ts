// Starts a partition where it is to run: in a thread or in the calling one. The handle is the same.
import type { PartitionPort } from '../gateway/index.ts';
import type { FromPartition } from './messages.ts';
import type { PartitionParts } from './open-replica.ts';
import { Partition } from './partition.ts';
import type { PartitionOptions } from './partition-options.ts';

export interface PartitionHandle extends PartitionPort {
  /** Ends what is under way within the deadline (ms), then closes. Resolves when everything is on disk. */
  close(deadlineMs: number): Promise<void>;
}

/** Runs the partition in the calling thread. */
export function placeInCaller(options: PartitionOptions, parts?: PartitionParts): PartitionHandle {
  const listeners: ((message: FromPartition) => void)[] = [];
  const partition = new Partition(
    options,
    (message) => {
      for (const listener of listeners) listener(message);
    },
    parts,
  );
  // The owner adds its listeners before the first message.
  const started = Promise.resolve().then(() => partition.start());
  return {
    partitionId: options.partitionId,
    send: (message) => partition.receive(message),
    onMessage: (listener) => listeners.push(listener),
    close: async (deadlineMs) => {
      await started;
      await partition.close(deadlineMs);
    },
  };
}
