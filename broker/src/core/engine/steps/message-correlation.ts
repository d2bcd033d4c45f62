// The side of the message: whom a message goes to (engine-semantics.md H.2, H.4).
import type { Key, MessageSubscriptionValue, MessageValue } from '@millrace/protocol';
import type { Context } from '../context.ts';
import { meetingPoint } from '../state/message-state.ts';
import type { MessageSubscription } from '../state/message-subscription-state.ts';
import { oldestMessage } from './buffered-messages.ts';
import { startByMessage } from './message-starts.ts';
import { tellMessage } from './subscription-commands.ts';

/** A message that was just published: to one open subscription of each process id, then to start events of other ones. */
export function correlateMessage(c: Context, key: Key, message: MessageValue): void {
  const reached = new Set<string>();
  const correlating: MessageSubscriptionValue[] = [];
  const point = meetingPoint(message.tenantId, message.name, message.correlationKey);
  for (const subscription of c.state.messageSubscriptions.firstOpenOfEach(point)) {
    reached.add(subscription.value.bpmnProcessId);
    correlating.push(becomesCorrelating(c, subscription, key, message));
  }
  for (const { value: start } of c.state.startSubscriptions.byName(
    message.tenantId,
    message.name,
  )) {
    const { bpmnProcessId, tenantId } = start.value;
    if (reached.has(bpmnProcessId)) continue;
    const { correlationKey } = message;
    const lock = { bpmnProcessId, correlationKey, tenantId };
    if (correlationKey !== '' && c.state.startSubscriptions.isLocked(lock)) continue;
    reached.add(bpmnProcessId);
    startByMessage(c, start, key, message);
  }
  for (const value of correlating) tellMessage(c, value);
}

function becomesCorrelating(
  c: Context,
  subscription: MessageSubscription,
  messageKey: Key,
  message: MessageValue,
): MessageSubscriptionValue {
  const value = { ...subscription.value, messageKey, variables: message.variables };
  c.out.event('MESSAGE_SUBSCRIPTION', 'CORRELATING', subscription.key, value);
  return value;
}

/** The subscription takes the oldest buffered message that its process id has not had. Answers whether there was one. */
export function correlateBuffered(c: Context, subscription: MessageSubscription): boolean {
  const { tenantId, messageName, correlationKey, bpmnProcessId } = subscription.value;
  const point = meetingPoint(tenantId, messageName, correlationKey);
  const found = oldestMessage(c, point, bpmnProcessId);
  if (found === undefined) return false;
  tellMessage(c, becomesCorrelating(c, subscription, found.key, found.message));
  return true;
}

/** An instance did not take the message: another open subscription of its process id may. */
export function correlateToAnother(c: Context, refused: MessageSubscriptionValue): void {
  const message = c.state.messages.get(refused.messageKey);
  if (message === undefined) return;
  const { tenantId, messageName, correlationKey, bpmnProcessId } = refused;
  const point = meetingPoint(tenantId, messageName, correlationKey);
  const other = c.state.messageSubscriptions.firstOpen(point, bpmnProcessId);
  if (other !== undefined)
    tellMessage(c, becomesCorrelating(c, other, refused.messageKey, message));
}
