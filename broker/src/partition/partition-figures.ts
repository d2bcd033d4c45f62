// The figures of one partition for the metrics page, by the names of ops/metrics.ts.
import type { CommandQueue } from './command-queue.ts';
import type { JobStreams } from './job-streams.ts';
import type { OpenPartition } from './open-partition.ts';

export function figuresOf(
  queue: CommandQueue,
  streams: JobStreams,
  open: OpenPartition | undefined,
  checkpointIndex: number,
  exportedPosition: number,
): Record<string, number> {
  const sizes = open?.store.db.sizes();
  return {
    queueCommands: queue.length,
    queueCommandsOwed: queue.lengthOf(1),
    queueCommandsEnding: queue.lengthOf(2),
    queueCommandsStarting: queue.lengthOf(3),
    queueBytes: queue.bytesOf(1) + queue.bytesOf(2) + queue.bytesOf(3),
    openStreams: streams.count,
    lastProcessedPosition: open?.lastPosition ?? 0,
    lastAppendedIndex: open?.raft.lastIndex ?? 0,
    lastCommittedIndex: open?.raft.commitIndex ?? 0,
    uncommittedEntries: open?.raft.uncommittedCount ?? 0,
    logBytes: open?.raft.journal.sizeBytes ?? 0,
    checkpointIndex,
    exportedPosition,
    stateCacheBytes: sizes?.cacheBytes ?? 0,
    stateUnwrittenBytes: sizes?.committedBytes ?? 0,
    stateDirtyKeys: sizes?.dirtyKeys ?? 0,
    suspensions: open?.engine.state.suspensions.count ?? 0,
  };
}
