// Timers: by key, by the moment they are due, and by whoever they belong to.
import { type Key, keyText, NO_KEY, type TimerValue } from '@millrace/protocol';
import { keyPart, numberPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { momentOf, timeOfMoment } from './job-state.ts';
import type { SuspensionState } from './suspension-state.ts';
import { keyValue, presence } from './value-codecs.ts';

/** The one prefix of families that are a single ordered list. */
const ALL = 0;

/** The element instance of a timer, or the definition whose start event it belongs to. */
const ownerOf = (timer: TimerValue) =>
  timer.elementInstanceKey === NO_KEY ? timer.processDefinitionKey : timer.elementInstanceKey;

export class TimerState {
  readonly timers: PointFamily<Key, TimerValue>;
  /** Moments in their order, see `momentOf`. */
  readonly dueDates: RangeFamily<number, string, Key>;
  readonly ofOwner: RangeFamily<Key, Key, true>;
  readonly #suspensions: SuspensionState;

  constructor(db: StateDb, suspensions: SuspensionState) {
    this.#suspensions = suspensions;
    this.timers = db.point({
      number: FAMILY.timer,
      name: 'timer',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.key(value.elementInstanceKey);
          out.key(value.processInstanceKey);
          out.key(value.processDefinitionKey);
          out.int(value.dueDate);
          out.string(value.targetElementId);
          out.int(value.repetitions);
          out.string(value.tenantId);
        },
        read: (from) => {
          from.u8();
          return {
            elementInstanceKey: from.key(),
            processInstanceKey: from.key(),
            processDefinitionKey: from.key(),
            dueDate: from.int(),
            targetElementId: from.string(),
            repetitions: from.int(),
            tenantId: from.string(),
          };
        },
      },
    });
    this.dueDates = db.range({
      number: FAMILY.timerDue,
      name: 'timer-due',
      prefix: numberPart,
      suffix: textPart,
      value: keyValue,
    });
    this.ofOwner = db.range({
      number: FAMILY.timerOfOwner,
      name: 'timer-of-owner',
      prefix: keyPart,
      suffix: keyPart,
      value: presence,
    });
  }

  get(key: Key): TimerValue | undefined {
    return this.timers.get(key);
  }

  must(key: Key): TimerValue {
    const timer = this.timers.get(key);
    if (timer === undefined) throw new Error(`timer ${keyText(key)} is not in the state`);
    return timer;
  }

  /** Timers that are due by now, in the order of their dates, then of their keys. @throws RangeNotLoaded */
  due(now: number, limit: number): Key[] {
    const due: Key[] = [];
    for (const { suffix, value } of this.dueDates.scan(ALL, { limit })) {
      if (timeOfMoment(suffix) > now) break;
      due.push(value);
    }
    return due;
  }

  /** When the next timer is due, ms since the epoch. @throws RangeNotLoaded */
  nextMoment(): number | undefined {
    const first = this.dueDates.first(ALL);
    return first === undefined ? undefined : timeOfMoment(first);
  }

  // Changes, for appliers only.

  add(key: Key, timer: TimerValue): void {
    this.timers.insertFresh(key, timer);
    this.ofOwner.insertFresh(ownerOf(timer), key, true);
    this.dueDates.insertFresh(ALL, momentOf(timer.dueDate, key), key);
  }

  change(key: Key, timer: TimerValue): void {
    this.timers.update(key, timer);
  }

  /** @returns the timer as it was */
  remove(key: Key): TimerValue {
    const timer = this.must(key);
    this.timers.delete(key);
    this.ofOwner.delete(ownerOf(timer), key);
    if (!this.dueDates.deleteIfPresent(ALL, momentOf(timer.dueDate, key)))
      this.#suspensions.freeTimer(key);
    return timer;
  }

  /** It does not come due until it is released. @param owner the suspended instance or definition */
  hold(key: Key, owner: Key): void {
    this.dueDates.delete(ALL, momentOf(this.must(key).dueDate, key));
    this.#suspensions.holdTimer(owner, key);
  }

  release(key: Key): void {
    this.#suspensions.freeTimer(key);
    this.dueDates.insert(ALL, momentOf(this.must(key).dueDate, key), key);
  }
}
