// The request messages of the RPCs that this release executes, as tables. Names and numbers are those of
// protocol/gateway.proto; requests.test.ts compares them. Fields that no command reads yet are left to `skip`.
import {
  blob,
  bool,
  type Decoded,
  int32,
  int64,
  key,
  nested,
  nestedItem,
  optional,
  optionalUint64,
  repeated,
  request,
  string,
} from './fields.ts';

export const topologyRequest = request('TopologyRequest', {});

export const activateJobsRequest = request('ActivateJobsRequest', {
  type: string(1),
  worker: string(2),
  timeout: int64(3),
  maxJobsToActivate: int32(4),
  fetchVariable: repeated(string(5)),
  requestTimeout: int64(6),
  tenantIds: repeated(string(7)),
});
export type ActivateJobsRequest = Decoded<typeof activateJobsRequest>;

export const streamActivatedJobsRequest = request('StreamActivatedJobsRequest', {
  type: string(1),
  worker: string(2),
  timeout: int64(3),
  fetchVariable: repeated(string(5)),
  tenantIds: repeated(string(6)),
});
export type StreamActivatedJobsRequest = Decoded<typeof streamActivatedJobsRequest>;

export const cancelProcessInstanceRequest = request('CancelProcessInstanceRequest', {
  processInstanceKey: key(1),
  operationReference: optionalUint64(2),
});
export type CancelProcessInstanceRequest = Decoded<typeof cancelProcessInstanceRequest>;

const stringList = request('StringList', { values: repeated(string(1)) });

const jobResultCorrections = request('JobResultCorrections', {
  assignee: optional(string(1)),
  dueDate: optional(string(2)),
  followUpDate: optional(string(3)),
  candidateUsers: nested(4, stringList),
  candidateGroups: nested(5, stringList),
  priority: optional(int32(6)),
});

const jobResult = request('JobResult', {
  denied: bool(1),
  corrections: nested(2, jobResultCorrections),
  deniedReason: string(3),
});
export type JobResultMessage = Decoded<typeof jobResult>;

export const completeJobRequest = request('CompleteJobRequest', {
  jobKey: key(1),
  variables: string(2),
  result: nested(3, jobResult),
});
export type CompleteJobRequest = Decoded<typeof completeJobRequest>;

const startInstruction = request('ProcessInstanceCreationStartInstruction', {
  elementId: string(1),
});

export const createProcessInstanceRequest = request('CreateProcessInstanceRequest', {
  processDefinitionKey: key(1),
  bpmnProcessId: string(2),
  version: int32(3),
  variables: string(4),
  startInstructions: repeated(nestedItem(5, startInstruction)),
  tenantId: string(6),
  operationReference: optionalUint64(7),
});
export type CreateProcessInstanceRequest = Decoded<typeof createProcessInstanceRequest>;

export const createProcessInstanceWithResultRequest = request(
  'CreateProcessInstanceWithResultRequest',
  {
    request: nested(1, createProcessInstanceRequest),
    requestTimeout: int64(2),
    fetchVariables: repeated(string(3)),
  },
);
export type CreateProcessInstanceWithResultRequest = Decoded<
  typeof createProcessInstanceWithResultRequest
>;

const processRequestObject = request('ProcessRequestObject', {
  name: string(1),
  definition: blob(2),
});

export const deployProcessRequest = request('DeployProcessRequest', {
  processes: repeated(nestedItem(1, processRequestObject)),
});
export type DeployProcessRequest = Decoded<typeof deployProcessRequest>;

const resource = request('Resource', { name: string(1), content: blob(2) });

export const deployResourceRequest = request('DeployResourceRequest', {
  resources: repeated(nestedItem(1, resource)),
  tenantId: string(2),
});
export type DeployResourceRequest = Decoded<typeof deployResourceRequest>;

export const failJobRequest = request('FailJobRequest', {
  jobKey: key(1),
  retries: int32(2),
  errorMessage: string(3),
  retryBackOff: int64(4),
  variables: string(5),
});
export type FailJobRequest = Decoded<typeof failJobRequest>;

export const throwErrorRequest = request('ThrowErrorRequest', {
  jobKey: key(1),
  errorCode: string(2),
  errorMessage: string(3),
  variables: string(4),
});
export type ThrowErrorRequest = Decoded<typeof throwErrorRequest>;

export const resolveIncidentRequest = request('ResolveIncidentRequest', {
  incidentKey: key(1),
  operationReference: optionalUint64(2),
});
export type ResolveIncidentRequest = Decoded<typeof resolveIncidentRequest>;

export const updateJobRetriesRequest = request('UpdateJobRetriesRequest', {
  jobKey: key(1),
  retries: int32(2),
  operationReference: optionalUint64(3),
});
export type UpdateJobRetriesRequest = Decoded<typeof updateJobRetriesRequest>;

export const updateJobTimeoutRequest = request('UpdateJobTimeoutRequest', {
  jobKey: key(1),
  timeout: int64(2),
  operationReference: optionalUint64(3),
});
export type UpdateJobTimeoutRequest = Decoded<typeof updateJobTimeoutRequest>;

export const setVariablesRequest = request('SetVariablesRequest', {
  elementInstanceKey: key(1),
  variables: string(2),
  local: bool(3),
  operationReference: optionalUint64(4),
});
export type SetVariablesRequest = Decoded<typeof setVariablesRequest>;

export const deleteResourceRequest = request('DeleteResourceRequest', {
  resourceKey: key(1),
  operationReference: optionalUint64(2),
});
export type DeleteResourceRequest = Decoded<typeof deleteResourceRequest>;

export const publishMessageRequest = request('PublishMessageRequest', {
  name: string(1),
  correlationKey: string(2),
  timeToLive: int64(3),
  messageId: string(4),
  variables: string(5),
  tenantId: string(6),
});
export type PublishMessageRequest = Decoded<typeof publishMessageRequest>;

const variableInstruction = request('ModifyProcessInstanceRequest.VariableInstruction', {
  variables: string(1),
  scopeId: string(2),
});

const activateInstruction = request('ModifyProcessInstanceRequest.ActivateInstruction', {
  elementId: string(1),
  ancestorElementInstanceKey: key(2),
  variableInstructions: repeated(nestedItem(3, variableInstruction)),
});

const terminateInstruction = request('ModifyProcessInstanceRequest.TerminateInstruction', {
  elementInstanceKey: key(1),
  elementId: string(2),
});

export const modifyProcessInstanceRequest = request('ModifyProcessInstanceRequest', {
  processInstanceKey: key(1),
  activateInstructions: repeated(nestedItem(2, activateInstruction)),
  terminateInstructions: repeated(nestedItem(3, terminateInstruction)),
  operationReference: optionalUint64(4),
  /** Only whether there are any: see the service. */
  moveInstructions: repeated(blob(5)),
});
export type ModifyProcessInstanceRequest = Decoded<typeof modifyProcessInstanceRequest>;

const mappingInstruction = request('MigrateProcessInstanceRequest.MappingInstruction', {
  sourceElementId: string(1),
  targetElementId: string(2),
});

const migrationPlan = request('MigrateProcessInstanceRequest.MigrationPlan', {
  targetProcessDefinitionKey: key(1),
  mappingInstructions: repeated(nestedItem(2, mappingInstruction)),
});

export const migrateProcessInstanceRequest = request('MigrateProcessInstanceRequest', {
  processInstanceKey: key(1),
  migrationPlan: nested(2, migrationPlan),
  operationReference: optionalUint64(3),
});
export type MigrateProcessInstanceRequest = Decoded<typeof migrateProcessInstanceRequest>;

export const broadcastSignalRequest = request('BroadcastSignalRequest', {
  signalName: string(1),
  variables: string(2),
  tenantId: string(3),
});
export type BroadcastSignalRequest = Decoded<typeof broadcastSignalRequest>;

export const healthCheckRequest = request('HealthCheckRequest', { service: string(1) });

/** Every request table, for the comparison with the contract. */
export const requestCodecs = [
  topologyRequest,
  activateJobsRequest,
  streamActivatedJobsRequest,
  cancelProcessInstanceRequest,
  completeJobRequest,
  startInstruction,
  createProcessInstanceRequest,
  createProcessInstanceWithResultRequest,
  processRequestObject,
  deployProcessRequest,
  resource,
  deployResourceRequest,
  failJobRequest,
  throwErrorRequest,
  resolveIncidentRequest,
  updateJobRetriesRequest,
  updateJobTimeoutRequest,
  setVariablesRequest,
  deleteResourceRequest,
  publishMessageRequest,
  broadcastSignalRequest,
  variableInstruction,
  activateInstruction,
  terminateInstruction,
  modifyProcessInstanceRequest,
  mappingInstruction,
  migrationPlan,
  migrateProcessInstanceRequest,
];
