// The way of requests to one partition: to the broker that leads it, and to the next one when that changes.
//
// Commands of an event-loop tick travel in one message; those that are sent again travel in messages of their own, which say
// since when. States: `open`: requests leave at the end of the tick. `closed`: no leader is known, it cannot be reached or has
// refused; requests wait. `probing`: after a pause some are sent again; the rest follows when the leader takes them.
//
// Guarantees: a request is with one broker at a time as far as the gateway knows, or waits here; a leader that refuses is asked
// again after growing pauses; a new one is asked at once, and is told of all open job streams before anything else.
// Leaves to others: who leads (ClusterView), what ends a request (PendingRequests), answers (Partitions).
import { sessionOf } from '@millrace/protocol';
import type { Cancel, Timers } from '@millrace/raft';
import type { OpenStream, PartitionControl } from '../../partition/messages.ts';
import { statusOf } from '../status.ts';
import { CommandPacker } from './command-packer.ts';
import { NEVER, NOBODY, type PendingRequest } from './pending-request.ts';
import type { PendingRequests } from './pending-requests.ts';

const FLUSH_BYTES = 1024 * 1024;
/** Pauses before a leader is asked again that refused or could not be reached, ms: from, to, doubling. */
const PAUSE_MIN_MS = 10;
const PAUSE_MAX_MS = 100;
/** Requests of a probe. */
const PROBE_MAX = 64;
/** Requests that were sent first at about the same time, ms, share a message when they are sent again. */
const SAME_AGE_MS = 1_000;
const NO_CONTROL: readonly PartitionControl[] = [];

/** What a route needs of the gateway around it. */
export interface RouteSurroundings {
  readonly timers: Timers;
  readonly pending: PendingRequests;
  /** The gateway's present session. */
  session(): number;
  /** The broker's clock, ms. */
  now(): number;
  /** Sends to the partition's replica on the broker. False: nothing was sent. @throws RangeError: it is too large */
  transmit(
    nodeId: number,
    partitionId: number,
    session: number,
    commands: Uint8Array | undefined,
    retriedSinceMs: number,
    control: readonly PartitionControl[],
  ): boolean;
  /** Every job stream that is open. */
  openStreams(): readonly OpenStream[];
  /** The route takes requests (again). */
  opened(route: PartitionRoute): void;
  /** A request that was never sent, cannot be sent now and is not to wait here. */
  turnedAway(request: PendingRequest): void;
  fail(request: PendingRequest, error: unknown): void;
}

export class PartitionRoute {
  readonly partitionId: number;
  readonly #around: RouteSurroundings;
  readonly #packer: CommandPacker;
  #leader: number | undefined;
  #state: 'closed' | 'probing' | 'open' = 'closed';
  #isDead = false;
  /** Requests that wait for the route to open, in the order in which they came. */
  readonly #waiting = new Set<PendingRequest>();
  #fresh: PendingRequest[] = [];
  #repeated: PendingRequest[] = [];
  /** Bytes of requests in `#fresh`. */
  #freshBytes = 0;
  #control: PartitionControl[] = [];
  /** The leader does not know our job streams. */
  #mustGreet = true;
  #pauseMs = 0;
  #cancelPause: Cancel | undefined;
  #isScheduled = false;
  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.flush();
  };
  /** Counts since the start. */
  repeats = 0;
  leaderChanges = 0;
  #lastLeader: number | undefined;

  constructor(partitionId: number, around: RouteSurroundings) {
    this.partitionId = partitionId;
    this.#around = around;
    this.#packer = new CommandPacker(partitionId);
  }

  /** The broker that leads, as the cluster view says. */
  get leader(): number | undefined {
    return this.#leader;
  }

  /** Whether requests leave at once. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Requests that wait for a leader. */
  get waiting(): ReadonlySet<PendingRequest> {
    return this.#waiting;
  }

  /** Sends the request, for the first time or again, or keeps it until that is possible. */
  add(request: PendingRequest): void {
    request.node = NOBODY;
    if (this.#state !== 'open') {
      this.#keep(request);
      return;
    }
    this.#queue(request);
    if (this.#freshBytes > FLUSH_BYTES) this.flush();
    else this.#schedule();
  }

  #queue(request: PendingRequest): void {
    if (request.wasSent) this.#repeated.push(request);
    else {
      this.#fresh.push(request);
      this.#freshBytes += request.bytes;
    }
  }

  #keep(request: PendingRequest): void {
    if (request.ended) return;
    if (!request.wasSent && (this.#isDead || request.patience !== 'wait')) {
      return this.#around.turnedAway(request);
    }
    this.#around.pending.keep(request, this.#waiting);
  }

  /** Who leads now. @returns the former leader, when there was another one */
  leaderIs(nodeId: number | undefined): number | undefined {
    const former = this.#leader;
    if (nodeId === former) return undefined;
    this.#leader = nodeId;
    this.#control = [];
    this.#mustGreet = true;
    this.#pauseMs = 0;
    if (nodeId === undefined) {
      this.#endPause();
      this.#close();
    } else {
      if (this.#lastLeader !== undefined && this.#lastLeader !== nodeId) this.leaderChanges++;
      this.#lastLeader = nodeId;
      this.#open();
    }
    return former;
  }

  /** No replica that is known can ever lead: nothing new waits here. */
  deadIs(isDead: boolean): void {
    this.#isDead = isDead;
    if (!isDead) return;
    for (const request of [...this.#waiting]) {
      if (request.wasSent) continue;
      this.#around.pending.release(request);
      this.#around.turnedAway(request);
    }
  }

  /** The way to the broker is cut: what was open there may be closed by now. */
  lost(nodeId: number): void {
    if (nodeId !== this.#leader) return;
    this.#control = [];
    this.#mustGreet = true;
    this.#pause();
  }

  /** The broker does not take the request for now; it, or another one, may do so later. */
  refused(nodeId: number, request: PendingRequest): void {
    if (nodeId === this.#leader && !this.#isClosed()) this.#pause();
    this.add(request);
  }

  /** The broker answers: what waits during a probe may follow. */
  heard(nodeId: number): void {
    if (nodeId !== this.#leader) return;
    this.#pauseMs = 0;
    if (this.#state === 'probing') this.#open();
  }

  control(control: PartitionControl): void {
    if (!this.#mustGreet) this.#control.push(control);
    if (this.#state === 'open') this.#schedule();
  }

  /** Forgets what waits, at shutdown. */
  close(): void {
    this.#endPause();
    this.#state = 'closed';
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#around.timers.soon(this.#flush);
  }

  #open(): void {
    this.#endPause();
    this.#state = 'open';
    this.#release(this.#waiting.size);
    this.#schedule();
    this.#around.opened(this);
  }

  /** Takes up to so many requests out of the waiting ones, to be sent next. */
  #release(count: number): void {
    let left = count;
    for (const request of this.#waiting) {
      if (left-- === 0) return;
      this.#around.pending.release(request);
      this.#queue(request);
    }
  }

  /** What was about to leave waits. */
  #close(): void {
    this.#state = 'closed';
    const requests = [...this.#repeated, ...this.#fresh];
    this.#repeated = [];
    this.#fresh = [];
    this.#freshBytes = 0;
    for (const request of requests) this.#keep(request);
  }

  #pause(): void {
    this.#close();
    this.#endPause();
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, PAUSE_MIN_MS), PAUSE_MAX_MS);
    this.#cancelPause = this.#around.timers.after(this.#pauseMs, () => this.#probe());
  }

  #endPause(): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
  }

  #probe(): void {
    this.#cancelPause = undefined;
    this.#state = 'probing';
    const isAsking = this.#waiting.size > 0;
    this.#release(PROBE_MAX);
    this.flush();
    if (this.#state !== 'probing') return;
    if (isAsking) this.#cancelPause = this.#around.timers.after(this.#pauseMs, () => this.#open());
    else this.#open();
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  /** Sends what waits to leave, now. */
  flush(): void {
    if (this.#isClosed()) return;
    if (this.#repeated.length > 0) {
      const requests = this.#repeated;
      this.#repeated = [];
      this.#sendAll(requests, true);
    }
    if (this.#fresh.length > 0) {
      const requests = this.#fresh;
      this.#fresh = [];
      this.#freshBytes = 0;
      this.#sendAll(requests, false);
    }
    if (this.#isClosed()) return;
    if (this.#control.length > 0 || (this.#mustGreet && this.#around.openStreams().length > 0)) {
      this.#transmit(this.#around.session(), undefined, 0);
    }
  }

  #sendAll(requests: readonly PendingRequest[], isRepeated: boolean): void {
    let next = 0;
    while (next < requests.length && !this.#isClosed()) {
      const first = next;
      const batch = this.#pack(requests, first, isRepeated);
      next = batch.next;
      if (batch.session < 0) continue;
      try {
        if (this.#transmit(batch.session, batch.bytes, batch.retriedSinceMs)) continue;
        this.#takeBack(requests.slice(first, next), isRepeated);
      } catch (error) {
        for (let i = first; i < next; i++) this.#around.fail(requests[i] as PendingRequest, error);
      }
    }
    for (; next < requests.length; next++) this.add(requests[next] as PendingRequest);
  }

  /** Nothing of them was sent. */
  #takeBack(requests: readonly PendingRequest[], isRepeated: boolean): void {
    for (const request of requests) {
      request.sends--;
      if (!isRepeated) request.firstSentMs = NEVER;
      this.add(request);
    }
  }

  /** Packs requests from `first` on that may share a message; session -1: none of them is to be sent. */
  #pack(requests: readonly PendingRequest[], first: number, isRepeated: boolean) {
    const around = this.#around;
    const packer = this.#packer;
    const node = this.#leader as number;
    const monotonicMs = Math.floor(around.timers.monotonicMs());
    let session = -1;
    let oldestMs = monotonicMs;
    let next = first;
    packer.begin();
    for (; next < requests.length && packer.length <= FLUSH_BYTES; next++) {
      const request = requests[next] as PendingRequest;
      if (request.ended) continue;
      const its = sessionOf(request.command.requestId);
      if (session >= 0) {
        const isApart = isRepeated && Math.abs(request.firstSentMs - oldestMs) > SAME_AGE_MS;
        if (its !== session || isApart || request.bytes > FLUSH_BYTES) break;
      }
      if (!this.#encode(request)) continue;
      session = its;
      request.node = node;
      request.sends++;
      if (isRepeated) {
        oldestMs = Math.min(oldestMs, request.firstSentMs);
        this.repeats++;
      } else request.firstSentMs = monotonicMs;
    }
    const retriedSinceMs = isRepeated ? monotonicMs - oldestMs + 1 : 0;
    return { next, session, bytes: packer.finish(), retriedSinceMs };
  }

  #encode(request: PendingRequest): boolean {
    const around = this.#around;
    const isLate = request.notAfterMs !== undefined && request.notAfterMs < around.now();
    if (isLate || request.call?.ended === true) {
      around.pending.forget(request);
      return false;
    }
    try {
      this.#packer.add(request.command);
      return true;
    } catch (error) {
      around.fail(request, statusOf(error));
      return false;
    }
  }

  /** @throws Error when the network cannot carry it, now or later: it is too large */
  #transmit(session: number, commands: Uint8Array | undefined, retriedSinceMs: number): boolean {
    const isGreeting = this.#mustGreet;
    const control = this.#control.length === 0 ? NO_CONTROL : this.#control;
    if (control !== NO_CONTROL) this.#control = [];
    this.#mustGreet = false;
    let isSent = false;
    try {
      isSent = this.#around.transmit(
        this.#leader as number,
        this.partitionId,
        session,
        commands,
        retriedSinceMs,
        isGreeting ? this.#around.openStreams() : control,
      );
    } finally {
      if (!isSent && isGreeting) this.#mustGreet = true;
      else if (!isSent) this.#control = [...control, ...this.#control];
    }
    if (!isSent) this.#pause();
    return isSent;
  }
}
