// SIGNAL and SIGNAL_SUBSCRIPTION; ESCALATION: what was thrown, and whether somebody caught it.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, key, name, type Schema } from '../schema.ts';

export interface SignalValue {
  readonly signalName: string;
  readonly variables: Document;
  readonly tenantId: string;
}

export const signalSchema: Schema<SignalValue> = {
  signalName: name,
  variables: document,
  tenantId: name,
};

export interface SignalSubscriptionValue {
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly signalName: string;
  readonly catchEventId: string;
  /** NO_KEY for the start event of a process. */
  readonly catchEventInstanceKey: Key;
  readonly tenantId: string;
}

export const signalSubscriptionSchema: Schema<SignalSubscriptionValue> = {
  processDefinitionKey: key,
  bpmnProcessId: name,
  signalName: name,
  catchEventId: name,
  catchEventInstanceKey: key,
  tenantId: name,
};

export interface EscalationValue {
  readonly processInstanceKey: Key;
  readonly escalationCode: string;
  readonly throwElementId: string;
  /** '' when nobody catches. */
  readonly catchElementId: string;
  readonly tenantId: string;
}

export const escalationSchema: Schema<EscalationValue> = {
  processInstanceKey: key,
  escalationCode: name,
  throwElementId: name,
  catchElementId: name,
  tenantId: name,
};
