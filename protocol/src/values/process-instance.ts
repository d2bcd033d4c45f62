// PROCESS_INSTANCE: the life of every element instance, and PROCESS_INSTANCE_BATCH: work on many children.
import { type Key, NO_KEY } from '../keys.ts';
import { int, key, name, type Schema, word } from '../schema.ts';

export const ELEMENT_TYPES = [
  'UNSPECIFIED',
  'PROCESS',
  'SUB_PROCESS',
  'EVENT_SUB_PROCESS',
  'START_EVENT',
  'INTERMEDIATE_CATCH_EVENT',
  'INTERMEDIATE_THROW_EVENT',
  'BOUNDARY_EVENT',
  'END_EVENT',
  'SERVICE_TASK',
  'RECEIVE_TASK',
  'USER_TASK',
  'MANUAL_TASK',
  'TASK',
  'EXCLUSIVE_GATEWAY',
  'PARALLEL_GATEWAY',
  'EVENT_BASED_GATEWAY',
  'INCLUSIVE_GATEWAY',
  'SEQUENCE_FLOW',
  'MULTI_INSTANCE_BODY',
  'CALL_ACTIVITY',
  'BUSINESS_RULE_TASK',
  'SCRIPT_TASK',
  'SEND_TASK',
] as const;
export type BpmnElementType = (typeof ELEMENT_TYPES)[number];

export const EVENT_TYPES = [
  'UNSPECIFIED',
  'CONDITIONAL',
  'ERROR',
  'ESCALATION',
  'LINK',
  'MESSAGE',
  'NONE',
  'SIGNAL',
  'TERMINATE',
  'TIMER',
  'COMPENSATION',
] as const;
export type BpmnEventType = (typeof EVENT_TYPES)[number];

export interface ProcessInstanceValue {
  readonly bpmnElementType: BpmnElementType;
  readonly bpmnEventType: BpmnEventType;
  readonly elementId: string;
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly flowScopeKey: Key;
  readonly parentProcessInstanceKey: Key;
  readonly parentElementInstanceKey: Key;
  readonly tenantId: string;
}

export const processInstanceSchema: Schema<ProcessInstanceValue> = {
  bpmnElementType: word(ELEMENT_TYPES),
  bpmnEventType: word(EVENT_TYPES),
  elementId: name,
  bpmnProcessId: name,
  version: int,
  processDefinitionKey: key,
  processInstanceKey: key,
  flowScopeKey: key,
  parentProcessInstanceKey: key,
  parentElementInstanceKey: key,
  tenantId: name,
};

/** A command that names an instance by its key alone: everything else is unset. */
export const EMPTY_PROCESS_INSTANCE: ProcessInstanceValue = {
  bpmnElementType: 'UNSPECIFIED',
  bpmnEventType: 'UNSPECIFIED',
  elementId: '',
  bpmnProcessId: '',
  version: -1,
  processDefinitionKey: NO_KEY,
  processInstanceKey: NO_KEY,
  flowScopeKey: NO_KEY,
  parentProcessInstanceKey: NO_KEY,
  parentElementInstanceKey: NO_KEY,
  tenantId: '<default>',
};

export interface ProcessInstanceBatchValue {
  readonly processInstanceKey: Key;
  readonly batchElementInstanceKey: Key;
  readonly index: Key;
  readonly tenantId: string;
}

export const processInstanceBatchSchema: Schema<ProcessInstanceBatchValue> = {
  processInstanceKey: key,
  batchElementInstanceKey: key,
  index: key,
  tenantId: name,
};
