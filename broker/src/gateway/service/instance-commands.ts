// Commands to what already runs, one call each: cancel an instance, set variables, resolve an incident, delete a resource.
import {
  EMPTY_PROCESS_INSTANCE,
  type IncidentValue,
  NO_KEY,
  type VariableDocumentValue,
} from '@millrace/protocol';
import { clientKeyText, engineKey, withClientKeyText } from '../partitions/client-keys.ts';
import { deleteResourceAnswer, EMPTY_ANSWER, keyAnswer } from '../wire/answers.ts';
import type {
  CancelProcessInstanceRequest,
  DeleteResourceRequest,
  ResolveIncidentRequest,
  SetVariablesRequest,
} from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import { operationOf, type Service } from './service.ts';
import { DEFAULT_TENANT } from './tenants.ts';

/** The record's own key names the incident; nothing else is set. */
const UNSET_INCIDENT: IncidentValue = {
  errorType: 'UNKNOWN',
  errorMessage: '',
  bpmnProcessId: '',
  processDefinitionKey: NO_KEY,
  processInstanceKey: NO_KEY,
  elementId: '',
  elementInstanceKey: NO_KEY,
  jobKey: NO_KEY,
  variableScopeKey: NO_KEY,
  elementInstancePath: [],
  processDefinitionPath: [],
  callingElementPath: [],
  tenantId: DEFAULT_TENANT,
};

export async function cancelProcessInstance(
  service: Service,
  request: CancelProcessInstanceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.processInstanceKey,
    'PROCESS_INSTANCE',
    'CANCEL',
    EMPTY_PROCESS_INSTANCE,
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return EMPTY_ANSWER;
}

export async function resolveIncident(
  service: Service,
  request: ResolveIncidentRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.incidentKey,
    'INCIDENT',
    'RESOLVE',
    UNSET_INCIDENT,
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return EMPTY_ANSWER;
}

/** The command has no key of its own: the scope stands in its value. */
export async function setVariables(
  service: Service,
  request: SetVariablesRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const value: VariableDocumentValue = {
    scopeKey: engineKey(request.elementInstanceKey),
    updateSemantics: request.local ? 'LOCAL' : 'PROPAGATE',
    variables: clientDocument(request.variables),
    tenantId: DEFAULT_TENANT,
  };
  const operation = operationOf(request.operationReference);
  const partitionId = partitions.partitionOf(request.elementInstanceKey);
  const limit = partitions.limits.completingWork;
  try {
    const record = await partitions.execute(
      partitionId,
      'VARIABLE_DOCUMENT',
      'UPDATE',
      NO_KEY,
      value,
      limit,
      bytes,
      call,
      operation,
    );
    return keyAnswer(record.key);
  } catch (error) {
    throw withClientKeyText(error, request.elementInstanceKey, value.scopeKey);
  }
}

export async function deleteResource(
  service: Service,
  request: DeleteResourceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.resourceKey,
    'RESOURCE_DELETION',
    'DELETE',
    { resourceKey: engineKey(request.resourceKey), tenantId: '' },
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return deleteResourceAnswer(clientKeyText(request.resourceKey));
}
