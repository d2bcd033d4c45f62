// ActivateJobs: one round at once; when it finds nothing, the call waits until jobs of its type are announced, a probe
// is due or its time is over (gateway-grpc.md section 4).
//
// Waiting calls of a type are woken one after the other, oldest first, for as long as they find jobs: an announcement
// costs one question, however many wait. An announcement that arrives during a round makes that round repeat, so none is
// missed. Nothing is persisted.
import type { Cancel, Timers } from '@millrace/raft';
import type { Partitions } from '../partitions/partitions.ts';
import { type StatusError, statusOf } from '../status.ts';
import type { ActivateJobsRequest } from '../wire/requests.ts';
import type { ResponseStream } from './call.ts';
import { type Activation, activationRound, type Round } from './job-activation.ts';
import { type TenantOptions, tenantsOf } from './tenants.ts';

export interface LongPollingOptions {
  readonly enabled: boolean;
  /** How long a call waits that names no time itself. */
  readonly timeoutMs: number;
  /** A waiting call of each type asks again after this time, announcement or not. */
  readonly probeMs: number;
}

class WaitingPoll {
  readonly activation: Activation;
  /** Ends the wait; undefined: with nothing found. */
  readonly finish: (error: unknown) => void;
  /** Its time was over while it was asking. */
  expired = false;
  asking = false;

  constructor(activation: Activation, finish: (error: unknown) => void) {
    this.activation = activation;
    this.finish = finish;
  }
}

class JobType {
  readonly name: string;
  readonly waiting = new Set<WaitingPoll>();
  /** Counts announcements. */
  announced = 0;
  turn = 0;
  waking = false;
  /** Rounds that run now: a type in use is not forgotten. */
  rounds = 0;

  constructor(name: string) {
    this.name = name;
  }
}

export class LongPolling {
  readonly #options: LongPollingOptions;
  readonly #maxMessageBytes: number;
  readonly #types = new Map<string, JobType>();
  readonly #onFault: (partitionId: number, error: StatusError) => void;
  readonly #timers: Timers;
  readonly #tenants: TenantOptions;
  #partitions: Partitions | undefined;
  #cancelProbe: Cancel | undefined;
  #closed = false;

  constructor(
    options: LongPollingOptions,
    maxMessageBytes: number,
    timers: Timers,
    tenants: TenantOptions,
    onFault: (partitionId: number, error: StatusError) => void,
  ) {
    this.#options = options;
    this.#timers = timers;
    this.#tenants = tenants;
    this.#maxMessageBytes = maxMessageBytes;
    this.#onFault = onFault;
  }

  /** The partitions announce jobs to this object, and this object asks them: tied together after both exist. */
  attach(partitions: Partitions): void {
    this.#partitions = partitions;
  }

  /** Job types that calls wait for, with their number. */
  waiting(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const [name, type] of this.#types) {
      if (type.waiting.size > 0) counts.set(name, type.waiting.size);
    }
    return counts;
  }

  async activate(request: ActivateJobsRequest, bytes: number, call: ResponseStream): Promise<void> {
    const tenantIds = tenantsOf(this.#tenants, 'ActivateJobs', request.tenantIds);
    const partitions = this.#partitions as Partitions;
    const spanMs = request.requestTimeout < 0 ? partitions.requestTimeoutMs : this.#waitMs(request);
    const endsMs = this.#timers.monotonicMs() + spanMs;
    const activation: Activation = { request, tenantIds, bytes, call, endsMs };
    const type = this.#type(request.type);
    try {
      for (;;) {
        const announced = type.announced;
        const round = await this.#round(type, activation);
        if (round.delivered > 0 || call.ended) return;
        if (round.exhausted !== undefined) throw round.exhausted;
        if (request.requestTimeout < 0 || !this.#options.enabled || this.#closed) return;
        if (type.announced !== announced) continue;
        return await this.#wait(type, activation);
      }
    } finally {
      this.#forgetIfIdle(type);
    }
  }

  /** Jobs of this type can be activated. */
  announce(typeName: string): void {
    const type = this.#types.get(typeName);
    if (type !== undefined) this.#announced(type);
  }

  /** A partition has a leader again: it may have jobs of any type, and what it announced meanwhile was lost. */
  announceAll(): void {
    for (const type of [...this.#types.values()]) this.#announced(type);
  }

  #announced(type: JobType): void {
    type.announced++;
    this.#wake(type);
  }

  close(): void {
    this.#closed = true;
    this.#endProbes();
    for (const type of this.#types.values()) {
      for (const poll of type.waiting) poll.finish(undefined);
    }
  }

  #type(name: string): JobType {
    let type = this.#types.get(name);
    if (type === undefined) {
      type = new JobType(name);
      this.#types.set(name, type);
    }
    return type;
  }

  #forgetIfIdle(type: JobType): void {
    if (type.waiting.size === 0 && type.rounds === 0 && !type.waking) {
      this.#types.delete(type.name);
    }
    if (this.#types.size === 0) this.#endProbes();
  }

  #endProbes(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  async #round(type: JobType, activation: Activation): Promise<Round> {
    const partitions = this.#partitions as Partitions;
    const order = partitions.from(type.turn++);
    type.rounds++;
    try {
      return await activationRound(
        partitions,
        activation,
        order,
        this.#maxMessageBytes,
        this.#onFault,
      );
    } finally {
      type.rounds--;
    }
  }

  /** How long the call may take, ms. */
  #waitMs({ requestTimeout }: ActivateJobsRequest): number {
    return requestTimeout > 0 ? requestTimeout : this.#options.timeoutMs;
  }

  /** Parks the call. */
  #wait(type: JobType, activation: Activation): Promise<void> {
    const { call, bytes } = activation;
    const limit = (this.#partitions as Partitions).limits.waitingPolls;
    limit.take(bytes);
    this.#cancelProbe ??= this.#timers.every(this.#options.probeMs, () => this.#probeAll());
    return new Promise((resolve, reject) => {
      const waitMs = Math.max(0, activation.endsMs - this.#timers.monotonicMs());
      const cancel = this.#timers.after(Math.min(waitMs, 0x7fffffff), () => {
        poll.expired = true;
        if (!poll.asking) poll.finish(undefined);
      });
      const poll = new WaitingPoll(activation, (error) => {
        if (!type.waiting.delete(poll)) return;
        cancel();
        limit.give(bytes);
        if (error === undefined) resolve();
        else reject(error);
      });
      type.waiting.add(poll);
      call.onEnd(() => {
        poll.expired = true;
        if (!poll.asking) poll.finish(undefined);
      });
    });
  }

  #probeAll(): void {
    for (const type of this.#types.values()) this.#wake(type);
  }

  /** Lets the waiting calls ask, one after the other, until one finds nothing and nothing new was announced. */
  async #wake(type: JobType): Promise<void> {
    if (type.waking) return;
    type.waking = true;
    let again = true;
    while (again) {
      again = false;
      for (const poll of type.waiting) {
        const announced = type.announced;
        if (await this.#askAgain(type, poll)) continue;
        again = type.announced !== announced;
        break;
      }
    }
    type.waking = false;
    this.#forgetIfIdle(type);
  }

  /** @returns whether the next waiting call should ask too */
  async #askAgain(type: JobType, poll: WaitingPoll): Promise<boolean> {
    poll.asking = true;
    try {
      const round = await this.#round(type, poll.activation);
      if (round.delivered > 0 || poll.expired) {
        poll.finish(undefined);
        return true;
      }
      if (round.exhausted !== undefined) poll.finish(round.exhausted);
      return false;
    } catch (error) {
      poll.finish(statusOf(error));
      return true;
    } finally {
      poll.asking = false;
    }
  }
}
