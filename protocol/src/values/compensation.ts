// COMPENSATION_SUBSCRIPTION: an activity that has completed and can be compensated.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { document, key, name, type Schema } from '../schema.ts';

export interface CompensationSubscriptionValue {
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  readonly compensableActivityId: string;
  readonly compensableActivityInstanceKey: Key;
  readonly compensableActivityScopeKey: Key;
  readonly throwEventId: string;
  readonly throwEventInstanceKey: Key;
  readonly compensationHandlerId: string;
  readonly compensationHandlerInstanceKey: Key;
  readonly variables: Document;
  readonly tenantId: string;
}

export const compensationSubscriptionSchema: Schema<CompensationSubscriptionValue> = {
  processInstanceKey: key,
  processDefinitionKey: key,
  compensableActivityId: name,
  compensableActivityInstanceKey: key,
  compensableActivityScopeKey: key,
  throwEventId: name,
  throwEventInstanceKey: key,
  compensationHandlerId: name,
  compensationHandlerInstanceKey: key,
  variables: document,
  tenantId: name,
};
