// The transport between brokers and gateways as its users see it: who is there, and frames to and from them.
// Guarantees: frames of one urgency to one peer arrive in the order in which they were sent, each once or, when the
//   connection breaks, not at all; after peerUp both directions stand; received and send happen only between peerUp and
//   peerDown of that peer; whatever waits is bounded in bytes.
// Leaves to others: what a frame means, and repeating what was lost (Raft and the gateways do). Sockets are in
//   tcp-transport.ts; a simulated network may stand behind the same interface.
import type { Timers } from '@millrace/raft';
import type { Log } from '../../ops/log.ts';

/**
 * What goes first when a link is busy: `urgent` are votes and heartbeats, `normal` commands and their answers, `bulk`
 * appends and chunks of checkpoints.
 */
export type Urgency = 'urgent' | 'normal' | 'bulk';

/** Frame kinds of users are below this number; the others are the transport's own. */
export const userKindsEnd = 240;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How a process presents itself to another one. */
export interface PeerHello {
  /** "0", "1" and so on for brokers, "gateway-<name>" for stand-alone gateways. */
  readonly memberId: string;
  readonly kind: 'broker' | 'gateway';
  /** -1 for gateways. */
  readonly nodeId: number;
  /** The gateway session of that process, 24 bits, drawn when it began. */
  readonly session: number;
  /** Where others reach its transport. */
  readonly advertised: Address;
  readonly release: string;
  /** The newest version of the log that it reads and writes. */
  readonly logVersion: number;
}

/** A process at the other end, as its handshake told. */
export type Peer = PeerHello;

/**
 * Why a peer is gone. `closed`: its process closed the connection (it ended, or was killed). `lost`: nothing was heard
 * for too long, or the link broke in a way that says nothing about the process; it may well live.
 */
export type DownReason = 'closed' | 'lost';

/** Called on the transport's thread, never from inside send, and not any more once close has been called. */
export interface TransportListener {
  peerUp(peer: Peer): void;
  peerDown(peer: Peer, reason: DownReason): void;
  /**
   * A frame of that kind. The payload may be kept, but then keeps alive the piece of the stream that it came with (up
   * to 64 KB): copy what is small and stays. What this throws is logged and costs the connection.
   */
  received(from: Peer, kind: number, payload: Uint8Array): void;
}

export interface Transport {
  /** The port that is listened on. */
  readonly port: number;
  /**
   * Queues one frame whose payload is the parts one behind the other. The parts are not copied when large: they must
   * not change afterwards. All frames of one turn of the event loop leave together.
   * @param kind 0 to 239
   * @returns false when the peer is not up or its queue of that urgency is full; the frame is then dropped (shed)
   * @throws RangeError when the kind or the length is beyond its bound
   */
  send(memberId: string, kind: number, urgency: Urgency, ...parts: Uint8Array[]): boolean;
  /** The peers that are up. */
  peers(): readonly Peer[];
  /** Dials that address too ("host:port"), from now on and for ever; its own and known ones do no harm. */
  addContactPoint(address: string): void;
  /**
   * Closes the connections with that member and dials it no more, also not as a contact point: it has left. It is told
   * down as `closed`; when it dials again, it is accepted.
   */
  disconnect(memberId: string): void;
  stats(): TransportStats;
  /** Sends what waits as far as the sockets take it at once, closes all, and stops listening. No event follows. */
  close(): Promise<void>;
}

/** Counts since the start, for one member; they go on over reconnects. Bytes are those of frames with their heads. */
export interface PeerStats {
  readonly memberId: string;
  readonly up: boolean;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  /** Frames that send refused because that queue was full. */
  readonly shedFrames: Readonly<Record<Urgency, number>>;
  /** What waits now and is not yet given to the socket. */
  readonly queuedBytes: Readonly<Record<Urgency, number>>;
  /** Given to the socket and not yet reported as received by the other side. */
  readonly inFlightBytes: number;
}

export interface TransportStats {
  readonly peers: readonly PeerStats[];
  /** Handshakes that ended with a refusal by either side. */
  readonly refusals: number;
  readonly failedDials: number;
  /** Connections closed because of bytes that are not ours. */
  readonly damagedConnections: number;
}

export interface TransportLimits {
  /** Largest payload of one frame. */
  readonly frameBytesMax: number;
  /** Waiting frames per peer; a single frame may exceed the bound when nothing else waits. */
  readonly urgentQueueBytesMax: number;
  readonly normalQueueBytesMax: number;
  readonly bulkQueueBytesMax: number;
  /** Handed to the socket at a time: what an urgent frame may have to wait for on this side. */
  readonly handedBytesMax: number;
  /** Sent and not yet reported as received, before bulk waits (normal frames wait at the double, urgent ones never). */
  readonly inFlightBytesMax: number;
  /** ms between two pings on every connection. */
  readonly pingEveryMs: number;
  /** ms without a byte after which a peer is lost. */
  readonly silenceMsMax: number;
  /** ms for a connection and its handshake. */
  readonly handshakeMsMax: number;
  /** ms before the second try to dial; doubles to the maximum. */
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
  /** ms of vain dialling after which an address that is no contact point is forgotten. */
  readonly forgetAfterMs: number;
  /** ms between two looks at the certificate files. */
  readonly certificateCheckMs: number;
  /** Members that are remembered, and connections that may be in their handshake. */
  readonly peersMax: number;
  readonly handshakesMax: number;
}

export const transportLimits: TransportLimits = {
  frameBytesMax: 64 * 1024 * 1024 + 64 * 1024,
  urgentQueueBytesMax: 1024 * 1024,
  normalQueueBytesMax: 16 * 1024 * 1024,
  bulkQueueBytesMax: 16 * 1024 * 1024,
  handedBytesMax: 256 * 1024,
  inFlightBytesMax: 2 * 1024 * 1024,
  pingEveryMs: 1_000,
  silenceMsMax: 5_000,
  handshakeMsMax: 5_000,
  backoffMsMin: 50,
  backoffMsMax: 5_000,
  forgetAfterMs: 600_000,
  certificateCheckMs: 10_000,
  peersMax: 512,
  handshakesMax: 128,
};

export interface TransportOptions {
  /** The address that is bound. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Who we are; an advertised port of 0 is filled in with the port that is listened on. */
  readonly hello: PeerHello;
  /** Only processes of the same cluster talk with each other. */
  readonly clusterName: string;
  /** "host:port" each; names are resolved at every try; our own address may be among them. */
  readonly contactPoints: readonly string[];
  /** Mutual TLS: both sides show this certificate and trust what its chain holds. */
  readonly tls?: { readonly certificateChainPath: string; readonly privateKeyPath: string };
  readonly timers?: Timers;
  /** Numbers in [0, 1) that spread the retries. */
  readonly random?: () => number;
  readonly log: Log;
  readonly limits?: Partial<TransportLimits>;
}
