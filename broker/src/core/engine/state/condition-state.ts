// Conditional subscriptions: by what waits for them, and by every scope around that.
import { type ConditionalSubscriptionValue, type Key, keyText } from '@millrace/protocol';
import { keyPart, numberPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { countValue, keyValue } from './value-codecs.ts';

export class ConditionState {
  /** Element instance key -> key of a subscription. */
  readonly ofOwner: RangeFamily<Key, Key, ConditionalSubscriptionValue>;
  /** Scope key -> keys of the subscriptions of it and of all within it, with what waits: what a changed variable is looked for in. */
  readonly within: RangeFamily<Key, Key, Key>;
  readonly #count: PointFamily<number, number>;
  #any: boolean | undefined;

  constructor(db: StateDb) {
    this.ofOwner = db.range({
      number: FAMILY.conditionalSubscription,
      name: 'conditional-subscription',
      prefix: keyPart,
      suffix: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.key(value.processInstanceKey);
          out.key(value.processDefinitionKey);
          out.string(value.bpmnProcessId);
          out.key(value.elementInstanceKey);
          out.string(value.catchEventId);
          out.string(value.condition);
          out.u8(value.interrupting ? 1 : 0);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          return {
            processInstanceKey: from.key(),
            processDefinitionKey: from.key(),
            bpmnProcessId: from.string(),
            elementInstanceKey: from.key(),
            catchEventId: from.string(),
            condition: from.string(),
            interrupting: from.u8() === 1,
            tenantId: from.string(),
          };
        },
      },
    });
    this.within = db.range({
      number: FAMILY.conditionalWithin,
      name: 'conditional-within',
      prefix: keyPart,
      suffix: keyPart,
      value: keyValue,
    });
    this.#count = db.point({
      number: FAMILY.conditionalCount,
      name: 'conditional-count',
      key: numberPart,
      value: countValue,
    });
  }

  get(ownerKey: Key, key: Key): ConditionalSubscriptionValue | undefined {
    return this.ofOwner.get(ownerKey, key);
  }

  /**
   * Whether anybody here can wait for a condition: spares the look-up on every variable that changes. Once true it stays true
   * until the partition is opened again; a change that is undone cannot make it wrong.
   */
  get any(): boolean {
    this.#any ??= (this.#count.get(0) ?? 0) > 0;
    return this.#any;
  }

  // Changes, for appliers only.

  add(key: Key, value: ConditionalSubscriptionValue): void {
    this.#any = true;
    this.ofOwner.insertFresh(value.elementInstanceKey, key, value);
    this.#count.upsert(0, (this.#count.get(0) ?? 0) + 1);
  }

  change(key: Key, value: ConditionalSubscriptionValue): void {
    this.ofOwner.update(value.elementInstanceKey, key, value);
  }

  remove(key: Key, { elementInstanceKey }: ConditionalSubscriptionValue): void {
    if (!this.ofOwner.deleteIfPresent(elementInstanceKey, key))
      throw new Error(`conditional subscription ${keyText(key)} is not in the state`);
    const count = this.#count.get(0) ?? 0;
    if (count > 1) this.#count.upsert(0, count - 1);
    else this.#count.deleteIfPresent(0);
  }
}
