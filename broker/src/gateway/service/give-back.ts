// Jobs that were locked for a worker but do not reach it go back, without losing a retry.
import { EMPTY_DOCUMENT, type JobValue, type Key } from '@millrace/protocol';
import type { Partitions } from '../partitions/partitions.ts';
import { jobCommand } from './job-commands.ts';

const UNSET = jobCommand(EMPTY_DOCUMENT, -1, 0, '', '', -1);

/**
 * The client has gone or is too slow: the job can be activated again at once.
 * @param lockedUntilMs the deadline of the lock; later the job is not ours to give back
 */
export function yieldJob(
  partitions: Partitions,
  partitionId: number,
  key: Key,
  lockedUntilMs: number,
): void {
  const value = { ...UNSET, deadline: lockedUntilMs };
  partitions.giveBack(partitionId, 'YIELD', key, value, lockedUntilMs);
}

export function yieldJobs(
  partitions: Partitions,
  partitionId: number,
  keys: readonly Key[],
  jobs: readonly JobValue[],
  from: number,
): void {
  for (let i = from; i < keys.length; i++) {
    yieldJob(partitions, partitionId, keys[i] as Key, (jobs[i] as JobValue).deadline);
  }
}

/** The job alone is larger than a message to a client may be: its error message says so. */
export function giveBackTooLarge(
  partitions: Partitions,
  partitionId: number,
  key: Key,
  job: JobValue,
  maxMessageBytes: number,
  retryBackoffMs: number,
): void {
  const message =
    `The job with its variables is larger than the largest message to a client (${maxMessageBytes} bytes). ` +
    'Ask for fewer variables (fetchVariable) or raise the maximum message size';
  const value = jobCommand(EMPTY_DOCUMENT, job.retries, retryBackoffMs, message, '', -1);
  partitions.giveBack(partitionId, 'FAIL', key, value, job.deadline);
}
