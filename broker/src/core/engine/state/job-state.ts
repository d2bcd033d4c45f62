// Jobs, the queues of those that can be activated, and the times at which something happens to them.
import {
  EMPTY_DOCUMENT,
  JOB_KINDS,
  JOB_LISTENER_EVENT_TYPES,
  type JobValue,
  type Key,
  keyText,
  NO_KEY,
} from '@millrace/protocol';
import { keyPart, numberPart, textPart, type ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { inTenant } from './in-tenant.ts';
import { storedWord } from './stored-word.ts';
import type { SuspensionState } from './suspension-state.ts';
import { keyValue, presence, readStrings, writeStrings } from './value-codecs.ts';

export const JOB_STATES = ['ACTIVATABLE', 'ACTIVATED', 'FAILED', 'ERROR_THROWN', 'HELD'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** A job as the broker remembers it. `value.variables` is always empty: variables are read when the job is handed out. */
export class JobInstance {
  readonly value: JobValue;
  readonly state: JobState;
  /** Of a held job: the suspended instance or definition that it is put aside for. */
  readonly heldFor: Key;
  constructor(value: JobValue, state: JobState, heldFor: Key = NO_KEY) {
    this.value = value;
    this.state = state;
    this.heldFor = heldFor;
  }
}

/** The queue of a job type within a tenant. */
export function queueOf(type: string, tenantId: string): string {
  return inTenant(type, tenantId);
}

/** The last moment there is, ms since the epoch: sums of a client's numbers do not go beyond it. */
export const LAST_MOMENT_MS = Number.MAX_SAFE_INTEGER;

/** The moment that many ms after another one. */
export function momentAfter(timeMs: number, spanMs: number): number {
  return Math.min(timeMs + spanMs, LAST_MOMENT_MS);
}

/** Text that sorts by time, then key: the suffix of families that wait for a moment. */
export function momentOf(timeMs: number, key: Key): string {
  return String(Math.max(0, timeMs)).padStart(16, '0') + String(key).padStart(16, '0');
}

/** The time of a moment, ms since the epoch. */
export function timeOfMoment(moment: string): number {
  return Number(moment.slice(0, 16));
}

/** Forms of a stored job: without, and with the attributes of a user task that are about to change. */
const PLAIN = 1;
const CHANGE = 2;
const NOTHING: readonly string[] = [];

const jobCodec: ValueCodec<JobInstance> = {
  write: (out, job) => {
    const v = job.value;
    const isChange = v.changedAttributes.length > 0;
    out.u8(isChange ? CHANGE : PLAIN);
    out.u8(JOB_STATES.indexOf(job.state));
    out.string(v.type);
    out.string(v.worker);
    for (const n of [v.deadline, v.timeout, v.retries, v.retryBackoff, v.recurringTime]) out.int(n);
    out.string(v.customHeaders);
    out.string(v.errorMessage);
    out.string(v.errorCode);
    out.string(v.elementId);
    out.key(v.elementInstanceKey);
    out.key(v.processInstanceKey);
    out.string(v.bpmnProcessId);
    out.key(v.processDefinitionKey);
    out.int(v.processDefinitionVersion);
    out.u8(JOB_KINDS.indexOf(v.jobKind));
    out.u8(JOB_LISTENER_EVENT_TYPES.indexOf(v.jobListenerEventType));
    out.string(v.tenantId);
    if (isChange) writeStrings(out, v.changedAttributes);
    if (job.state === 'HELD') out.key(job.heldFor);
  },
  read: (from) => {
    const form = from.u8();
    const state = storedWord(JOB_STATES, from.u8(), 'state of a job');
    const value: JobValue = {
      type: from.string(),
      worker: from.string(),
      deadline: from.int(),
      timeout: from.int(),
      retries: from.int(),
      retryBackoff: from.int(),
      recurringTime: from.int(),
      customHeaders: from.string(),
      variables: EMPTY_DOCUMENT,
      errorMessage: from.string(),
      errorCode: from.string(),
      elementId: from.string(),
      elementInstanceKey: from.key(),
      processInstanceKey: from.key(),
      bpmnProcessId: from.string(),
      processDefinitionKey: from.key(),
      processDefinitionVersion: from.int(),
      jobKind: storedWord(JOB_KINDS, from.u8(), 'job kind'),
      jobListenerEventType: storedWord(JOB_LISTENER_EVENT_TYPES, from.u8(), 'listener event'),
      tenantId: from.string(),
      changedAttributes: form === CHANGE ? readStrings(from) : NOTHING,
    };
    return new JobInstance(value, state, state === 'HELD' ? from.key() : NO_KEY);
  },
};

/** The one prefix of families that are a single ordered list. */
const ALL = 0;

export class JobStateStore {
  readonly jobs: PointFamily<Key, JobInstance>;
  readonly activatable: RangeFamily<string, Key, true>;
  readonly deadlines: RangeFamily<number, string, Key>;
  readonly backoffs: RangeFamily<number, string, Key>;
  readonly #suspensions: SuspensionState;

  constructor(db: StateDb, suspensions: SuspensionState) {
    this.#suspensions = suspensions;
    this.jobs = db.point({
      number: FAMILY.job,
      name: 'job',
      key: keyPart,
      value: jobCodec,
    });
    this.activatable = db.range({
      number: FAMILY.jobActivatable,
      name: 'job-activatable',
      prefix: textPart,
      suffix: keyPart,
      value: presence,
    });
    this.deadlines = db.range({
      number: FAMILY.jobDeadline,
      name: 'job-deadline',
      prefix: numberPart,
      suffix: textPart,
      value: keyValue,
    });
    this.backoffs = db.range({
      number: FAMILY.jobBackoff,
      name: 'job-backoff',
      prefix: numberPart,
      suffix: textPart,
      value: keyValue,
    });
  }

  get(key: Key): JobInstance | undefined {
    return this.jobs.get(key);
  }

  must(key: Key): JobInstance {
    const job = this.jobs.get(key);
    if (job === undefined) throw new Error(`job ${keyText(key)} is not in the state`);
    return job;
  }

  /** Deadlines before `now`, oldest first. @throws RangeNotLoaded */
  timedOut(now: number, limit: number): Key[] {
    return before(this.deadlines, now, limit);
  }

  /** Jobs whose back-off ended before `now`, oldest first. @throws RangeNotLoaded */
  recurring(now: number, limit: number): Key[] {
    return before(this.backoffs, now + 1, limit);
  }

  /** The next moment at which a job needs attention. @throws RangeNotLoaded */
  nextMoment(): number | undefined {
    const deadline = this.deadlines.first(ALL);
    const backoff = this.backoffs.first(ALL);
    const times = [deadline, backoff].filter((m) => m !== undefined).map(timeOfMoment);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  // Changes, for appliers only.

  /** Whether the failed job waits for the end of its back-off, and not for a person. */
  isBackingOff(key: Key, job: JobInstance): boolean {
    return job.state === 'FAILED' && this.backoffs.has(ALL, momentOf(job.value.recurringTime, key));
  }

  /**
   * Puts the job into the state and into the queues that its state belongs to; takes it out of those it was in.
   * @param backsOff whether a failed job comes back by itself, at its recurring time
   */
  put(key: Key, previous: JobInstance | undefined, next: JobInstance, backsOff = false): void {
    this.#leave(key, previous);
    if (previous === undefined) this.jobs.insertFresh(key, next);
    else this.jobs.update(key, next);
    const v = next.value;
    if (next.state === 'ACTIVATABLE')
      this.activatable.insertFresh(queueOf(v.type, v.tenantId), key, true);
    else if (next.state === 'ACTIVATED')
      this.deadlines.insertFresh(ALL, momentOf(v.deadline, key), key);
    else if (next.state === 'FAILED' && backsOff) {
      this.backoffs.insertFresh(ALL, momentOf(v.recurringTime, key), key);
    } else if (next.state === 'HELD') this.#suspensions.holdJob(next.heldFor, key);
  }

  remove(key: Key, previous: JobInstance): void {
    this.#leave(key, previous);
    this.jobs.delete(key);
  }

  #leave(key: Key, previous: JobInstance | undefined): void {
    if (previous === undefined) return;
    const v = previous.value;
    if (previous.state === 'ACTIVATABLE')
      this.activatable.deleteIfPresent(queueOf(v.type, v.tenantId), key);
    else if (previous.state === 'ACTIVATED')
      this.deadlines.deleteIfPresent(ALL, momentOf(v.deadline, key));
    else if (previous.state === 'FAILED')
      this.backoffs.deleteIfPresent(ALL, momentOf(v.recurringTime, key));
    else if (previous.state === 'HELD') this.#suspensions.freeJob(previous.heldFor, key);
  }
}

function before(family: RangeFamily<number, string, Key>, time: number, limit: number): Key[] {
  const due: Key[] = [];
  for (const { suffix, value } of family.scan(ALL, { limit })) {
    if (timeOfMoment(suffix) >= time) break;
    due.push(value);
  }
  return due;
}
