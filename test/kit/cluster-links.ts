// The links between the brokers of a cluster, as things that a test can cut, each direction by itself.
//
// Two kinds: network namespaces (namespace-links.ts), where packets get lost in the kernel as on a real network, and proxies
// (proxy-links.ts), which run everywhere.

export abstract class ClusterLinks implements AsyncDisposable {
  /** Addresses of the brokers as clients reach them, by node id; known when the links are open. */
  abstract readonly hosts: readonly string[];

  /** Makes the links. @param ports of the brokers for each other, by node id */
  abstract open(ports: readonly number[]): Promise<void>;

  /** What makes a broker be found, and find the others, over these links. */
  abstract environmentOf(nodeId: number): Record<string, string>;

  /** Put before the broker's command. */
  wrapperOf(_nodeId: number): readonly string[] {
    return [];
  }

  /** Nothing passes from one to the other; the other way stays as it is. */
  abstract cutOneWay(from: number, to: number): void;

  /** All links are open again. */
  abstract heal(): void;

  /** Nothing passes between the two. */
  cut(a: number, b: number): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  /** Cuts one broker from all others. */
  isolate(nodeId: number): void {
    for (const other of this.hosts.keys()) if (other !== nodeId) this.cut(nodeId, other);
  }

  abstract [Symbol.asyncDispose](): Promise<void>;
}
