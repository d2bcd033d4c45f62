// One round of ActivateJobs: asks the partitions one after the other until the amount is reached, and sends each
// partition's jobs as they come (gateway-grpc.md section 4).
//
// Guarantees: a partition that does not answer keeps the others' jobs from nobody for longer than ANSWER_WITHIN_MS, and the call
// from its end not at all; what it hands out too late is given back.
import {
  type JobBatchValue,
  type Key,
  type LogRecord,
  NO_KEY,
  NO_OPERATION,
} from '@millrace/protocol';
import type { Partitions } from '../partitions/partitions.ts';
import { RejectionError, STATUS, StatusError } from '../status.ts';
import { jobBatchAnswer } from '../wire/answers.ts';
import type { ActivateJobsRequest } from '../wire/requests.ts';
import type { ResponseStream } from './call.ts';
import { giveBackTooLarge, yieldJobs } from './give-back.ts';

/** How often a partition that says "truncated" without jobs is asked again in one round. */
const EMPTY_TRUNCATED_MAX = 100;
const NO_KEYS: readonly Key[] = [];
/** So long the next partition waits for the answer of one before it, ms. */
const ANSWER_WITHIN_MS = 2_000;

export interface Activation {
  readonly request: ActivateJobsRequest;
  readonly tenantIds: readonly string[];
  /** Bytes of the request. */
  readonly bytes: number;
  readonly call: ResponseStream;
  /** When the call is to be answered, found or not, ms of the monotonic clock. */
  readonly endsMs: number;
}

export interface Round {
  /** How many jobs were sent. */
  readonly delivered: number;
  /** A partition that had no room to answer. */
  readonly exhausted: StatusError | undefined;
}

/** @throws StatusError: a rejection, or CANCELLED when the client has gone */
export async function activationRound(
  partitions: Partitions,
  activation: Activation,
  order: readonly number[],
  maxMessageBytes: number,
  onFault: (partitionId: number, error: StatusError) => void,
): Promise<Round> {
  let missing = activation.request.maxJobsToActivate;
  let delivered = 0;
  let exhausted: StatusError | undefined;
  const { timers } = partitions.router;
  const isOver = () => activation.call.ended || timers.monotonicMs() >= activation.endsMs;
  for (const partitionId of order) {
    let emptyTruncated = 0;
    let again = true;
    while (again && missing > 0 && !isOver()) {
      try {
        const batch = await ask(partitions, partitionId, activation, missing);
        const sent = await deliver(
          partitions,
          partitionId,
          batch,
          activation.call,
          maxMessageBytes,
        );
        delivered += sent;
        missing -= batch.jobs.length;
        if (batch.jobs.length === 0) emptyTruncated++;
        again = batch.truncated && emptyTruncated < EMPTY_TRUNCATED_MAX;
      } catch (error) {
        if (!(error instanceof StatusError) || error instanceof RejectionError) throw error;
        if (error.code === STATUS.CANCELLED) throw error;
        if (error.code === STATUS.RESOURCE_EXHAUSTED) exhausted = error;
        else onFault(partitionId, error);
        again = false;
      }
    }
  }
  return { delivered, exhausted };
}

async function ask(
  partitions: Partitions,
  partitionId: number,
  activation: Activation,
  amount: number,
): Promise<JobBatchValue> {
  const { request } = activation;
  const value: JobBatchValue = {
    type: request.type,
    worker: request.worker,
    timeout: request.timeout,
    maxJobsToActivate: amount,
    jobKeys: NO_KEYS,
    jobs: [],
    tenantIds: activation.tenantIds,
    truncated: false,
    variables: request.fetchVariable,
  };
  const asked = partitions.execute(
    partitionId,
    'JOB_BATCH',
    'ACTIVATE',
    NO_KEY,
    value,
    partitions.limits.startingWork,
    activation.bytes,
    // Sent again even when the client has gone: the answer says which jobs have to be given back.
    undefined,
    NO_OPERATION,
    'skip',
  );
  const record = await inTime(partitions, partitionId, asked, activation.endsMs);
  return record.value as JobBatchValue;
}

/** The answer, if it comes soon enough. @throws StatusError */
function inTime(
  partitions: Partitions,
  partitionId: number,
  asked: Promise<LogRecord>,
  endsMs: number,
): Promise<LogRecord> {
  const { timers } = partitions.router;
  const waitMs = Math.min(ANSWER_WITHIN_MS, Math.max(0, endsMs - timers.monotonicMs()));
  return new Promise((resolve, reject) => {
    let isLate = false;
    const cancel = timers.after(waitMs, () => {
      isLate = true;
      const text = `Partition ${partitionId} did not answer in ${Math.round(waitMs)} ms; jobs that it hands out later are given back`;
      reject(new StatusError('DEADLINE_EXCEEDED', text));
    });
    asked.then(
      (record) => {
        const { jobKeys, jobs } = record.value as JobBatchValue;
        if (isLate) return yieldJobs(partitions, partitionId, jobKeys, jobs, 0);
        cancel();
        resolve(record);
      },
      (error) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** Sends the jobs in messages of at most the largest size. @returns how many were sent */
async function deliver(
  partitions: Partitions,
  partitionId: number,
  batch: JobBatchValue,
  call: ResponseStream,
  maxMessageBytes: number,
): Promise<number> {
  const { jobKeys, jobs } = batch;
  let sent = 0;
  let place = 0;
  while (place < jobs.length) {
    const { frame, next } = jobBatchAnswer(jobKeys, jobs, place, maxMessageBytes);
    if (frame === undefined) {
      const key = jobKeys[place] as Key;
      const job = jobs[place] as (typeof jobs)[number];
      giveBackTooLarge(partitions, partitionId, key, job, maxMessageBytes, 0);
      place++;
      continue;
    }
    const arrived = await new Promise<boolean>((resolve) => call.write([frame], resolve));
    if (!arrived) {
      yieldJobs(partitions, partitionId, jobKeys, jobs, place);
      throw new StatusError('CANCELLED', 'The client has gone; its jobs were given back');
    }
    sent += next - place;
    place = next;
  }
  return sent;
}
