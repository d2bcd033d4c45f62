// Signal subscriptions: by key, by the name of their signal, and by whoever they belong to.
import { type Key, keyText, NO_KEY, type SignalSubscriptionValue } from '@millrace/protocol';
import { keyPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { inTenant } from './in-tenant.ts';
import { compareNames } from './name-order.ts';
import { keyValue, presence } from './value-codecs.ts';

/** The element instance of a subscription, or the definition whose start event it belongs to. */
export const ownerOf = (value: SignalSubscriptionValue) =>
  value.catchEventInstanceKey === NO_KEY ? value.processDefinitionKey : value.catchEventInstanceKey;

const KEY_DIGITS = 16;

/** Text that sorts by the owner's key, then by the subscription's. */
const placeAt = (ownerKey: Key, key: Key) =>
  String(ownerKey).padStart(KEY_DIGITS, '0') + String(key).padStart(KEY_DIGITS, '0');

const placeOf = (value: SignalSubscriptionValue, key: Key) => placeAt(ownerOf(value), key);

export class SignalState {
  readonly subscriptions: PointFamily<Key, SignalSubscriptionValue>;
  readonly #ofName: RangeFamily<string, string, Key>;
  readonly ofOwner: RangeFamily<Key, Key, true>;

  constructor(db: StateDb) {
    this.subscriptions = db.point({
      number: FAMILY.signalSubscription,
      name: 'signal-subscription',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.key(value.processDefinitionKey);
          out.string(value.bpmnProcessId);
          out.string(value.signalName);
          out.string(value.catchEventId);
          out.key(value.catchEventInstanceKey);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          return {
            processDefinitionKey: from.key(),
            bpmnProcessId: from.string(),
            signalName: from.string(),
            catchEventId: from.string(),
            catchEventInstanceKey: from.key(),
            tenantId: from.string(),
          };
        },
      },
    });
    this.#ofName = db.range({
      number: FAMILY.signalOfName,
      name: 'signal-of-name',
      prefix: textPart,
      suffix: textPart,
      value: keyValue,
    });
    this.ofOwner = db.range({
      number: FAMILY.signalOfOwner,
      name: 'signal-of-owner',
      prefix: keyPart,
      suffix: keyPart,
      value: presence,
    });
  }

  must(key: Key): SignalSubscriptionValue {
    const value = this.subscriptions.get(key);
    if (value === undefined)
      throw new Error(`signal subscription ${keyText(key)} is not in the state`);
    return value;
  }

  /**
   * Keys of subscriptions to a signal, in the order of those that they belong to.
   * @param after the subscription that they stand behind
   * @throws RangeNotLoaded
   */
  ofName(
    signalName: string,
    tenantId: string,
    limit: number,
    after?: { readonly ownerKey: Key; readonly key: Key },
  ): Key[] {
    const place = after === undefined ? undefined : placeAt(after.ownerKey, after.key);
    const page = this.#ofName.scan(inTenant(signalName, tenantId), { after: place, limit });
    return page.map(({ value }) => value);
  }

  /** Keys of what an element instance or a definition is subscribed to, shorter names first. @throws RangeNotLoaded */
  ofOwnerByName(ownerKey: Key): Key[] {
    const keys = this.ofOwner.scan(ownerKey).map(({ suffix }) => suffix);
    if (keys.length < 2) return keys;
    const name = (key: Key) => this.must(key).signalName;
    return keys.sort((a, b) => compareNames(name(a), name(b)));
  }

  // Changes, for appliers only.

  add(key: Key, value: SignalSubscriptionValue): void {
    this.subscriptions.insertFresh(key, value);
    this.#ofName.insertFresh(inTenant(value.signalName, value.tenantId), placeOf(value, key), key);
    this.ofOwner.insertFresh(ownerOf(value), key, true);
  }

  change(key: Key, value: SignalSubscriptionValue): void {
    this.subscriptions.update(key, value);
  }

  /** @returns the subscription as it was */
  remove(key: Key): SignalSubscriptionValue {
    const value = this.must(key);
    this.subscriptions.delete(key);
    this.#ofName.delete(inTenant(value.signalName, value.tenantId), placeOf(value, key));
    this.ofOwner.delete(ownerOf(value), key);
    return value;
  }
}
