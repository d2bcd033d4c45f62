// The life of every job, followed through the committed log alone: a second opinion on what the engine keeps in its state.
// Guarantees: a job that is locked is not handed out again before the lock has run out or was given back, one that has ended
// never; the first step that breaks this is named.
// Leaves to others: reading the log (log-audit.ts).
import {
  type JobBatchValue,
  type JobValue,
  type Key,
  keyText,
  type LogRecord,
} from '@millrace/protocol';

export type JobState = 'activatable' | 'activated' | 'failed' | 'error-thrown' | 'ended';

export interface TrackedJob {
  readonly key: Key;
  readonly type: string;
  readonly processInstanceKey: Key;
  state: JobState;
  worker: string;
  /** End of the lock, ms since the epoch. */
  deadline: number;
  /** All locks that it ever had, by worker and deadline, and how often: a clock may stand still. */
  readonly locks: Map<string, number>;
  /** Of the record that locked it last. */
  activatedAt: number;
  /** How it ended: the intent. */
  end: string;
}

/** An element that did not catch the error of its job. */
const NO_CATCH_EVENT_FOUND = 'NO_CATCH_EVENT_FOUND';

export class JobAudit {
  readonly jobs = new Map<Key, TrackedJob>();
  readonly #broken: (check: string, what: string) => void;

  constructor(broken: (check: string, what: string) => void) {
    this.#broken = broken;
  }

  /** An event of the type JOB. */
  event(record: LogRecord<'JOB'>): void {
    const { key, value } = record;
    if (record.intent === 'CREATED') return this.#created(key, value);
    const job = this.jobs.get(key);
    if (job === undefined || job.state === 'ended')
      return this.#wrong(record, job, 'is no job that lives');
    switch (record.intent) {
      case 'COMPLETED':
        if (job.state !== 'activatable' && job.state !== 'activated')
          this.#wrong(record, job, 'cannot be completed');
        return this.#end(job, record.intent);
      case 'CANCELED':
        return this.#end(job, record.intent);
      case 'FAILED':
        job.state = value.retries > 0 && value.retryBackoff <= 0 ? 'activatable' : 'failed';
        return;
      case 'TIMED_OUT':
        if (job.state !== 'activated') this.#wrong(record, job, 'is not locked');
        else if (job.deadline >= record.timestamp)
          this.#wrong(
            record,
            job,
            `is locked until ${job.deadline}, and it is ${record.timestamp}`,
          );
        job.state = 'activatable';
        return;
      case 'YIELDED':
        if (job.state !== 'activated') this.#wrong(record, job, 'is not locked');
        job.state = 'activatable';
        return;
      case 'RECURRED_AFTER_BACKOFF':
        if (job.state !== 'failed') this.#wrong(record, job, 'has not failed');
        job.state = 'activatable';
        return;
      case 'ERROR_THROWN':
        if (value.elementId === NO_CATCH_EVENT_FOUND) job.state = 'error-thrown';
        else this.#end(job, record.intent);
        return;
      case 'TIMEOUT_UPDATED':
        job.deadline = value.deadline;
        return;
      default:
        return;
    }
  }

  /** Jobs were handed out. */
  activated(record: LogRecord<'JOB_BATCH'>): void {
    const { jobKeys, jobs } = record.value as JobBatchValue;
    for (const [i, key] of jobKeys.entries()) {
      const job = this.jobs.get(key);
      if (job === undefined) {
        this.#broken('one lock per job', `job ${keyText(key)} is handed out and was never made`);
        continue;
      }
      if (job.state !== 'activatable') {
        const check =
          job.state === 'ended' ? 'an ended job is never handed out' : 'one lock per job';
        const how = job.state === 'ended' ? `${job.state} by ${job.end}` : job.state;
        const what = `job ${keyText(key)} is handed out to ${record.value.worker} at ${record.position}, and is ${how}`;
        this.#broken(
          check,
          `${what} (${job.worker} since ${job.activatedAt}, until ${job.deadline})`,
        );
      }
      job.state = 'activated';
      job.worker = record.value.worker;
      job.deadline = (jobs[i] as JobValue).deadline;
      job.activatedAt = record.position;
      const lock = `${job.worker}/${job.deadline}`;
      job.locks.set(lock, (job.locks.get(lock) ?? 0) + 1);
    }
  }

  /** An incident was resolved, and with it its job can be handed out again. */
  incidentResolved(jobKey: Key): void {
    const job = this.jobs.get(jobKey);
    if (job !== undefined && job.state !== 'ended') job.state = 'activatable';
  }

  /** A job became too large to be handed out. */
  tooLarge(jobKey: Key): void {
    const job = this.jobs.get(jobKey);
    if (job !== undefined) job.state = 'failed';
  }

  #created(key: Key, value: JobValue): void {
    const known = this.jobs.get(key);
    if (known !== undefined)
      this.#broken('keys are used once', `job ${keyText(key)} is made twice`);
    this.jobs.set(key, {
      key,
      type: value.type,
      processInstanceKey: value.processInstanceKey,
      state: 'activatable',
      worker: '',
      deadline: -1,
      locks: new Map(),
      activatedAt: -1,
      end: '',
    });
  }

  #end(job: TrackedJob, how: string): void {
    job.state = 'ended';
    job.end = how;
  }

  #wrong(record: LogRecord, job: TrackedJob | undefined, why: string): void {
    const state = job === undefined ? 'unknown' : `${job.state} ${job.end}`;
    const what = `job ${keyText(record.key)} (${state}) ${why}: ${record.intent} at ${record.position}`;
    this.#broken('jobs live as they should', what);
  }
}
