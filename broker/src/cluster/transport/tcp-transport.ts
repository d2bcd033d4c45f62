// The transport over TCP or TLS: listens, dials, and makes peers of connections.
// Guarantees: what transport.ts promises. One connection per pair and direction: a process dials for what it sends.
//   Brokers tell each new peer which brokers they know, and those of each new broker, so that one common contact point makes a
//   full mesh, whoever comes first.
// Leaves to others: frames (connection.ts), retries (dialler.ts), who is welcome (admission.ts).
import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { type Cancel, systemTimers } from '@millrace/raft';
import { named, refusalOf } from './admission.ts';
import { Connection, type ConnectionCommons, type ConnectionEnd } from './connection.ts';
import { Dialler, type DialResult, keyOf, parseAddress } from './dialler.ts';
import { type Versions, versionMax, versionMin } from './frame-format.ts';
import {
  addressesFrame,
  type Greeting,
  type Refusal,
  readAddresses,
  readGreeting,
} from './handshake.ts';
import { SlabStore } from './outgoing-queue.ts';
import { type Link, PeerTable } from './peer-table.ts';
import { Sockets } from './sockets.ts';
import {
  type DownReason,
  type Peer,
  type Transport,
  type TransportLimits,
  type TransportListener,
  type TransportOptions,
  type TransportStats,
  transportLimits,
  type Urgency,
  userKindsEnd,
} from './transport.ts';

/** What close() waits for what is still to be sent. */
const closeMsMax = 500;
/** Log lines of refusals that are remembered, so that a retry does not repeat them. */
const toldMax = 256;
/** Ping intervals after which a member that does not dial back is reported. */
const lameTicksMax = 10;

/**
 * Listens and begins to dial.
 * @throws Error when the address cannot be bound, a contact point is no address, or the certificates are of no use
 */
export async function startTransport(
  options: TransportOptions,
  listener: TransportListener,
): Promise<Transport> {
  return startTransportOf({ lowest: versionMin, highest: versionMax }, options, listener);
}

/** The same for a process that speaks other versions: for tests of upgrades. */
export async function startTransportOf(
  versions: Versions,
  options: TransportOptions,
  listener: TransportListener,
): Promise<Transport> {
  for (const address of options.contactPoints) parseAddress(address);
  const transport = new TcpTransport(versions, options, listener);
  await transport.listen();
  return transport;
}

class TcpTransport implements Transport {
  port = 0;
  readonly #options: TransportOptions;
  readonly #listener: TransportListener;
  readonly #limits: TransportLimits;
  readonly #commons: ConnectionCommons;
  readonly #table: PeerTable;
  readonly #dialler: Dialler;
  readonly #sockets: Sockets;
  #greeting: Greeting;
  readonly #connections = new Set<Connection>();
  readonly #dials = new Map<Connection, (result: DialResult) => void>();
  /** Connections with frames that leave at the end of this turn. */
  #waiting: Connection[] = [];
  #cancelTick: Cancel = () => {};
  readonly #told = new Set<string>();
  #refusals = 0;
  #damagedConnections = 0;
  #closed: Promise<void> | null = null;

  constructor(versions: Versions, options: TransportOptions, listener: TransportListener) {
    this.#options = options;
    this.#listener = listener;
    this.#limits = { ...transportLimits, ...options.limits };
    const { hello, clusterName } = options;
    this.#greeting = { ...hello, clusterName, instance: randomUUID() };
    const timers = options.timers ?? systemTimers;
    const limits = this.#limits;
    this.#commons = {
      ...{ limits, timers, versions, slabs: new SlabStore() },
      greeting: () => this.#greeting,
      owner: {
        admit: (connection, greeting) => this.#admit(connection, greeting),
        standing: (connection, greeting) => this.#standing(connection, greeting),
        received: (connection, kind, payload) => this.#received(connection, kind, payload),
        told: (_, payload) => {
          for (const { memberId, ...address } of readAddresses(payload)) {
            if (memberId !== hello.memberId) this.#dialler.learn(memberId, address);
          }
        },
        ended: (connection, end) => this.#ended(connection, end),
      },
    };
    this.#table = new PeerTable(limits.peersMax, {
      up: (link) => this.#up(link),
      down: (link, reason) => this.#down(link, reason),
    });
    this.#dialler = new Dialler({
      ...{ timers, limits, log: options.log, random: options.random ?? Math.random },
      lookup: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
      dial: (ip, port) => this.#dial(ip, port),
      isDialled: (memberId) => this.#table.isDialled(memberId),
    });
    this.#sockets = new Sockets({
      ...{ limits, timers, log: options.log, tls: options.tls ?? null },
      accept: (socket) => this.#accept(socket),
      distrusted: (remote, why) => this.#distrusted(remote, why),
    });
  }

  async listen(): Promise<void> {
    const { host, port, contactPoints } = this.#options;
    this.port = await this.#sockets.listen(host, port);
    const { advertised } = this.#greeting;
    if (advertised.port === 0) {
      this.#greeting = { ...this.#greeting, advertised: { ...advertised, port: this.port } };
    }
    const problem = readGreeting(Buffer.from(JSON.stringify(this.#greeting)));
    if (typeof problem === 'string') {
      await this.close();
      throw new Error(`others would refuse this process: ${problem} or too long`);
    }
    this.#cancelTick = this.#commons.timers.every(this.#limits.pingEveryMs, () => this.#tick());
    for (const address of contactPoints) this.#dialler.addContactPoint(address);
  }

  send(memberId: string, kind: number, urgency: Urgency, ...parts: Uint8Array[]): boolean {
    if (!(kind >= 0 && kind < userKindsEnd)) throw new RangeError(`no frame has the kind ${kind}`);
    const link = this.#table.get(memberId);
    if (link === undefined || !link.up || this.#closed !== null) return false;
    const connection = link.outgoing as Connection;
    const wasEmpty = connection.queue.isEmpty;
    if (!connection.add(kind, urgency, parts)) return false;
    // What does not fit into the socket goes on by itself.
    if (wasEmpty || urgency === 'urgent') this.#flushLater(connection);
    return true;
  }

  peers(): readonly Peer[] {
    return [...this.#table.all()].filter(({ up }) => up).map(({ greeting }) => greeting);
  }

  addContactPoint(address: string): void {
    this.#dialler.addContactPoint(address);
  }

  disconnect(memberId: string): void {
    const link = this.#table.get(memberId);
    if (link === undefined) return;
    this.#dialler.forget(memberId, link.greeting.advertised);
    this.#table.takeDown(link, 'closed');
  }

  stats(): TransportStats {
    return {
      peers: this.#table.stats(),
      refusals: this.#refusals,
      failedDials: this.#dialler.failedDials,
      damagedConnections: this.#damagedConnections,
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#cancelTick();
    this.#dialler.close();
    const stopped = this.#sockets.close();
    // The other side ends both directions as soon as one of them ends: what is sent goes first.
    for (const role of ['dialled', 'accepted'] as const) {
      const connections = [...this.#connections].filter((connection) => connection.role === role);
      await Promise.all(connections.map((connection) => connection.close(closeMsMax)));
    }
    await stopped;
  }

  #flushLater(connection: Connection): void {
    if (connection.flushAwaited) return;
    connection.flushAwaited = true;
    this.#waiting.push(connection);
    if (this.#waiting.length > 1) return;
    this.#commons.timers.soon(() => {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const one of waiting) one.flush();
    });
  }

  #tick(): void {
    for (const connection of this.#connections) connection.tick();
    for (const link of this.#table.all()) {
      if (link.up || (link.incoming === null && link.outgoing === null)) continue;
      if (++link.lameTicks !== lameTicksMax) continue;
      const text =
        link.incoming === null
          ? 'is reached, but does not dial back: it must reach our advertised address'
          : 'has dialled us, but is not reached at its advertised address';
      this.#options.log.warn(
        { peer: named(link.greeting), own: named(this.#greeting) },
        `a member ${text}; check ADVERTISEDHOST and ADVERTISEDPORT on both sides`,
      );
    }
  }

  #accept(socket: Socket): void {
    if (this.#closed !== null) socket.destroy();
    else this.#connection(socket, 'accepted', socket.remoteAddress ?? '', socket.remotePort ?? 0);
  }

  #dial(host: string, port: number): Promise<DialResult> {
    const socket = this.#sockets.connect(host, port, () => connection.greet());
    const connection = this.#connection(socket, 'dialled', host, port);
    return new Promise((resolve) => this.#dials.set(connection, resolve));
  }

  #connection(socket: Socket, role: 'dialled' | 'accepted', host: string, port: number) {
    const connection = new Connection(socket, role, keyOf({ host, port }), this.#commons);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  #dialled(connection: Connection, result: DialResult): void {
    this.#dials.get(connection)?.(result);
    this.#dials.delete(connection);
  }

  #admit(connection: Connection, greeting: Greeting): Refusal | null {
    return refusalOf(this.#greeting, greeting, connection.role, this.#table);
  }

  #standing(connection: Connection, greeting: Greeting): void {
    const { memberId, advertised } = greeting;
    const link = this.#table.add(connection, greeting);
    this.#dialled(connection, { kind: 'member', memberId });
    if (link.outgoing === null) this.#dialler.dialBack(memberId, advertised);
  }

  #up(link: Link): void {
    this.#options.log.info(
      { peer: named(link.greeting), release: link.greeting.release },
      'peer connected',
    );
    this.#introduce(link);
    if (this.#closed === null) this.#listener.peerUp(link.greeting);
  }

  /** The new peer learns of the brokers that are here, and those who are here learn of it when it is one. */
  #introduce(link: Link): void {
    const addressOf = ({ greeting: { memberId, advertised } }: Link) => ({
      memberId,
      ...advertised,
    });
    const isBroker = ({ greeting }: Link) => greeting.kind === 'broker';
    const others = [...this.#table.all()].filter((other) => other !== link && other.up);
    const brokers = others.filter(isBroker).map(addressOf);
    if (brokers.length > 0) link.outgoing?.sendOwn(addressesFrame(brokers));
    if (!isBroker(link)) return;
    const introduction = addressesFrame([addressOf(link)]);
    for (const other of others) other.outgoing?.sendOwn(introduction);
  }

  #down(link: Link, reason: DownReason): void {
    if (this.#closed !== null) return;
    this.#options.log.info({ peer: named(link.greeting), reason }, 'peer disconnected');
    this.#listener.peerDown(link.greeting, reason);
  }

  #received(connection: Connection, kind: number, payload: Buffer): void {
    const link = this.#table.get((connection.greeting as Greeting).memberId);
    if (link === undefined || link.incoming !== connection || !link.up) return;
    if (this.#closed !== null) return;
    link.receivedFrames++;
    try {
      this.#listener.received(link.greeting, kind, payload);
    } catch (error) {
      const peer = named(link.greeting);
      this.#options.log.error({ err: error, peer, kind }, 'a frame could not be handled');
      connection.fail('a frame could not be handled');
    }
  }

  #ended(connection: Connection, end: ConnectionEnd): void {
    if (this.#closed !== null) {
      this.#dialled(connection, { kind: 'failed', why: 'closing' });
      return;
    }
    if (end.kind === 'damaged') {
      this.#damagedConnections++;
      this.#tellOnce(
        `damaged ${connection.remote.replace(/:\d+$/, '')} ${end.why}`,
        { remote: connection.remote, why: end.why },
        'a connection is closed because of bytes that do not belong to it',
      );
    }
    if (end.kind === 'refused') this.#refused(connection, end.by, end.refusal);
    else {
      const why = end.kind === 'closed' ? 'it was closed within the handshake' : end.why;
      const { greeting, role, remote } = connection;
      if (this.#options.tls !== undefined && role === 'dialled' && greeting === null) {
        if (end.kind === 'closed') this.#distrusted(remote, `${why}: is our certificate trusted?`);
      }
      this.#dialled(connection, { kind: 'failed', why });
    }
    const link = this.#table.remove(connection, end.kind === 'closed' ? 'closed' : 'lost');
    if (link !== undefined) {
      this.#dialler.memberDown(link.greeting.memberId, link.greeting.advertised);
    }
  }

  #refused(connection: Connection, by: 'us' | 'them', { code, text }: Refusal): void {
    const { remote, greeting } = connection;
    if (code === 'same-process') {
      this.#dialled(connection, { kind: 'self' });
      return;
    }
    if (code === 'connected-already') {
      this.#dialled(connection, { kind: 'member', memberId: greeting?.memberId ?? '' });
      return;
    }
    this.#refusals++;
    this.#dialled(connection, { kind: 'refused', why: text });
    // An accepted connection comes from another port every time.
    const who = greeting?.instance ?? (connection.role === 'dialled' ? remote : '');
    this.#tellOnce(
      `${by} ${code} ${who} ${text}`,
      { remote, code, reason: text },
      by === 'us' ? 'a connection is refused' : 'the other side refuses the connection',
    );
  }

  #distrusted(remote: string, why: string): void {
    // Texts of OpenSSL begin with an address in memory.
    const plain = why.replace(/^[0-9A-F]{8,}:/, '').trim();
    this.#tellOnce(
      `tls ${plain} ${remote}`,
      { remote, why: plain },
      'a connection cannot be trusted: all nodes need NETWORK_SECURITY with certificates of the same chain',
    );
  }

  /** A warning that a retry does not repeat. */
  #tellOnce(key: string, fields: object, text: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    if (this.#told.size > toldMax) this.#told.delete(this.#told.values().next().value as string);
    this.#options.log.warn(fields, text);
  }
}
