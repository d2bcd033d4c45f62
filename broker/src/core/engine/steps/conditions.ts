// Conditional events: subscribing, and finding those whose condition a command may have made true (engine-semantics.md C.13).
//
// A condition is looked at when its subscription is opened, and after each command that has changed a variable which it reads
// and sees. Whatever is not `true` then, also an expression that fails for want of a variable, is not yet true.
import type { ConditionalSubscriptionValue, Key, ProcessInstanceValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { evaluateBoolean } from '../../feel/index.ts';
import type { Context, VariableChange } from '../context.ts';
import type { ElementContext } from './element-context.ts';

export function openCondition(c: Context, e: ElementContext, event: ExecutableElement): void {
  const key = c.keys.next();
  const value: ConditionalSubscriptionValue = {
    processInstanceKey: e.value.processInstanceKey,
    processDefinitionKey: e.value.processDefinitionKey,
    bpmnProcessId: e.value.bpmnProcessId,
    elementInstanceKey: e.key,
    catchEventId: event.id,
    condition: event.condition?.source ?? '',
    interrupting: event.interrupting,
    tenantId: e.value.tenantId,
  };
  c.out.event('CONDITIONAL_SUBSCRIPTION', 'CREATED', key, value);
  if (isTrue(c, e.key, event)) commandTrigger(c, key, value);
}

/**
 * Closes the conditional subscriptions of an element instance.
 * @param isOf which of the events, by their ids; all without it
 */
export function closeConditions(
  c: Context,
  ownerKey: Key,
  isOf?: (elementId: string) => boolean,
): void {
  if (c.state.elements.must(ownerKey).special.conditions === 0) return;
  for (const { suffix, value } of c.state.conditions.ofOwner.scan(ownerKey)) {
    if (isOf === undefined || isOf(value.catchEventId))
      c.out.event('CONDITIONAL_SUBSCRIPTION', 'DELETED', suffix, value);
  }
}

/**
 * Lets the conditional subscriptions of a migrated element instance wait on under new ids, with the conditions of the new model.
 * @param of what the instance is now
 * @param kept the events that old ones are mapped to, by their old ids
 */
export function migrateConditions(
  c: Context,
  ownerKey: Key,
  of: ProcessInstanceValue,
  kept: ReadonlyMap<string, ExecutableElement>,
): void {
  if (c.state.elements.must(ownerKey).special.conditions === 0) return;
  for (const { suffix, value } of c.state.conditions.ofOwner.scan(ownerKey)) {
    const event = kept.get(value.catchEventId);
    if (event?.condition === undefined) continue;
    c.out.event('CONDITIONAL_SUBSCRIPTION', 'MIGRATED', suffix, {
      ...value,
      processDefinitionKey: of.processDefinitionKey,
      bpmnProcessId: of.bpmnProcessId,
      catchEventId: event.id,
      condition: event.condition.source,
      interrupting: event.interrupting,
    });
  }
}

/** Triggers what the variables that the command has changed have made true, outer scopes first. */
export function commandConditionsOfChanges(c: Context): void {
  const changesOf = new Map<Key, VariableChange[]>();
  for (const change of c.changes) {
    const changes = changesOf.get(change.scopeKey);
    if (changes === undefined) changesOf.set(change.scopeKey, [change]);
    else changes.push(change);
  }
  const interrupted = new Set<Key>();
  // Inner scopes are younger than the outer ones, and so are their keys.
  for (const scopeKey of [...changesOf.keys()].sort((a, b) => a - b))
    lookThrough(c, scopeKey, changesOf.get(scopeKey) as VariableChange[], interrupted);
}

/** Looks at the conditions of a scope and of all within it, the oldest first. */
function lookThrough(
  c: Context,
  scopeKey: Key,
  changes: readonly VariableChange[],
  interrupted: Set<Key>,
): void {
  const scope = c.state.elements.get(scopeKey);
  if (scope === undefined || scope.special.conditions === 0) return;
  for (const { suffix: key, value: ownerKey } of c.state.conditions.within.scan(scopeKey)) {
    const value = c.state.conditions.get(ownerKey, key);
    if (value === undefined || c.fired.has(key)) continue;
    const event = c.state.processes.element(value.processDefinitionKey, value.catchEventId);
    const read = changes.filter((change) => isRead(event, change));
    if (read.length === 0 || !sees(c, ownerKey, scopeKey, read, interrupted)) continue;
    if (!isTrue(c, ownerKey, event)) continue;
    commandTrigger(c, key, value);
    if (value.interrupting) interrupted.add(ownerKey);
  }
}

/** Whether an instance at work sees one of the changes of a scope around it, which nothing between them hides or interrupts. */
function sees(
  c: Context,
  ownerKey: Key,
  scopeKey: Key,
  changes: readonly VariableChange[],
  interrupted: ReadonlySet<Key>,
): boolean {
  let seen = changes;
  for (let key = ownerKey; ; key = c.state.variables.parentOf(key)) {
    if (c.state.elements.get(key)?.state !== 'ACTIVATED') return false;
    if (key !== ownerKey && interrupted.has(key)) return false;
    if (key === scopeKey) return true;
    seen = seen.filter(({ name }) => c.state.variables.local(key, name) === undefined);
    if (seen.length === 0) return false;
  }
}

const isRead = (
  { condition, conditionChanges }: ExecutableElement,
  { name, kind }: VariableChange,
): boolean => condition?.variables.includes(name) === true && conditionChanges.includes(kind);

function isTrue(c: Context, scopeKey: Key, { condition }: ExecutableElement): boolean {
  if (condition === undefined) return false;
  const result = evaluateBoolean(condition, c.feel(scopeKey));
  return result.ok && result.value;
}

function commandTrigger(c: Context, key: Key, value: ConditionalSubscriptionValue): void {
  c.fired.add(key);
  c.out.command('CONDITIONAL_SUBSCRIPTION', 'TRIGGER', key, value);
}
