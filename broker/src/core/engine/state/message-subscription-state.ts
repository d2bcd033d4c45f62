// Who waits for a message: on the partition of the message (by meeting point and by element), on the partition of the
// instance (by element), and which of them wait for an answer of another partition (engine-semantics.md H.4).
import type {
  ByteReader,
  ByteWriter,
  Key,
  MessageSubscriptionValue,
  ProcessMessageSubscriptionValue,
} from '@millrace/protocol';
import { partitionOf } from '@millrace/protocol';
import { keyPart, numberPart, textPart, type ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry, RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { CountedRange } from './counted-range.ts';
import { FAMILY } from './families.ts';
import { momentOf, timeOfMoment } from './job-state.ts';
import { meetingPoint } from './message-state.ts';
import { storedWord } from './stored-word.ts';
import { readDocument, writeDocument } from './value-codecs.ts';

export interface MessageSubscription {
  readonly key: Key;
  /** Whether a message is on its way to the instance; until that has answered no other one may go. */
  readonly isCorrelating: boolean;
  /** ms since the epoch: when it began to wait for the instance's partition. */
  readonly since: number;
  readonly value: MessageSubscriptionValue;
}

export const PROCESS_SUBSCRIPTION_STATES = ['CREATING', 'CREATED', 'DELETING'] as const;
export type ProcessSubscriptionState = (typeof PROCESS_SUBSCRIPTION_STATES)[number];

export interface ProcessMessageSubscription {
  readonly key: Key;
  readonly state: ProcessSubscriptionState;
  /** ms since the epoch: when it came into this state. */
  readonly since: number;
  readonly value: ProcessMessageSubscriptionValue;
}

/** A subscription that waits for another partition. */
export interface Awaiting {
  readonly elementInstanceKey: Key;
  readonly messageName: string;
  /** Which side of the handshake this partition is. */
  readonly side: 'message' | 'instance';
  /** Of the event since which it waits: it is committed when this is. */
  readonly position: number;
}

/** The one prefix of families that are a single ordered list. */
const ALL = 0;

const ofElement = (elementInstanceKey: Key, messageName: string) =>
  `${elementInstanceKey}/${messageName}`;

const pointOf = (value: MessageSubscriptionValue) =>
  meetingPoint(value.tenantId, value.messageName, value.correlationKey);

const KEY_DIGITS = 16;

/** Below all places of a process id, and above them. */
const belowProcess = (bpmnProcessId: string) => `${bpmnProcessId}\u0000`;
const aboveProcess = (bpmnProcessId: string) => `${bpmnProcessId}\u0001`;

/** The place at a meeting point: process by process, within one the open ones first, in the order of their element instances. */
const placeOf = ({ isCorrelating, value }: MessageSubscription) =>
  belowProcess(value.bpmnProcessId) +
  (isCorrelating ? 1 : 0) +
  String(value.elementInstanceKey).padStart(KEY_DIGITS, '0');

/** Where the subscription of an element is found. */
interface Whereabouts {
  readonly point: string;
  readonly place: string;
}

const whereaboutsCodec: ValueCodec<Whereabouts> = {
  write: (out, { point, place }) => {
    out.u8(1);
    out.string(point);
    out.string(place);
  },
  read: (from) => {
    from.u8();
    return { point: from.string(), place: from.string() };
  },
};

function writeValue(out: ByteWriter, value: MessageSubscriptionValue): void {
  out.key(value.processInstanceKey);
  out.key(value.elementInstanceKey);
  out.string(value.bpmnProcessId);
  out.key(value.messageKey);
  out.string(value.messageName);
  out.string(value.correlationKey);
  out.u8(value.interrupting ? 1 : 0);
  writeDocument(out, value.variables);
  out.string(value.tenantId);
}

function readValue(from: ByteReader): MessageSubscriptionValue {
  return {
    processInstanceKey: from.key(),
    elementInstanceKey: from.key(),
    bpmnProcessId: from.string(),
    messageKey: from.key(),
    messageName: from.string(),
    correlationKey: from.string(),
    interrupting: from.u8() === 1,
    variables: readDocument(from),
    tenantId: from.string(),
  };
}

const messageSide: ValueCodec<MessageSubscription> = {
  write: (out, subscription) => {
    out.u8(1);
    out.key(subscription.key);
    out.u8(subscription.isCorrelating ? 1 : 0);
    out.int(subscription.since);
    writeValue(out, subscription.value);
  },
  read: (from) => {
    from.u8();
    return {
      key: from.key(),
      isCorrelating: from.u8() === 1,
      since: from.int(),
      value: readValue(from),
    };
  },
};

const instanceSide: ValueCodec<ProcessMessageSubscription> = {
  write: (out, subscription) => {
    out.u8(1);
    out.key(subscription.key);
    out.u8(PROCESS_SUBSCRIPTION_STATES.indexOf(subscription.state));
    out.int(subscription.since);
    writeValue(out, subscription.value);
    out.varint(subscription.value.subscriptionPartitionId);
    out.string(subscription.value.elementId);
  },
  read: (from) => {
    from.u8();
    const key = from.key();
    const state = storedWord(PROCESS_SUBSCRIPTION_STATES, from.u8(), 'subscription state');
    const since = from.int();
    const common = readValue(from);
    const subscriptionPartitionId = from.varint();
    const value = { ...common, subscriptionPartitionId, elementId: from.string() };
    return { key, state, since, value };
  },
};

const awaitingCodec: ValueCodec<Awaiting> = {
  write: (out, value) => {
    out.u8(1);
    out.key(value.elementInstanceKey);
    out.string(value.messageName);
    out.u8(value.side === 'message' ? 0 : 1);
    out.int(value.position);
  },
  read: (from) => {
    from.u8();
    return {
      elementInstanceKey: from.key(),
      messageName: from.string(),
      side: from.u8() === 0 ? 'message' : 'instance',
      position: from.int(),
    };
  },
};

export class MessageSubscriptionState {
  /** meeting point -> place -> subscription */
  readonly #byPoint: CountedRange<string, string, MessageSubscription>;
  /** element instance and message name -> where its subscription is */
  readonly #ofElement: PointFamily<string, Whereabouts>;
  /** element instance -> message name -> its subscription */
  readonly #ofInstance: CountedRange<Key, string, ProcessMessageSubscription>;
  readonly awaiting: RangeFamily<number, string, Awaiting>;

  constructor(db: StateDb) {
    this.#byPoint = new CountedRange(db, {
      number: FAMILY.messageSubscription,
      countNumber: FAMILY.messageSubscriptionCount,
      name: 'message-subscription',
      prefix: textPart,
      suffix: textPart,
      value: messageSide,
    });
    this.#ofElement = db.point({
      number: FAMILY.messageSubscriptionOfElement,
      name: 'message-subscription-of-element',
      key: textPart,
      value: whereaboutsCodec,
    });
    this.#ofInstance = new CountedRange(db, {
      number: FAMILY.processMessageSubscription,
      countNumber: FAMILY.processMessageSubscriptionCount,
      name: 'process-message-subscription',
      prefix: keyPart,
      suffix: textPart,
      value: instanceSide,
    });
    this.awaiting = db.range({
      number: FAMILY.subscriptionAwaiting,
      name: 'subscription-awaiting',
      prefix: numberPart,
      suffix: textPart,
      value: awaitingCodec,
    });
  }

  /** The subscription of an element on the partition of the message. */
  get(elementInstanceKey: Key, messageName: string): MessageSubscription | undefined {
    const at = this.#ofElement.get(ofElement(elementInstanceKey, messageName));
    return at === undefined ? undefined : this.#byPoint.get(at.point, at.place);
  }

  /**
   * Of each process id that has any at the meeting point the first open one, in the order of their element instances. What
   * waits behind it is not looked at, however many. @throws RangeNotLoaded
   */
  firstOpenOfEach(point: string): readonly MessageSubscription[] {
    const open: MessageSubscription[] = [];
    let after: string | undefined;
    for (;;) {
      const [next] = this.#byPoint.scan(point, { after, limit: 1 });
      if (next === undefined) break;
      if (!next.value.isCorrelating) open.push(next.value);
      after = aboveProcess(next.value.value.bpmnProcessId);
    }
    return open.sort((a, b) => a.value.elementInstanceKey - b.value.elementInstanceKey);
  }

  /** The first open one of a process id at a meeting point. @throws RangeNotLoaded */
  firstOpen(point: string, bpmnProcessId: string): MessageSubscription | undefined {
    const [first] = this.#byPoint.scan(point, { after: belowProcess(bpmnProcessId), limit: 1 });
    const isIts = first?.value.value.bpmnProcessId === bpmnProcessId;
    return isIts && !first.value.isCorrelating ? first.value : undefined;
  }

  /** The subscription of an element on the partition of its instance. */
  ofInstance(elementInstanceKey: Key, messageName: string): ProcessMessageSubscription | undefined {
    return this.#ofInstance.get(elementInstanceKey, messageName);
  }

  /** All of an element on the partition of its instance, by message name. @throws RangeNotLoaded */
  allOfInstance(elementInstanceKey: Key): readonly ProcessMessageSubscription[] {
    return this.#ofInstance.scan(elementInstanceKey).map(({ value }) => value);
  }

  /** What has waited for another partition since this time or longer, longest first. @throws RangeNotLoaded */
  awaitingSince(
    time: number,
    after: string | undefined,
    limit: number,
  ): RangeEntry<string, Awaiting>[] {
    const overdue: RangeEntry<string, Awaiting>[] = [];
    for (const entry of this.awaiting.scan(ALL, { after, limit })) {
      if (timeOfMoment(entry.suffix) > time) break;
      overdue.push(entry);
    }
    return overdue;
  }

  // Changes, for appliers only.

  /** Puts the subscription of the message's partition into its new state. */
  put(next: MessageSubscription, position: number): void {
    const { elementInstanceKey, messageName } = next.value;
    const previous = this.get(elementInstanceKey, messageName);
    const point = pointOf(next.value);
    const place = placeOf(next);
    if (previous !== undefined) this.#answered(previous.key, previous.since);
    if (previous !== undefined && placeOf(previous) === place) {
      this.#byPoint.update(point, place, next);
    } else {
      this.#byPoint.insert(point, place, next);
      this.#ofElement.upsert(ofElement(elementInstanceKey, messageName), { point, place });
      if (previous !== undefined) this.#byPoint.deleteIfPresent(point, placeOf(previous));
    }
    const isElsewhere = partitionOf(next.value.processInstanceKey) !== partitionOf(next.key);
    if (next.isCorrelating && isElsewhere) this.#awaits(next, 'message', position);
  }

  /** The subscription of the message's partition is gone. */
  remove(elementInstanceKey: Key, messageName: string): void {
    const known = this.get(elementInstanceKey, messageName);
    if (known === undefined) return;
    this.#answered(known.key, known.since);
    this.#byPoint.deleteIfPresent(pointOf(known.value), placeOf(known));
    this.#ofElement.delete(ofElement(elementInstanceKey, messageName));
  }

  /** Puts the subscription of the instance's partition into its new state. */
  putOfInstance(next: ProcessMessageSubscription, position: number): void {
    const { elementInstanceKey, messageName } = next.value;
    const previous = this.#ofInstance.get(elementInstanceKey, messageName);
    if (previous === undefined) this.#ofInstance.insert(elementInstanceKey, messageName, next);
    else {
      this.#answered(previous.key, previous.since);
      this.#ofInstance.update(elementInstanceKey, messageName, next);
    }
    const isElsewhere = next.value.subscriptionPartitionId !== partitionOf(next.key);
    if (next.state !== 'CREATED' && isElsewhere) this.#awaits(next, 'instance', position);
  }

  /** The subscription of the instance's partition is gone. */
  removeOfInstance(elementInstanceKey: Key, messageName: string): void {
    const known = this.#ofInstance.get(elementInstanceKey, messageName);
    if (known === undefined) return;
    this.#answered(known.key, known.since);
    this.#ofInstance.deleteIfPresent(elementInstanceKey, messageName);
  }

  #awaits(
    { key, since, value }: MessageSubscription | ProcessMessageSubscription,
    side: Awaiting['side'],
    position: number,
  ): void {
    const { elementInstanceKey, messageName } = value;
    const moment = momentOf(since, key);
    this.awaiting.upsert(ALL, moment, { elementInstanceKey, messageName, side, position });
  }

  #answered(key: Key, since: number): void {
    this.awaiting.deleteIfPresent(ALL, momentOf(since, key));
  }
}
