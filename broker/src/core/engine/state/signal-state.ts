// Signal subscriptions: by key, by the name of their signal, and by whoever they belong to.
import { type Key, keyText, NO_KEY, type SignalSubscriptionValue } from '@millrace/protocol';
import { keyPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { presence } from './value-codecs.ts';

/** The element instance of a subscription, or the definition whose start event it belongs to. */
const ownerOf = (value: SignalSubscriptionValue) =>
  value.catchEventInstanceKey === NO_KEY ? value.processDefinitionKey : value.catchEventInstanceKey;

const nameOf = (signalName: string, tenantId: string) =>
  tenantId === '<default>' ? signalName : `${signalName}\u0000${tenantId}`;

export class SignalState {
  readonly subscriptions: PointFamily<Key, SignalSubscriptionValue>;
  readonly #ofName: RangeFamily<string, Key, true>;
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
      suffix: keyPart,
      value: presence,
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

  /** Keys of all subscriptions to a signal, oldest first. @throws RangeNotLoaded */
  ofName(signalName: string, tenantId: string): Key[] {
    return this.#ofName.scan(nameOf(signalName, tenantId)).map(({ suffix }) => suffix);
  }

  // Changes, for appliers only.

  add(key: Key, value: SignalSubscriptionValue): void {
    this.subscriptions.insertFresh(key, value);
    this.#ofName.insertFresh(nameOf(value.signalName, value.tenantId), key, true);
    this.ofOwner.insertFresh(ownerOf(value), key, true);
  }

  change(key: Key, value: SignalSubscriptionValue): void {
    this.subscriptions.update(key, value);
  }

  /** @returns the subscription as it was */
  remove(key: Key): SignalSubscriptionValue {
    const value = this.must(key);
    this.subscriptions.delete(key);
    this.#ofName.delete(nameOf(value.signalName, value.tenantId), key);
    this.ofOwner.delete(ownerOf(value), key);
    return value;
  }
}
