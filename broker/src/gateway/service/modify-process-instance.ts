// ModifyProcessInstance: the key of the instance names the partition (gateway-grpc.md 2).
import type { ActivateInstruction, ProcessInstanceModificationValue } from '@millrace/protocol';
import { engineKey } from '../partitions/client-keys.ts';
import { StatusError } from '../status.ts';
import { EMPTY_ANSWER } from '../wire/answers.ts';
import type { ModifyProcessInstanceRequest } from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import { operationOf, type Service } from './service.ts';
import { DEFAULT_TENANT } from './tenants.ts';

export async function modifyProcessInstance(
  service: Service,
  request: ModifyProcessInstanceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  await partitions.executeByKey(
    request.processInstanceKey,
    'PROCESS_INSTANCE_MODIFICATION',
    'MODIFY',
    modification(request),
    partitions.limits.completingWork,
    bytes,
    call,
    operationOf(request.operationReference),
  );
  return EMPTY_ANSWER;
}

/** @throws StatusError INVALID_ARGUMENT */
function modification(request: ModifyProcessInstanceRequest): ProcessInstanceModificationValue {
  refuseNewer(request);
  const activateInstructions = request.activateInstructions.map(
    (instruction): ActivateInstruction => ({
      elementId: instruction.elementId,
      ancestorScopeKey: engineKey(instruction.ancestorElementInstanceKey),
      variableInstructions: instruction.variableInstructions.map(({ scopeId, variables }) => ({
        elementId: scopeId,
        variables: clientDocument(variables),
      })),
      ancestorScopeKeys: [],
    }),
  );
  const terminateInstructions = request.terminateInstructions.map(({ elementInstanceKey }) => ({
    elementInstanceKey: engineKey(elementInstanceKey),
  }));
  return {
    processInstanceKey: engineKey(request.processInstanceKey),
    terminateInstructions,
    activateInstructions,
    ancestorScopeKeys: [],
    tenantId: DEFAULT_TENANT,
  };
}

/** Instructions of newer clients, which would otherwise be dropped silently. @throws StatusError INVALID_ARGUMENT */
function refuseNewer(request: ModifyProcessInstanceRequest): void {
  if (request.moveInstructions.length > 0) {
    throw new StatusError(
      'INVALID_ARGUMENT',
      'Move instructions are not supported: say with activate and terminate instructions what moves where.',
    );
  }
  if (request.terminateInstructions.some(({ elementId }) => elementId !== '')) {
    throw new StatusError(
      'INVALID_ARGUMENT',
      'Terminate instructions by element id are not supported: name the element instances by their keys.',
    );
  }
}
