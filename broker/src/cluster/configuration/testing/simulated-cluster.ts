// Brokers of which only the configuration is real: their disks, connections and partitions are simulated.
// Guarantees: the same seed gives the same run; work on partitions is durable, takes time, fails now and then, and is cut
// short by a crash before or after its effect, as real work is.
// Leaves to others: what is asked of the cluster and what must hold (tests).
import { SimulatedDisk } from '@millrace/raft';
import {
  ClusterConfigurationKeeper,
  type FoundConfiguration,
} from '../cluster-configuration-keeper.ts';
import type { ConfigurationLimits } from '../configuration-limits.ts';
import { canonicalText } from '../core/canonical-text.ts';
import type {
  ChangeRegister,
  ClusterConfiguration,
  MemberId,
  PartitionId,
} from '../core/cluster-configuration.ts';
import type { ClusterAnswer, ClusterRequest } from '../core/cluster-request.ts';
import type { StaticCluster } from '../core/static-configuration.ts';
import type { PartitionOperations } from '../partition-operations.ts';
import { SimulatedTime } from './simulated-time.ts';

export interface SimulationOptions {
  readonly settings: StaticCluster;
  readonly random: () => number;
  readonly limits?: Partial<ConfigurationLimits>;
}

/** What lies on a broker's disk besides the configuration. */
export interface SimulatedReplica {
  priority: number;
}

interface Life {
  readonly keeper: ClusterConfigurationKeeper;
  isAlive: boolean;
}

export class SimulatedCluster {
  readonly time = new SimulatedTime();
  /** Share of messages that are lost, 0 to 1. */
  loss = 0;
  /** Share of partition operations that fail, 0 to 1. */
  failures = 0;
  /** Longest time that a partition operation takes, ms. */
  workMs = 200;
  /** While true no partition operation ends, unless it is aborted. */
  isStuck = false;
  /** Replicas by broker and partition. */
  readonly replicas = new Map<MemberId, Map<PartitionId, SimulatedReplica>>();
  /** Every version of the register that any broker ever saw as decided. */
  readonly decided = new Map<number, ChangeRegister>();
  /** Two different decisions under one version. */
  readonly conflicts: string[] = [];
  readonly log: string[] = [];
  readonly found = new Map<MemberId, FoundConfiguration>();
  readonly redistributed = new Set<PartitionId>();
  readonly #cuts = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #disks = new Map<MemberId, SimulatedDisk>();
  readonly #lives = new Map<MemberId, Life>();
  readonly #options: SimulationOptions;

  constructor(options: SimulationOptions) {
    this.#options = options;
  }

  start(id: MemberId, settings: StaticCluster = this.#options.settings): void {
    if (this.#lives.get(id)?.isAlive === true) return;
    const isAlive = (): boolean => this.#lives.get(id) === life && life.isAlive;
    const life: Life = {
      isAlive: true,
      keeper: new ClusterConfigurationKeeper({
        nodeId: id,
        settings,
        disk: this.#diskOf(id),
        file: '/data/cluster-configuration',
        exchange: {
          reachable: () => this.#reachableFrom(id),
          send: (to, bytes) => this.#send(id, to, bytes),
        },
        operations: this.#operationsOf(id, isAlive),
        timers: this.time.timers(isAlive),
        random: this.#options.random,
        log: (level, text) => this.log.push(`${this.time.nowMs} ${id} ${level}: ${text}`),
        ...(this.#options.limits === undefined ? {} : { limits: this.#options.limits }),
      }),
    };
    this.#lives.set(id, life);
    life.keeper.onChange((now) => this.#note(now));
    life.keeper.start().then(
      (found) => {
        if (!isAlive()) return;
        this.found.set(id, found);
        this.#settle(id, found);
        life.keeper.run();
      },
      (error: Error) => this.log.push(`${id} did not start: ${error.message}`),
    );
    for (const other of this.#reachableFrom(id)) this.#lives.get(other)?.keeper.peerUp(id);
  }

  /** The process ends without a word; its disk keeps what was synced. */
  crash(id: MemberId): void {
    const life = this.#lives.get(id);
    if (life?.isAlive !== true) return;
    const others = this.#reachableFrom(id);
    life.isAlive = false;
    life.keeper.close();
    this.#diskOf(id).crash(this.#options.random);
    for (const other of others) this.#lives.get(other)?.keeper.peerDown(id);
  }

  /** The process ends and its disk is new. */
  wipe(id: MemberId): void {
    this.crash(id);
    this.#disks.delete(id);
    this.replicas.delete(id);
  }

  isAlive(id: MemberId): boolean {
    return this.#lives.get(id)?.isAlive === true;
  }

  alive(): MemberId[] {
    return [...this.#lives].filter(([, { isAlive }]) => isAlive).map(([id]) => id);
  }

  keeper(id: MemberId): ClusterConfigurationKeeper {
    const life = this.#lives.get(id);
    if (life === undefined) throw new Error(`broker ${id} was never started`);
    return life.keeper;
  }

  configuration(id: MemberId): ClusterConfiguration | undefined {
    return this.keeper(id).current();
  }

  disk(id: MemberId): SimulatedDisk {
    return this.#diskOf(id);
  }

  request(at: MemberId, request: ClusterRequest): Promise<ClusterAnswer> {
    return this.keeper(at).request(request);
  }

  /** What is sent from one to the other is lost from now on; both think the other one gone. */
  cut(one: MemberId, other: MemberId): void {
    this.#cuts.add(`${one} ${other}`).add(`${other} ${one}`);
    if (this.isAlive(one)) this.keeper(one).peerDown(other);
    if (this.isAlive(other)) this.keeper(other).peerDown(one);
  }

  /** What is sent from the one to the other is lost from now on, and nobody notices. */
  silence(from: MemberId, to: MemberId): void {
    this.#silent.add(`${from} ${to}`);
  }

  heal(): void {
    this.loss = 0;
    this.failures = 0;
    this.isStuck = false;
    this.#cuts.clear();
    this.#silent.clear();
    for (const one of this.alive()) {
      for (const other of this.alive()) if (one !== other) this.keeper(one).peerUp(other);
    }
  }

  #diskOf(id: MemberId): SimulatedDisk {
    let disk = this.#disks.get(id);
    if (disk === undefined) {
      disk = new SimulatedDisk();
      disk.makeFolder('/data');
      this.#disks.set(id, disk);
    }
    return disk;
  }

  #reachableFrom(id: MemberId): MemberId[] {
    return this.alive().filter((other) => other !== id && !this.#cuts.has(`${id} ${other}`));
  }

  #send(from: MemberId, to: MemberId, bytes: Uint8Array): void {
    const { random } = this.#options;
    const link = `${from} ${to}`;
    if (this.#cuts.has(link) || this.#silent.has(link) || random() < this.loss) return;
    const life = this.#lives.get(to);
    this.time.at(1 + random() * 20, () => {
      if (life?.isAlive === true) life.keeper.receive(from, bytes);
    });
  }

  #note(now: ClusterConfiguration): void {
    const { version, voters, lastChange, pendingChange } = now;
    const known = this.decided.get(version);
    const said = (each: ChangeRegister) =>
      canonicalText([
        each.lastChange,
        each.pendingChange?.startedAtMs,
        (each.pendingChange?.completed.length ?? 0) + (each.pendingChange?.pending.length ?? 0),
      ]);
    if (known === undefined) {
      this.decided.set(version, { version, voters, lastChange, pendingChange });
    } else if (said(known) !== said(now)) {
      this.conflicts.push(`version ${version}: ${said(known)} and ${said(now)}`);
    }
  }

  /** A broker that runs for the first time makes the replicas that the configuration gives it. */
  #settle(id: MemberId, { configuration, isFirstRun }: FoundConfiguration): void {
    const member = configuration.members.find((each) => each.id === id);
    if (!isFirstRun || member === undefined) return;
    for (const { partitionId, priority } of member.replicas) {
      this.#replicasOf(id).set(partitionId, { priority });
    }
  }

  #replicasOf(id: MemberId): Map<PartitionId, SimulatedReplica> {
    const known = this.replicas.get(id) ?? new Map<PartitionId, SimulatedReplica>();
    this.replicas.set(id, known);
    return known;
  }

  #operationsOf(id: MemberId, isAlive: () => boolean): PartitionOperations {
    const work = (signal: AbortSignal, effect: () => void) => this.#work(signal, isAlive, effect);
    const own = () => this.#replicasOf(id);
    return {
      joinPartition: (partitionId, priority, others, signal) =>
        work(signal, () => {
          this.#mustHold(partitionId, others);
          own().set(partitionId, { priority });
        }),
      leavePartition: (partitionId, others, signal) =>
        work(signal, () => {
          this.#mustHold(partitionId, others);
          own().delete(partitionId);
        }),
      bootstrapPartition: (partitionId, priority, signal) =>
        work(signal, () => {
          if (!own().has(partitionId)) own().set(partitionId, { priority });
        }),
      reconfigurePriority: (partitionId, priority, signal) =>
        work(signal, () => own().set(partitionId, { priority })),
      forceReconfigure: (partitionId, retained, signal) =>
        work(signal, () => {
          for (const [other, replicas] of this.replicas) {
            if (!retained.includes(other)) replicas.delete(partitionId);
          }
        }),
      startRedistribution: (_, added, signal) =>
        work(signal, () => {
          for (const partitionId of added) this.redistributed.add(partitionId);
        }),
      awaitRedistribution: (_, added, signal) =>
        work(signal, () => {
          if (!added.every((each) => this.redistributed.has(each))) throw new Error('not begun');
        }),
    };
  }

  #mustHold(partitionId: PartitionId, others: readonly { readonly member: MemberId }[]): void {
    const holding = others.filter(({ member }) => this.replicas.get(member)?.has(partitionId));
    if (holding.length === 0) throw new Error(`nobody else has partition ${partitionId}`);
  }

  /** Takes effect at some moment, ends at a later one; a crash may come before, between or after. */
  #work(signal: AbortSignal, isAlive: () => boolean, effect: () => void): Promise<void> {
    const { random } = this.#options;
    return new Promise((resolve, reject) => {
      if (this.isStuck) {
        signal.addEventListener('abort', () => reject(new Error('given up')));
        return;
      }
      const fails = random() < this.failures;
      const effectMs = random() * this.workMs;
      const endMs = effectMs + random() * this.workMs;
      this.time.at(effectMs, () => {
        if (!isAlive()) return;
        try {
          if (!fails || random() < 0.5) effect();
          this.time.at(endMs - effectMs, () => {
            if (!isAlive()) return;
            if (fails) reject(new Error('the work failed'));
            else resolve();
          });
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }
}
