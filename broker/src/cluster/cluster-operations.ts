// Carries out what a change of the cluster asks of this broker's replicas, over Raft's membership change.
//
// Guarantees: every operation may be begun again after a crash at any point; a replica votes only after it has caught up; data
// of a replica goes only after the group has let it go.
// Leaves to others: the order of operations (configuration/), what a leader does (partition/replica-requests.ts).
import type { BrokerRequests } from './broker-requests.ts';
import type { ActiveReplica, PartitionOperations } from './configuration/partition-operations.ts';
import type { LocalPartitions } from './local-partitions.ts';

/** How long the leader may take to bring a replica up to date, ms. */
const CATCH_UP_MS = 3_600_000;
const CLOSE_MS = 10_000;

export class ClusterOperations implements PartitionOperations {
  readonly #nodeId: number;
  readonly #partitions: LocalPartitions;
  readonly #requests: BrokerRequests;
  readonly #removeData: (partitionId: number) => void;

  /** @param removeData deletes the folder of a partition */
  constructor(
    nodeId: number,
    partitions: LocalPartitions,
    requests: BrokerRequests,
    removeData: (partitionId: number) => void,
  ) {
    this.#nodeId = nodeId;
    this.#partitions = partitions;
    this.#requests = requests;
    this.#removeData = removeData;
  }

  async joinPartition(
    partitionId: number,
    priority: number,
    _others: readonly ActiveReplica[],
    signal: AbortSignal,
  ): Promise<void> {
    this.#partitions.place({ partitionId, members: [], isNewGroup: true });
    const request = { kind: 'join-member' as const, id: this.#nodeId, priority };
    await this.#requests.askLeader(partitionId, request, signal, CATCH_UP_MS);
  }

  async leavePartition(
    partitionId: number,
    _others: readonly ActiveReplica[],
    signal: AbortSignal,
  ): Promise<void> {
    const request = { kind: 'leave-member' as const, id: this.#nodeId };
    await this.#requests.askLeader(partitionId, request, signal);
    await this.#partitions.remove(partitionId, CLOSE_MS);
    this.#removeData(partitionId);
  }

  async bootstrapPartition(partitionId: number, priority: number): Promise<void> {
    const members = [{ id: this.#nodeId, type: 'voter' as const, priority }];
    this.#partitions.place({ partitionId, members, isNewGroup: true });
  }

  async reconfigurePriority(
    partitionId: number,
    priority: number,
    signal: AbortSignal,
  ): Promise<void> {
    const request = { kind: 'join-member' as const, id: this.#nodeId, priority };
    await this.#requests.askLeader(partitionId, request, signal);
  }

  async forceReconfigure(partitionId: number, retained: readonly number[]): Promise<void> {
    const request = { kind: 'force-members' as const, retained };
    const question = { kind: 'replica' as const, partitionId, request };
    await Promise.all(retained.map((nodeId) => this.#requests.ask(nodeId, question)));
  }

  async startRedistribution(
    partitionCount: number,
    added: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const request = { kind: 'scale-up' as const, partitionCount, added };
    await this.#requests.askLeader(1, request, signal, CATCH_UP_MS);
  }

  async awaitRedistribution(
    _partitionCount: number,
    added: readonly number[],
    signal: AbortSignal,
  ): Promise<void> {
    const request = { kind: 'await-distribution' as const, partitions: added };
    await this.#requests.askLeader(1, request, signal, CATCH_UP_MS);
  }
}
