// The routes to all partitions, kept in step with what the gateway believes of the cluster.
import type { BrokerView, ClusterView } from '../cluster-view.ts';
import type { PartitionRoute } from './partition-route.ts';

export class RouteTable {
  readonly #view: ClusterView;
  readonly #create: (partitionId: number) => PartitionRoute;
  /** By partition id. */
  readonly #byId: (PartitionRoute | undefined)[] = [];
  readonly all: PartitionRoute[] = [];
  /** Those that take new instances. */
  starting: readonly PartitionRoute[] = [];
  /** Whether any broker is known. */
  knowsBrokers = false;

  constructor(view: ClusterView, create: (partitionId: number) => PartitionRoute) {
    this.#view = view;
    this.#create = create;
  }

  get(partitionId: number): PartitionRoute | undefined {
    return this.#byId[partitionId];
  }

  /**
   * Takes over what the view says now.
   * @returns the routes whose leader is another one, with the broker that led before
   */
  refresh(): ReadonlyMap<PartitionRoute, number | undefined> {
    const view = this.#view;
    const brokers = view.brokers();
    this.knowsBrokers = brokers.length > 0;
    for (let id = 1; id <= view.partitionsCount; id++) {
      if (this.#byId[id] !== undefined) continue;
      const route = this.#create(id);
      this.#byId[id] = route;
      this.all.push(route);
    }
    this.starting = view.startPartitions.flatMap((id) => this.#byId[id] ?? []);
    const changed = new Map<PartitionRoute, number | undefined>();
    for (const route of this.all) {
      const former = route.leader;
      const leader = view.leaderOf(route.partitionId);
      route.deadIs(leader === undefined && isDead(route.partitionId, brokers));
      if (leader === former) continue;
      route.leaderIs(leader);
      changed.set(route, former);
    }
    return changed;
  }

  /** Those through which requests leave at once, beginning with the n-th partition. */
  open(start: number): PartitionRoute[] {
    const { all } = this;
    const open: PartitionRoute[] = [];
    for (let i = 0; i < all.length; i++) {
      const route = all[(start + i) % all.length] as PartitionRoute;
      if (route.isOpen) open.push(route);
    }
    return open;
  }

  /** Host and command port of the broker, as texts name it. */
  addressOf(nodeId: number): string {
    const broker = this.#view.brokers().find((each) => each.nodeId === nodeId);
    return broker === undefined ? `broker ${nodeId}` : `${broker.host}:${broker.port}`;
  }
}

/** No broker is known, or no replica that is known will come back by itself; one that is only starting will. */
function isDead(partitionId: number, brokers: readonly BrokerView[]): boolean {
  const replicas = brokers.flatMap((broker) =>
    broker.partitions.filter((replica) => replica.partitionId === partitionId),
  );
  return (
    brokers.length === 0 ||
    (replicas.length > 0 &&
      replicas.every(({ role, health }) => role === 'inactive' && health === 'dead'))
  );
}
