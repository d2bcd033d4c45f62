// Jobs of elements: created when the element is activated, handed to a stream at once when one has room.
import {
  BATCH_RESERVE_BYTES,
  EMPTY_DOCUMENT,
  type JobBatchValue,
  type JobKind,
  type JobListenerEventType,
  type JobValue,
  type Key,
  type LogRecord,
  MESSAGE_BYTES_MAX,
  NO_KEY,
} from '@millrace/protocol';
import type { JobDefinition } from '../../bpmn/index.ts';
import { evaluateNonEmptyString, evaluateNumber } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import { momentAfter, queueOf } from '../state/job-state.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { resolveIncidentOfJob } from './incidents.ts';
import { isHeldBack } from './suspensions.ts';
import { userTaskHeaders } from './user-task-headers.ts';

/** What a job needs from its element's expressions. */
export interface JobProperties {
  readonly type: string;
  readonly retries: number;
  readonly headers: string;
}

const NOTHING: readonly string[] = [];

const failed = (message: string): Failure => ({ errorType: 'EXTRACT_VALUE_ERROR', message });

/** Evaluates type, retries and headers, in this order; the first failure counts. */
export function jobProperties(
  c: Context,
  e: ElementContext,
  job: JobDefinition,
): JobProperties | Failure {
  const feel = c.feel(e.key);
  const type = evaluateNonEmptyString(job.type, feel);
  if (!type.ok) return failed(type.message);
  const retries = evaluateNumber(job.retries, feel);
  if (!retries.ok) return failed(retries.message);
  if (job.userTask === undefined)
    return { type: type.value, retries: retries.value, headers: job.headers };
  const headers = userTaskHeaders(c, e, job, job.userTask);
  if ('errorType' in headers) return headers;
  return { type: type.value, retries: retries.value, headers: headers.text };
}

export function createJob(c: Context, e: ElementContext, properties: JobProperties): void {
  create(c, e, properties, 'BPMN_ELEMENT', 'UNSPECIFIED', NOTHING);
}

/** A job that works at a moment in the life of the element, not as what the element does. */
export function createListenerJob(
  c: Context,
  e: ElementContext,
  properties: JobProperties,
  event: JobListenerEventType,
): void {
  create(c, e, properties, 'EXECUTION_LISTENER', event, NOTHING);
}

/** A job that works at a moment in the life of a native user task. */
export function createTaskListenerJob(
  c: Context,
  e: ElementContext,
  properties: JobProperties,
  event: JobListenerEventType,
  changedAttributes: readonly string[],
): void {
  create(c, e, properties, 'TASK_LISTENER', event, changedAttributes);
}

function create(
  c: Context,
  e: ElementContext,
  properties: JobProperties,
  jobKind: JobKind,
  jobListenerEventType: JobListenerEventType,
  changedAttributes: readonly string[],
): void {
  const jobKey = c.keys.next();
  const value: JobValue = {
    type: properties.type,
    worker: '',
    deadline: -1,
    timeout: -1,
    retries: properties.retries,
    retryBackoff: 0,
    recurringTime: -1,
    customHeaders: properties.headers,
    variables: EMPTY_DOCUMENT,
    errorMessage: '',
    errorCode: '',
    elementId: e.value.elementId,
    elementInstanceKey: e.key,
    processInstanceKey: e.value.processInstanceKey,
    bpmnProcessId: e.value.bpmnProcessId,
    processDefinitionKey: e.value.processDefinitionKey,
    processDefinitionVersion: e.value.version,
    jobKind,
    jobListenerEventType,
    changedAttributes,
    tenantId: e.value.tenantId,
  };
  c.out.event('JOB', 'CREATED', jobKey, value);
  offerJob(c, jobKey);
}

/**
 * A job has become activatable: a stream with room gets it, if no older job of the queue waits; else pollers are told.
 */
export function offerJob(c: Context, jobKey: Key): void {
  const { value } = c.state.jobs.must(jobKey);
  const { type, tenantId } = value;
  if (isHeldBack(c, jobKey, value)) return;
  if (
    c.environment.hasStream(type, tenantId) &&
    c.state.jobs.activatable.first(queueOf(type, tenantId)) === jobKey
  ) {
    const stream = c.environment.takeStream(type, tenantId);
    const variables =
      stream === undefined
        ? EMPTY_DOCUMENT
        : c.state.variables.visibleDocument(value.elementInstanceKey, stream.fetchVariables);
    const isTooLarge =
      variables.text.length * 3 > ACTIVATED_BYTES_MAX &&
      utf8Bytes(variables.text) > ACTIVATED_BYTES_MAX / 2;
    // Large ones are served from the queue, where a job that is too large for any batch becomes an incident.
    if (stream !== undefined && isTooLarge) c.environment.returnStream(stream.streamId);
    else if (stream !== undefined) {
      const batch: JobBatchValue = {
        type,
        worker: stream.worker,
        timeout: stream.timeout,
        maxJobsToActivate: 1,
        jobKeys: [jobKey],
        jobs: [activatedJob(value, stream.worker, momentAfter(c.now, stream.timeout), variables)],
        tenantIds: [tenantId],
        variables: stream.fetchVariables,
        truncated: false,
      };
      const record = c.out.event(
        'JOB_BATCH',
        'ACTIVATED',
        c.keys.next(),
        batch,
      ) as LogRecord<'JOB_BATCH'>;
      c.out.turn.effects.push({ kind: 'push', streamId: stream.streamId, record });
      return;
    }
  }
  c.out.turn.effects.push({ kind: 'jobs-available', type, tenantId });
}

/** Bytes of jobs that one batch of activated ones may have. */
export const ACTIVATED_BYTES_MAX = MESSAGE_BYTES_MAX - BATCH_RESERVE_BYTES;
/** Bytes of an activated job besides its texts. */
const JOB_BYTES = 160;

/** Bytes of an activated job in a record; rather too many than too few. */
export function jobBytes(job: JobValue): number {
  const names = job.elementId.length + job.bpmnProcessId.length + job.errorCode.length;
  const texts = [job.variables.text, job.customHeaders, job.errorMessage];
  return texts.reduce((sum, text) => sum + utf8Bytes(text), JOB_BYTES + names * 3);
}

export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // Two surrogates of two bytes each make the four bytes of a character beyond the plane.
    if (unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit > 0x7f) bytes++;
  }
  return bytes;
}

/** The job as a worker gets it. */
export function activatedJob(
  value: JobValue,
  worker: string,
  deadline: number,
  variables: JobValue['variables'],
): JobValue {
  return {
    type: value.type,
    worker,
    deadline,
    timeout: value.timeout,
    retries: value.retries,
    retryBackoff: value.retryBackoff,
    recurringTime: value.recurringTime,
    customHeaders: value.customHeaders,
    variables,
    errorMessage: value.errorMessage,
    errorCode: value.errorCode,
    elementId: value.elementId,
    elementInstanceKey: value.elementInstanceKey,
    processInstanceKey: value.processInstanceKey,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionKey: value.processDefinitionKey,
    processDefinitionVersion: value.processDefinitionVersion,
    jobKind: value.jobKind,
    jobListenerEventType: value.jobListenerEventType,
    changedAttributes: value.changedAttributes,
    tenantId: value.tenantId,
  };
}

/** Cancels the job of an element that is terminated, and resolves the job's incident. */
export function cancelJob(c: Context, e: ElementContext): void {
  const { jobKey } = c.state.elements.must(e.key);
  if (jobKey === NO_KEY) return;
  const job = c.state.jobs.get(jobKey);
  if (job !== undefined) c.out.event('JOB', 'CANCELED', jobKey, job.value);
  // Also when the job has gone before its incident, as those of banned instances do.
  resolveIncidentOfJob(c, jobKey);
}
