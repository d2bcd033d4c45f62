// JOB_BATCH.ACTIVATE: the oldest jobs of a type for a worker, as many as fit (engine-semantics.md G.3).
import {
  type JobBatchValue,
  type JobValue,
  type Key,
  keyText,
  MESSAGE_BYTES_MAX,
  NO_KEY,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { type JobInstance, momentAfter, queueOf } from '../state/job-state.ts';
import { raiseJobIncident } from '../steps/incidents.ts';
import { ACTIVATED_BYTES_MAX, activatedJob, jobBytes, utf8Bytes } from '../steps/jobs.ts';
import { holdJobs, Suspenders } from '../steps/suspensions.ts';

/** Waiting jobs that are looked at together; a worker may ask for more than fit into memory. */
const PAGE_JOBS = 500;
/** Jobs of suspended instances that one command puts aside at most; when it meets more, it is asked to come again. */
export const HELD_MAX = 200;

function invalid(value: JobBatchValue): string | undefined {
  const rule = (field: string, must: string, was: string) =>
    `Expected to activate job batch with ${field} to be ${must}, but it was ${was}`;
  if (value.maxJobsToActivate < 1)
    return rule('max jobs to activate', 'greater than zero', `'${value.maxJobsToActivate}'`);
  if (value.timeout < 1) return rule('timeout', 'greater than zero', `'${value.timeout}'`);
  if (value.type === '') return rule('type', 'present', 'blank');
  return undefined;
}

export const activateJobs: Processor<'JOB_BATCH'> = (c, command) => {
  const { value } = command;
  const problem = invalid(value);
  if (problem !== undefined) return c.out.reject(command, 'INVALID_ARGUMENT', problem);
  const batch = new BatchBuilder(c, value);
  // A tenant named twice must not hand out a job twice.
  for (const tenantId of new Set(value.tenantIds)) {
    if (!batch.isFull) batch.take(tenantId);
  }
  batch.hold();
  const jobs = batch.jobs;
  const activatedValue: JobBatchValue = {
    type: value.type,
    worker: value.worker,
    timeout: value.timeout,
    maxJobsToActivate: value.maxJobsToActivate,
    jobKeys: batch.keys,
    jobs,
    tenantIds: value.tenantIds,
    variables: value.variables,
    truncated: batch.truncated,
  };
  const event = c.out.event('JOB_BATCH', 'ACTIVATED', c.keys.next(), activatedValue);
  if (jobs.length > 0)
    c.out.turn.effects.push({ kind: 'due', timeMs: momentAfter(c.now, value.timeout) });
  if (c.streamId !== 0)
    c.out.turn.effects.push({ kind: 'push', streamId: c.streamId, record: event });
  else c.out.answer(command.requestId, event);
  if (batch.tooLarge !== undefined) raiseTooLarge(c, batch.tooLarge);
};

/** Collects jobs until the number or the size is reached. */
class BatchBuilder {
  readonly keys: Key[] = [];
  readonly jobs: JobValue[] = [];
  truncated = false;
  /** The first job of all when it does not even fit alone. */
  tooLarge: { key: Key; bytes: number } | undefined;
  #bytes = 0;
  /** Undefined when nothing is suspended. */
  readonly #suspenders: Suspenders | undefined;
  /** Jobs that are put aside, by the suspended instance or definition. */
  readonly #held = new Map<Key, Key[]>();
  #heldCount = 0;
  readonly #c: Context;
  readonly #value: JobBatchValue;

  constructor(c: Context, value: JobBatchValue) {
    this.#c = c;
    this.#value = value;
    this.#suspenders = c.state.suspensions.any ? new Suspenders(c) : undefined;
    // What the record repeats of the command takes room from the jobs.
    for (const text of [value.worker, value.type, ...value.tenantIds, ...value.variables]) {
      this.#bytes += utf8Bytes(text) + 4;
    }
  }

  get isFull(): boolean {
    return this.truncated || this.jobs.length >= this.#value.maxJobsToActivate;
  }

  take(tenantId: string): void {
    const queue = queueOf(this.#value.type, tenantId);
    let after: Key | undefined;
    if (this.#c.state.suspensions.isQueueSuspended(queue)) return;
    while (!this.isFull) {
      // Larger pages later: when one has to be loaded first, everything before it is done again.
      const page = Math.max(PAGE_JOBS, this.jobs.length);
      const wanted = this.#value.maxJobsToActivate - this.jobs.length;
      const limit = Math.min(page, this.#heldCount === 0 ? wanted : PAGE_JOBS);
      const waiting = this.#c.state.jobs.activatable.scan(queue, { after, limit });
      for (const { suffix: key } of waiting) {
        this.#add(key);
        if (this.truncated || this.isFull || this.#heldCount >= HELD_MAX) return;
      }
      if (waiting.length < limit) return;
      after = waiting[waiting.length - 1]?.suffix;
    }
  }

  #add(key: Key): void {
    const { worker, timeout, variables: wanted } = this.#value;
    const { state, now } = this.#c;
    const { value } = state.jobs.must(key);
    if (this.#suspenders !== undefined && this.#putAside(key, value)) return;
    const variables = state.variables.visibleDocument(value.elementInstanceKey, wanted);
    const job = activatedJob(value, worker, momentAfter(now, timeout), variables);
    const bytes = jobBytes(job);
    if (this.#bytes + bytes > ACTIVATED_BYTES_MAX) {
      this.truncated = true;
      if (this.jobs.length === 0) this.tooLarge = { key, bytes };
      return;
    }
    this.#bytes += bytes;
    this.keys.push(key);
    this.jobs.push(job);
  }

  #putAside(key: Key, job: JobValue): boolean {
    const owner = this.#suspenders?.of(job.processInstanceKey, job.processDefinitionKey) ?? NO_KEY;
    if (owner === NO_KEY) return false;
    const keys = this.#held.get(owner);
    if (keys === undefined) this.#held.set(owner, [key]);
    else keys.push(key);
    this.#heldCount++;
    return true;
  }

  /** Writes what was put aside. Behind as many as one command takes there may be jobs that somebody waits for. */
  hold(): void {
    const { type, tenantIds } = this.#value;
    for (const [owner, keys] of this.#held) {
      const { tenantId } = this.#c.state.jobs.must(keys[0] as Key).value;
      holdJobs(this.#c, owner, keys, tenantId);
    }
    if (this.#heldCount < HELD_MAX) return;
    for (const tenantId of tenantIds)
      this.#c.out.turn.effects.push({ kind: 'jobs-available', type, tenantId });
  }
}

function raiseTooLarge(c: Context, job: { key: Key; bytes: number }): void {
  const instance: JobInstance = c.state.jobs.must(job.key);
  raiseJobIncident(c, job.key, instance, {
    errorType: 'MESSAGE_SIZE_EXCEEDED',
    message:
      `The job with key '${keyText(job.key)}' can not be activated, because with ${job.bytes} bytes it is larger than the ` +
      `configured message size of ${MESSAGE_BYTES_MAX} bytes. Try to reduce the size by reducing the number of fetched ` +
      'variables or modifying the variable values.',
  });
}
