// Opens log, state and engine of a partition together, and closes them again when one of them cannot be opened.
import { type Disk, openRaftNode, type RaftNode, type Timers } from '@millrace/raft';
import { openPartitionStore } from '../store/partition-store.ts';
import type { StoreBackend } from '../store/store-backend.ts';
import { OpenPartition, type OpenPartitionOwner } from './open-partition.ts';

/** What a simulation or a test puts in the place of the real thing. */
export interface PartitionParts {
  /** Where the log goes. */
  readonly disk?: Disk;
  /** What the state is kept in. */
  readonly backend?: StoreBackend;
  /** The boot of the machine. */
  readonly bootId?: () => string | undefined;
  readonly timers?: Timers;
  readonly random?: () => number;
  /** Free bytes of the disk that holds the folder. */
  readonly freeBytes?: (dir: string) => number | undefined;
  /** Pause before a failed partition opens again, ms. */
  readonly reopenMs?: number;
}

/** What happens below an opening, told to the partition around it. */
export interface ReplicaOwner extends OpenPartitionOwner {
  /** The replicas that are the only ones from this opening on; undefined as a rule. */
  readonly forcedMembers: readonly number[] | undefined;
  /** A message of this replica's Raft. */
  send(to: number, bytes: Uint8Array, urgency: 'urgent' | 'bulk'): void;
  /** The role has changed. */
  roleChanged(): void;
  /** Log and checkpoints were replaced by those of the leader: close and open again. */
  replaced(): void;
  storeProblem(problem: string | undefined): void;
}

/**
 * Opens the state first, whose lock keeps other processes away from the log. Rejects with a JournalError, StoreError or
 * another fault of the parts; then nothing is left open.
 */
export async function openReplica(
  owner: ReplicaOwner,
  parts: PartitionParts,
): Promise<OpenPartition> {
  let open: OpenPartition | undefined;
  const openStore = (logFirstIndex?: number) =>
    openPartitionStore({
      dir: owner.options.dir,
      cacheBytes: owner.options.stateCacheBytes,
      logFirstIndex,
      backend: parts.backend,
      bootId: parts.bootId,
      timers: parts.timers,
      onProblem: (problem) => owner.storeProblem(problem),
      onFlushed: () => open?.wake(),
      onFault: (error) => owner.fail(error),
    });
  let store = await openStore();
  let raft: RaftNode | undefined;
  try {
    raft = openRaft(owner, parts, () => open);
    const { firstIndex } = raft.journal;
    if (store.db.committedIndex + 1 < firstIndex) {
      // A checkpoint was installed and the log begins behind it: the live state is of before.
      await store.close();
      store = await openStore(firstIndex);
    }
    open = new OpenPartition(owner, raft, store);
  } catch (error) {
    await raft?.close();
    await store.close();
    throw error;
  }
  // What Raft did while the state was being opened.
  open.roleChanged();
  open.committed(raft.commitIndex);
  return open;
}

function openRaft(
  owner: ReplicaOwner,
  parts: PartitionParts,
  opened: () => OpenPartition | undefined,
): RaftNode {
  const { options } = owner;
  return openRaftNode({
    dir: options.dir,
    memberId: options.nodeId,
    members: options.members,
    isNewGroup: options.isNewGroup,
    ...(owner.forcedMembers === undefined ? {} : { forcedMembers: owner.forcedMembers }),
    segmentBytes: options.segmentBytes,
    timing: {
      tickMs: options.tickMs,
      heartbeatMs: options.heartbeatMs,
      electionMs: options.electionMs,
    },
    timers: owner.timers,
    random: owner.random,
    ...(parts.disk === undefined ? {} : { disk: parts.disk }),
    send: (to, bytes, urgency) => owner.send(to, bytes, urgency),
    onCommitted: (upToIndex) => opened()?.committed(upToIndex),
    onRole: () => {
      opened()?.roleChanged();
      owner.roleChanged();
    },
    onCheckpointInstalled: () => owner.replaced(),
    onFault: (error) => owner.fail(error),
  });
}
