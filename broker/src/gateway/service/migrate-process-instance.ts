// MigrateProcessInstance: the key of the instance names the partition (gateway-grpc.md 2).
import type { ProcessInstanceMigrationValue } from '@millrace/protocol';
import { engineKey, withClientKeyText } from '../partitions/client-keys.ts';
import { EMPTY_ANSWER } from '../wire/answers.ts';
import type { MigrateProcessInstanceRequest } from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { operationOf, type Service } from './service.ts';

/** A request without a plan is one with an empty plan: it names no definition. */
const NO_PLAN = { targetProcessDefinitionKey: { high: 0, low: 0 }, mappingInstructions: [] };

export async function migrateProcessInstance(
  service: Service,
  request: MigrateProcessInstanceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const { targetProcessDefinitionKey, mappingInstructions } = request.migrationPlan ?? NO_PLAN;
  const value: ProcessInstanceMigrationValue = {
    processInstanceKey: engineKey(request.processInstanceKey),
    targetProcessDefinitionKey: engineKey(targetProcessDefinitionKey),
    mappingInstructions,
  };
  try {
    await partitions.executeByKey(
      request.processInstanceKey,
      'PROCESS_INSTANCE_MIGRATION',
      'MIGRATE',
      value,
      partitions.limits.completingWork,
      bytes,
      call,
      operationOf(request.operationReference),
    );
  } catch (error) {
    throw withClientKeyText(error, targetProcessDefinitionKey, value.targetProcessDefinitionKey);
  }
  return EMPTY_ANSWER;
}
