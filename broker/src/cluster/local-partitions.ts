// The replicas that run on this broker: places them, keeps what they last said, asks them for things that take time.
//
// Guarantees: a request to a replica ends: by its answer, by the replica's end, or by the time-out.
// Leaves to others: which replicas there are to be, and what their notices mean for the broker.
import type { Member, Timers } from '@millrace/raft';
import type { Config } from '../config.ts';
import { partitionFolder } from '../data-directory.ts';
import type { ReplicaView } from '../gateway/cluster-view.ts';
import {
  ofBroker,
  type PartitionControl,
  type PartitionNotice,
  type PartitionStatus,
} from '../partition/messages.ts';
import { PARTITION_DEFAULTS, type PartitionOptions } from '../partition/partition-options.ts';
import type { PartitionHandle } from '../partition/place-partition.ts';
import type { ReplicaQuestion } from './broker-requests.ts';
import type { PartitionHub } from './partition-hub.ts';

/** Longest that a replica may take for what it is asked, ms. */
const ASK_WITHIN_MS = 3_600_000;

/** A replica that is to run here. */
export interface PlannedReplica {
  readonly partitionId: number;
  /** Empty: wait until the group's leader brings the members. */
  readonly members: readonly Member[];
  readonly isNewGroup: boolean;
}

/** Starts a replica somewhere; `onDeath` when what it runs in has ended unasked and is started again. */
export type PlacePartition = (
  options: PartitionOptions,
  onDeath: (error: Error) => void,
) => PartitionHandle;

export interface LocalPartitionsOwner {
  readonly config: Config;
  readonly hub: PartitionHub;
  readonly timers: Timers;
  readonly place: PlacePartition;
  /** Partitions of the cluster, those that are being added included. */
  partitionCount(): number;
  /** Partitions that messages are spread over: those that the cluster began with. */
  messagePartitionCount(): number;
  onDeath(partitionId: number, error: Error): void;
}

interface Waiting {
  readonly partitionId: number;
  readonly end: (problem: string) => void;
}

export class LocalPartitions {
  readonly #owner: LocalPartitionsOwner;
  readonly #handles = new Map<number, PartitionHandle>();
  readonly #statuses = new Map<number, PartitionStatus>();
  readonly #standing = new Map<string, PartitionControl>();
  readonly #waiting = new Map<number, Waiting>();
  #nextRequest = 1;
  readonly #statusWaiters: (() => void)[] = [];

  constructor(owner: LocalPartitionsOwner) {
    this.#owner = owner;
  }

  get ids(): readonly number[] {
    return [...this.#handles.keys()].sort((a, b) => a - b);
  }

  /** Starts a replica, unless it runs already. */
  place(replica: PlannedReplica): void {
    const { partitionId } = replica;
    if (this.#handles.has(partitionId)) return;
    const options = this.#optionsOf(replica);
    const { hub, place, onDeath } = this.#owner;
    const handle = place(options, (error) => onDeath(partitionId, error));
    handle.onMessage((message) => hub.fromLocal(message));
    this.#handles.set(partitionId, handle);
    hub.attach(handle);
    for (const control of this.#standing.values()) handle.send(ofBroker(control));
  }

  #optionsOf({ partitionId, members, isNewGroup }: PlannedReplica): PartitionOptions {
    const { config } = this.#owner;
    const { enabled, limit } = config.backpressure;
    return {
      ...PARTITION_DEFAULTS,
      partitionId,
      partitionCount: this.#owner.partitionCount(),
      messagePartitionCount: this.#owner.messagePartitionCount(),
      dir: partitionFolder(config.dataDirectory, partitionId),
      nodeId: config.nodeId,
      members,
      isNewGroup,
      heartbeatMs: config.cluster.heartbeatMs,
      electionMs: config.cluster.electionMs,
      tickMs: Math.max(5, Math.min(50, config.cluster.heartbeatMs / 2)),
      segmentBytes: config.logSegmentBytes,
      checkpointIntervalMs: config.checkpointPeriodMs,
      commandsInBatchMax: config.maxCommandsInBatch,
      queueCommandsMax: enabled ? limit : Number.POSITIVE_INFINITY,
      queueBytesMax: enabled ? PARTITION_DEFAULTS.queueBytesMax : Number.POSITIVE_INFINITY,
      stateCacheBytes: config.storeCacheBytes,
      diskFreeBytesMin: config.disk.monitoring ? config.disk.freeBytesProcessing : 0,
      diskFreeBytesReplicationMin: config.disk.monitoring ? config.disk.freeBytesReplication : 0,
      diskIntervalMs: config.disk.intervalMs,
      exporterIds: config.exporters.map((exporter) => exporter.id),
    };
  }

  /** Stops a replica for good; its files stay. */
  async remove(partitionId: number, deadlineMs: number): Promise<void> {
    const handle = this.#handles.get(partitionId);
    if (handle === undefined) return;
    this.#handles.delete(partitionId);
    this.#owner.hub.detach(partitionId);
    await handle.close(deadlineMs);
    this.#statuses.delete(partitionId);
    this.#endWaiting(partitionId, 'the replica was removed');
  }

  tell(partitionId: number, control: PartitionControl): void {
    this.#handles.get(partitionId)?.send(ofBroker(control));
  }

  tellAll(control: PartitionControl): void {
    for (const handle of this.#handles.values()) handle.send(ofBroker(control));
  }

  /** Tells all replicas, and those that begin later. @param name what a later control of the same name replaces */
  tellAlways(name: string, control: PartitionControl): void {
    this.#standing.set(name, control);
    this.tellAll(control);
  }

  /** Asks a replica for what takes as long as it takes. Rejects with the reason when it did not succeed. */
  ask(partitionId: number, question: ReplicaQuestion): Promise<void> {
    const controlOf = (requestId: number) => ({ ...question, requestId }) as PartitionControl;
    return this.request(partitionId, controlOf, ASK_WITHIN_MS);
  }

  /** Hands leadership of what this broker leads to the replica of the highest priority. Rejects when one could not. */
  async rebalance(): Promise<void> {
    const leading = this.statuses().filter(({ role }) => role === 'leader');
    const each = leading.map(({ partitionId, members }) => {
      const voters = members.filter(({ type }) => type === 'voter');
      const [best] = voters.sort((a, b) => b.priority - a.priority);
      if (best === undefined || best.id === this.#owner.config.nodeId) return undefined;
      return this.ask(partitionId, { kind: 'transfer', to: best.id });
    });
    await Promise.all(each);
  }

  #nextStatus(): Promise<void> {
    return new Promise((resolve) => this.#statusWaiters.push(resolve));
  }

  /** No replica takes commands, or all do again. Resolves when each has said so. */
  async setPaused(isPaused: boolean): Promise<void> {
    this.tellAlways('processing', { kind: isPaused ? 'pause' : 'resume' });
    while (this.statuses().some((status) => status.isPaused !== isPaused)) {
      await this.#nextStatus();
    }
  }

  /** Resolves when every replica placed so far has said something about itself. */
  async opened(): Promise<void> {
    while (this.ids.some((partitionId) => !this.#statuses.has(partitionId))) {
      await this.#nextStatus();
    }
  }

  /** Asks a replica for what takes time. Rejects with the reason when it did not succeed. */
  request(
    partitionId: number,
    controlOf: (requestId: number) => PartitionControl,
    withinMs: number,
  ): Promise<void> {
    const handle = this.#handles.get(partitionId);
    if (handle === undefined)
      return Promise.reject(
        new Error(`broker ${this.#owner.config.nodeId} has no replica of partition ${partitionId}`),
      );
    const requestId = this.#nextRequest++;
    return new Promise((resolve, reject) => {
      const cancel = this.#owner.timers.after(withinMs, () =>
        end(`partition ${partitionId} gave no answer within ${withinMs} ms`),
      );
      const end = (problem: string) => {
        cancel();
        this.#waiting.delete(requestId);
        if (problem === '') resolve();
        else reject(new Error(problem));
      };
      this.#waiting.set(requestId, { partitionId, end });
      handle.send(ofBroker(controlOf(requestId)));
    });
  }

  /** Keeps what a replica says of itself; true when it changes what others should know. */
  noticed(partitionId: number, notice: PartitionNotice): boolean {
    if (notice.kind === 'done') {
      this.#waiting.get(notice.requestId)?.end(notice.problem);
      return false;
    }
    if (notice.kind !== 'health' || !this.#handles.has(partitionId)) return false;
    this.#statuses.set(partitionId, notice.status);
    for (const heard of this.#statusWaiters.splice(0)) heard();
    return true;
  }

  #endWaiting(partitionId: number, problem: string): void {
    for (const waiting of [...this.#waiting.values()])
      if (waiting.partitionId === partitionId) waiting.end(problem);
  }

  statuses(): readonly PartitionStatus[] {
    return [...this.#statuses.values()].sort((a, b) => a.partitionId - b.partitionId);
  }

  status(partitionId: number): PartitionStatus | undefined {
    return this.#statuses.get(partitionId);
  }

  /** What the topology shows of this broker. */
  views(): readonly ReplicaView[] {
    return this.ids.map((partitionId) => {
      const status = this.#statuses.get(partitionId);
      return status === undefined
        ? { partitionId, role: 'inactive', health: 'unhealthy', term: 0 }
        : { partitionId, role: status.role, health: status.health, term: status.term };
    });
  }

  /** Whether every replica leads, or follows a leader. */
  get areInOrder(): boolean {
    const { nodeId } = this.#owner.config;
    return this.ids.every((partitionId) => {
      const status = this.#statuses.get(partitionId);
      if (status === undefined) return false;
      // One that Raft has elected may still be bringing its state up to date.
      const isLedElsewhere = status.leader !== null && status.leader !== nodeId;
      // While one that lost its data is rebuilt, the group has one replica less.
      return status.role === 'leader' || (isLedElsewhere && !status.isRecovering);
    });
  }

  /** Hands leadership to other brokers, as far as that is possible in time. */
  async handOver(deadlineMs: number): Promise<void> {
    const leading = this.statuses().filter(
      ({ role, members }) => role === 'leader' && members.length > 1,
    );
    const each = leading.map(({ partitionId }) =>
      this.request(
        partitionId,
        (requestId) => ({ kind: 'hand-over', requestId, deadlineMs }),
        deadlineMs,
      ).catch(() => {}),
    );
    await Promise.all(each);
  }

  async close(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#handles.values()].map((handle) => handle.close(deadlineMs)));
    for (const { end } of [...this.#waiting.values()]) end('the broker is shutting down');
  }
}
