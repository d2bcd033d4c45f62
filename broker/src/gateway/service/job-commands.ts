// What a worker says about a job: done, failed, an error, new retries, a new time-out. The job's key names the partition.
import {
  type Document,
  EMPTY_DOCUMENT,
  type JobResult,
  type JobValue,
  NO_KEY,
  withJobResult,
} from '@millrace/protocol';
import { EMPTY_ANSWER } from '../wire/answers.ts';
import type {
  CompleteJobRequest,
  FailJobRequest,
  JobResultMessage,
  ThrowErrorRequest,
  UpdateJobRetriesRequest,
  UpdateJobTimeoutRequest,
} from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import { operationOf, type Service } from './service.ts';
import { DEFAULT_TENANT } from './tenants.ts';

const NOTHING: readonly string[] = [];

/** The value of a command to a job: what the command does not say is unset. One literal, one shape. */
export function jobCommand(
  variables: Document,
  retries: number,
  retryBackoff: number,
  errorMessage: string,
  errorCode: string,
  timeout: number,
): JobValue {
  return {
    type: '',
    worker: '',
    deadline: -1,
    timeout,
    retries,
    retryBackoff,
    recurringTime: -1,
    customHeaders: '{}',
    variables,
    errorMessage,
    errorCode,
    elementId: '',
    elementInstanceKey: NO_KEY,
    processInstanceKey: NO_KEY,
    bpmnProcessId: '',
    processDefinitionKey: NO_KEY,
    processDefinitionVersion: -1,
    jobKind: 'BPMN_ELEMENT',
    jobListenerEventType: 'UNSPECIFIED',
    changedAttributes: NOTHING,
    tenantId: DEFAULT_TENANT,
  };
}

/** The result of a task listener's job; those of other jobs mean nothing. */
function resultOf({ denied, deniedReason, corrections }: JobResultMessage): JobResult {
  const given = {
    assignee: corrections?.assignee,
    candidateGroupsList: corrections?.candidateGroups?.values,
    candidateUsersList: corrections?.candidateUsers?.values,
    dueDate: corrections?.dueDate,
    followUpDate: corrections?.followUpDate,
    priority: corrections?.priority,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { isDenied: denied, deniedReason, corrections: Object.fromEntries(set) };
}

export async function completeJob(
  service: Service,
  request: CompleteJobRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const plain = jobCommand(clientDocument(request.variables), -1, 0, '', '', -1);
  const value =
    request.result === undefined ? plain : withJobResult(plain, resultOf(request.result));
  const limit = partitions.limits.completingWork;
  await partitions.executeByKey(request.jobKey, 'JOB', 'COMPLETE', value, limit, bytes, call);
  return EMPTY_ANSWER;
}

export async function failJob(
  service: Service,
  request: FailJobRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const value = jobCommand(
    clientDocument(request.variables),
    request.retries,
    request.retryBackOff,
    request.errorMessage,
    '',
    -1,
  );
  const limit = partitions.limits.completingWork;
  await partitions.executeByKey(request.jobKey, 'JOB', 'FAIL', value, limit, bytes, call);
  return EMPTY_ANSWER;
}

export async function throwError(
  service: Service,
  request: ThrowErrorRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const value = jobCommand(
    clientDocument(request.variables),
    -1,
    0,
    request.errorMessage,
    request.errorCode,
    -1,
  );
  const limit = partitions.limits.completingWork;
  await partitions.executeByKey(request.jobKey, 'JOB', 'THROW_ERROR', value, limit, bytes, call);
  return EMPTY_ANSWER;
}

export async function updateJobRetries(
  service: Service,
  request: UpdateJobRetriesRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.jobKey,
    'JOB',
    'UPDATE_RETRIES',
    jobCommand(EMPTY_DOCUMENT, request.retries, 0, '', '', -1),
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return EMPTY_ANSWER;
}

export async function updateJobTimeout(
  service: Service,
  request: UpdateJobTimeoutRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.jobKey,
    'JOB',
    'UPDATE_TIMEOUT',
    jobCommand(EMPTY_DOCUMENT, -1, 0, '', '', request.timeout),
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return EMPTY_ANSWER;
}
