// A broker without sockets, threads and exporters of its own choosing: the process's place in the cluster and its replicas. The
// program puts the real things around it, a simulation its own.
//
// Guarantees: the replicas that run are those of the cluster's configuration; what they say reaches those who need it: the
// topology, exporters, operators.
// Leaves to others: the transport, the gateway, management, exporting (broker.ts), replication itself (raft/).
import {
  ENTRY_VERSION_MAX,
  type Key,
  keyFromHalves,
  NO_KEY,
  partitionOfHalves,
} from '@millrace/protocol';
import type { Disk, Timers } from '@millrace/raft';
import type { Config } from '../config.ts';
import { partitionFolder, ReplicasMade } from '../data-directory.ts';
import type { ExportingPhase } from '../exporting/index.ts';
import { RELEASE } from '../gateway-options.ts';
import type { Log } from '../ops/log.ts';
import type { SuspensionOrder } from '../ops/management-hooks.ts';
import type { PartitionNotice } from '../partition/messages.ts';
import { BrokerRequests, type Question, type ReplicaQuestion } from './broker-requests.ts';
import { ClusterNode } from './cluster-node.ts';
import { ClusterOperations } from './cluster-operations.ts';
import { ClusterConfigurationKeeper } from './configuration/cluster-configuration-keeper.ts';
import {
  type ClusterConfiguration,
  memberIds,
  memberOf,
} from './configuration/core/cluster-configuration.ts';
import { EntryVersion } from './entry-version.ts';
import { FRAME } from './frames.ts';
import { LocalPartitions, type PlacePartition } from './local-partitions.ts';
import { replicasHere, shapeBefore, shapeOf } from './replica-plan.ts';
import type { Peer, PeerHello, Transport } from './transport/transport.ts';

/** How a replica begins to say that there is no such instance. */
const NO_INSTANCE = 'there is no process instance';
/** How it begins to say that there is nothing to suspend or resume. */
const WRONG_ORDER = 'Expected to ';
/** How long an operator's request may look for a leader, ms. */
const ORDER_WITHIN_MS = 10_000;
const CLOSE_MS = 10_000;

export interface BrokerCoreOptions {
  readonly config: Config;
  readonly hello: PeerHello;
  readonly timers: Timers;
  readonly random: () => number;
  /** Where the cluster's configuration is kept and data of replicas that leave is removed. */
  readonly disk: Disk;
  readonly log: Log;
  readonly place: PlacePartition;
}

export interface BrokerCoreOwner {
  /** A replica here leads, leads no more, or has committed: exporters follow. */
  exporting(partitionId: number, notice: ExportingNotice): void;
  metrics(partitionId: number, values: Readonly<Record<string, number>>): void;
  /** Every replica here leads or follows a leader, for the first time. */
  inOrder(): void;
  /** Begin or stop to export on this broker. */
  setExporting(phase: ExportingPhase): Promise<void>;
  /** The configuration cannot be found or read: the broker cannot run. */
  failed(error: Error): void;
}

export type ExportingNotice = Extract<
  PartitionNotice,
  { readonly kind: 'leading' | 'not-leading' | 'committed' }
>;

export class BrokerCore {
  readonly node: ClusterNode;
  readonly partitions: LocalPartitions;
  readonly configuration: ClusterConfigurationKeeper;
  readonly requests: BrokerRequests;
  readonly #options: BrokerCoreOptions;
  readonly #owner: BrokerCoreOwner;
  readonly #entryVersion: EntryVersion;
  #transport: Transport | undefined;
  #arePlaced = false;
  #wereInOrder = false;

  constructor(options: BrokerCoreOptions, owner: BrokerCoreOwner) {
    const { config, hello, timers, log } = options;
    this.#options = options;
    this.#owner = owner;
    this.#entryVersion = new EntryVersion(hello.nodeId, hello.logVersion);
    const command = { host: config.gateway.advertisedHost, port: config.commandPort };
    this.node = new ClusterNode(
      { hello, command, shape: shapeBefore(config), timers, log },
      {
        notice: (partitionId, notice) => this.#notice(partitionId, notice),
        received: (from, kind, payload) => this.#received(from, kind, payload),
        peerUp: (peer) => this.#peerUp(peer),
        peerDown: (peer) => this.#peerDown(peer),
      },
    );
    this.partitions = new LocalPartitions({
      config,
      hub: this.node.hub,
      timers,
      place: options.place,
      partitionCount: () => this.node.topology.partitionsCount,
      messagePartitionCount: () => this.node.topology.messagePartitionsCount,
      onDeath: (partitionId, error) => this.#threadDied(partitionId, error),
    });
    const { topology } = this.node;
    const leaderOf = (partitionId: number) => topology.leaderOf(partitionId);
    this.requests = new BrokerRequests(hello.nodeId, timers, leaderOf, (question) =>
      this.#asked(question),
    );
    this.configuration = this.#keeper();
    this.configuration.onChange((now) => this.#configured(now));
  }

  #keeper(): ClusterConfigurationKeeper {
    const { config, timers, random, disk, log } = this.#options;
    const { cluster, dataDirectory } = config;
    const removeData = (partitionId: number) =>
      disk.remove(partitionFolder(dataDirectory, partitionId));
    return new ClusterConfigurationKeeper({
      nodeId: config.nodeId,
      settings: {
        clusterSize: cluster.size,
        partitionsCount: config.partitionsCount,
        replicationFactor: cluster.replicationFactor,
        exporterIds: config.exporters.map(({ id }) => id),
      },
      disk,
      file: `${dataDirectory}/cluster-configuration`,
      exchange: {
        reachable: () => this.#brokersUp(),
        send: (to, bytes) =>
          void this.#transport?.send(String(to), FRAME.configuration, 'normal', bytes),
      },
      operations: new ClusterOperations(config.nodeId, this.partitions, this.requests, removeData),
      timers,
      random,
      log: (level, text) => log[level](text),
    });
  }

  #brokersUp(): number[] {
    return (this.#transport?.peers() ?? [])
      .filter(({ kind }) => kind === 'broker')
      .map(({ nodeId }) => nodeId);
  }

  /** From now on others are reached; the replicas of this broker run as soon as the configuration is known. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.requests.transport = transport;
    this.node.start(transport);
    this.configuration.start().then(
      ({ isDiskNew }) => this.#found(isDiskNew),
      (error: Error) => this.#owner.failed(error),
    );
  }

  #found(isDiskNew: boolean): void {
    const configuration = this.configuration.current() as ClusterConfiguration;
    const { config, disk } = this.#options;
    const made = new ReplicasMade(disk, config.dataDirectory);
    // Before it was noted that its replicas were made, this broker can have promised nothing to their groups.
    const isNewGroup = !isDiskNew && !made.isNoted;
    this.#configured(configuration);
    for (const replica of replicasHere(configuration, config.nodeId, isNewGroup))
      this.partitions.place(replica);
    this.#arePlaced = true;
    this.node.setReplicas(this.partitions.views());
    this.partitions.opened().then(() => {
      made.note();
      this.configuration.run();
      this.#lookWhetherInOrder();
    });
  }

  /** The cluster is another now: gateways, and the version of entries, go by it. */
  #configured(configuration: ClusterConfiguration): void {
    this.node.setShape(shapeOf(configuration));
    this.#tellEntryVersion();
    if (this.#arePlaced) this.#endForeignReplicas(configuration);
  }

  /** Others have gone on without a replica that runs here: it ends, its files stay. */
  #endForeignReplicas(configuration: ClusterConfiguration): void {
    const own = memberOf(configuration, this.#options.config.nodeId)?.replicas ?? [];
    for (const partitionId of this.partitions.ids) {
      if (own.some((replica) => replica.partitionId === partitionId)) continue;
      this.#options.log.warn({ partitionId }, 'the cluster goes on without this replica; it ends');
      this.partitions.remove(partitionId, CLOSE_MS);
    }
  }

  #tellEntryVersion(): void {
    const configuration = this.configuration.current();
    if (configuration === undefined) return;
    const version = this.#entryVersion.newest(memberIds(configuration));
    this.partitions.tellAlways('entry version', { kind: 'entry-version', version });
  }

  #peerUp(peer: Peer): void {
    if (peer.kind !== 'broker') return;
    this.#entryVersion.heard(peer.nodeId, peer.logVersion);
    this.#tellEntryVersion();
    this.configuration.peerUp(peer.nodeId);
  }

  #peerDown(peer: Peer): void {
    this.requests.peerDown(peer);
    if (peer.kind === 'broker') this.configuration.peerDown(peer.nodeId);
  }

  #received(from: Peer, kind: number, payload: Uint8Array): void {
    if (kind === FRAME.configuration) this.configuration.receive(from.nodeId, payload.slice());
    else this.requests.received(from, kind, payload);
  }

  async #asked(question: Question): Promise<void> {
    if (question.kind === 'rebalance') return this.partitions.rebalance();
    if (question.kind === 'exporting') return this.#owner.setExporting(question.phase);
    const { partitionId, request } = question;
    await this.partitions.ask(partitionId, request);
  }

  /** Asks all brokers that can be reached. Rejects when one of them could not. */
  async askAll(question: Question): Promise<void> {
    const brokers = [this.#options.config.nodeId, ...this.#brokersUp()];
    await Promise.all(brokers.map((nodeId) => this.requests.ask(nodeId, question)));
  }

  /**
   * Takes a process instance out of work, wherever its partition is led.
   * @returns what is wrong with the key; empty when it is done. Rejects when no leader could be asked
   */
  async ban(clientKey: bigint): Promise<string> {
    const partitionId = partitionOfHalves(highOf(clientKey));
    const request = { kind: 'ban' as const, processInstanceKey: keyOfClient(clientKey) };
    return this.#missing(clientKey, partitionId) ?? this.#order(partitionId, request, NO_INSTANCE);
  }

  /**
   * Suspends or resumes something. An instance is its partition's affair; partition 1 tells the others of all else.
   * @returns what is wrong with the order; empty when it is done. Rejects when no leader could be asked
   */
  async suspend({ intent, scope, key, jobType, tenantId }: SuspensionOrder): Promise<string> {
    const targetKey = scope === 'JOB_TYPE' ? NO_KEY : keyOfClient(key);
    const partitionId = scope === 'PROCESS_INSTANCE' ? partitionOfHalves(highOf(key)) : 1;
    const value = {
      scope,
      targetKey,
      jobType,
      tenantId,
      jobKeys: [],
      timerKeys: [],
      isLast: false,
    };
    const request = { kind: 'suspend' as const, intent, value };
    return this.#missing(key, partitionId) ?? this.#order(partitionId, request, WRONG_ORDER);
  }

  #missing(clientKey: bigint, partitionId: number): string | undefined {
    const { partitionsCount } = this.node.topology;
    if (partitionId >= 1 && partitionId <= partitionsCount) return undefined;
    return `the key ${clientKey} is of partition ${partitionId}, which does not exist`;
  }

  /** @param wrong how a replica begins to say that the order is wrong, which is no fault of ours */
  async #order(partitionId: number, request: ReplicaQuestion, wrong: string): Promise<string> {
    const never = new AbortController().signal;
    try {
      await this.requests.askLeader(partitionId, request, never, ORDER_WITHIN_MS, false);
      return '';
    } catch (error) {
      const { message } = error as Error;
      if (message.startsWith(wrong)) return message;
      throw error;
    }
  }

  #threadDied(partitionId: number, error: Error): void {
    this.#options.log.error(
      { partitionId, err: error },
      'a partition ended unexpectedly and is started again',
    );
    this.node.hub.restarted();
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
    if (this.#wereInOrder || !this.#arePlaced || !this.partitions.areInOrder) return;
    this.#wereInOrder = true;
    this.#owner.inOrder();
  }

  /** Whether every replica here has once led or followed a leader. */
  get wereInOrder(): boolean {
    return this.#wereInOrder;
  }

  /** Ends the replicas. */
  async close(deadlineMs: number): Promise<void> {
    this.configuration.close();
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

const highOf = (key: bigint): number => Number(BigInt.asIntN(32, key >> 32n));

/** The key with this 64-bit form. */
function keyOfClient(key: bigint): Key {
  return keyFromHalves(highOf(key), Number(BigInt.asUintN(32, key)));
}
