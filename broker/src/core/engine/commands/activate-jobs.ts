// JOB_BATCH.ACTIVATE: the oldest jobs of a type for a worker, as many as fit (engine-semantics.md G.3).
import {
  type JobBatchValue,
  type JobValue,
  type Key,
  keyText,
  MESSAGE_BYTES_MAX,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { type JobInstance, momentAfter, queueOf } from '../state/job-state.ts';
import { raiseJobIncident } from '../steps/incidents.ts';
import { ACTIVATED_BYTES_MAX, activatedJob, jobBytes, utf8Bytes } from '../steps/jobs.ts';

/** Waiting jobs that are looked at together; a worker may ask for more than fit into memory. */
const PAGE_JOBS = 500;

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
  readonly #c: Context;
  readonly #value: JobBatchValue;

  constructor(c: Context, value: JobBatchValue) {
    this.#c = c;
    this.#value = value;
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
    while (!this.isFull) {
      // Larger pages later: when one has to be loaded first, everything before it is done again.
      const page = Math.max(PAGE_JOBS, this.jobs.length);
      const limit = Math.min(page, this.#value.maxJobsToActivate - this.jobs.length);
      const waiting = this.#c.state.jobs.activatable.scan(queue, { after, limit });
      for (const { suffix: key } of waiting) {
        this.#add(key);
        if (this.truncated) return;
      }
      if (waiting.length < limit) return;
      after = waiting[waiting.length - 1]?.suffix;
    }
  }

  #add(key: Key): void {
    const { worker, timeout, variables: wanted } = this.#value;
    const { state, now } = this.#c;
    const { value } = state.jobs.must(key);
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
