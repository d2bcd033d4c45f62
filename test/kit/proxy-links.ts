// The links between the brokers of a cluster as proxies, which can also delay and throttle. They run wherever Node does.
//
// A proxy stands before the port of each broker; brokers advertise their proxies. Who dials is read from the hello that opens
// every connection, so that each pair of brokers has rules of its own.
// Guarantees: bytes from one broker to another pass or wait by the rule of that direction, on whichever connection they are;
// nothing is lost or reordered within a connection, as with TCP over a network that is cut: what was held arrives when it heals.
// Leaves to others: one connection (link-connection.ts), and packets: what the kernel does without a proxy.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { ClusterLinks } from './cluster-links.ts';
import { LinkConnection } from './link-connection.ts';
import { type LinkRule, OPEN_LINK } from './link-rule.ts';

/** What dials before it has said who it is, and gateways. */
const STRANGER = -1;
/** A hello is within the first bytes, or it is none. */
const helloBytesMax = 16 * 1024;
const memberIdPattern = /"memberId":"(\d+)"/;

export class ProxyLinks extends ClusterLinks {
  readonly hosts: string[] = [];
  readonly #servers: Server[] = [];
  readonly #rules = new Map<string, LinkRule>();
  readonly #connections = new Set<LinkConnection>();

  /** Opens a proxy before each of these ports of the loopback address. */
  async open(ports: readonly number[]): Promise<void> {
    for (const [nodeId, port] of ports.entries()) {
      const server = createServer((socket) => this.#accept(socket, nodeId, port));
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      this.#servers.push(server);
      this.hosts.push('127.0.0.1');
    }
  }

  /** What makes a broker be found, and find the others, through the proxies. */
  environmentOf(nodeId: number): Record<string, string> {
    const ports = this.#servers.map((server) => (server.address() as AddressInfo).port);
    return {
      ZEEBE_BROKER_NETWORK_INTERNALAPI_ADVERTISEDHOST: '127.0.0.1',
      ZEEBE_BROKER_NETWORK_INTERNALAPI_ADVERTISEDPORT: String(ports[nodeId]),
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: ports.map((port) => `127.0.0.1:${port}`).join(),
    };
  }

  /** From now on bytes from one broker to another one go by this rule. */
  set(from: number, to: number, rule: LinkRule): void {
    this.#rules.set(`${from} ${to}`, rule);
    for (const connection of this.#connections) connection.ruleChanged();
  }

  cutOneWay(from: number, to: number): void {
    this.set(from, to, { kind: 'cut' });
  }

  /** What was held arrives. */
  heal(): void {
    this.#rules.clear();
    for (const connection of this.#connections) connection.ruleChanged();
  }

  #rule(from: number, to: number): LinkRule {
    return this.#rules.get(`${from} ${to}`) ?? OPEN_LINK;
  }

  #accept(dialling: Socket, to: number, port: number): void {
    let from = STRANGER;
    const accepting = connect({ host: '127.0.0.1', port });
    const connection = new LinkConnection(dialling, accepting, {
      forth: () => this.#rule(from, to),
      back: () => this.#rule(to, from),
    });
    this.#connections.add(connection);
    connection.onEnd(() => this.#connections.delete(connection));
    let hello = '';
    const listen = (bytes: Buffer): void => {
      hello += bytes.toString('latin1');
      const memberId = memberIdPattern.exec(hello)?.[1];
      if (memberId !== undefined) from = Number(memberId);
      if (memberId !== undefined || hello.length > helloBytesMax) dialling.off('data', listen);
    };
    // Before the bytes go anywhere: it stands before the listener of the connection.
    dialling.prependListener('data', listen);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.destroy();
    await Promise.all(
      this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}
