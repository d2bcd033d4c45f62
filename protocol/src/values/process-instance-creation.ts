// PROCESS_INSTANCE_CREATION: the request to start an instance; PROCESS_INSTANCE_RESULT: the awaited answer.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, hidden, int, key, list, name, type Schema, struct } from '../schema.ts';

export interface StartInstruction {
  readonly elementId: string;
}

export interface ProcessInstanceCreationValue {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly variables: Document;
  readonly fetchVariables: readonly string[];
  readonly startInstructions: readonly StartInstruction[];
  /** Request that waits for the result of the instance; NO_REQUEST when none does. */
  readonly awaitedBy: number;
  readonly tenantId: string;
}

export const processInstanceCreationSchema: Schema<ProcessInstanceCreationValue> = {
  bpmnProcessId: name,
  version: int,
  processDefinitionKey: key,
  processInstanceKey: key,
  variables: document,
  fetchVariables: hidden(list(name)),
  startInstructions: list(struct<StartInstruction>({ elementId: name })),
  awaitedBy: hidden(int),
  tenantId: name,
};

export interface ProcessInstanceResultValue {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly variables: Document;
  readonly tenantId: string;
}

export const processInstanceResultSchema: Schema<ProcessInstanceResultValue> = {
  bpmnProcessId: name,
  version: int,
  processDefinitionKey: key,
  processInstanceKey: key,
  variables: document,
  tenantId: name,
};
