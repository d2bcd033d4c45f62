// Activities that can be compensated, of each process instance in the order of their completion.
import { type CompensationSubscriptionValue, EMPTY_DOCUMENT, type Key } from '@millrace/protocol';
import { keyPart } from '../../state/families.ts';
import type { RangeEntry } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { CountedRange } from './counted-range.ts';
import { FAMILY } from './families.ts';

export type CompensationEntry = RangeEntry<Key, CompensationSubscriptionValue>;

export class CompensationState {
  /** process instance key, subscription key -> subscription. */
  readonly subscriptions: CountedRange<Key, Key, CompensationSubscriptionValue>;

  constructor(db: StateDb) {
    this.subscriptions = new CountedRange(db, {
      number: FAMILY.compensation,
      countNumber: FAMILY.compensationCount,
      name: 'compensation',
      prefix: keyPart,
      suffix: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.key(value.processInstanceKey);
          out.key(value.processDefinitionKey);
          out.string(value.compensableActivityId);
          out.key(value.compensableActivityInstanceKey);
          out.key(value.compensableActivityScopeKey);
          out.string(value.throwEventId);
          out.key(value.throwEventInstanceKey);
          out.string(value.compensationHandlerId);
          out.key(value.compensationHandlerInstanceKey);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          return {
            processInstanceKey: from.key(),
            processDefinitionKey: from.key(),
            compensableActivityId: from.string(),
            compensableActivityInstanceKey: from.key(),
            compensableActivityScopeKey: from.key(),
            throwEventId: from.string(),
            throwEventInstanceKey: from.key(),
            compensationHandlerId: from.string(),
            compensationHandlerInstanceKey: from.key(),
            variables: EMPTY_DOCUMENT,
            tenantId: from.string(),
          };
        },
      },
    });
  }
}
