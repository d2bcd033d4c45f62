// A broker without sockets, threads and exporters of its own choosing: the process's place in the cluster and its replicas. The
// program puts the real things around it, a simulation its own.
//
// Guarantees: what replicas say reaches those who need it: the topology, exporters, operators.
// Leaves to others: the transport, the gateway, management, exporting (broker.ts), replication itself (raft/).
import { ENTRY_VERSION_MAX } from '@millrace/protocol';
import type { Timers } from '@millrace/raft';
import type { Config } from '../config.ts';
import { RELEASE } from '../gateway-options.ts';
import type { Log } from '../ops/log.ts';
import type { PartitionNotice } from '../partition/messages.ts';
import type { ClusterShape } from './broker-info.ts';
import { ClusterNode } from './cluster-node.ts';
import { roundRobin } from './configuration/core/distribution.ts';
import { EntryVersion } from './entry-version.ts';
import { LocalPartitions, type PlacePartition } from './local-partitions.ts';
import type { Peer, PeerHello, Transport } from './transport/transport.ts';

export interface BrokerCoreOptions {
  readonly config: Config;
  /** Whether the data directory was made by this start. */
  readonly isNew: boolean;
  readonly hello: PeerHello;
  readonly timers: Timers;
  readonly log: Log;
  readonly place: PlacePartition;
}

export interface BrokerCoreOwner {
  /** A replica here leads, leads no more, or has committed: exporters follow. */
  exporting(partitionId: number, notice: ExportingNotice): void;
  metrics(partitionId: number, values: Readonly<Record<string, number>>): void;
  /** Every replica here leads or follows a leader, for the first time. */
  inOrder(): void;
}

export type ExportingNotice = Extract<
  PartitionNotice,
  { readonly kind: 'leading' | 'not-leading' | 'committed' }
>;

export class BrokerCore {
  readonly node: ClusterNode;
  readonly partitions: LocalPartitions;
  readonly #options: BrokerCoreOptions;
  readonly #owner: BrokerCoreOwner;
  readonly #entryVersion: EntryVersion;
  #wereInOrder = false;

  constructor(options: BrokerCoreOptions, owner: BrokerCoreOwner) {
    const { config, hello, timers, log } = options;
    this.#options = options;
    this.#owner = owner;
    this.#entryVersion = new EntryVersion(hello.nodeId, hello.logVersion);
    const command = { host: config.gateway.advertisedHost, port: config.commandPort };
    this.node = new ClusterNode(
      { hello, command, shape: shapeOf(config), timers, log },
      {
        notice: (partitionId, notice) => this.#notice(partitionId, notice),
        received: () => {},
        peerUp: (peer) => this.#peerUp(peer),
        peerDown: () => {},
      },
    );
    this.partitions = new LocalPartitions({
      config,
      hub: this.node.hub,
      timers,
      place: options.place,
      partitionCount: () => this.node.topology.partitionsCount,
      onDeath: (partitionId, error) => {
        log.error(
          { partitionId, err: error },
          'a partition ended unexpectedly and is started again',
        );
        this.node.hub.restarted();
      },
    });
  }

  #peerUp(peer: Peer): void {
    if (peer.kind === 'broker') this.#entryVersion.heard(peer.nodeId, peer.logVersion);
    this.#tellEntryVersion();
  }

  #tellEntryVersion(): void {
    const { size } = this.#options.config.cluster;
    const members = Array.from({ length: size }, (_, nodeId) => nodeId);
    const version = this.#entryVersion.newest(members);
    this.partitions.tellAlways('entry version', { kind: 'entry-version', version });
  }

  /** From now on others are reached, and the replicas of this broker run. */
  start(transport: Transport): void {
    this.#tellEntryVersion();
    this.#placeReplicas();
    this.node.start(transport);
  }

  #placeReplicas(): void {
    const { config, isNew } = this.#options;
    const { cluster, partitionsCount, nodeId } = config;
    const brokers = Array.from({ length: cluster.size }, (_, i) => i);
    const placed = roundRobin(brokers, partitionsCount, cluster.replicationFactor);
    for (const { partitionId, replicas } of placed) {
      if (!replicas.some(({ member }) => member === nodeId)) continue;
      const members = replicas.map(({ member, priority }) => ({
        id: member,
        type: 'voter' as const,
        priority,
      }));
      this.partitions.place({ partitionId, members, isNewGroup: isNew });
    }
    this.node.setReplicas(this.partitions.views());
  }

  #notice(partitionId: number, notice: PartitionNotice): void {
    if (this.partitions.noticed(partitionId, notice)) {
      this.node.setReplicas(this.partitions.views());
      this.#lookWhetherInOrder();
    }
    switch (notice.kind) {
      case 'leading':
      case 'not-leading':
      case 'committed':
        return this.#owner.exporting(partitionId, notice);
      case 'metrics':
        return this.#owner.metrics(partitionId, notice.values);
      case 'log':
        this.#options.log[notice.level]({ partitionId }, notice.text);
        return;
      default:
        return;
    }
  }

  #lookWhetherInOrder(): void {
    if (this.#wereInOrder || !this.partitions.areInOrder) return;
    this.#wereInOrder = true;
    this.#owner.inOrder();
  }

  /** Whether every replica here has once led or followed a leader. */
  get wereInOrder(): boolean {
    return this.#wereInOrder;
  }

  /** Ends the replicas. */
  async close(deadlineMs: number): Promise<void> {
    await this.partitions.close(deadlineMs);
    this.node.close();
  }
}

/** How this broker presents itself. @param session of its gateway */
export function helloOf({ cluster, nodeId }: Config, session: number): PeerHello {
  return {
    memberId: cluster.memberId,
    kind: 'broker',
    nodeId,
    session,
    advertised: { host: cluster.advertisedHost, port: cluster.advertisedPort },
    release: RELEASE,
    logVersion: ENTRY_VERSION_MAX,
  };
}

function shapeOf({ cluster, partitionsCount }: Config): ClusterShape {
  return {
    clusterSize: cluster.size,
    partitionsCount,
    replicationFactor: cluster.replicationFactor,
    startPartitions: Array.from({ length: partitionsCount }, (_, i) => i + 1),
    messagePartitionsCount: partitionsCount,
  };
}
