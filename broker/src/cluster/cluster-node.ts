// One process of a cluster, without its sockets: who else is there, what the brokers say about themselves, and the hub that
// carries messages. A simulation runs the same class on a network of its own.
//
// Guarantees: every broker hears of every change of another's partitions at once and of all of them again every few seconds; a
// process that cannot be reached is out of the view; entries are written in a version that every known broker reads.
// Leaves to others: the transport, what partitions do, the cluster's configuration.
import type { Timers } from '@millrace/raft';
import type { ReplicaView } from '../gateway/cluster-view.ts';
import type { Log } from '../ops/log.ts';
import { type BrokerInfo, brokerInfoOf, type ClusterShape, Topology } from './broker-info.ts';
import { decodeJson, encodeJson, FRAME, FrameError } from './frames.ts';
import { type HubOwner, PartitionHub } from './partition-hub.ts';
import type {
  Address,
  DownReason,
  Peer,
  PeerHello,
  Transport,
  TransportListener,
} from './transport/transport.ts';

/** How often a broker repeats what it says about itself, ms. */
const REPEAT_MS = 3_000;

export interface ClusterNodeOptions {
  readonly hello: PeerHello;
  /** Host and command port that the topology names. */
  readonly command: Address;
  readonly shape: ClusterShape;
  readonly timers: Timers;
  readonly log: Log;
}

export interface ClusterNodeOwner {
  notice: HubOwner['notice'];
  /** A frame that is neither the hub's nor the topology's. */
  received(from: Peer, kind: number, payload: Uint8Array): void;
  peerUp(peer: Peer): void;
  peerDown(peer: Peer): void;
}

export class ClusterNode implements TransportListener {
  readonly hub: PartitionHub;
  readonly topology: Topology;
  readonly #options: ClusterNodeOptions;
  readonly #owner: ClusterNodeOwner;
  readonly #startedMs: number;
  #replicas: readonly ReplicaView[] = [];
  #number = 0;
  #transport: Transport | undefined;
  #stopRepeating: () => void = () => {};

  constructor(options: ClusterNodeOptions, owner: ClusterNodeOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#startedMs = options.timers.wallMs();
    this.topology = new Topology(options.shape);
    const { nodeId } = options.hello;
    this.hub = new PartitionHub({
      nodeId,
      leaderOf: (partitionId) => this.topology.leaderOf(partitionId),
      notice: (partitionId, notice) => owner.notice(partitionId, notice),
    });
    this.#say();
  }

  /** From now on others are reached. */
  start(transport: Transport): void {
    this.#transport = transport;
    this.hub.transport = transport;
    this.#stopRepeating = this.#options.timers.every(REPEAT_MS, () => this.#sayToAll());
  }

  /** What the partitions of this broker are now. */
  setReplicas(replicas: readonly ReplicaView[]): void {
    if (JSON.stringify(replicas) === JSON.stringify(this.#replicas)) return;
    this.#replicas = replicas;
    this.#say();
    this.#sayToAll();
  }

  /** The cluster has another shape: all learn it. */
  setShape(shape: ClusterShape): void {
    this.topology.setShape(shape);
    this.#say();
    this.#sayToAll();
  }

  get replicas(): readonly ReplicaView[] {
    return this.#replicas;
  }

  #info(): BrokerInfo {
    const { hello, command } = this.#options;
    return {
      nodeId: hello.nodeId,
      host: command.host,
      port: command.port,
      version: hello.release,
      partitions: this.#replicas,
      shape: this.topology.shape,
      number: this.#number,
      startedMs: this.#startedMs,
    };
  }

  /** Takes up its own word into its view. */
  #say(): void {
    this.#number++;
    if (this.#options.hello.kind === 'broker') this.topology.heard(this.#info());
  }

  #sayToAll(): void {
    if (this.#options.hello.kind !== 'broker') return;
    const bytes = encodeJson(this.#info());
    for (const { memberId } of this.#transport?.peers() ?? [])
      this.#transport?.send(memberId, FRAME.brokerInfo, 'urgent', bytes);
  }

  // TransportListener

  peerUp(peer: Peer): void {
    this.hub.peerUp(peer);
    if (this.#options.hello.kind === 'broker')
      this.#transport?.send(peer.memberId, FRAME.brokerInfo, 'urgent', encodeJson(this.#info()));
    this.#owner.peerUp(peer);
  }

  peerDown(peer: Peer, reason: DownReason): void {
    if (peer.nodeId >= 0) this.topology.lost(peer.nodeId);
    this.hub.peerDown(peer, reason === 'closed');
    this.#owner.peerDown(peer);
  }

  received(from: Peer, kind: number, payload: Uint8Array): void {
    try {
      if (this.hub.received(from, kind, payload)) return;
      if (kind === FRAME.brokerInfo) this.#heard(from, payload);
      else this.#owner.received(from, kind, payload);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.#options.log.warn(
        { member: from.memberId, kind },
        `a frame was dropped: ${error.message}`,
      );
    }
  }

  #heard(from: Peer, payload: Uint8Array): void {
    const info = brokerInfoOf(decodeJson(payload));
    if (info === undefined || info.nodeId !== from.nodeId)
      throw new FrameError('what a broker says about itself is damaged');
    // A gateway knows of the cluster what brokers tell it.
    if (this.#options.hello.kind === 'gateway') this.topology.setShape(info.shape);
    this.topology.heard(info);
  }

  close(): void {
    this.#stopRepeating();
  }
}
