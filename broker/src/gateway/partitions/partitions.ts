// All partitions as the gateway sees them: who is there, who can take work, which one a request goes to; and `execute`,
// the one way a command travels there and its answer back (gateway-grpc.md section 2).
import {
  type Intent,
  isUnknownKey,
  type Key,
  keyFromHalves,
  keyText,
  type LogRecord,
  NO_OPERATION,
  partitionOfHalves,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { PartitionControl, PartitionStatus } from '../../partition/messages.ts';
import type { GatewayLimits, Limit } from '../limits.ts';
import { type Attempt, STATUS, StatusError } from '../status.ts';
import type { TopologyPartition } from '../wire/answers.ts';
import type { Int64 } from '../wire/proto-reader.ts';
import { type LinkListener, PartitionLink } from './partition-link.ts';
import type { PartitionPort } from './partition-port.ts';
import { PendingRequests } from './pending-requests.ts';

export interface PartitionsOptions {
  readonly requestTimeoutMs: number;
  /** Of this gateway; see protocol's request-ids. */
  readonly session: number;
  /** What time-out texts name as the broker. */
  readonly address: string;
}

export interface PartitionsListener {
  pushed(record: LogRecord, partitionId: number): void;
  jobsAvailable(type: string): void;
  settled(): void;
}

export class Partitions implements LinkListener {
  readonly limits: GatewayLimits;
  readonly pending: PendingRequests;
  readonly #links: readonly PartitionLink[];
  readonly #byId: (PartitionLink | undefined)[] = [];
  readonly #status = new Map<number, PartitionStatus>();
  readonly #options: PartitionsOptions;
  readonly #listener: PartitionsListener;
  #turn = 0;

  constructor(
    ports: readonly PartitionPort[],
    options: PartitionsOptions,
    limits: GatewayLimits,
    now: () => number,
    listener: PartitionsListener,
  ) {
    this.#options = options;
    this.#listener = listener;
    this.limits = limits;
    this.pending = new PendingRequests(now, options.address, options.session);
    this.#links = ports.map((port) => new PartitionLink(port, options.session, this));
    for (const link of this.#links) {
      this.#byId[link.partitionId] = link;
      link.control({ kind: 'status', requestId: this.pending.nextId() });
    }
  }

  get ids(): readonly number[] {
    return this.#links.map((link) => link.partitionId);
  }

  /** The partition that a key names. @throws StatusError UNAVAILABLE when there is none */
  partitionOf(key: Int64): number {
    const partitionId = partitionOfHalves(key.high);
    if (this.#byId[partitionId] === undefined) {
      throw new StatusError(
        'UNAVAILABLE',
        `Expected to execute command on partition ${partitionId}, but either it does not exist, or the gateway is not yet aware of it`,
      );
    }
    return partitionId;
  }

  /** The partitions that can take work, beginning with the next one in turn. */
  inTurn(): number[] {
    return this.from(this.#turn++);
  }

  /** The partitions that can take work, beginning with the n-th. */
  from(start: number): number[] {
    const ids: number[] = [];
    const count = this.#links.length;
    for (let i = 0; i < count; i++) {
      const { partitionId } = this.#links[(start + i) % count] as PartitionLink;
      const status = this.#status.get(partitionId);
      if (status === undefined || status.role === 'leader') ids.push(partitionId);
    }
    return ids;
  }

  /**
   * Sends a command and waits for its committed answer.
   * @param bytes what the request weighs under its limit
   * @throws StatusError
   */
  execute<T extends ValueType>(
    partitionId: number,
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
    limit: Limit,
    bytes: number,
    operationReference: number = NO_OPERATION,
  ): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      const { pending } = this;
      const id = pending.nextId();
      const timeoutMs = this.#options.requestTimeoutMs;
      pending.add(id, partitionId, limit, bytes, timeoutMs, false, resolve, reject);
      this.#send(partitionId, valueType, intent, key, value, id, operationReference);
    });
  }

  /** The same for a command to the partition that a client's key names, with that key. */
  async executeByKey<T extends ValueType>(
    clientKey: Int64,
    valueType: T,
    intent: Intent<T>,
    value: Values[T],
    limit: Limit,
    bytes: number,
    operationReference: number = NO_OPERATION,
  ): Promise<LogRecord> {
    const partitionId = this.partitionOf(clientKey);
    const key = engineKey(clientKey);
    try {
      return await this.execute(
        partitionId,
        valueType,
        intent,
        key,
        value,
        limit,
        bytes,
        operationReference,
      );
    } catch (error) {
      throw withClientKeyText(error, clientKey, key);
    }
  }

  /** The same for a command whose answer is the result of the instance; `gone` is told how to give up. */
  executeAwaitingResult(
    partitionId: number,
    value: Values['PROCESS_INSTANCE_CREATION'],
    bytes: number,
    timeoutMs: number,
    operationReference: number,
    gone: (forget: () => void) => void,
  ): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      const { pending } = this;
      const id = pending.nextId();
      const wait = timeoutMs > 0 ? timeoutMs : this.#options.requestTimeoutMs;
      const limit = this.limits.awaitedResults;
      pending.add(id, partitionId, limit, bytes, wait, true, resolve, reject);
      gone(() => pending.forget(id));
      const intent = 'CREATE_WITH_AWAITING_RESULT';
      const type = 'PROCESS_INSTANCE_CREATION';
      this.#send(partitionId, type, intent, -1 as Key, value, id, operationReference);
    });
  }

  /** Sends a command whose answer nobody waits for. */
  tell<T extends ValueType>(
    partitionId: number,
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
  ): void {
    this.#byId[partitionId]?.command(valueType, intent, key, value, -1, NO_OPERATION);
  }

  #send<T extends ValueType>(
    partitionId: number,
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
    requestId: number,
    operationReference: number,
  ): void {
    const link = this.#byId[partitionId] as PartitionLink;
    try {
      link.command(valueType, intent, key, value, requestId, operationReference);
    } catch (error) {
      this.pending.forget(requestId);
      throw error;
    }
  }

  control(partitionId: number, control: PartitionControl): void {
    this.#byId[partitionId]?.control(control);
  }

  controlAll(control: PartitionControl): void {
    for (const link of this.#links) link.control(control);
  }

  /** Sends what waits to leave, now. */
  flush(): void {
    for (const link of this.#links) link.flush();
  }

  /** What each partition said last about itself. */
  statuses(): readonly PartitionStatus[] {
    return [...this.#status.values()].sort((a, b) => a.partitionId - b.partitionId);
  }

  topology(): TopologyPartition[] {
    return this.#links.map(({ partitionId }) => {
      const status = this.#status.get(partitionId);
      return status === undefined
        ? { partitionId, role: 'inactive', health: 'unhealthy' }
        : { partitionId, role: status.role, health: status.health };
    });
  }

  answered(record: LogRecord): void {
    this.pending.answered(record);
  }

  pushed(record: LogRecord, partitionId: number): void {
    this.#listener.pushed(record, partitionId);
  }

  noticed(notice: Parameters<LinkListener['noticed']>[0], partitionId: number): void {
    if (notice.kind === 'refused') {
      this.pending.refused(notice.requestId, new StatusError(notice.code, notice.message));
    } else if (notice.kind === 'jobs-available') {
      this.#listener.jobsAvailable(notice.type);
    } else if (notice.kind === 'status' || notice.kind === 'health') {
      this.#status.set(partitionId, notice.status);
    }
  }

  settled(): void {
    this.#listener.settled();
  }
}

/**
 * Tries one partition after the other, as for calls that any partition can take (failover kind B).
 * Goes on only when a partition had no room.
 */
export async function tryInTurn<R>(
  partitions: readonly number[],
  attempt: (partitionId: number) => Promise<R>,
): Promise<R> {
  if (partitions.length === 1) return attempt(partitions[0] as number);
  const attempts: Attempt[] = [];
  for (const partitionId of partitions) {
    try {
      return await attempt(partitionId);
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== STATUS.RESOURCE_EXHAUSTED) throw error;
      attempts.push({ code: error.code, message: error.message });
    }
  }
  const why =
    attempts.length === 0 ? 'no partition has a leader' : (attempts[0] as Attempt).message;
  throw new StatusError(
    'RESOURCE_EXHAUSTED',
    `Expected to execute the command on one of the partitions, but all failed; try again later (${why})`,
    attempts,
  );
}

/** A client's key as the engine knows it. */
export function engineKey(key: Int64): Key {
  return keyFromHalves(key.high, key.low);
}

/** The client's own number in decimal. */
export function clientKeyText(key: Int64): string {
  return BigInt.asIntN(64, (BigInt(key.high) << 32n) | BigInt(key.low)).toString();
}

/**
 * A number that no partition can have handed out is known to the engine as a mark only: in an error's text this puts
 * what the client sent in the place of the mark.
 */
export function withClientKeyText(error: unknown, clientKey: Int64, key: Key): unknown {
  if (error instanceof StatusError && isUnknownKey(key)) {
    error.message = error.message.replaceAll(keyText(key), clientKeyText(clientKey));
  }
  return error;
}
