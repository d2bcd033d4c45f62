// PROCESS_INSTANCE_MODIFICATION and PROCESS_INSTANCE_MIGRATION: what operators do to running instances.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, key, list, name, type Schema, struct } from '../schema.ts';

export interface VariableInstruction {
  /** '' for the process instance itself. */
  readonly elementId: string;
  readonly variables: Document;
}

export interface ActivateInstruction {
  readonly elementId: string;
  /** NO_KEY or 0: the only instance of the flow scope, or a new one. */
  readonly ancestorScopeKey: Key;
  readonly variableInstructions: readonly VariableInstruction[];
  readonly ancestorScopeKeys: readonly Key[];
}

export interface TerminateInstruction {
  readonly elementInstanceKey: Key;
}

export interface ProcessInstanceModificationValue {
  readonly processInstanceKey: Key;
  readonly terminateInstructions: readonly TerminateInstruction[];
  readonly activateInstructions: readonly ActivateInstruction[];
  readonly ancestorScopeKeys: readonly Key[];
  readonly tenantId: string;
}

const variableInstruction: Schema<VariableInstruction> = { elementId: name, variables: document };

const activateInstruction: Schema<ActivateInstruction> = {
  elementId: name,
  ancestorScopeKey: key,
  variableInstructions: list(struct(variableInstruction)),
  ancestorScopeKeys: list(key),
};

const terminateInstruction: Schema<TerminateInstruction> = { elementInstanceKey: key };

export const processInstanceModificationSchema: Schema<ProcessInstanceModificationValue> = {
  processInstanceKey: key,
  terminateInstructions: list(struct(terminateInstruction)),
  activateInstructions: list(struct(activateInstruction)),
  ancestorScopeKeys: list(key),
  tenantId: name,
};

export interface MappingInstruction {
  readonly sourceElementId: string;
  readonly targetElementId: string;
}

export interface ProcessInstanceMigrationValue {
  readonly processInstanceKey: Key;
  readonly targetProcessDefinitionKey: Key;
  readonly mappingInstructions: readonly MappingInstruction[];
}

export const processInstanceMigrationSchema: Schema<ProcessInstanceMigrationValue> = {
  processInstanceKey: key,
  targetProcessDefinitionKey: key,
  mappingInstructions: list(
    struct<MappingInstruction>({ sourceElementId: name, targetElementId: name }),
  ),
};
