// JOB: one piece of work for a worker; JOB_BATCH: several handed out at once.
import { type Document, EMPTY_DOCUMENT } from '../document.ts';
import { type Key, NO_KEY } from '../keys.ts';
import {
  bool,
  document,
  hidden,
  int,
  key,
  list,
  name,
  rawJson,
  type Schema,
  struct,
  text,
  word,
} from '../schema.ts';

export const JOB_KINDS = [
  'BPMN_ELEMENT',
  'EXECUTION_LISTENER',
  'TASK_LISTENER',
  'AD_HOC_SUB_PROCESS',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export const JOB_LISTENER_EVENT_TYPES = [
  'UNSPECIFIED',
  'START',
  'END',
  'CREATING',
  'ASSIGNING',
  'UPDATING',
  'COMPLETING',
  'CANCELING',
] as const;
export type JobListenerEventType = (typeof JOB_LISTENER_EVENT_TYPES)[number];

export interface JobValue {
  readonly type: string;
  readonly worker: string;
  /** End of the lock, ms since the epoch; -1 when not activated. */
  readonly deadline: number;
  readonly timeout: number;
  readonly retries: number;
  /** ms */
  readonly retryBackoff: number;
  /** When the back-off ends, ms since the epoch; -1 when there is none. */
  readonly recurringTime: number;
  /** JSON object of texts. */
  readonly customHeaders: string;
  readonly variables: Document;
  readonly errorMessage: string;
  readonly errorCode: string;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly processInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly processDefinitionKey: Key;
  readonly processDefinitionVersion: number;
  readonly jobKind: JobKind;
  readonly jobListenerEventType: JobListenerEventType;
  readonly changedAttributes: readonly string[];
  readonly tenantId: string;
}

export const jobSchema: Schema<JobValue> = {
  type: name,
  worker: name,
  deadline: int,
  timeout: int,
  retries: int,
  retryBackoff: int,
  recurringTime: int,
  customHeaders: rawJson,
  variables: document,
  errorMessage: text,
  errorCode: text,
  elementId: name,
  elementInstanceKey: key,
  processInstanceKey: key,
  bpmnProcessId: name,
  processDefinitionKey: key,
  processDefinitionVersion: int,
  jobKind: word(JOB_KINDS),
  jobListenerEventType: word(JOB_LISTENER_EVENT_TYPES),
  changedAttributes: list(name),
  tenantId: name,
};

/** A command that names a job by its key alone. */
export const EMPTY_JOB: JobValue = {
  type: '',
  worker: '',
  deadline: -1,
  timeout: -1,
  retries: -1,
  retryBackoff: 0,
  recurringTime: -1,
  customHeaders: '{}',
  variables: EMPTY_DOCUMENT,
  errorMessage: '',
  errorCode: '',
  elementId: '',
  elementInstanceKey: NO_KEY,
  processInstanceKey: NO_KEY,
  bpmnProcessId: '',
  processDefinitionKey: NO_KEY,
  processDefinitionVersion: -1,
  jobKind: 'BPMN_ELEMENT',
  jobListenerEventType: 'UNSPECIFIED',
  changedAttributes: [],
  tenantId: '<default>',
};

/** A job value under construction. */
export type JobDraft = { -readonly [K in keyof JobValue]: JobValue[K] };

/** A copy to change: a literal of the one shape, which is many times faster than a generic copy. */
export function copyJob(value: JobValue): JobDraft {
  return {
    type: value.type,
    worker: value.worker,
    deadline: value.deadline,
    timeout: value.timeout,
    retries: value.retries,
    retryBackoff: value.retryBackoff,
    recurringTime: value.recurringTime,
    customHeaders: value.customHeaders,
    variables: value.variables,
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

export interface JobBatchValue {
  readonly type: string;
  readonly worker: string;
  readonly timeout: number;
  readonly maxJobsToActivate: number;
  readonly jobKeys: readonly Key[];
  readonly jobs: readonly JobValue[];
  readonly tenantIds: readonly string[];
  /** Names of the variables that the jobs shall carry; empty for all. */
  readonly variables: readonly string[];
  /** Whether more jobs wait that did not fit. */
  readonly truncated: boolean;
}

export const jobBatchSchema: Schema<JobBatchValue> = {
  type: name,
  worker: name,
  timeout: int,
  maxJobsToActivate: int,
  jobKeys: list(key),
  jobs: list(struct(jobSchema)),
  tenantIds: list(name),
  variables: hidden(list(name)),
  truncated: bool,
};
