// USER_TASK: work for a person that the broker itself manages (zeebe:userTask).
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, hidden, int, key, list, name, rawJson, type Schema, text } from '../schema.ts';

export interface UserTaskValue {
  readonly userTaskKey: Key;
  readonly assignee: string;
  readonly candidateGroupsList: readonly string[];
  readonly candidateUsersList: readonly string[];
  /** ISO 8601; '' when unset. */
  readonly dueDate: string;
  readonly followUpDate: string;
  /** NO_KEY when no form is linked. */
  readonly formKey: Key;
  readonly externalFormReference: string;
  /** 0 to 100 */
  readonly priority: number;
  readonly variables: Document;
  /** JSON object of texts. */
  readonly customHeaders: string;
  readonly changedAttributes: readonly string[];
  readonly action: string;
  /** ms since the epoch */
  readonly creationTimestamp: number;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly bpmnProcessId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly tenantId: string;
  /** Request that is answered when the transition has ended; NO_REQUEST when nobody waits. */
  readonly awaitedBy: number;
  /** Why a listener has denied the transition; '' unless one has. */
  readonly deniedReason: string;
}

export const userTaskSchema: Schema<UserTaskValue> = {
  userTaskKey: key,
  assignee: name,
  candidateGroupsList: list(name),
  candidateUsersList: list(name),
  dueDate: text,
  followUpDate: text,
  formKey: key,
  externalFormReference: name,
  priority: int,
  variables: document,
  customHeaders: rawJson,
  changedAttributes: list(name),
  action: name,
  creationTimestamp: int,
  elementId: name,
  elementInstanceKey: key,
  bpmnProcessId: name,
  processDefinitionVersion: int,
  processDefinitionKey: key,
  processInstanceKey: key,
  tenantId: name,
  awaitedBy: hidden(int),
  deniedReason: hidden(text),
};
