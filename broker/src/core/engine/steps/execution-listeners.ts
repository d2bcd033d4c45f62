// Execution listeners: jobs before an element is activated and before it is completed, one after the other (engine-semantics.md C.15).
import { EMPTY_DOCUMENT, type JobListenerEventType } from '@millrace/protocol';
import type { ListenerDefinition } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { createListenerJob, jobProperties } from './jobs.ts';

const NO_HEADERS = '{}';

/** The element waits for the job of a listener. */
export type Listening = 'listening' | Failure | undefined;

function listen(
  c: Context,
  e: ElementContext,
  listeners: readonly ListenerDefinition[],
  event: JobListenerEventType,
  place: number,
): Listening {
  const listener = listeners[place];
  if (listener === undefined) return undefined;
  const properties = jobProperties(c, e, {
    ...listener,
    headers: NO_HEADERS,
    headerEntries: [],
    userTask: undefined,
  });
  if ('errorType' in properties) return properties;
  createListenerJob(c, e, properties, event);
  return 'listening';
}

/** Lets the start listeners from that place on work. */
export const listenAtStart = (c: Context, e: ElementContext, place: number): Listening =>
  listen(c, e, e.element.startListeners, 'START', place);

/** Lets the end listeners from that place on work. */
export const listenAtEnd = (c: Context, e: ElementContext, place: number): Listening =>
  listen(c, e, e.element.endListeners, 'END', place);

/** What a listener's job has left: the variables to be merged, and PROCESS_EVENT.TRIGGERED to be written after them. */
export function listenerTriggered(
  c: Context,
  e: ElementContext,
  triggerKey: ElementContext['key'],
) {
  c.out.event('PROCESS_EVENT', 'TRIGGERED', triggerKey, {
    scopeKey: e.key,
    targetElementId: e.value.elementId,
    variables: EMPTY_DOCUMENT,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    tenantId: e.value.tenantId,
  });
}
