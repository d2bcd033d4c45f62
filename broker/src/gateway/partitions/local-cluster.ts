// Partitions of this process as a cluster of one broker: the network and the view of a broker alone.
//
// Guarantees: a partition counts as led until it says otherwise, so that what arrives while it opens waits in its queue.
import {
  type FromPartition,
  ofBroker,
  type PartitionStatus,
  type ToPartition,
} from '../../partition/messages.ts';
import type { BrokerView, ClusterView, PartitionNetwork } from '../cluster-view.ts';
import type { PartitionPort } from './partition-port.ts';

export interface LocalBroker {
  readonly nodeId: number;
  /** Host and command port that the topology names. */
  readonly host: string;
  readonly port: number;
  readonly version: string;
}

export class LocalCluster implements PartitionNetwork, ClusterView {
  readonly clusterSize = 1;
  readonly replicationFactor = 1;
  readonly partitionsCount: number;
  readonly messagePartitionsCount: number;
  readonly startPartitions: readonly number[];
  readonly #broker: LocalBroker;
  readonly #ports: readonly PartitionPort[];
  readonly #status = new Map<number, PartitionStatus>();
  readonly #listeners: (() => void)[] = [];

  constructor(ports: readonly PartitionPort[], broker: LocalBroker) {
    this.#ports = ports;
    this.#broker = broker;
    this.partitionsCount = ports.length;
    this.messagePartitionsCount = ports.length;
    this.startPartitions = ports.map((port) => port.partitionId);
  }

  send(_nodeId: number, partitionId: number, message: ToPartition): boolean {
    this.#ports[partitionId - 1]?.send(message);
    return true;
  }

  onMessage(listener: (nodeId: number, message: FromPartition) => void): void {
    for (const port of this.#ports) {
      port.onMessage((message) => {
        for (const notice of message.notices) {
          if (notice.kind === 'status' || notice.kind === 'health') this.#learn(notice.status);
        }
        listener(this.#broker.nodeId, message);
      });
      port.send(ofBroker({ kind: 'status', requestId: 0 }));
    }
  }

  #learn(status: PartitionStatus): void {
    const known = this.#status.get(status.partitionId);
    this.#status.set(status.partitionId, status);
    if (known?.role === status.role && known.health === status.health) return;
    for (const listener of this.#listeners) listener();
  }

  /** Nothing comes between a broker and itself. */
  onLost(): void {}

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  leaderOf(partitionId: number): number | undefined {
    const status = this.#status.get(partitionId);
    return status === undefined || status.role === 'leader' ? this.#broker.nodeId : undefined;
  }

  brokers(): readonly BrokerView[] {
    const partitions = this.#ports.map(({ partitionId }) => {
      const { role, health, term } = this.#status.get(partitionId) ?? UNKNOWN;
      return { partitionId, role, health, term };
    });
    return [{ ...this.#broker, partitions }];
  }
}

const UNKNOWN = { role: 'inactive', health: 'unhealthy', term: 0 } as const;
