// Carries messages between gateways and partitions of this process and of others: the only place that knows where a
// partition or a gateway is.
//
// Guarantees: a message to or from a partition of this process takes no detour; what belongs to one gateway goes to that one
// alone; what cannot be delivered is dropped, and the sender of a command is told so.
// Leaves to others: repeating (gateways, Raft, senders between partitions), the sockets (transport/).
import { ALL_SESSIONS, sessionOf } from '@millrace/protocol';
import type { PartitionNetwork } from '../gateway/cluster-view.ts';
import { refuseBatch } from '../partition/command-intake.ts';
import {
  type FromPartition,
  noticesOf,
  ofBroker,
  type PartitionNotice,
  type ToPartition,
} from '../partition/messages.ts';
import {
  decodeForPartition,
  decodeFromPartition,
  decodeToPartition,
  encodeForPartition,
  encodeFromPartition,
  encodeToPartition,
  FRAME,
} from './frames.ts';
import type { Peer, Transport } from './transport/transport.ts';

/** A partition of this process. */
export interface LocalPartition {
  readonly partitionId: number;
  send(message: ToPartition): void;
}

export interface HubOwner {
  /** -1: a process without partitions. */
  readonly nodeId: number;
  leaderOf(partitionId: number): number | undefined;
  /** A notice for the broker, of one of its own partitions. */
  notice(partitionId: number, notice: PartitionNotice): void;
}

/** Notices that gateways of other processes need. */
const FOR_GATEWAYS: ReadonlySet<PartitionNotice['kind']> = new Set([
  'refused',
  'jobs-available',
  'status',
]);

export class PartitionHub implements PartitionNetwork {
  readonly #owner: HubOwner;
  readonly #local = new Map<number, LocalPartition>();
  /**
   * The gateways of other processes, by session; what is not here is of this process. A member that has started again is another
   * process, and may be here before the end of the former one is noticed.
   */
  readonly #sessions = new Map<number, Peer>();
  readonly #listeners: ((nodeId: number, message: FromPartition) => void)[] = [];
  readonly #lostListeners: ((nodeId: number) => void)[] = [];
  /** Undefined as long as this process is alone. */
  transport: Transport | undefined;

  constructor(owner: HubOwner) {
    this.#owner = owner;
  }

  // Partitions of this process.

  attach(partition: LocalPartition): void {
    this.#local.set(partition.partitionId, partition);
  }

  detach(partitionId: number): void {
    this.#local.delete(partitionId);
  }

  /** What a partition of this process says. */
  fromLocal(message: FromPartition): void {
    const { partitionId, session, notices } = message;
    for (const notice of notices) this.#notice(partitionId, notice);
    if (session === ALL_SESSIONS) this.#toAll(message);
    else if (this.#sessions.has(session)) this.#toSession(session, message);
    else this.#tellGateway(this.#owner.nodeId, message);
  }

  #notice(partitionId: number, notice: PartitionNotice): void {
    if (notice.kind === 'raft') {
      const [head, bytes] = encodeForPartition(partitionId, this.#owner.nodeId, notice.bytes);
      this.transport?.send(String(notice.to), FRAME.raft, notice.urgency, head, bytes);
    } else if (notice.kind === 'send') this.#between(partitionId, notice.toPartition, notice.bytes);
    else this.#owner.notice(partitionId, notice);
  }

  #between(fromPartition: number, toPartition: number, bytes: Uint8Array): void {
    const nodeId = this.#owner.leaderOf(toPartition);
    if (nodeId === undefined) return;
    if (nodeId === this.#owner.nodeId) {
      this.#local.get(toPartition)?.send(ofBroker({ kind: 'deliver', fromPartition, bytes }));
      return;
    }
    const [head] = encodeForPartition(toPartition, fromPartition, bytes);
    this.transport?.send(String(nodeId), FRAME.deliver, 'normal', head, bytes);
  }

  /** Every gateway gets what all may use, and of refusals those of its own requests. */
  #toAll(message: FromPartition): void {
    this.#tellGateway(this.#owner.nodeId, message);
    if (this.#sessions.size === 0) return;
    const notices = message.notices.filter(({ kind }) => FOR_GATEWAYS.has(kind));
    if (notices.length === 0) return;
    for (const session of this.#sessions.keys()) {
      const own = notices.filter(
        (notice) => notice.kind === 'jobs-available' || sessionOfNotice(notice) === session,
      );
      if (own.length > 0) this.#toSession(session, noticesOf(message.partitionId, own, session));
    }
  }

  #toSession(session: number, message: FromPartition): void {
    const peer = this.#sessions.get(session);
    if (peer === undefined) return;
    this.transport?.send(
      peer.memberId,
      FRAME.fromPartition,
      'normal',
      ...encodeFromPartition(message),
    );
  }

  /** A partition of this process has lost what it was told: its gateways have to tell it again. */
  restarted(): void {
    for (const listener of this.#lostListeners) listener(this.#owner.nodeId);
  }

  // The gateway of this process.

  send(nodeId: number, partitionId: number, message: ToPartition): boolean {
    if (nodeId === this.#owner.nodeId) {
      const partition = this.#local.get(partitionId);
      partition?.send(message);
      return partition !== undefined;
    }
    const parts = encodeToPartition(partitionId, message);
    return this.transport?.send(String(nodeId), FRAME.toPartition, 'normal', ...parts) ?? false;
  }

  onMessage(listener: (nodeId: number, message: FromPartition) => void): void {
    this.#listeners.push(listener);
  }

  onLost(listener: (nodeId: number) => void): void {
    this.#lostListeners.push(listener);
  }

  #tellGateway(nodeId: number, message: FromPartition): void {
    for (const listener of this.#listeners) listener(nodeId, message);
  }

  // Other processes.

  /** Handles the frames that are the hub's; false for others. @throws FrameError */
  received(from: Peer, kind: number, payload: Uint8Array): boolean {
    switch (kind) {
      case FRAME.raft: {
        const { partitionId, bytes } = decodeForPartition(payload);
        this.#local.get(partitionId)?.send(ofBroker({ kind: 'raft', from: from.nodeId, bytes }));
        return true;
      }
      case FRAME.deliver: {
        const { partitionId, from: fromPartition, bytes } = decodeForPartition(payload);
        this.#local.get(partitionId)?.send(ofBroker({ kind: 'deliver', fromPartition, bytes }));
        return true;
      }
      case FRAME.toPartition:
        this.#toPartition(from, payload);
        return true;
      case FRAME.fromPartition:
        this.#tellGateway(from.nodeId, decodeFromPartition(payload));
        return true;
      default:
        return false;
    }
  }

  /** A command for a partition that is not here: its gateway has to look for it elsewhere. */
  #toPartition(from: Peer, payload: Uint8Array): void {
    const { partitionId, message } = decodeToPartition(payload);
    // A gateway draws a new session when the numbers of the old one are used up; both live.
    this.#sessions.set(message.session, from);
    const partition = this.#local.get(partitionId);
    if (partition !== undefined) return partition.send(message);
    if (message.commands === undefined) return;
    const refused = refuseBatch(message.commands, {
      code: 'UNAVAILABLE',
      retry: true,
      message: `Expected to handle the command on partition ${partitionId}, but broker ${this.#owner.nodeId} has no replica of it. Try again.`,
    });
    this.#toSession(message.session, noticesOf(partitionId, refused, message.session));
  }

  peerUp(peer: Peer): void {
    this.#sessions.set(peer.session, peer);
  }

  /** @param hasEnded the peer's process is known to be gone */
  peerDown(peer: Peer, hasEnded: boolean): void {
    const sessions = [...this.#sessions].filter(
      ([, { memberId, session }]) => memberId === peer.memberId && session === peer.session,
    );
    for (const [session] of sessions) this.#sessions.delete(session);
    for (const partition of this.#local.values()) {
      partition.send(
        ofBroker(...sessions.map(([session]) => ({ kind: 'session-gone' as const, session }))),
      );
      if (hasEnded && peer.nodeId >= 0)
        partition.send(ofBroker({ kind: 'broker-gone', nodeId: peer.nodeId }));
    }
    if (peer.nodeId < 0) return;
    for (const listener of this.#lostListeners) listener(peer.nodeId);
  }
}

function sessionOfNotice(notice: PartitionNotice): number {
  return 'requestId' in notice ? sessionOf(notice.requestId) : ALL_SESSIONS;
}
