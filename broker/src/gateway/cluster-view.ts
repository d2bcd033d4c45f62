// What a gateway knows of the cluster and how it reaches the partitions of other brokers: two interfaces, so that the same
// gateway serves inside a broker, as a process of its own and in a simulation.
//
// Guarantees: nothing by itself. The view is a belief: a partition that does not lead refuses, and says that another may.
// Leaves to others: how the belief is kept (cluster/), and the sockets.
import type { FromPartition, ToPartition } from '../partition/messages.ts';

/** One replica of a partition, as its broker tells. */
export interface ReplicaView {
  readonly partitionId: number;
  readonly role: 'leader' | 'follower' | 'inactive';
  readonly health: 'healthy' | 'unhealthy' | 'dead';
  readonly term: number;
}

export interface BrokerView {
  readonly nodeId: number;
  /** Host and command port that the topology names. */
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly partitions: readonly ReplicaView[];
}

export interface ClusterView {
  /** Brokers that are known to run, by node id. */
  brokers(): readonly BrokerView[];
  /** The broker that leads the partition: of several that say so, the one with the highest term. */
  leaderOf(partitionId: number): number | undefined;
  readonly clusterSize: number;
  readonly partitionsCount: number;
  readonly replicationFactor: number;
  /** Partitions that take new instances. */
  readonly startPartitions: readonly number[];
  /** Over so many partitions messages are spread; it stays when partitions are added. */
  readonly messagePartitionsCount: number;
  /** Calls back after each change of anything above. */
  onChange(listener: () => void): void;
}

export interface PartitionNetwork {
  /** Sends to the partition's replica on the broker. False: it cannot be sent, and nothing was. */
  send(nodeId: number, partitionId: number, message: ToPartition): boolean;
  onMessage(listener: (nodeId: number, message: FromPartition) => void): void;
  /** The way to the broker is broken: what was sent there may have arrived or not, and its answers may be lost. */
  onLost(listener: (nodeId: number) => void): void;
}
