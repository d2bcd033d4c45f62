// TIMER.TRIGGER: a timer is due (engine-semantics.md I.2, I.3).
import { EMPTY_DOCUMENT, keyText, NO_KEY, type TimerValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { canTrigger, trigger } from '../steps/catch-events.ts';
import type { Failure } from '../steps/element-context.ts';
import { raiseIncident } from '../steps/incidents.ts';
import { startByEvent } from '../steps/start-by-event.ts';
import { isTimerHeldBack } from '../steps/suspensions.ts';
import { createTimer, timerSchedule } from '../steps/timers.ts';
import { contextOf } from '../steps/transitions.ts';

export const triggerTimer: Processor<'TIMER'> = (c, command) => {
  const timer = c.state.timers.get(command.key);
  if (timer === undefined) {
    const text = `Expected to trigger timer with key '${keyText(command.key)}', but no such timer was found`;
    return c.out.reject(command, 'NOT_FOUND', text);
  }
  if (isTimerHeldBack(c, command.key, timer)) return;
  if (timer.elementInstanceKey === NO_KEY) triggerStart(c, command, timer);
  else triggerElement(c, command, timer);
};

function triggerStart(c: Context, command: CommandRecord<'TIMER'>, timer: TimerValue): void {
  const process = c.state.processes.byKey(timer.processDefinitionKey);
  if (process === undefined) return refuse(c, command, timer);
  const event = c.state.processes.element(timer.processDefinitionKey, timer.targetElementId);
  const fired: TimerValue = { ...timer, processInstanceKey: c.keys.next() };
  c.out.event('TIMER', 'TRIGGERED', command.key, fired);
  startByEvent(c, process, event, EMPTY_DOCUMENT, fired.processInstanceKey);
  if (!firesAgain(timer)) return;
  const schedule = timerSchedule(c, NO_KEY, event);
  // Nobody could resolve an incident of a definition: a cycle that cannot be read any more has ended.
  if (!('errorType' in schedule)) createTimer(c, { ...fired, ...nextOf(c, timer, schedule) });
}

function triggerElement(c: Context, command: CommandRecord<'TIMER'>, timer: TimerValue): void {
  const instance = c.state.elements.get(timer.elementInstanceKey);
  if (instance === undefined) return refuse(c, command, timer);
  const event = c.state.processes.element(timer.processDefinitionKey, timer.targetElementId);
  if (!canTrigger(c, instance, event)) return refuse(c, command, timer);
  c.out.event('TIMER', 'TRIGGERED', command.key, timer);
  trigger(c, instance, event, EMPTY_DOCUMENT);
  if (!firesAgain(timer)) return;
  const schedule = timerSchedule(c, instance.key, event);
  if ('errorType' in schedule) stopCycle(c, instance, event, schedule);
  else createTimer(c, { ...timer, ...nextOf(c, timer, schedule) });
}

/** The cycle goes on, from its beginning, when the incident is resolved; the incident names the event, not what it belongs to. */
function stopCycle(
  c: Context,
  instance: ElementInstance,
  event: ExecutableElement,
  failure: Failure,
): void {
  const e = contextOf(c, instance);
  raiseIncident(c, { ...e, value: { ...e.value, elementId: event.id } }, failure);
}

const firesAgain = ({ repetitions }: TimerValue) => repetitions < 0 || repetitions > 1;

function nextOf(
  c: Context,
  { dueDate, repetitions }: TimerValue,
  schedule: Exclude<ReturnType<typeof timerSchedule>, { errorType: unknown }>,
) {
  return schedule.next(dueDate, c.now, repetitions < 0 ? repetitions : repetitions - 1);
}

/**
 * What it waited for cannot happen any more, though its element may stand still on its way to the end, with an incident: the timer
 * goes, or it would be commanded again without end.
 */
function refuse(c: Context, command: CommandRecord<'TIMER'>, timer: TimerValue): void {
  const text = `Expected to trigger a timer with key '${keyText(command.key)}', but the timer is not active anymore`;
  c.out.reject(command, 'INVALID_STATE', text);
  c.out.event('TIMER', 'CANCELED', command.key, timer);
}
