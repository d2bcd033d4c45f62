// SIGNAL_BATCH: a signal with many subscribers on a partition goes on to the next of them. A value type of ours.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { bool, document, key, name, type Schema } from '../schema.ts';

export interface SignalBatchValue {
  readonly signalName: string;
  readonly variables: Document;
  readonly tenantId: string;
  /** Whether start events are reached too. */
  readonly starts: boolean;
  /** The last subscription that was reached, and whose it was. */
  readonly subscriptionKey: Key;
  readonly ownerKey: Key;
}

export const signalBatchSchema: Schema<SignalBatchValue> = {
  signalName: name,
  variables: document,
  tenantId: name,
  starts: bool,
  subscriptionKey: key,
  ownerKey: key,
};
