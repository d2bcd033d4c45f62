// All partitions as the handlers of calls see them: which ones there are, and `execute`, the one way a command travels to one
// of them and its answer back (gateway-grpc.md section 2).
//
// Guarantees: a request keeps its number however often it is sent, so that it is executed at most once.
// Leaves to others: the way there and back, over changes of leaders (RequestRouter).
import {
  type Intent,
  type Key,
  type LogRecord,
  NO_KEY,
  NO_OPERATION,
  partitionOfHalves,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { PartitionControl } from '../../partition/messages.ts';
import type { ClusterView } from '../cluster-view.ts';
import type { GatewayLimits, Limit } from '../limits.ts';
import type { CallContext } from '../service/call.ts';
import type { Int64 } from '../wire/proto-reader.ts';
import { engineKey, withClientKeyText } from './client-keys.ts';
import { commandRecord } from './command-record.ts';
import { noTopology, unknownPartition } from './outcomes.ts';
import { type Patience, PendingRequest } from './pending-request.ts';
import type { PendingRequests } from './pending-requests.ts';
import type { RequestNumbers } from './request-numbers.ts';
import {
  ANY_PARTITION,
  RequestRouter,
  type RouterListener,
  type RouterParts,
} from './request-router.ts';
import type { RouteTable } from './route-table.ts';

const NOBODY_WAITS = (): void => {};

export interface PartitionsParts extends RouterParts {
  readonly limits: GatewayLimits;
  readonly requestTimeoutMs: number;
}

export class Partitions {
  readonly limits: GatewayLimits;
  readonly numbers: RequestNumbers;
  readonly view: ClusterView;
  readonly router: RequestRouter;
  /** How long a command may take, ms. */
  readonly requestTimeoutMs: number;

  constructor(parts: PartitionsParts, listener: RouterListener) {
    this.limits = parts.limits;
    this.numbers = parts.numbers;
    this.view = parts.view;
    this.requestTimeoutMs = parts.requestTimeoutMs;
    this.router = new RequestRouter(parts, listener);
  }

  get pending(): PendingRequests {
    return this.router.pending;
  }

  get routes(): RouteTable {
    return this.router.routes;
  }

  /** The partition that a key names. @throws StatusError UNAVAILABLE when there is none */
  partitionOf(key: Int64): number {
    const partitionId = partitionOfHalves(key.high);
    if (this.routes.get(partitionId) === undefined) throw unknownPartition(partitionId);
    return partitionId;
  }

  /**
   * The partitions that take requests at the moment, beginning with the n-th.
   * @throws StatusError UNAVAILABLE when no broker is known
   */
  from(start: number): number[] {
    if (!this.routes.knowsBrokers) throw noTopology();
    return this.routes.open(start).map((route) => route.partitionId);
  }

  /**
   * Sends a command and waits for its committed answer.
   * @param bytes what the request weighs under its limit
   * @param call when it ends the command is not sent (again); undefined: it is
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
    call: CallContext | undefined,
    operationReference: number = NO_OPERATION,
    patience: Patience = 'wait',
  ): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      if (partitionId !== ANY_PARTITION && this.routes.get(partitionId) === undefined)
        throw unknownPartition(partitionId);
      const id = this.numbers.next();
      const command = commandRecord(valueType, intent, key, value, id, operationReference);
      const request = new PendingRequest(
        command,
        partitionId,
        patience,
        limit,
        bytes,
        this.requestTimeoutMs,
        false,
        call,
        resolve,
        reject,
      );
      this.router.begin(request);
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
    call: CallContext,
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
        call,
        operationReference,
      );
    } catch (error) {
      throw withClientKeyText(error, clientKey, key);
    }
  }

  /** The same for a command without a key that any partition may take: the next one in turn that can, then the others. */
  executeAnywhere<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    value: Values[T],
    limit: Limit,
    bytes: number,
    call: CallContext,
  ): Promise<LogRecord> {
    return this.execute(
      ANY_PARTITION,
      valueType,
      intent,
      NO_KEY,
      value,
      limit,
      bytes,
      call,
      NO_OPERATION,
      'anywhere',
    );
  }

  /**
   * The same for a new instance, which any partition may take: the next one in turn that can, then the others (failover kind B).
   * @param awaitedMs how long the instance's result is awaited, ms; 0: as long as any command; undefined: it is not
   */
  create(
    value: Values['PROCESS_INSTANCE_CREATION'],
    bytes: number,
    call: CallContext,
    operationReference: number,
    awaitedMs?: number,
  ): Promise<LogRecord> {
    return new Promise((resolve, reject) => {
      const isAwaited = awaitedMs !== undefined;
      const intent = isAwaited ? 'CREATE_WITH_AWAITING_RESULT' : 'CREATE';
      const type = 'PROCESS_INSTANCE_CREATION';
      const id = this.numbers.next();
      const request = new PendingRequest(
        commandRecord(type, intent, NO_KEY, value, id, operationReference),
        ANY_PARTITION,
        'anywhere',
        isAwaited ? this.limits.awaitedResults : this.limits.startingWork,
        bytes,
        isAwaited && awaitedMs > 0 ? awaitedMs : this.requestTimeoutMs,
        isAwaited,
        call,
        resolve,
        reject,
      );
      this.router.begin(request);
      if (isAwaited) call.onEnd(() => this.pending.forget(request));
    });
  }

  /**
   * Gives a locked job back. Nobody waits for the answer, but the command survives a change of leader. Where it cannot be
   * sent before the lock is over, the partition takes the job back by itself.
   * @param lockedUntilMs on the broker's clock
   */
  giveBack(
    partitionId: number,
    intent: 'YIELD' | 'FAIL',
    key: Key,
    value: Values['JOB'],
    lockedUntilMs: number,
  ): void {
    const request = new PendingRequest(
      commandRecord('JOB', intent, key, value, this.numbers.next(), NO_OPERATION),
      partitionId,
      'wait',
      this.limits.givingBack,
      value.errorMessage.length,
      this.requestTimeoutMs,
      false,
      undefined,
      NOBODY_WAITS,
      NOBODY_WAITS,
    );
    request.notAfterMs = lockedUntilMs;
    try {
      this.router.begin(request);
    } catch {
      // Beyond the limit, which counts it: the lock runs out.
    }
  }

  control(partitionId: number, control: PartitionControl): void {
    this.routes.get(partitionId)?.control(control);
  }

  controlAll(control: PartitionControl): void {
    for (const route of this.routes.all) route.control(control);
  }

  /** Sends what waits to leave, now. */
  flush(): void {
    for (const route of this.routes.all) route.flush();
  }

  /** Ends everything that waits, at shutdown. */
  close(): void {
    this.router.close();
  }
}
