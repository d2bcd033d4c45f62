// An element instance that is being worked on: its model, key and record value.
import type { IncidentErrorType, Key, ProcessInstanceValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';

export interface ElementContext {
  readonly element: ExecutableElement;
  readonly key: Key;
  readonly value: ProcessInstanceValue;
}

/** Why an element cannot go on; becomes an incident. */
export interface Failure {
  readonly errorType: IncidentErrorType;
  readonly message: string;
  /** Whose variables would have to change; the element's own unless it says so. */
  readonly variableScopeKey?: Key;
}
