// The steps of an element instance's life (engine-semantics.md C.1, C.2) as events and follow-up commands.
import { type Key, NO_KEY, type ProcessInstanceValue } from '@millrace/protocol';
import type { ExecutableElement, ExecutableFlow } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { ElementContext } from './element-context.ts';

/** The record value of an element within the same process instance. */
export function recordValueOf(
  of: ProcessInstanceValue,
  element: ExecutableElement,
  flowScopeKey: Key,
): ProcessInstanceValue {
  return {
    bpmnElementType: element.elementType,
    bpmnEventType: element.eventType,
    elementId: element.id,
    bpmnProcessId: of.bpmnProcessId,
    version: of.version,
    processDefinitionKey: of.processDefinitionKey,
    processInstanceKey: of.processInstanceKey,
    flowScopeKey,
    parentProcessInstanceKey: of.parentProcessInstanceKey,
    parentElementInstanceKey: of.parentElementInstanceKey,
    tenantId: of.tenantId,
  };
}

export function contextOf(c: Context, instance: ElementInstance): ElementContext {
  const { value } = instance;
  return {
    element: c.state.processes.elementOf(value),
    key: instance.key,
    value,
  };
}

/** An instance whose model is read only when something needs it. */
export class UnreadContext implements ElementContext {
  readonly key: Key;
  readonly value: ProcessInstanceValue;
  readonly #c: Context;

  constructor(c: Context, instance: ElementInstance) {
    this.key = instance.key;
    this.value = instance.value;
    this.#c = c;
  }

  get element(): ExecutableElement {
    return this.#c.state.processes.elementOf(this.value);
  }
}

export function activating(c: Context, e: ElementContext): void {
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATING', e.key, e.value);
}

export function activated(c: Context, e: ElementContext): void {
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED', e.key, e.value);
}

export function completing(c: Context, e: ElementContext): void {
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETING', e.key, e.value);
}

export function commandActivate(c: Context, value: ProcessInstanceValue, key: Key = NO_KEY): void {
  c.out.command('PROCESS_INSTANCE', 'ACTIVATE_ELEMENT', key, value);
}

export function commandComplete(c: Context, key: Key, value: ProcessInstanceValue): void {
  c.out.command('PROCESS_INSTANCE', 'COMPLETE_ELEMENT', key, value);
}

export function commandListenerDone(c: Context, { key, value }: ElementInstance): void {
  c.out.command('PROCESS_INSTANCE', 'COMPLETE_EXECUTION_LISTENER', key, value);
}

export function commandTerminate(c: Context, instance: ElementInstance): void {
  c.out.command('PROCESS_INSTANCE', 'TERMINATE_ELEMENT', instance.key, instance.value);
}

/** ACTIVATED and a command that completes: elements that never wait. */
export function passThrough(c: Context, e: ElementContext): void {
  activated(c, e);
  commandComplete(c, e.key, e.value);
}

export function takeFlow(c: Context, e: ElementContext, flow: ExecutableFlow): void {
  const taken: ProcessInstanceValue = {
    bpmnElementType: 'SEQUENCE_FLOW',
    bpmnEventType: 'UNSPECIFIED',
    elementId: flow.id,
    bpmnProcessId: e.value.bpmnProcessId,
    version: e.value.version,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    flowScopeKey: e.value.flowScopeKey,
    parentProcessInstanceKey: e.value.parentProcessInstanceKey,
    parentElementInstanceKey: e.value.parentElementInstanceKey,
    tenantId: e.value.tenantId,
  };
  c.out.event('PROCESS_INSTANCE', 'SEQUENCE_FLOW_TAKEN', c.keys.next(), taken);
  commandActivate(c, recordValueOf(e.value, flow.target, e.value.flowScopeKey), c.keys.next());
}

/** A path of this scope has ended: the scope completes when nothing else is under way in it (engine-semantics.md C.4). */
export function pathEnded(c: Context, scopeKey: Key): void {
  const scope = c.state.elements.get(scopeKey);
  if (scope === undefined || scope.state !== 'ACTIVATED') return;
  if (scope.activeChildren === 0 && scope.activeFlows === 0)
    commandComplete(c, scope.key, scope.value);
}

/** Writes the command that terminates all children of a scope, in chunks. */
export function commandTerminateChildren(c: Context, scope: ElementContext): void {
  c.out.command('PROCESS_INSTANCE_BATCH', 'TERMINATE', c.keys.next(), {
    processInstanceKey: scope.value.processInstanceKey,
    batchElementInstanceKey: scope.key,
    index: NO_KEY,
    tenantId: scope.value.tenantId,
  });
}
