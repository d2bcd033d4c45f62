// CONDITIONAL_SUBSCRIPTION: an event that waits until a condition over variables is true. A value type of ours: the reference
// of the protocol's release has no conditional events.
import type { Key } from '../keys.ts';
import { bool, key, name, type Schema, text } from '../schema.ts';

export interface ConditionalSubscriptionValue {
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  /** What waits, and whose variables the condition sees. */
  readonly elementInstanceKey: Key;
  readonly catchEventId: string;
  /** As in the model. */
  readonly condition: string;
  readonly interrupting: boolean;
  readonly tenantId: string;
}

export const conditionalSubscriptionSchema: Schema<ConditionalSubscriptionValue> = {
  processInstanceKey: key,
  processDefinitionKey: key,
  bpmnProcessId: name,
  elementInstanceKey: key,
  catchEventId: name,
  condition: text,
  interrupting: bool,
  tenantId: name,
};
