// The checkers of all partitions of a cluster, made as partitions appear, and who leads them.
// Guarantees: what a replica calls committed is read when it says something, and now and then.
// Leaves to others: the checks themselves (log-audit.ts, replica-audit.ts).
import type { Partition } from '../../../broker/src/partition/partition.ts';
import { tokenOf } from '../clients/load.ts';
import type { World } from '../world/world.ts';
import { LogAudit } from './log-audit.ts';
import { ReplicaAudit } from './replica-audit.ts';

export class PartitionAudits {
  readonly logs = new Map<number, LogAudit>();
  readonly #world: World;
  readonly #states = new Map<number, ReplicaAudit>();
  /** Who led the term of a partition: `partition/term`. */
  readonly #leaders = new Map<string, number>();
  /** Each opening of a replica has a name of its own: its log is read from the beginning. */
  readonly #openings = new WeakMap<object, string>();
  #openingCount = 0;
  readonly #waiting: ((machine: number) => void)[] = [];

  constructor(world: World, partitions: number) {
    this.#world = world;
    for (let id = 1; id <= partitions; id++) this.#log(id);
  }

  get terms(): number {
    return this.#leaders.size;
  }

  get comparedStates(): number {
    let compared = 0;
    for (const state of this.#states.values()) compared += state.compared;
    return compared;
  }

  /** Calls back once, when a broker begins to lead a partition. */
  onNextLeader(begun: (machine: number) => void): void {
    this.#waiting.push(begun);
  }

  /** Looks at what a replica calls committed. */
  observe(machine: string, partition: Partition): void {
    const { replica } = partition;
    if (replica === undefined || this.#world.failure !== undefined) return;
    const { partitionId, nodeId } = partition.options;
    const { raft } = replica;
    let opening = this.#openings.get(replica);
    if (opening === undefined) {
      opening = `${machine} (opening ${++this.#openingCount})`;
      this.#openings.set(replica, opening);
    }
    try {
      if (raft.role === 'leader') this.#leads(nodeId, partitionId, raft.term);
      this.#log(partitionId).observe(opening, raft.journal, raft.commitIndex);
    } catch (error) {
      this.#world.fail('the log can be read', `${opening}: ${(error as Error).stack}`);
    }
  }

  /** Compares the state of a replica with others at the same entry. */
  lookAtState(machine: string, partition: Partition): void {
    const { replica } = partition;
    if (replica === undefined) return;
    this.#log(partition.options.partitionId);
    const state = this.#states.get(partition.options.partitionId)!;
    state.look(machine, replica).catch((error: Error) => {
      this.#world.fail('the state can be read', `${machine}: ${error.stack}`);
    });
  }

  /** Makes the states anew from the logs alone. */
  replay(): void {
    for (const [partitionId, log] of this.logs) this.#states.get(partitionId)!.replay(log.payloads);
  }

  #log(partitionId: number): LogAudit {
    let log = this.logs.get(partitionId);
    if (log === undefined) {
      log = new LogAudit(this.#world, partitionId, tokenOf);
      this.logs.set(partitionId, log);
      this.#states.set(partitionId, new ReplicaAudit(this.#world, partitionId));
    }
    return log;
  }

  #leads(nodeId: number, partitionId: number, term: number): void {
    const leadership = `${partitionId}/${term}`;
    const other = this.#leaders.get(leadership);
    if (other !== undefined && other !== nodeId) {
      const what = `brokers ${nodeId} and ${other} lead partition ${partitionId} in term ${term}`;
      this.#world.fail('one leader per term', what);
    }
    this.#leaders.set(leadership, nodeId);
    if (other === undefined) this.#waiting.shift()?.(nodeId);
  }
}
