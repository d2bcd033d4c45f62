// A thread that partitions run in: the same class as everywhere, driven by the messages of its parent.
import { parentPort } from 'node:worker_threads';
import type { FromPartition } from './messages.ts';
import { Partition } from './partition.ts';
import type { ToThread } from './partition-threads.ts';

const port = parentPort;
if (port === null) throw new Error('partition-thread.ts runs as a worker thread only');

const partitions = new Map<number, Partition>();

port.on('message', (to: ToThread) => {
  if (to.kind === 'message') {
    partitions.get(to.partitionId)?.receive(to.message);
    return;
  }
  const partition = new Partition(to.options, (message: FromPartition) => {
    port.postMessage(message);
    if (message.notices.some((notice) => notice.kind === 'closed'))
      partitions.delete(to.options.partitionId);
  });
  partitions.set(to.options.partitionId, partition);
  partition.start();
});
