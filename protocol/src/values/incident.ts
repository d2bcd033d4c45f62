// INCIDENT: something that needs a person; ERROR: an instance whose command threw and that is banned.
import type { Key } from '../keys.ts';
import { int, key, list, name, type Schema, text, word } from '../schema.ts';

export const INCIDENT_ERROR_TYPES = [
  'UNKNOWN',
  'IO_MAPPING_ERROR',
  'JOB_NO_RETRIES',
  'EXECUTION_LISTENER_NO_RETRIES',
  'CONDITION_ERROR',
  'EXTRACT_VALUE_ERROR',
  'CALLED_ELEMENT_ERROR',
  'UNHANDLED_ERROR_EVENT',
  'MESSAGE_SIZE_EXCEEDED',
  'CALLED_DECISION_ERROR',
  'DECISION_EVALUATION_ERROR',
  'FORM_NOT_FOUND',
  'TASK_LISTENER_NO_RETRIES',
] as const;
export type IncidentErrorType = (typeof INCIDENT_ERROR_TYPES)[number];

export interface IncidentValue {
  readonly errorType: IncidentErrorType;
  readonly errorMessage: string;
  readonly bpmnProcessId: string;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly jobKey: Key;
  readonly variableScopeKey: Key;
  /** One path per process on the way down, from the root instance to the element. */
  readonly elementInstancePath: readonly (readonly Key[])[];
  readonly processDefinitionPath: readonly Key[];
  readonly callingElementPath: readonly number[];
  readonly tenantId: string;
}

export const incidentSchema: Schema<IncidentValue> = {
  errorType: word(INCIDENT_ERROR_TYPES),
  errorMessage: text,
  bpmnProcessId: name,
  processDefinitionKey: key,
  processInstanceKey: key,
  elementId: name,
  elementInstanceKey: key,
  jobKey: key,
  variableScopeKey: key,
  elementInstancePath: list(list(key)),
  processDefinitionPath: list(key),
  callingElementPath: list(int),
  tenantId: name,
};

export interface ErrorValue {
  readonly exceptionMessage: string;
  readonly stacktrace: string;
  /** Position of the command that threw. */
  readonly errorEventPosition: number;
  readonly processInstanceKey: Key;
}

export const errorSchema: Schema<ErrorValue> = {
  exceptionMessage: text,
  stacktrace: text,
  errorEventPosition: int,
  processInstanceKey: key,
};
