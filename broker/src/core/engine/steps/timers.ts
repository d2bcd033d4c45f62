// Timers of element instances: what their expressions say, and opening and closing them (engine-semantics.md I).
import type { Key, TimerValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { evaluateTimer, type Schedule } from '../../timer/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';

/** The schedule of a timer event, as seen from a scope. */
export function timerSchedule(
  c: Context,
  scopeKey: Key,
  event: ExecutableElement,
): Schedule | Failure {
  const { timer } = event;
  if (timer === undefined) throw new Error(`event '${event.id}' has no timer`);
  const result = evaluateTimer(timer.kind, timer.value, c.feel(scopeKey));
  return result.ok ? result.value : { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
}

/** Opens a timer of an element instance for one of its events. */
export function openTimer(
  c: Context,
  e: ElementContext,
  event: ExecutableElement,
  schedule: Schedule,
): void {
  const { dueDate, repetitions } = schedule.first(c.now);
  createTimer(c, {
    elementInstanceKey: e.key,
    processInstanceKey: e.value.processInstanceKey,
    processDefinitionKey: e.value.processDefinitionKey,
    dueDate,
    targetElementId: event.id,
    repetitions,
    tenantId: e.value.tenantId,
  });
}

export function createTimer(c: Context, value: TimerValue): void {
  c.out.event('TIMER', 'CREATED', c.keys.next(), value);
  c.out.turn.effects.push({ kind: 'due', timeMs: value.dueDate });
}

/**
 * Cancels the timers of an element instance, or of the start events of a definition.
 * @param isOf which of the events, by their ids; all without it
 */
export function closeTimers(
  c: Context,
  ownerKey: Key,
  isOf?: (elementId: string) => boolean,
): void {
  for (const { suffix } of c.state.timers.ofOwner.scan(ownerKey)) {
    const timer = c.state.timers.must(suffix);
    if (isOf === undefined || isOf(timer.targetElementId))
      c.out.event('TIMER', 'CANCELED', suffix, timer);
  }
}
