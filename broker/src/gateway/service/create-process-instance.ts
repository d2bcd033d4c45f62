// CreateProcessInstance and CreateProcessInstanceWithResult: any partition may take the instance (gateway-grpc.md 6).
import {
  NO_KEY,
  NO_REQUEST,
  type ProcessInstanceCreationValue,
  type ProcessInstanceResultValue,
} from '@millrace/protocol';
import { engineKey, withClientKeyText } from '../partitions/client-keys.ts';
import { createdAnswer, resultAnswer } from '../wire/answers.ts';
import type {
  CreateProcessInstanceRequest,
  CreateProcessInstanceWithResultRequest,
} from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import { operationOf, type Service } from './service.ts';
import { tenantOf } from './tenants.ts';

const NAMES: readonly string[] = [];
const UNSET: CreateProcessInstanceRequest = {
  processDefinitionKey: { high: 0, low: 0 },
  bpmnProcessId: '',
  version: 0,
  variables: '',
  startInstructions: [],
  tenantId: '',
  operationReference: undefined,
};

function creation(
  service: Service,
  rpc: string,
  request: CreateProcessInstanceRequest,
  fetchVariables: readonly string[],
): ProcessInstanceCreationValue {
  const tenantId = tenantOf(service.options, rpc, request.tenantId);
  return {
    bpmnProcessId: request.bpmnProcessId,
    version: request.version,
    processDefinitionKey: engineKey(request.processDefinitionKey),
    processInstanceKey: NO_KEY,
    variables: clientDocument(request.variables),
    fetchVariables,
    startInstructions: request.startInstructions,
    awaitedBy: NO_REQUEST,
    tenantId,
  };
}

export async function createProcessInstance(
  service: Service,
  request: CreateProcessInstanceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const value = creation(service, 'CreateProcessInstance', request, NAMES);
  const operation = operationOf(request.operationReference);
  try {
    const record = await service.partitions.create(value, bytes, call, operation);
    return createdAnswer(record.value as ProcessInstanceCreationValue);
  } catch (error) {
    throw withClientKeyText(error, request.processDefinitionKey, value.processDefinitionKey);
  }
}

export async function createProcessInstanceWithResult(
  service: Service,
  outer: CreateProcessInstanceWithResultRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const request = outer.request ?? UNSET;
  const value = creation(service, 'CreateProcessInstanceWithResult', request, outer.fetchVariables);
  const operation = operationOf(request.operationReference);
  try {
    const awaitedMs = Math.max(0, outer.requestTimeout);
    const record = await service.partitions.create(value, bytes, call, operation, awaitedMs);
    const result = record.value as ProcessInstanceResultValue;
    return resultAnswer(result, result.variables.text);
  } catch (error) {
    throw withClientKeyText(error, request.processDefinitionKey, value.processDefinitionKey);
  }
}
