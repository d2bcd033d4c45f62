// Listeners: jobs around the life of an element (zeebe:executionListeners) and of a native user task (zeebe:taskListeners).
import type { RuleContext } from './context.ts';
import type { ExpressionTable } from './expressions.ts';
import {
  type ListenerDefinition,
  TASK_LISTENER_EVENTS,
  type TaskListenerDefinition,
  type TaskListenerEvent,
} from './graph.ts';
import { type Extensions, extension } from './model.ts';
import type { XmlElement } from './xml/xml.ts';

const RETRIES = '3';
const EXECUTION_EVENTS = ['start', 'end'] as const;
export type ExecutionListenerEvent = (typeof EXECUTION_EVENTS)[number];

/** Spellings of earlier modelers. */
const ALIASES: ReadonlyMap<string, TaskListenerEvent> = new Map<string, TaskListenerEvent>([
  ...TASK_LISTENER_EVENTS.map((event): [string, TaskListenerEvent] => [event, event]),
  ['create', 'creating'],
  ['assignment', 'assigning'],
  ['update', 'updating'],
  ['complete', 'completing'],
  ['cancel', 'canceling'],
]);

interface Owner {
  readonly extensions: Extensions;
}

const eventOf = (listener: XmlElement): string => listener.attributes.get('eventType') ?? '';

function listenersOf(owner: Owner, list: string, name: string): readonly XmlElement[] {
  return extension(owner, list)?.children.filter((child) => child.name === name) ?? [];
}

const executionListeners = (owner: Owner): readonly XmlElement[] =>
  listenersOf(owner, 'executionListeners', 'executionListener');
const taskListeners = (owner: Owner): readonly XmlElement[] =>
  listenersOf(owner, 'taskListeners', 'taskListener');

/** Whether an owner has an execution listener for an event. */
export const listensTo = (owner: Owner, event: ExecutionListenerEvent): boolean =>
  executionListeners(owner).some((listener) => eventOf(listener) === event);

/** Reports listeners that are incomplete, listen to something unknown, or are there twice. */
export function judgeListeners(owner: Owner, context: RuleContext): void {
  const executed = executionListeners(owner);
  for (const listener of executed) judgeListener(listener, EXECUTION_EVENTS, context);
  for (const listener of taskListeners(owner)) {
    judgeListener(listener, [...ALIASES.keys()], context);
  }
  const seen = new Map<string, XmlElement[]>();
  for (const listener of executed) {
    const key = JSON.stringify([eventOf(listener), listener.attributes.get('type')]);
    seen.set(key, [...(seen.get(key) ?? []), listener]);
  }
  for (const same of seen.values()) {
    if (same.length < 2) continue;
    const type = same[0]!.attributes.get('type') ?? '';
    const at = extension(owner, 'executionListeners')!;
    context.problems.add('listener-twice', at, String(same.length), eventOf(same[0]!), type);
  }
}

function judgeListener(
  listener: XmlElement,
  events: readonly string[],
  { problems, expressions }: RuleContext,
): void {
  const event = eventOf(listener);
  const type = listener.attributes.get('type') ?? '';
  if (event === '') problems.add('attribute-empty', listener, 'eventType');
  else if (!events.includes(event))
    problems.add('listener-event', listener, event, events.join(', '));
  if (type === '') problems.add('attribute-empty', listener, 'type');
  else expressions.judge(type, listener, problems);
  expressions.judge(listener.attributes.get('retries'), listener, problems);
}

/** The execution listeners of one event, in file order. */
export const compileListeners = (
  owner: Owner,
  event: ExecutionListenerEvent,
  expressions: ExpressionTable,
): readonly ListenerDefinition[] =>
  executionListeners(owner)
    .filter((listener) => eventOf(listener) === event)
    .map((listener) => compileListener(listener, expressions));

export const compileTaskListeners = (
  owner: Owner,
  expressions: ExpressionTable,
): readonly TaskListenerDefinition[] =>
  taskListeners(owner).map((listener) => ({
    ...compileListener(listener, expressions),
    event: ALIASES.get(eventOf(listener))!,
  }));

const compileListener = (
  listener: XmlElement,
  expressions: ExpressionTable,
): ListenerDefinition => ({
  type: expressions.get(listener.attributes.get('type')!),
  retries: expressions.get(listener.attributes.get('retries') || RETRIES),
});
