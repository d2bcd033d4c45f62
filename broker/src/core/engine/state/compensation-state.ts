// Activities that can be compensated: of each process instance and of each scope in the order of their completion, and by what
// is asked for when a handler runs. Each question costs the same, however many there are.
import {
  type CompensationSubscriptionValue,
  EMPTY_DOCUMENT,
  type Key,
  NO_KEY,
} from '@millrace/protocol';
import { keyPart, type ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { CountedRange } from './counted-range.ts';
import { FAMILY } from './families.ts';
import { countValue, keyValue, presence } from './value-codecs.ts';

export type CompensationEntry = RangeEntry<Key, CompensationSubscriptionValue>;

const subscriptionCodec: ValueCodec<CompensationSubscriptionValue> = {
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
};

export class CompensationState {
  /** process instance key, subscription key -> subscription. */
  readonly subscriptions: CountedRange<Key, Key, CompensationSubscriptionValue>;
  readonly #ofScope: CountedRange<Key, Key, true>;
  readonly #ofActivity: PointFamily<Key, Key>;
  readonly #ofHandler: PointFamily<Key, Key>;
  /** throwing event -> how many it waits for */
  readonly #awaited: PointFamily<Key, number>;

  constructor(db: StateDb) {
    this.subscriptions = new CountedRange(db, {
      number: FAMILY.compensation,
      countNumber: FAMILY.compensationCount,
      name: 'compensation',
      prefix: keyPart,
      suffix: keyPart,
      value: subscriptionCodec,
    });
    this.#ofScope = new CountedRange(db, {
      number: FAMILY.compensationOfScope,
      countNumber: FAMILY.compensationOfScopeCount,
      name: 'compensation-of-scope',
      prefix: keyPart,
      suffix: keyPart,
      value: presence,
    });
    this.#ofActivity = db.point({
      number: FAMILY.compensationOfActivity,
      name: 'compensation-of-activity',
      key: keyPart,
      value: keyValue,
    });
    this.#ofHandler = db.point({
      number: FAMILY.compensationOfHandler,
      name: 'compensation-of-handler',
      key: keyPart,
      value: keyValue,
    });
    this.#awaited = db.point({
      number: FAMILY.compensationAwaited,
      name: 'compensation-awaited',
      key: keyPart,
      value: countValue,
    });
  }

  get(instanceKey: Key, key: Key): CompensationEntry | undefined {
    const value = this.subscriptions.get(instanceKey, key);
    return value === undefined ? undefined : { suffix: key, value };
  }

  /** Of the activities directly in a scope, oldest first. @throws RangeNotLoaded */
  ofScope(instanceKey: Key, scopeKey: Key): readonly CompensationEntry[] {
    return this.#ofScope.scan(scopeKey).map(({ suffix }) => {
      const entry = this.get(instanceKey, suffix);
      if (entry === undefined) throw new Error(`compensation subscription ${suffix} is missing`);
      return entry;
    });
  }

  holds(scopeKey: Key): boolean {
    return this.#ofScope.count(scopeKey) > 0;
  }

  ofActivity(instanceKey: Key, activityKey: Key): CompensationEntry | undefined {
    const key = this.#ofActivity.get(activityKey);
    return key === undefined ? undefined : this.get(instanceKey, key);
  }

  ofHandler(instanceKey: Key, handlerKey: Key): CompensationEntry | undefined {
    const key = this.#ofHandler.get(handlerKey);
    return key === undefined ? undefined : this.get(instanceKey, key);
  }

  /** Whether a throwing event waits for handlers. */
  isAwaited(throwEventKey: Key): boolean {
    return this.#awaited.has(throwEventKey);
  }

  // Changes, for appliers only.

  add(key: Key, value: CompensationSubscriptionValue): void {
    this.subscriptions.insert(value.processInstanceKey, key, value);
    this.#ofScope.insert(value.compensableActivityScopeKey, key, true);
    this.#ofActivity.upsert(value.compensableActivityInstanceKey, key);
  }

  trigger(key: Key, value: CompensationSubscriptionValue): void {
    const { compensationHandlerInstanceKey, throwEventInstanceKey } = value;
    this.subscriptions.update(value.processInstanceKey, key, value);
    if (compensationHandlerInstanceKey !== NO_KEY) {
      this.#ofHandler.upsert(compensationHandlerInstanceKey, key);
    }
    const awaited = this.#awaited.get(throwEventInstanceKey) ?? 0;
    this.#awaited.upsert(throwEventInstanceKey, awaited + 1);
  }

  remove(instanceKey: Key, key: Key): void {
    const value = this.subscriptions.get(instanceKey, key);
    if (value === undefined) return;
    this.subscriptions.deleteIfPresent(instanceKey, key);
    this.#ofScope.deleteIfPresent(value.compensableActivityScopeKey, key);
    this.#ofActivity.deleteIfPresent(value.compensableActivityInstanceKey);
    this.#ofHandler.deleteIfPresent(value.compensationHandlerInstanceKey);
    const awaited = this.#awaited.get(value.throwEventInstanceKey) ?? 0;
    if (awaited > 1) this.#awaited.update(value.throwEventInstanceKey, awaited - 1);
    else this.#awaited.deleteIfPresent(value.throwEventInstanceKey);
  }
}
