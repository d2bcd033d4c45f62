// Requests on their way: to the routes of their partitions, back from leaders that are lost or refuse, and to their end by
// whatever partitions answer.
//
// Guarantees: a request that may have been executed stays with its partition until it is answered or its time is over; one
// that any partition may have goes to the next one only when it was certainly not executed.
// Leaves to others: sending to one partition (PartitionRoute), time-outs (PendingRequests), who leads (ClusterView).
import { ALL_SESSIONS, decodeEntry, type LogRecord } from '@millrace/protocol';
import type { Timers } from '@millrace/raft';
import type { FromPartition, OpenStream, PartitionNotice } from '../../partition/messages.ts';
import type { ClusterView, PartitionNetwork } from '../cluster-view.ts';
import { STATUS, StatusError, statusOf } from '../status.ts';
import * as outcomes from './outcomes.ts';
import { PartitionRoute, type RouteSurroundings } from './partition-route.ts';
import { NEVER, NOBODY, type PendingRequest } from './pending-request.ts';
import { PendingRequests } from './pending-requests.ts';
import type { RequestNumbers } from './request-numbers.ts';
import { RouteTable } from './route-table.ts';

/** Stands for a partition that is still to be chosen. */
export const ANY_PARTITION = 0;
/** Pause before a leader without room is asked again for a request that a former one may have executed, ms. */
const NO_ROOM_PAUSE_MS = 100;

export interface RouterParts {
  readonly network: PartitionNetwork;
  readonly view: ClusterView;
  readonly timers: Timers;
  readonly numbers: RequestNumbers;
  /** The broker's clock, ms. */
  readonly now: () => number;
}

export interface RouterListener {
  pushed(record: LogRecord, partitionId: number): void;
  jobsAvailable(type: string): void;
  /** The partition has a leader (again) that takes requests. */
  reachable(partitionId: number): void;
  openStreams(): readonly OpenStream[];
  /** A message of a partition has been handed on completely. */
  settled(): void;
}

export class RequestRouter implements RouteSurroundings {
  readonly timers: Timers;
  readonly pending: PendingRequests;
  readonly routes: RouteTable;
  readonly now: () => number;
  /** Requests that any partition may have, while none can take them. */
  readonly parked = new Set<PendingRequest>();
  readonly #numbers: RequestNumbers;
  readonly #network: PartitionNetwork;
  readonly #listener: RouterListener;
  #turn = 0;
  #isSending = false;
  /** What happened while a message was being handed to the network. */
  #postponed: (() => void)[] = [];

  constructor(parts: RouterParts, listener: RouterListener) {
    this.timers = parts.timers;
    this.now = parts.now;
    this.#numbers = parts.numbers;
    this.#network = parts.network;
    this.#listener = listener;
    this.pending = new PendingRequests(this.timers, this.now, (request) => this.#timedOut(request));
    this.routes = new RouteTable(parts.view, (id) => new PartitionRoute(id, this));
    this.#network.onMessage((nodeId, message) => this.#receive(nodeId, message));
    this.#network.onLost((nodeId) => this.#whenSent(() => this.#lost(nodeId)));
    parts.view.onChange(() => this.#whenSent(() => this.#refresh()));
    this.#refresh();
  }

  /** Takes a new request: its place under its limit, its time, its way. @throws StatusError RESOURCE_EXHAUSTED */
  begin(request: PendingRequest): void {
    this.pending.add(request);
    if (request.patience === 'anywhere') this.#sendAnywhere(request);
    else this.routes.get(request.partitionId)?.add(request);
  }

  /** Ends everything that waits, at shutdown. */
  close(): void {
    this.pending.close();
    for (const route of this.routes.all) route.close();
  }

  #sendAnywhere(request: PendingRequest): void {
    const { routes } = this;
    if (!routes.knowsBrokers) return this.pending.fail(request, outcomes.noTopology());
    const { starting } = routes;
    for (let i = 0; i < starting.length; i++) {
      const route = starting[this.#turn++ % starting.length] as PartitionRoute;
      if (!route.isOpen || request.tried?.includes(route.partitionId) === true) continue;
      request.partitionId = route.partitionId;
      return route.add(request);
    }
    request.partitionId = ANY_PARTITION;
    if (request.attempts !== undefined) {
      return this.pending.fail(request, outcomes.allFailed(request.attempts));
    }
    this.pending.keep(request, this.parked);
  }

  #refresh(): void {
    const changed = this.routes.refresh();
    for (const [route, former] of changed) {
      if (former !== undefined) this.#closeStreamsAt(former, route.partitionId);
    }
    this.#releaseParked();
    if (changed.size === 0) return;
    for (const request of this.pending.sent()) {
      const route = this.routes.get(request.partitionId) as PartitionRoute;
      const { leader } = route;
      if (changed.has(route) && leader !== undefined && leader !== request.node) route.add(request);
    }
  }

  #releaseParked(): void {
    if (this.parked.size === 0 || !this.routes.starting.some((route) => route.isOpen)) return;
    for (const request of [...this.parked]) {
      this.pending.release(request);
      this.#sendAnywhere(request);
    }
  }

  /** A leader no more: it is told as far as it can be reached. */
  #closeStreamsAt(nodeId: number, partitionId: number): void {
    const control = this.openStreams().map(({ streamId }) => ({
      kind: 'close-stream' as const,
      streamId,
    }));
    if (control.length > 0) {
      this.transmit(nodeId, partitionId, this.session(), undefined, 0, control);
    }
  }

  #lost(nodeId: number): void {
    for (const route of this.routes.all) route.lost(nodeId);
    for (const request of this.pending.sent()) {
      if (request.node === nodeId) this.routes.get(request.partitionId)?.add(request);
    }
  }

  #receive(nodeId: number, message: FromPartition): void {
    const { session, partitionId, answers, pushes } = message;
    if (session !== ALL_SESSIONS && !this.#numbers.owns(session)) return;
    if (answers !== undefined) {
      this.#answered(decodeEntry(answers));
      this.routes.get(partitionId)?.heard(nodeId);
    }
    if (pushes !== undefined) {
      const records = decodeEntry(pushes);
      for (let i = 0; i < records.length; i++) {
        this.#listener.pushed(records[i] as LogRecord, partitionId);
      }
    }
    for (const notice of message.notices) this.#noticed(nodeId, partitionId, notice);
    this.#listener.settled();
  }

  /**
   * Answers to what has started work wait until all others of the same message are on their way, for whoever finishes work is
   * served first (as in the partition's queue). With as many clients that start as workers that finish it keeps jobs from
   * piling up: 5,500 to 6,370 instances/s with 64 of each.
   */
  #answered(records: readonly LogRecord[]): void {
    const started: LogRecord[] = [];
    for (let i = 0; i < records.length; i++) {
      const record = records[i] as LogRecord;
      if (record.valueType === 'PROCESS_INSTANCE_CREATION') started.push(record);
      else this.pending.answered(record);
    }
    if (started.length === 0) return;
    const answerStarted = () => {
      for (let i = 0; i < started.length; i++) this.pending.answered(started[i] as LogRecord);
    };
    if (started.length === records.length) answerStarted();
    else this.timers.soon(answerStarted);
  }

  #noticed(nodeId: number, partitionId: number, notice: PartitionNotice): void {
    if (notice.kind === 'jobs-available') this.#listener.jobsAvailable(notice.type);
    else if (notice.kind === 'refused') this.#refused(nodeId, partitionId, notice);
  }

  /** Only the broker that has the request can refuse it: a former leader's word says nothing of the present one. */
  #refused(
    nodeId: number,
    partitionId: number,
    notice: Extract<PartitionNotice, { kind: 'refused' }>,
  ): void {
    const request = this.pending.get(notice.requestId);
    if (request?.partitionId !== partitionId || request.node !== nodeId) return;
    const route = this.routes.get(partitionId) as PartitionRoute;
    const error = new StatusError(notice.code, notice.message);
    if (notice.retry) route.refused(nodeId, request);
    else if (error.code !== STATUS.RESOURCE_EXHAUSTED) this.pending.fail(request, error);
    else if (request.sends > 1) this.#askLater(route, request);
    else if (request.patience === 'anywhere') this.#tryNext(request, error);
    else this.pending.fail(request, error);
  }

  /** No room now; but a former leader may have executed it, so it must not end as refused. */
  #askLater(route: PartitionRoute, request: PendingRequest): void {
    request.node = NOBODY;
    this.timers.after(NO_ROOM_PAUSE_MS, () => {
      if (!request.ended) route.add(request);
    });
  }

  #tryNext(request: PendingRequest, error: StatusError): void {
    if (this.routes.starting.length === 1) return this.pending.fail(request, error);
    request.tried ??= [];
    request.tried.push(request.partitionId);
    request.attempts ??= [];
    request.attempts.push({ code: error.code, message: error.message });
    request.node = NOBODY;
    request.firstSentMs = NEVER;
    request.sends = 0;
    this.#sendAnywhere(request);
  }

  #timedOut(request: PendingRequest): StatusError {
    const leader = this.routes.get(request.partitionId)?.leader;
    return outcomes.timedOut(request, leader, this.routes.addressOf(request.node));
  }

  #whenSent(work: () => void): void {
    if (this.#isSending) this.#postponed.push(work);
    else work();
  }

  // What the routes need; see RouteSurroundings.

  session(): number {
    return this.#numbers.session;
  }

  openStreams(): readonly OpenStream[] {
    return this.#listener.openStreams();
  }

  transmit(...args: Parameters<RouteSurroundings['transmit']>): boolean {
    const [nodeId, partitionId, session, commands, retriedSinceMs, control] = args;
    this.#isSending = true;
    try {
      const message = { session, commands, retriedSinceMs, control };
      return this.#network.send(nodeId, partitionId, message);
    } finally {
      this.#isSending = false;
      if (this.#postponed.length > 0) {
        const postponed = this.#postponed;
        this.#postponed = [];
        this.timers.soon(() => {
          for (const work of postponed) work();
        });
      }
    }
  }

  opened(route: PartitionRoute): void {
    this.#releaseParked();
    this.#listener.reachable(route.partitionId);
  }

  turnedAway(request: PendingRequest): void {
    const { partitionId, patience } = request;
    if (patience === 'anywhere') this.#sendAnywhere(request);
    else if (patience === 'skip') this.pending.fail(request, outcomes.unreachable(partitionId));
    else if (this.routes.knowsBrokers)
      this.pending.fail(request, outcomes.deadPartition(partitionId));
    else this.pending.fail(request, outcomes.noTopology());
  }

  fail(request: PendingRequest, error: unknown): void {
    this.pending.fail(
      request,
      error instanceof RangeError ? outcomes.tooLarge(error, request.sends > 1) : statusOf(error),
    );
  }
}
