// Instances that a message starts: one at a time for a process id and a correlation key; when it has ended the next buffered
// message starts the next one (engine-semantics.md H.3).
import {
  EMPTY_DOCUMENT,
  type Key,
  type MessageValue,
  NO_KEY,
  type ProcessValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import { meetingPoint } from '../state/message-state.ts';
import type { StartLock, StartSubscription } from '../state/start-subscription-state.ts';
import { oldestMessage } from './buffered-messages.ts';
import { startByEvent } from './start-by-event.ts';

/** Subscribes a start event of a definition. */
export function openStartMessage(
  c: Context,
  process: ProcessValue,
  event: ExecutableElement,
): void {
  if (event.message === undefined) throw new Error(`start event '${event.id}' has no message`);
  const name = evaluateString(event.message.name, c.feel(NO_KEY));
  if (!name.ok) throw new Error(name.message);
  c.out.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'CREATED', c.keys.next(), {
    processDefinitionKey: process.processDefinitionKey,
    bpmnProcessId: process.bpmnProcessId,
    messageName: name.value,
    startEventId: event.id,
    processInstanceKey: NO_KEY,
    messageKey: NO_KEY,
    correlationKey: '',
    variables: EMPTY_DOCUMENT,
    tenantId: process.tenantId,
  });
}

/** Ends the subscriptions of a definition. */
export function closeStartMessages(c: Context, processDefinitionKey: Key): void {
  for (const { key, value } of c.state.startSubscriptions.ofProcess(processDefinitionKey))
    c.out.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'DELETED', key, value);
}

export function startByMessage(
  c: Context,
  { key, value }: StartSubscription,
  messageKey: Key,
  message: MessageValue,
): void {
  const process = c.state.processes.byKey(value.processDefinitionKey);
  if (process === undefined) return;
  const { variables, correlationKey } = message;
  const processInstanceKey = c.keys.next();
  c.out.event('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED', key, {
    ...value,
    processInstanceKey,
    messageKey,
    correlationKey,
    variables,
  });
  const start = c.state.processes.element(value.processDefinitionKey, value.startEventId);
  startByEvent(c, process, start, variables, processInstanceKey);
}

/** The lock that an instance holds which is about to end. One that ends before it has begun does not know of it yet. */
export function startLockOf(c: Context, key: Key): StartLock | undefined {
  const { special, state, value } = c.state.elements.must(key);
  const mayHold =
    special.holdsStartLock || (state === 'TERMINATING' && value.flowScopeKey === NO_KEY);
  return mayHold ? c.state.startSubscriptions.lockOf(key) : undefined;
}

/** The instance that held the lock has ended: the oldest message for any start event of the newest version goes on. */
export function startNext(c: Context, lock: StartLock): void {
  const { bpmnProcessId, correlationKey, tenantId } = lock;
  const process = c.state.processes.latest(bpmnProcessId, tenantId);
  if (process === undefined || c.state.startSubscriptions.isLocked(lock)) return;
  let next:
    | { readonly key: Key; readonly message: MessageValue; readonly start: StartSubscription }
    | undefined;
  for (const start of c.state.startSubscriptions.ofProcess(process.processDefinitionKey)) {
    const point = meetingPoint(tenantId, start.value.messageName, correlationKey);
    const found = oldestMessage(c, point, bpmnProcessId);
    if (found !== undefined && (next === undefined || found.key < next.key))
      next = { key: found.key, message: found.message, start };
  }
  if (next !== undefined) startByMessage(c, next.start, next.key, next.message);
}
