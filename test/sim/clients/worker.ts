// A simulated worker: takes jobs of one type by polling or by a stream, works for a while, and tells how it went; or does not.
// Guarantees: everything that reaches it goes through the audit; towards the end it only completes.
// Leaves to others: how long it exists.
import type { Key } from '@millrace/protocol';
import type { SeededRandom } from '../seeded-random.ts';
import type { World } from '../world/world.ts';
import { type ClientAudit, describeEnd } from './client-audit.ts';
import type { CallEnd, GatewayCalls, StreamCall } from './gateway-calls.ts';
import { ERROR_CODE, RISKY_TYPES } from './models.ts';
import {
  activateRequest,
  completeRequest,
  failRequest,
  type GivenJob,
  readJob,
  readJobs,
  streamRequest,
  throwErrorRequest,
} from './requests.ts';

/** What clients share. */
export interface ClientSurroundings {
  readonly world: World;
  readonly calls: GatewayCalls;
  readonly audit: ClientAudit;
  /** Machines that have a gateway, whether they live or not. */
  gateways: readonly number[];
  /** Within which a gateway must have answered a command, ms. */
  readonly commandDeadlineMs: number;
  /** From now on everything is to end: no more trouble from clients. */
  isEnding: boolean;
}

export interface WorkerOptions {
  readonly name: string;
  readonly type: string;
  readonly isStream: boolean;
  /** Jobs taken at once by a poll. */
  readonly jobsMax: number;
  readonly lockMs: number;
}

const POLL_MS = 2_000;
const BACKOFF_MS = 150;
/** Tries to tell the outcome of one job. */
const TRIES_MAX = 8;

type Outcome = 'complete' | 'retry' | 'incident' | 'throw' | 'vanish' | 'slow';

export class SimulatedWorker {
  readonly #s: ClientSurroundings;
  readonly #options: WorkerOptions;
  readonly #random: SeededRandom;
  #call: StreamCall | undefined;
  #isGone = false;

  constructor(surroundings: ClientSurroundings, random: SeededRandom, options: WorkerOptions) {
    this.#s = surroundings;
    this.#random = random;
    this.#options = options;
    this.#take();
  }

  /** Goes away, properly or just so; what it has locked is left behind. */
  leave(hasSaidSo: boolean): void {
    this.#isGone = true;
    this.#call?.leave(hasSaidSo);
  }

  #take(): void {
    if (this.#isGone) return;
    const { calls, commandDeadlineMs } = this.#s;
    const { name, type, jobsMax, lockMs, isStream } = this.#options;
    const gateway = this.#random.pick(this.#s.gateways);
    if (isStream) {
      const request = streamRequest({ type, worker: name, timeoutMs: lockMs });
      this.#call = calls.stream(gateway, 'StreamActivatedJobs', request, Infinity, (message) =>
        this.#given(readJob(message)),
      );
    } else {
      const poll = { type, worker: name, timeoutMs: lockMs, jobsMax, waitMs: POLL_MS };
      const deadlineMs = POLL_MS + commandDeadlineMs;
      this.#call = calls.stream(
        gateway,
        'ActivateJobs',
        activateRequest(poll),
        deadlineMs,
        (message) => {
          for (const job of readJobs(message)) this.#given(job);
        },
      );
    }
    void this.#call.ended.then((end) => {
      const pauseMs = end.kind === 'answer' && !isStream ? 1 : this.#random.around(BACKOFF_MS);
      this.#s.world.time.after(pauseMs, () => this.#take());
    });
  }

  #given(job: GivenJob): void {
    if (this.#isGone) return;
    this.#s.audit.jobGiven(job);
    const outcome = this.#outcome(job);
    const workMs = this.#random.around(40) + (outcome === 'slow' ? this.#options.lockMs : 0);
    this.#s.world.time.after(workMs, () => {
      if (!this.#isGone && outcome !== 'vanish') this.#tell(job, outcome, TRIES_MAX);
    });
  }

  #outcome({ type, retries }: GivenJob): Outcome {
    if (this.#s.isEnding) return 'complete';
    return this.#random.weighted<Outcome>({
      complete: 80,
      retry: retries > 1 ? 8 : 0,
      incident: 3,
      throw: RISKY_TYPES.includes(type) ? 40 : 0,
      vanish: 4,
      slow: 3,
    });
  }

  #tell(job: GivenJob, outcome: Outcome, tries: number): void {
    const { world, calls, commandDeadlineMs, gateways } = this.#s;
    const gateway = this.#random.pick(gateways);
    const [method, request] = this.#report(job, outcome);
    void calls.unary(gateway, method, request, commandDeadlineMs).then((end) => {
      world.say(this.#options.name, () => `${method} of ${job.key}: ${describeEnd(end)}`);
      if (this.#isSettled(job.key, outcome, end) || tries === 0 || this.#isGone) return;
      world.time.after(this.#random.around(BACKOFF_MS), () => {
        if (!this.#isGone) this.#tell(job, outcome, tries - 1);
      });
    });
  }

  #report({ key, retries }: GivenJob, outcome: Outcome): [string, Uint8Array] {
    switch (outcome) {
      case 'retry':
        return ['FailJob', failRequest(key, retries - 1, this.#random.pick([0, 0, 400]))];
      case 'incident':
        return ['FailJob', failRequest(key, 0, 0)];
      case 'throw':
        return ['ThrowError', throwErrorRequest(key, ERROR_CODE)];
      default:
        return ['CompleteJob', completeRequest(key, '{"done":true}')];
    }
  }

  #isSettled(key: Key, outcome: Outcome, end: CallEnd): boolean {
    const { audit } = this.#s;
    if (end.kind === 'answer') {
      if (outcome === 'throw') audit.jobEnded(key, 'ERROR_THROWN');
      else if (outcome === 'complete' || outcome === 'slow') audit.jobEnded(key, 'COMPLETED');
      return true;
    }
    if (end.kind !== 'status') return false;
    if (end.code === 'NOT_FOUND') audit.jobNotFound(key);
    // A job that has failed, or whose element ends, cannot be told anything now.
    return end.code === 'NOT_FOUND' || end.code === 'FAILED_PRECONDITION';
  }
}
