// The side of the instance: what element instances wait for (engine-semantics.md H.4, H.5).
import {
  EMPTY_DOCUMENT,
  type Key,
  NO_KEY,
  type ProcessMessageSubscriptionValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { evaluateCorrelationKey, evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { messagePartitionOf, tellCreate, tellDelete } from './subscription-commands.ts';

/** What the expressions of a message event gave. */
export interface MessageTarget {
  readonly name: string;
  readonly correlationKey: string;
}

/** Name and correlation key that the event of this element instance waits for. */
export function evaluateMessage(
  c: Context,
  e: ElementContext,
  event: ExecutableElement,
): MessageTarget | Failure {
  const { message } = event;
  if (message?.correlationKey === undefined)
    throw new Error(`event '${event.id}' has no message with a correlation key`);
  const name = evaluateString(message.name, c.feel(e.key));
  if (!name.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: name.message };
  // The input mappings of the activity itself are not seen by the keys of its boundary events.
  const scopeKey = event.elementType === 'BOUNDARY_EVENT' ? e.value.flowScopeKey : e.key;
  const key = evaluateCorrelationKey(message.correlationKey, c.feel(scopeKey));
  if (!key.ok)
    return {
      errorType: 'EXTRACT_VALUE_ERROR',
      message: key.message,
      variableScopeKey: scopeKey,
    };
  return { name: name.value, correlationKey: key.value };
}

export function openMessageSubscription(
  c: Context,
  e: ElementContext,
  event: ExecutableElement,
  { name, correlationKey }: MessageTarget,
): void {
  const value: ProcessMessageSubscriptionValue = {
    processInstanceKey: e.value.processInstanceKey,
    elementInstanceKey: e.key,
    bpmnProcessId: e.value.bpmnProcessId,
    messageKey: NO_KEY,
    messageName: name,
    correlationKey,
    interrupting: event.interrupting,
    variables: EMPTY_DOCUMENT,
    tenantId: e.value.tenantId,
    subscriptionPartitionId: messagePartitionOf(c, correlationKey),
    elementId: event.id,
  };
  c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATING', c.keys.next(), value);
  tellCreate(c, value);
}

/**
 * Begins to close what an element instance waits for.
 * @param isOf which of the events, by their ids; all without it
 */
export function closeMessageSubscriptions(
  c: Context,
  elementInstanceKey: Key,
  isOf?: (elementId: string) => boolean,
): void {
  for (const { key, state, value } of c.state.messageSubscriptions.allOfInstance(
    elementInstanceKey,
  )) {
    if (state === 'DELETING' || (isOf !== undefined && !isOf(value.elementId))) continue;
    c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'DELETING', key, value);
    tellDelete(c, value);
  }
}
