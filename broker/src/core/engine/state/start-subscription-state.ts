// Which definitions a message starts, and which instance holds the lock of its process id and correlation key until it has
// ended (engine-semantics.md E.4, H.3).
import type { Key, MessageStartEventSubscriptionValue } from '@millrace/protocol';
import { EMPTY_DOCUMENT, NO_KEY } from '@millrace/protocol';
import { keyPart, textPart, type ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { CountedRange } from './counted-range.ts';
import { FAMILY } from './families.ts';
import { keyValue } from './value-codecs.ts';

export interface StartSubscription {
  readonly key: Key;
  readonly value: MessageStartEventSubscriptionValue;
}

/** What an instance keeps others of its process id from using. */
export interface StartLock {
  readonly bpmnProcessId: string;
  readonly correlationKey: string;
  readonly tenantId: string;
}

const nameOf = (tenantId: string, messageName: string) =>
  `${messageName.length}.${messageName}${tenantId}`;

const lockOf = ({ bpmnProcessId, correlationKey, tenantId }: StartLock) =>
  `${bpmnProcessId.length}.${correlationKey.length}.${bpmnProcessId}${correlationKey}${tenantId}`;

const subscriptionCodec: ValueCodec<StartSubscription> = {
  write: (out, { key, value }) => {
    out.u8(1);
    out.key(key);
    out.key(value.processDefinitionKey);
    out.string(value.bpmnProcessId);
    out.string(value.messageName);
    out.string(value.startEventId);
    out.string(value.tenantId);
  },
  read: (from) => {
    from.u8();
    const key = from.key();
    const value: MessageStartEventSubscriptionValue = {
      processDefinitionKey: from.key(),
      bpmnProcessId: from.string(),
      messageName: from.string(),
      startEventId: from.string(),
      processInstanceKey: NO_KEY,
      messageKey: NO_KEY,
      correlationKey: '',
      variables: EMPTY_DOCUMENT,
      tenantId: from.string(),
    };
    return { key, value };
  },
};

const lockCodec: ValueCodec<StartLock> = {
  write: (out, lock) => {
    out.u8(1);
    out.string(lock.bpmnProcessId);
    out.string(lock.correlationKey);
    out.string(lock.tenantId);
  },
  read: (from) => {
    from.u8();
    return {
      bpmnProcessId: from.string(),
      correlationKey: from.string(),
      tenantId: from.string(),
    };
  },
};

export class StartSubscriptionState {
  /** message name -> definition -> its subscription */
  readonly #byName: CountedRange<string, Key, StartSubscription>;
  /** definition -> message name -> tenant */
  readonly #ofProcess: CountedRange<Key, string, string>;
  /** lock -> instance that holds it */
  readonly #locks: PointFamily<string, Key>;
  /** instance -> the lock that it holds */
  readonly #lockOfInstance: PointFamily<Key, StartLock>;

  constructor(db: StateDb) {
    this.#byName = new CountedRange(db, {
      number: FAMILY.startSubscription,
      countNumber: FAMILY.startSubscriptionCount,
      name: 'start-subscription',
      prefix: textPart,
      suffix: keyPart,
      value: subscriptionCodec,
    });
    this.#ofProcess = new CountedRange(db, {
      number: FAMILY.startSubscriptionOfProcess,
      countNumber: FAMILY.startSubscriptionOfProcessCount,
      name: 'start-subscription-of-process',
      prefix: keyPart,
      suffix: textPart,
      value: {
        write: (out, tenantId) => {
          out.u8(1);
          out.string(tenantId);
        },
        read: (from) => {
          from.u8();
          return from.string();
        },
      },
    });
    this.#locks = db.point({
      number: FAMILY.startLock,
      name: 'start-lock',
      key: textPart,
      value: keyValue,
    });
    this.#lockOfInstance = db.point({
      number: FAMILY.startLockOfInstance,
      name: 'start-lock-of-instance',
      key: keyPart,
      value: lockCodec,
    });
  }

  /** Definitions that the message starts, in the order of their keys. @throws RangeNotLoaded */
  byName(tenantId: string, messageName: string): readonly RangeEntry<Key, StartSubscription>[] {
    return this.#byName.scan(nameOf(tenantId, messageName));
  }

  /** The messages that start a definition, by name. @throws RangeNotLoaded */
  ofProcess(processDefinitionKey: Key): readonly StartSubscription[] {
    const found: StartSubscription[] = [];
    for (const { suffix, value } of this.#ofProcess.scan(processDefinitionKey)) {
      const subscription = this.#byName.get(nameOf(value, suffix), processDefinitionKey);
      if (subscription !== undefined) found.push(subscription);
    }
    return found;
  }

  isLocked(lock: StartLock): boolean {
    return this.#locks.has(lockOf(lock));
  }

  /** The lock that an instance holds. */
  lockOf(processInstanceKey: Key): StartLock | undefined {
    return this.#lockOfInstance.get(processInstanceKey);
  }

  // Changes, for appliers only.

  create(key: Key, value: MessageStartEventSubscriptionValue): void {
    const { tenantId, messageName, processDefinitionKey } = value;
    const name = nameOf(tenantId, messageName);
    const subscription = { key, value };
    if (this.#byName.get(name, processDefinitionKey) !== undefined) {
      // Two start events of one definition with the same name: the last one takes the messages, as with the reference.
      this.#byName.update(name, processDefinitionKey, subscription);
      return;
    }
    this.#byName.insert(name, processDefinitionKey, subscription);
    this.#ofProcess.insert(processDefinitionKey, messageName, tenantId);
  }

  remove(value: MessageStartEventSubscriptionValue): void {
    const { tenantId, messageName, processDefinitionKey } = value;
    this.#byName.deleteIfPresent(nameOf(tenantId, messageName), processDefinitionKey);
    this.#ofProcess.deleteIfPresent(processDefinitionKey, messageName);
  }

  lock(processInstanceKey: Key, lock: StartLock): void {
    this.#locks.upsert(lockOf(lock), processInstanceKey);
    this.#lockOfInstance.upsert(processInstanceKey, lock);
  }

  unlock(processInstanceKey: Key): void {
    const lock = this.#lockOfInstance.get(processInstanceKey);
    if (lock === undefined) return;
    this.#lockOfInstance.delete(processInstanceKey);
    // The next one may have it already.
    if (this.#locks.get(lockOf(lock)) === processInstanceKey)
      this.#locks.deleteIfPresent(lockOf(lock));
  }
}
