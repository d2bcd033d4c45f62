// What a migrated element waits for (engine-semantics.md L.4): events that are not mapped are closed, those of the target that
// nothing is mapped to are opened, mapped ones wait on as they are, under new ids.
import type {
  Key,
  MessageSubscriptionValue,
  ProcessMessageSubscriptionValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import { scopeEvents, subscribe } from './catch-events.ts';
import { closeConditions, migrateConditions } from './conditions.ts';
import { distributeTo } from './distribution.ts';
import type { ElementContext } from './element-context.ts';
import { closeMessageSubscriptions, evaluateMessage } from './message-subscriptions.ts';
import { releaseMigratedTimer } from './migrated-suspensions.ts';
import { type MigratedElement, type Migration, refuse } from './migration.ts';
import { closeSignalSubscriptions } from './signals.ts';
import { closeTimers } from './timers.ts';

/** Distributions to one partition among which an open migration is looked for. */
const SEARCHED_MAX = 1000;

/** The events that an instance of this element waits for. */
export function caughtBy(element: ExecutableElement): readonly ExecutableElement[] {
  switch (element.elementType) {
    case 'INTERMEDIATE_CATCH_EVENT':
      return [element];
    case 'RECEIVE_TASK':
      return [element, ...element.boundaryEvents];
    case 'EVENT_BASED_GATEWAY':
      return element.gatewayEvents;
    default:
      return scopeEvents(element);
  }
}

/** @throws Refusal */
export function migrateSubscriptions(c: Context, migration: Migration, e: MigratedElement): void {
  const { instance, source, target, value } = e;
  const events = caughtBy(target);
  const { subscriptions, conditions } = instance.special;
  if (subscriptions === 0 && conditions === 0 && events.length === 0) return;
  const kept = new Map<string, ExecutableElement>();
  for (const { id } of caughtBy(source)) {
    const becomes = events.find((event) => event.id === migration.mappings.get(id));
    if (becomes !== undefined) kept.set(id, becomes);
  }
  const context: ElementContext = { element: target, key: instance.key, value };
  const mapped = new Set(kept.values());
  const opened = events.filter(
    (event) => !mapped.has(event) && (!instance.isInterrupted || event.attachedTo !== undefined),
  );
  refuseDoubles(c, migration, context, opened);
  const isClosed = (id: string) => !kept.has(id);
  if (instance.special.subscriptions > 0) {
    closeMessageSubscriptions(c, instance.key, isClosed);
    closeTimers(c, instance.key, isClosed);
    closeSignalSubscriptions(c, instance.key, isClosed);
  }
  if (instance.special.conditions > 0) {
    closeConditions(c, instance.key, isClosed);
  }
  const failure = subscribe(c, context, opened);
  if (failure !== undefined) {
    refuse(
      migration.root,
      `active element with id '${source.id}' is mapped to element with id '${target.id}' that must be subscribed to a catch event. ` +
        failure.message,
    );
  }
  if (kept.size > 0) keepSubscriptions(c, migration, e, kept);
}

/** What is closed lives on for a moment: nothing can be opened beside it under its name. */
function refuseDoubles(
  c: Context,
  { root }: Migration,
  e: ElementContext,
  events: readonly ExecutableElement[],
): void {
  for (const event of events) {
    if (event.message === undefined) continue;
    const message = evaluateMessage(c, e, event);
    if ('errorType' in message) continue;
    if (c.state.messageSubscriptions.ofInstance(e.key, message.name) === undefined) continue;
    refuse(
      root,
      `active element with id '${e.element.id}' attempts to subscribe to a message it is already subscribed to with name ` +
        `'${message.name}'. Migrating active elements that subscribe to a message they are already subscribed to is not possible ` +
        `yet. Please provide a mapping instruction to message catch event with id '${event.id}' to migrate the respective message ` +
        'subscription.',
    );
  }
}

function keepSubscriptions(
  c: Context,
  migration: Migration,
  { instance, value }: MigratedElement,
  kept: ReadonlyMap<string, ExecutableElement>,
): void {
  const { bpmnProcessId, processDefinitionKey } = value;
  for (const each of c.state.messageSubscriptions.allOfInstance(instance.key)) {
    const event = kept.get(each.value.elementId);
    if (event === undefined || each.state === 'DELETING') continue;
    const next = {
      ...each.value,
      bpmnProcessId,
      elementId: event.id,
      interrupting: event.interrupting,
    };
    c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'MIGRATED', each.key, next);
    tellMigrated(c, migration, each.value.elementId, { key: each.key, value: next });
  }
  for (const { suffix } of c.state.timers.ofOwner.scan(instance.key)) {
    const timer = c.state.timers.must(suffix);
    const event = kept.get(timer.targetElementId);
    if (event === undefined) continue;
    const next = { ...timer, processDefinitionKey, targetElementId: event.id };
    c.out.event('TIMER', 'MIGRATED', suffix, next);
    releaseMigratedTimer(c, suffix, timer.processDefinitionKey);
  }
  for (const key of c.state.signals.ofOwnerByName(instance.key)) {
    const subscription = c.state.signals.must(key);
    const event = kept.get(subscription.catchEventId);
    if (event === undefined) continue;
    const next = { ...subscription, bpmnProcessId, processDefinitionKey, catchEventId: event.id };
    c.out.event('SIGNAL_SUBSCRIPTION', 'MIGRATED', key, next);
  }
  migrateConditions(c, instance.key, value, kept);
}

/** To the side of the message, which has to know whether the event interrupts. Another partition acknowledges. */
function tellMigrated(
  c: Context,
  { root }: Migration,
  elementId: string,
  { key, value }: { readonly key: Key; readonly value: ProcessMessageSubscriptionValue },
): void {
  const told: MessageSubscriptionValue = {
    processInstanceKey: value.processInstanceKey,
    elementInstanceKey: value.elementInstanceKey,
    bpmnProcessId: value.bpmnProcessId,
    messageKey: value.messageKey,
    messageName: value.messageName,
    correlationKey: value.correlationKey,
    interrupting: value.interrupting,
    variables: value.variables,
    tenantId: value.tenantId,
  };
  const { subscriptionPartitionId } = value;
  if (subscriptionPartitionId === c.options.partitionId)
    return c.out.command('MESSAGE_SUBSCRIPTION', 'MIGRATE', key, told);
  if (isBeingMigrated(c, value)) {
    refuse(
      root,
      `active element with id '${c.state.elements.must(value.elementInstanceKey).value.elementId}' has a pending message ` +
        `subscription migration distribution for event with id '${elementId}'.`,
    );
  }
  distributeTo(
    [subscriptionPartitionId],
    c,
    c.keys.next(),
    'migration',
    'MESSAGE_SUBSCRIPTION',
    'MIGRATE',
    told,
  );
}

/** Whether the message's partition has not acknowledged the migration before. @throws RangeNotLoaded */
function isBeingMigrated(
  c: Context,
  { subscriptionPartitionId, elementInstanceKey, messageName }: ProcessMessageSubscriptionValue,
): boolean {
  const { open, distributions } = c.state.distributions;
  for (const { suffix } of open.scan(subscriptionPartitionId, { limit: SEARCHED_MAX })) {
    const distribution = distributions.get(suffix);
    if (distribution?.valueType !== 'MESSAGE_SUBSCRIPTION') continue;
    const value = distribution.commandValue as MessageSubscriptionValue | undefined;
    if (value?.elementInstanceKey === elementInstanceKey && value.messageName === messageName)
      return true;
  }
  return false;
}
