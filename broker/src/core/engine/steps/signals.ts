// Signal subscriptions, and throwing signals (engine-semantics.md I.4).
import { type Document, type Key, NO_KEY, type ProcessValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';

/** The name of the signal that an event waits for or throws, as seen from a scope. */
export function signalNameOf(
  c: Context,
  scopeKey: Key,
  event: ExecutableElement,
): { readonly name: string } | Failure {
  if (event.signalName === undefined) throw new Error(`event '${event.id}' has no signal`);
  const result = evaluateString(event.signalName, c.feel(scopeKey));
  return result.ok
    ? { name: result.value }
    : { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
}

export function openSignalSubscription(
  c: Context,
  e: ElementContext,
  event: ExecutableElement,
  signalName: string,
): void {
  c.out.event('SIGNAL_SUBSCRIPTION', 'CREATED', c.keys.next(), {
    processDefinitionKey: e.value.processDefinitionKey,
    bpmnProcessId: e.value.bpmnProcessId,
    signalName,
    catchEventId: event.id,
    catchEventInstanceKey: e.key,
    tenantId: e.value.tenantId,
  });
}

/** Subscribes a start event of a definition. */
export function openStartSignal(
  c: Context,
  process: ProcessValue,
  event: ExecutableElement,
  signalName: string,
): void {
  c.out.event('SIGNAL_SUBSCRIPTION', 'CREATED', c.keys.next(), {
    processDefinitionKey: process.processDefinitionKey,
    bpmnProcessId: process.bpmnProcessId,
    signalName,
    catchEventId: event.id,
    catchEventInstanceKey: NO_KEY,
    tenantId: process.tenantId,
  });
}

/**
 * Ends the subscriptions of an element instance, or of the start events of a definition.
 * @param isOf which of the events, by their ids; all without it
 */
export function closeSignalSubscriptions(
  c: Context,
  ownerKey: Key,
  isOf?: (elementId: string) => boolean,
): void {
  for (const key of c.state.signals.ofOwnerByName(ownerKey)) {
    const subscription = c.state.signals.must(key);
    if (isOf === undefined || isOf(subscription.catchEventId))
      c.out.event('SIGNAL_SUBSCRIPTION', 'DELETED', key, subscription);
  }
}

/** The command that broadcasts a signal of a throwing event: it runs after the event was activated. */
export function commandBroadcast(
  c: Context,
  e: ElementContext,
  signalName: string,
  variables: Document,
): void {
  c.out.command('SIGNAL', 'BROADCAST', c.keys.next(), {
    signalName,
    variables,
    tenantId: e.value.tenantId,
  });
}
