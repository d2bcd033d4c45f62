// Starts a partition where it is to run: in a thread of its own or in the calling one. The handle is the same.
import { Worker } from 'node:worker_threads';
import type { PartitionPort } from '../gateway/index.ts';
import type { FromPartition, ToPartition } from './messages.ts';
import { Partition } from './partition.ts';
import type { PartitionOptions } from './partition-options.ts';

export type Placement = 'thread' | 'caller';

export interface PartitionHandle extends PartitionPort {
  /** Ends what is under way within the deadline (ms), then closes. Resolves when everything is on disk. */
  close(deadlineMs: number): Promise<void>;
}

type Listener = (message: FromPartition) => void;

/** @param onDeath the thread ended without having been asked to: the partition is gone */
export function placePartition(
  options: PartitionOptions, placement: Placement, onDeath: (error: Error) => void,
): PartitionHandle {
  return placement === 'thread' ? inThread(options, onDeath) : inCaller(options);
}

function inCaller(options: PartitionOptions): PartitionHandle {
  const listeners: Listener[] = [];
  const partition = new Partition(options, (message) => {
    for (const listener of listeners) listener(message);
  });
  const started = partition.start();
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

function inThread(options: PartitionOptions, onDeath: (error: Error) => void): PartitionHandle {
  const worker = new Worker(new URL('./partition-thread.ts', import.meta.url), { workerData: options });
  const listeners: Listener[] = [];
  let closed: (() => void) | undefined;
  let isClosing = false;
  worker.on('message', (message: FromPartition) => {
    for (const listener of listeners) listener(message);
    if (closed !== undefined && message.notices.some((notice) => notice.kind === 'closed')) closed();
  });
  worker.on('error', onDeath);
  worker.on('exit', (code) => {
    closed?.();
    if (!isClosing) onDeath(new Error(`the thread of partition ${options.partitionId} ended with code ${code}`));
  });
  return {
    partitionId: options.partitionId,
    send: (message: ToPartition) => worker.postMessage(message),
    onMessage: (listener) => listeners.push(listener),
    close: async (deadlineMs) => {
      isClosing = true;
      const ended = new Promise<void>((resolve) => {
        closed = resolve;
      });
      worker.postMessage({ commands: undefined, control: [{ kind: 'close', deadlineMs }] } satisfies ToPartition);
      await ended;
      await worker.terminate();
    },
  };
}
