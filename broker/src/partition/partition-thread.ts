// A partition in a thread of its own: the same class, driven by the messages of its parent.
import { parentPort, workerData } from 'node:worker_threads';
import type { FromPartition, ToPartition } from './messages.ts';
import { Partition } from './partition.ts';
import type { PartitionOptions } from './partition-options.ts';

const port = parentPort;
if (port === null) throw new Error('partition-thread.ts runs as a worker thread only');

const partition = new Partition(workerData as PartitionOptions, (message: FromPartition) =>
  port.postMessage(message),
);
port.on('message', (message: ToPartition) => partition.receive(message));
await partition.start();
