// The transport of one simulated process: the interface of the broker's own over the simulated network.
// Guarantees: dials its contact points and whoever it has heard of until it is connected with them; queues have the bounds of
// the real one, and frames over them are shed.
// Leaves to others: what happens to frames on their way (connection.ts).
import {
  type Peer,
  type PeerStats,
  type Transport,
  type TransportLimits,
  type TransportOptions,
  type TransportStats,
  transportLimits,
  type Urgency,
  userKindsEnd,
} from '../../../broker/src/cluster/transport/transport.ts';
import type { SimulatedProcess } from '../world/machine.ts';
import type { Endpoint, SimulatedNetwork } from './simulated-network.ts';

export class SimulatedTransport implements Transport {
  readonly port: number;
  /** Set by the network right after it was made. */
  endpoint!: Endpoint;
  isClosed = false;
  readonly #network: SimulatedNetwork;
  readonly #process: SimulatedProcess;
  readonly #limits: TransportLimits;
  readonly #addresses = new Set<string>();
  readonly #own: string;
  #failedDials = 0;

  constructor(network: SimulatedNetwork, process: SimulatedProcess, options: TransportOptions) {
    this.#network = network;
    this.#process = process;
    this.#limits = { ...transportLimits, ...options.limits };
    const { host, port } = options.hello.advertised;
    this.port = port;
    this.#own = `${host}:${port}`;
    for (const address of options.contactPoints) this.#addresses.add(address);
  }

  start(): void {
    for (const address of this.#addresses) this.#dial(address, this.#limits.backoffMsMin);
  }

  send(memberId: string, kind: number, urgency: Urgency, ...parts: Uint8Array[]): boolean {
    if (kind < 0 || kind >= userKindsEnd) throw new RangeError(`frame kind ${kind}`);
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (bytes > this.#limits.frameBytesMax) throw new RangeError(`a frame of ${bytes} bytes`);
    const connection = this.#connection(memberId);
    if (connection === undefined) return false;
    const side = connection.side(this.endpoint);
    const waiting = side.waiting[urgency];
    if (waiting > 0 && waiting + bytes > this.#bound(urgency)) return false;
    connection.send(side, { kind, urgency, payload: Buffer.concat(parts) });
    return true;
  }

  peers(): readonly Peer[] {
    if (this.isClosed) return [];
    const peers: Peer[] = [];
    for (const connection of this.#network.connectionsOf(this.endpoint)) {
      const side = connection.side(this.endpoint);
      if (side.isUp) peers.push(connection.other(side).endpoint.hello);
    }
    return peers.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  }

  addContactPoint(address: string): void {
    if (this.#addresses.has(address)) return;
    this.#addresses.add(address);
    this.#dial(address, this.#limits.backoffMsMin);
  }

  disconnect(memberId: string): void {
    const connection = this.#connection(memberId);
    if (connection === undefined) return;
    const { hello } = connection.other(connection.side(this.endpoint)).endpoint;
    this.#addresses.delete(`${hello.advertised.host}:${hello.advertised.port}`);
    connection.sayGoodbye(this.endpoint);
    this.#process.timers.soon(() => {
      if (!this.isClosed) this.endpoint.listener.peerDown(hello, 'closed');
    });
  }

  stats(): TransportStats {
    const peers = this.#network.connectionsOf(this.endpoint).map((connection): PeerStats => {
      const side = connection.side(this.endpoint);
      const { memberId } = connection.other(side).endpoint.hello;
      return {
        memberId,
        up: side.isUp,
        ...{ sentFrames: 0, sentBytes: 0, receivedFrames: 0, receivedBytes: 0, inFlightBytes: 0 },
        shedFrames: { urgent: 0, normal: 0, bulk: 0 },
        queuedBytes: { ...side.waiting },
      };
    });
    return { peers, refusals: 0, failedDials: this.#failedDials, damagedConnections: 0 };
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#network.left(this.endpoint);
  }

  #connection(memberId: string) {
    if (this.isClosed) return undefined;
    return this.#network.connectionsOf(this.endpoint).find((connection) => {
      const side = connection.side(this.endpoint);
      return side.isUp && connection.other(side).endpoint.hello.memberId === memberId;
    });
  }

  #bound(urgency: Urgency): number {
    const { urgentQueueBytesMax, normalQueueBytesMax, bulkQueueBytesMax } = this.#limits;
    if (urgency === 'urgent') return urgentQueueBytesMax;
    return urgency === 'normal' ? normalQueueBytesMax : bulkQueueBytesMax;
  }

  /** Tries for as long as the address is wanted; while connected it only looks again. */
  #dial(address: string, backoffMs: number): void {
    const { timers, machine } = this.#process;
    const { links, random } = this.#network;
    timers.after(backoffMs * (0.5 + random.next() / 2), () => {
      if (this.isClosed || !this.#addresses.has(address) || address === this.#own) return;
      const target = this.#network.at(address);
      const isReached =
        target !== undefined &&
        !links.isCut(machine.id, target.process.machine.id) &&
        !links.isCut(target.process.machine.id, machine.id) &&
        !target.process.timers.isPaused;
      if (isReached) {
        this.#network.connect(this.endpoint, target);
        for (const { advertised } of target.transport.peers())
          this.addContactPoint(`${advertised.host}:${advertised.port}`);
      } else this.#failedDials++;
      const { backoffMsMin, backoffMsMax } = this.#limits;
      const next = isReached ? backoffMsMin * 4 : Math.min(backoffMs * 2, backoffMsMax);
      this.#dial(address, next);
    });
  }
}
