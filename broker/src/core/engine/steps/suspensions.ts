// Whether work of an instance is held back: it is when the instance is suspended, its definition, or either of an instance
// that has called it.
import {
  type JobValue,
  type Key,
  NO_KEY,
  type SuspensionValue,
  type TimerValue,
} from '@millrace/protocol';
import type { Context } from '../context.ts';
import { queueOf } from '../state/job-state.ts';

/** Finds what holds back work, and remembers it for as long as one command runs. */
export class Suspenders {
  readonly #c: Context;
  readonly #known = new Map<Key, Key>();

  constructor(c: Context) {
    this.#c = c;
  }

  /** The suspended instance or definition, the nearest one; NO_KEY when there is none. */
  of(processInstanceKey: Key, processDefinitionKey: Key): Key {
    const { suspensions, elements } = this.#c.state;
    const passed: Key[] = [];
    let key = processInstanceKey;
    let definition = processDefinitionKey;
    let found: Key | undefined;
    while (found === undefined) {
      found = this.#known.get(key);
      if (found !== undefined) break;
      passed.push(key);
      if (suspensions.isSuspended(key)) found = key;
      else if (suspensions.isSuspended(definition)) found = definition;
      else {
        key = elements.get(key)?.value.parentProcessInstanceKey ?? NO_KEY;
        if (key === NO_KEY) found = NO_KEY;
        else definition = elements.get(key)?.value.processDefinitionKey ?? NO_KEY;
      }
    }
    for (const each of passed) this.#known.set(each, found);
    return found;
  }
}

/** A value of our own events about something suspended. */
export function suspensionOf(c: Context, targetKey: Key, tenantId: string): SuspensionValue {
  const isDefinition = c.state.processes.byKey(targetKey) !== undefined;
  return {
    scope: isDefinition ? 'PROCESS_DEFINITION' : 'PROCESS_INSTANCE',
    targetKey,
    jobType: '',
    tenantId,
    jobKeys: [],
    timerKeys: [],
    isLast: false,
  };
}

/** Puts jobs aside until what suspends them is resumed. */
export function holdJobs(c: Context, owner: Key, jobKeys: readonly Key[], tenantId: string): void {
  const value = { ...suspensionOf(c, owner, tenantId), jobKeys };
  c.out.event('SUSPENSION', 'HELD', c.keys.next(), value);
}

/** Whether a job that has become activatable is not handed out now; it is put aside if need be. */
export function isHeldBack(c: Context, jobKey: Key, job: JobValue): boolean {
  const { suspensions } = c.state;
  if (!suspensions.any) return false;
  const owner = new Suspenders(c).of(job.processInstanceKey, job.processDefinitionKey);
  if (owner !== NO_KEY) holdJobs(c, owner, [jobKey], job.tenantId);
  return owner !== NO_KEY || suspensions.isQueueSuspended(queueOf(job.type, job.tenantId));
}

/** Whether a timer that is due does not fire now; it is put aside if so. */
export function isTimerHeldBack(c: Context, timerKey: Key, timer: TimerValue): boolean {
  if (!c.state.suspensions.any) return false;
  const { elementInstanceKey, processInstanceKey, processDefinitionKey, tenantId } = timer;
  // A timer of a start event keeps the key of the last instance that it has started.
  const instanceKey = elementInstanceKey === NO_KEY ? NO_KEY : processInstanceKey;
  const owner = new Suspenders(c).of(instanceKey, processDefinitionKey);
  if (owner === NO_KEY) return false;
  const value = { ...suspensionOf(c, owner, tenantId), timerKeys: [timerKey] };
  c.out.event('SUSPENSION', 'HELD', c.keys.next(), value);
  return true;
}
