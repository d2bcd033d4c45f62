// VARIABLE: one variable of a scope; VARIABLE_DOCUMENT: a request to set several; PROCESS_EVENT: a trigger with its variables.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, key, name, type Schema, text, word } from '../schema.ts';

export interface VariableValue {
  readonly name: string;
  /** Raw JSON text. */
  readonly value: string;
  readonly scopeKey: Key;
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly tenantId: string;
}

export const variableSchema: Schema<VariableValue> = {
  name,
  value: text,
  scopeKey: key,
  processInstanceKey: key,
  processDefinitionKey: key,
  bpmnProcessId: name,
  tenantId: name,
};

export const UPDATE_SEMANTICS = ['PROPAGATE', 'LOCAL'] as const;

export interface VariableDocumentValue {
  readonly scopeKey: Key;
  readonly updateSemantics: (typeof UPDATE_SEMANTICS)[number];
  readonly variables: Document;
  readonly tenantId: string;
}

export const variableDocumentSchema: Schema<VariableDocumentValue> = {
  scopeKey: key,
  updateSemantics: word(UPDATE_SEMANTICS),
  variables: document,
  tenantId: name,
};

export interface ProcessEventValue {
  readonly scopeKey: Key;
  readonly targetElementId: string;
  readonly variables: Document;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly tenantId: string;
}

export const processEventSchema: Schema<ProcessEventValue> = {
  scopeKey: key,
  targetElementId: name,
  variables: document,
  processDefinitionKey: key,
  processInstanceKey: key,
  tenantId: name,
};
