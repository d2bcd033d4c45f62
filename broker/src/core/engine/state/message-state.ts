// Messages: by key, by name and correlation key in order of arrival, by deadline, by id while they are buffered, and to
// which process ids each has gone (engine-semantics.md H).
import type { Key, MessageValue } from '@millrace/protocol';
import { keyPart, numberPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry, RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { CountedRange } from './counted-range.ts';
import { FAMILY } from './families.ts';
import { momentOf, timeOfMoment } from './job-state.ts';
import {
  keyValue,
  presence,
  readDocument,
  readStrings,
  writeDocument,
  writeStrings,
} from './value-codecs.ts';

/** The one prefix of families that are a single ordered list. */
const ALL = 0;

/** What a message and those who wait for it have in common, as one text; lengths keep the parts apart. */
export function meetingPoint(tenantId: string, name: string, correlationKey: string): string {
  return `${name.length}.${correlationKey.length}.${name}${correlationKey}${tenantId}`;
}

const pointOf = (message: MessageValue) =>
  meetingPoint(message.tenantId, message.name, message.correlationKey);

const idOf = (message: MessageValue) =>
  `${message.messageId.length}.${message.messageId}${pointOf(message)}`;

export class MessageState {
  readonly #messages: PointFamily<Key, MessageValue>;
  /** meeting point -> keys, oldest first */
  readonly #waiting: CountedRange<string, Key, true>;
  readonly #ids: PointFamily<string, Key>;
  readonly deadlines: RangeFamily<number, string, Key>;
  /** message -> process ids that it has gone to */
  readonly #correlated: PointFamily<Key, readonly string[]>;

  constructor(db: StateDb) {
    this.#messages = db.point({
      number: FAMILY.message,
      name: 'message',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.string(value.name);
          out.string(value.correlationKey);
          out.int(value.timeToLive);
          out.int(value.deadline);
          writeDocument(out, value.variables);
          out.string(value.messageId);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          return {
            name: from.string(),
            correlationKey: from.string(),
            timeToLive: from.int(),
            deadline: from.int(),
            variables: readDocument(from),
            messageId: from.string(),
            tenantId: from.string(),
          };
        },
      },
    });
    this.#waiting = new CountedRange(db, {
      number: FAMILY.messageWaiting,
      countNumber: FAMILY.messageWaitingCount,
      name: 'message-waiting',
      prefix: textPart,
      suffix: keyPart,
      value: presence,
    });
    this.#ids = db.point({
      number: FAMILY.messageId,
      name: 'message-id',
      key: textPart,
      value: keyValue,
    });
    this.deadlines = db.range({
      number: FAMILY.messageDeadline,
      name: 'message-deadline',
      prefix: numberPart,
      suffix: textPart,
      value: keyValue,
    });
    this.#correlated = db.point({
      number: FAMILY.messageCorrelated,
      name: 'message-correlated',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          writeStrings(out, value);
        },
        read: (from) => {
          from.u8();
          return readStrings(from);
        },
      },
    });
  }

  get(key: Key): MessageValue | undefined {
    return this.#messages.get(key);
  }

  /** Whether a buffered message has the same name, correlation key and id. */
  hasSameId(message: MessageValue): boolean {
    return this.#ids.has(idOf(message));
  }

  /** Keys of the messages that wait at a meeting point, oldest first. @throws RangeNotLoaded */
  waiting(point: string, after: Key | undefined, limit: number): readonly RangeEntry<Key, true>[] {
    return this.#waiting.scan(point, { after, limit });
  }

  hasCorrelated(key: Key, bpmnProcessId: string): boolean {
    return this.#correlated.get(key)?.includes(bpmnProcessId) ?? false;
  }

  /** Messages whose deadline has passed, in order of deadline, then key. @throws RangeNotLoaded */
  expired(now: number, limit: number): Key[] {
    const expired: Key[] = [];
    for (const { suffix, value } of this.deadlines.scan(ALL, { limit })) {
      if (timeOfMoment(suffix) > now) break;
      expired.push(value);
    }
    return expired;
  }

  /** The nearest deadline, ms since the epoch. @throws RangeNotLoaded */
  nextDeadline(): number | undefined {
    const first = this.deadlines.first(ALL);
    return first === undefined ? undefined : timeOfMoment(first);
  }

  // Changes, for appliers only.

  publish(key: Key, message: MessageValue): void {
    this.#messages.insertFresh(key, message);
    this.#waiting.insert(pointOf(message), key, true);
    this.deadlines.insertFresh(ALL, momentOf(message.deadline, key), key);
    if (message.messageId !== '') this.#ids.upsert(idOf(message), key);
  }

  /** @returns whether it was there */
  expire(key: Key): boolean {
    const message = this.#messages.get(key);
    if (message === undefined) return false;
    this.#messages.delete(key);
    this.#waiting.deleteIfPresent(pointOf(message), key);
    this.deadlines.deleteIfPresent(ALL, momentOf(message.deadline, key));
    if (message.messageId !== '') this.#ids.deleteIfPresent(idOf(message));
    this.#correlated.deleteIfPresent(key);
    return true;
  }

  /** The message goes to this process id and to no other instance of it. */
  correlate(key: Key, bpmnProcessId: string): void {
    const known = this.#correlated.get(key) ?? [];
    if (this.#messages.has(key) && !known.includes(bpmnProcessId))
      this.#correlated.upsert(key, [...known, bpmnProcessId]);
  }

  /** The instance did not take it: another one may. */
  release(key: Key, bpmnProcessId: string): void {
    const left = this.#correlated.get(key)?.filter((id) => id !== bpmnProcessId);
    if (left === undefined) return;
    if (left.length > 0) this.#correlated.update(key, left);
    else this.#correlated.delete(key);
  }
}
