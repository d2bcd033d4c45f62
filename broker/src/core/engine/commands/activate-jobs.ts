// JOB_BATCH.ACTIVATE: the oldest jobs of a type for a worker, as many as fit (engine-semantics.md G.3).
import {
  BATCH_RESERVE_BYTES,
  type JobBatchValue,
  type JobValue,
  type Key,
  MESSAGE_BYTES_MAX,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { type JobInstance, queueOf } from '../state/job-state.ts';
import { raiseJobIncident } from '../steps/incidents.ts';
import { activatedJob } from '../steps/jobs.ts';

/** Bytes of an activated job besides its variables, headers and texts. */
const JOB_BYTES = 256;

function invalid(value: JobBatchValue): string | undefined {
  const rule = (field: string, must: string, was: string) =>
    `Expected to activate job batch with ${field} to be ${must}, but it was ${was}`;
  if (value.maxJobsToActivate < 1)
    return rule('max jobs to activate', 'greater than zero', `'${value.maxJobsToActivate}'`);
  if (value.timeout < 1) return rule('timeout', 'greater than zero', `'${value.timeout}'`);
  if (value.type === '') return rule('type', 'present', 'blank');
  return undefined;
}

const sizeOf = (job: JobValue) =>
  JOB_BYTES + (job.variables.text.length + job.customHeaders.length + job.errorMessage.length) * 2;

export const activateJobs: Processor<'JOB_BATCH'> = (c, command) => {
  const { value } = command;
  const problem = invalid(value);
  if (problem !== undefined) return c.out.reject(command, 'INVALID_ARGUMENT', problem);
  const batch = new BatchBuilder(c, value);
  for (const tenantId of value.tenantIds) {
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
  if (jobs.length > 0) c.out.turn.effects.push({ kind: 'due', timeMs: c.now + value.timeout });
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
  }

  get isFull(): boolean {
    return this.truncated || this.jobs.length >= this.#value.maxJobsToActivate;
  }

  take(tenantId: string): void {
    const { type, maxJobsToActivate, worker, timeout, variables: wanted } = this.#value;
    const { state } = this.#c;
    const waiting = state.jobs.activatable.scan(queueOf(type, tenantId), {
      limit: maxJobsToActivate - this.jobs.length,
    });
    for (const { suffix: key } of waiting) {
      const { value } = state.jobs.must(key);
      const variables = state.variables.visibleDocument(value.elementInstanceKey, wanted);
      const job = activatedJob(value, worker, this.#c.now + timeout, variables);
      const bytes = sizeOf(job);
      if (this.#bytes + bytes > MESSAGE_BYTES_MAX - BATCH_RESERVE_BYTES) {
        this.truncated = true;
        if (this.jobs.length === 0) this.tooLarge = { key, bytes };
        return;
      }
      this.#bytes += bytes;
      this.keys.push(key);
      this.jobs.push(job);
    }
  }
}

function raiseTooLarge(c: Context, job: { key: Key; bytes: number }): void {
  const instance: JobInstance = c.state.jobs.must(job.key);
  raiseJobIncident(c, job.key, instance, {
    errorType: 'MESSAGE_SIZE_EXCEEDED',
    message:
      `The job with key '${job.key}' can not be activated, because with ${job.bytes} bytes it is larger than the ` +
      `configured message size of ${MESSAGE_BYTES_MAX} bytes. Try to reduce the size by reducing the number of fetched ` +
      'variables or modifying the variable values.',
  });
}
