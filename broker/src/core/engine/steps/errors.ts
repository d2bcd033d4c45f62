// Where a thrown error is caught (engine-semantics.md C.9): scope by scope upward, exact code before catch-all.
import { type Document, type Key, NO_KEY } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { hasEvents, trigger } from './catch-events.ts';
import { contextOf } from './transitions.ts';

export interface ErrorCatch {
  /** The element instance that the catching event belongs to. */
  readonly scope: ElementInstance;
  readonly event: ExecutableElement;
}

export interface NotCaught {
  /** The codes that could have been caught, in the order of the search. */
  readonly codes: readonly string[];
}

/** The events of an element instance that can catch an error: those of its event sub-processes first. */
function candidatesIn(c: Context, scope: ElementInstance): readonly ExecutableElement[] {
  if (scope.state !== 'ACTIVATED') return NONE;
  const { element } = contextOf(c, scope);
  if (!hasEvents(element)) return NONE;
  const { boundaryEvents, eventSubProcesses } = element;
  const errors = boundaryEvents.filter(isError);
  if (scope.isInterrupted)
    return eventSubProcesses.some(({ id }) => id === scope.interruptedBy) ? errors : NONE;
  return [
    ...eventSubProcesses.flatMap(({ startEvent }) => startEvent ?? []).filter(isError),
    ...errors,
  ];
}

const isError = ({ eventType }: ExecutableElement) => eventType === 'ERROR';

const NONE: readonly ExecutableElement[] = [];

const catchesAll = ({ errorCode }: ExecutableElement) =>
  errorCode === undefined || errorCode === '';

/** Key of the element instance around this one: its flow scope, or the call activity that has called its process. */
export function outerKey({ value }: ElementInstance): Key {
  return value.flowScopeKey === NO_KEY ? value.parentElementInstanceKey : value.flowScopeKey;
}

/**
 * An event sub-process that has interrupted its scope does not catch what it throws itself: the boundary events of the scope
 * do (observed.md 1).
 * @param from key of the innermost element instance whose events are looked at
 */
export function findErrorCatch(c: Context, from: Key, code: string): ErrorCatch | NotCaught {
  const codes: string[] = [];
  for (let key = from; key !== NO_KEY; ) {
    const scope = c.state.elements.get(key);
    if (scope === undefined) break;
    const candidates = candidatesIn(c, scope);
    const event =
      candidates.find((candidate) => candidate.errorCode === code) ?? candidates.find(catchesAll);
    if (event !== undefined) return { scope, event };
    for (const candidate of candidates) codes.push(candidate.errorCode as string);
    key = outerKey(scope);
  }
  return { codes };
}

/** The event catches. When another event was faster, the error is lost with the scope that is about to end. */
export function throwTo(c: Context, caught: ErrorCatch, variables: Document): void {
  trigger(c, caught.scope, caught.event, variables);
}

/** The text of the incident when nothing catches. */
export function notCaughtText(code: string, message: string, notCaught: NotCaught): string {
  const thrown = `Expected to throw an error event with the code '${code}'`;
  const withMessage = message === '' ? '' : ` with message '${message}'`;
  const available =
    notCaught.codes.length === 0
      ? 'No error events are available in the scope.'
      : `Available error events are [${notCaught.codes.join(', ')}]`;
  return `${thrown}${withMessage}, but it was not caught. ${available}`;
}
