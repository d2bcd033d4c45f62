// The network between the brokers and gateways of a simulation: connections as TCP gives them.
// Guarantees: what the interface of the transport promises (transport.ts of the broker), under every fault: frames of one
// urgency arrive in order and once; what is on its way when a connection breaks is lost; a cut holds frames back until it
// heals or the silence was too long; a process that ends is noticed at once unless a cut hides it, a machine that crashes
// only by its silence.
// Leaves to others: when links are cut or slow (Links), and bytes on a wire.
import type {
  PeerHello,
  TransportListener,
  TransportOptions,
} from '../../../broker/src/cluster/transport/transport.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Links } from '../world/links.ts';
import type { SimulatedProcess } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { Connection, type Side } from './connection.ts';
import { SimulatedTransport } from './simulated-transport.ts';

/** How often connections are looked at: whether a cut has healed, or the silence was too long. */
const LOOK_MS = 100;

/** One process in the network. */
export interface Endpoint {
  readonly hello: PeerHello;
  readonly process: SimulatedProcess;
  readonly listener: TransportListener;
  readonly transport: SimulatedTransport;
}

export class SimulatedNetwork {
  readonly world: World;
  readonly links: Links;
  readonly random: SeededRandom;
  /** By member id. */
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #connections = new Set<Connection>();
  /** Those that are over and whose end not everybody knows. */
  readonly #ending = new Set<Connection>();

  constructor(world: World, links: Links) {
    this.world = world;
    this.links = links;
    this.random = world.random.fork('network');
    this.#lookLater();
  }

  /** Joins the network; what `openTcpTransport` is to the machine's own. */
  open(
    process: SimulatedProcess,
    options: TransportOptions,
    listener: TransportListener,
  ): SimulatedTransport {
    const { host, port } = options.hello.advertised;
    const advertised = { host, port: port === 0 ? options.port : port };
    const hello = { ...options.hello, advertised };
    const transport = new SimulatedTransport(this, process, { ...options, hello });
    const endpoint = { hello, process, listener, transport };
    transport.endpoint = endpoint;
    this.#endpoints.set(hello.memberId, endpoint);
    transport.start();
    return transport;
  }

  /** The process that listens at the address ("host:port"). */
  at(address: string): Endpoint | undefined {
    for (const endpoint of this.#endpoints.values()) {
      const { host, port } = endpoint.hello.advertised;
      if (`${host}:${port}` === address && !endpoint.process.timers.isEnded) return endpoint;
    }
    return undefined;
  }

  /** Two processes have found each other. */
  connect(dialler: Endpoint, accepter: Endpoint): void {
    for (const connection of this.#connections) {
      if (!connection.isBetween(dialler.hello.memberId, accepter.hello.memberId)) continue;
      if (connection.isOf(dialler) && connection.isOf(accepter)) return;
      // One of them was started again: the other one still holds what the old process left.
      this.break(connection, 'lost');
    }
    const connection = new Connection(this, dialler, accepter);
    this.#connections.add(connection);
    connection.open();
  }

  /** Ends a connection; those sides that live are told. */
  break(connection: Connection, reason: 'closed' | 'lost'): void {
    if (!this.#connections.delete(connection)) return;
    this.#ending.add(connection);
    connection.end(reason);
  }

  /** Whatever the endpoint had with that member before is over for it. */
  settle(endpoint: Endpoint, memberId: string): void {
    for (const connection of [...this.#ending]) {
      if (connection.isSettled) this.#ending.delete(connection);
      else if (connection.isOf(endpoint) && connection.isBetween(endpoint.hello.memberId, memberId))
        connection.settle(endpoint);
    }
  }

  connectionsOf(endpoint: Endpoint): Connection[] {
    return [...this.#connections].filter((connection) => connection.isOf(endpoint));
  }

  /** The process has ended. `hasSaidSo`: its system closed the connections. */
  ended(process: SimulatedProcess, hasSaidSo: boolean): void {
    for (const [memberId, endpoint] of this.#endpoints) {
      if (endpoint.process !== process) continue;
      this.#endpoints.delete(memberId);
      if (hasSaidSo)
        for (const connection of this.connectionsOf(endpoint)) connection.sayGoodbye(endpoint);
    }
  }

  /** The endpoint leaves by itself. */
  left(endpoint: Endpoint): void {
    if (this.#endpoints.get(endpoint.hello.memberId) === endpoint)
      this.#endpoints.delete(endpoint.hello.memberId);
    for (const connection of this.connectionsOf(endpoint)) connection.sayGoodbye(endpoint);
  }

  /** Breaks all connections of the machine, without anybody's fault. */
  loseConnections(machine: number): void {
    for (const connection of [...this.#connections]) {
      if (connection.sides.some((side: Side) => side.endpoint.process.machine.id === machine))
        this.break(connection, 'lost');
    }
  }

  #lookLater(): void {
    this.world.time.after(LOOK_MS, () => {
      for (const connection of [...this.#connections]) connection.look(LOOK_MS);
      this.#lookLater();
    });
  }
}
