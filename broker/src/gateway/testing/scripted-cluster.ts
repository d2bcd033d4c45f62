// Scripted partitions on several brokers, with a network that tests cut and a view that they change: for the gateway's way
// over changes of leaders. Replicas share what was executed, as the log does for real ones.
import { decodeEntry, type LogRecord, sessionOf } from '@millrace/protocol';
import type { FromPartition, PartitionNotice, ToPartition } from '../../partition/messages.ts';
import type { BrokerView, ClusterView, PartitionNetwork } from '../cluster-view.ts';
import { event, ScriptedPartition } from './scripted-partition.ts';

/** What a replica got. */
export interface Delivered {
  readonly nodeId: number;
  readonly partitionId: number;
  readonly session: number;
  readonly requestIds: readonly number[];
  readonly retriedSinceMs: number;
  readonly control: ToPartition['control'];
}

/** What a leader does with a command: answers it, executes it and says nothing, or refuses it. */
export type Manner = 'answer' | 'swallow' | 'ignore' | 'refuse' | 'full' | 'fail';

export class ScriptedReplica extends ScriptedPartition {
  readonly nodeId: number;
  manner: Manner = 'answer';

  constructor(nodeId: number, partitionId: number, cluster: ScriptedCluster) {
    super(partitionId);
    this.nodeId = nodeId;
    this.script = (command) => this.#take(command, cluster);
  }

  #take(
    command: LogRecord,
    cluster: ScriptedCluster,
  ): LogRecord | PartitionNotice | 'silent' | undefined {
    const { requestId } = command;
    const refusal = { kind: 'refused', requestId, message: `refused by ${this.nodeId}` } as const;
    if (this.manner === 'ignore') return 'silent';
    if (this.manner === 'full') return { ...refusal, code: 'RESOURCE_EXHAUSTED', retry: false };
    if (this.manner === 'fail') return { ...refusal, code: 'INTERNAL', retry: false };
    if (this.manner === 'refuse' || cluster.led.get(this.partitionId) !== this.nodeId) {
      return { ...refusal, code: 'UNAVAILABLE', retry: true };
    }
    if (command.valueType === 'JOB_BATCH') return undefined;
    const answer = cluster.execute(command, this);
    return this.manner === 'swallow' ? 'silent' : answer;
  }
}

export class ScriptedCluster implements PartitionNetwork, ClusterView {
  readonly clusterSize: number;
  readonly replicationFactor: number;
  partitionsCount: number;
  readonly messagePartitionsCount: number;
  startPartitions: number[];
  /** Who really leads; a gateway may believe otherwise. */
  readonly led = new Map<number, number>();
  /** Whom the view names. */
  readonly #believed = new Map<number, number>();
  readonly #replicas = new Map<string, ScriptedReplica>();
  readonly #cut = new Set<number>();
  readonly known: Set<number>;
  /** Replicas that are dead, by "node/partition". */
  readonly dead = new Set<string>();
  readonly delivered: Delivered[] = [];
  /** Commands that were executed; the answer of each is known to all replicas. */
  readonly executed: LogRecord[] = [];
  readonly #answers = new Map<number, LogRecord>();
  #onMessage: (nodeId: number, message: FromPartition) => void = () => {};
  #onLost: (nodeId: number) => void = () => {};
  #onChange: () => void = () => {};
  /** Brokers whose queue is full: nothing can be sent to them, but the connection is in order. */
  readonly blocked = new Set<number>();
  /** Larger commands cannot be carried. */
  frameBytesMax = Number.POSITIVE_INFINITY;
  /** Called while a message is on its way. */
  whileSending: () => void = () => {};

  constructor(nodes: number, partitions: number) {
    this.clusterSize = nodes;
    this.replicationFactor = nodes;
    this.partitionsCount = partitions;
    this.messagePartitionsCount = partitions;
    this.startPartitions = Array.from({ length: partitions }, (_, i) => i + 1);
    this.known = new Set(Array.from({ length: nodes }, (_, i) => i));
    for (const nodeId of this.known) {
      for (const partitionId of this.startPartitions) this.#place(nodeId, partitionId);
    }
  }

  #place(nodeId: number, partitionId: number): void {
    const replica = new ScriptedReplica(nodeId, partitionId, this);
    this.#replicas.set(`${nodeId}/${partitionId}`, replica);
    replica.onMessage((message) => {
      if (!this.#cut.has(nodeId)) this.#onMessage(nodeId, message);
    });
  }

  replica(nodeId: number, partitionId = 1): ScriptedReplica {
    return this.#replicas.get(`${nodeId}/${partitionId}`) as ScriptedReplica;
  }

  /** The answer of the command, which is executed unless its number was seen before. */
  execute(command: LogRecord, replica: ScriptedReplica): LogRecord {
    const { requestId, value, valueType } = command;
    const before = this.#answers.get(requestId);
    if (before !== undefined) return before;
    this.executed.push(command);
    const key = command.valueType === 'JOB' ? command.key : replica.nextKey();
    const intent = (valueType === 'JOB' ? 'COMPLETED' : 'CREATED') as never;
    const answer = event(valueType, intent, key, value, requestId);
    this.#answers.set(requestId, answer);
    return answer;
  }

  /** The replica leads, and the view says so unless told otherwise. */
  lead(partitionId: number, nodeId: number | undefined, isBelieved = true): void {
    if (nodeId === undefined) this.led.delete(partitionId);
    else this.led.set(partitionId, nodeId);
    if (isBelieved) this.believe(partitionId, nodeId);
  }

  believe(partitionId: number, nodeId: number | undefined): void {
    if (nodeId === undefined) this.#believed.delete(partitionId);
    else this.#believed.set(partitionId, nodeId);
    this.#onChange();
  }

  /** Something else of the view was changed. */
  changed(): void {
    this.#onChange();
  }

  /** The way to the broker breaks. */
  cut(nodeId: number): void {
    this.#cut.add(nodeId);
    this.#onLost(nodeId);
  }

  mend(nodeId: number): void {
    this.#cut.delete(nodeId);
  }

  // PartitionNetwork

  send(nodeId: number, partitionId: number, message: ToPartition): boolean {
    this.whileSending();
    if (this.#cut.has(nodeId) || this.blocked.has(nodeId)) return false;
    const { session, commands, retriedSinceMs, control } = message;
    if (commands !== undefined && commands.length > this.frameBytesMax) {
      throw new RangeError(`${commands.length} bytes`);
    }
    const requestIds =
      commands === undefined ? [] : decodeEntry(commands).map((each) => each.requestId);
    for (const id of requestIds) {
      if (sessionOf(id) !== session) throw new Error(`${id} is not of session ${session}`);
    }
    this.delivered.push({ nodeId, partitionId, session, requestIds, retriedSinceMs, control });
    this.replica(nodeId, partitionId).send(message);
    return true;
  }

  onMessage(listener: (nodeId: number, message: FromPartition) => void): void {
    this.#onMessage = listener;
  }

  onLost(listener: (nodeId: number) => void): void {
    this.#onLost = listener;
  }

  // ClusterView

  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  leaderOf(partitionId: number): number | undefined {
    return this.#believed.get(partitionId);
  }

  brokers(): readonly BrokerView[] {
    return [...this.known].map((nodeId) => ({
      nodeId,
      host: `broker-${nodeId}`,
      port: 26501 + nodeId,
      version: '8.6.0',
      partitions: Array.from({ length: this.partitionsCount }, (_, i) =>
        this.#replicaView(nodeId, i + 1),
      ),
    }));
  }

  #replicaView(nodeId: number, partitionId: number) {
    const isDead = this.dead.has(`${nodeId}/${partitionId}`);
    const role = this.#believed.get(partitionId) === nodeId ? 'leader' : 'follower';
    return {
      partitionId,
      role: isDead ? 'inactive' : role,
      health: isDead ? 'dead' : 'healthy',
      term: 1,
    } as const;
  }
}
