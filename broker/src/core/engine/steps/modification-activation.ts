// An operator activates elements (engine-semantics.md L.3): the scopes that are missing are made by events, then the element is
// commanded. No start event runs, and neither input mappings nor listeners of the scopes do.
import {
  type ActivateInstruction,
  type DocumentEntry,
  type Key,
  keyText,
  type ProcessInstanceValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { Refusal } from '../writer.ts';
import { scopeEvents, subscribe } from './catch-events.ts';
import { expectation, hasAncestor } from './modification-checks.ts';
import { activated, activating, commandActivate, recordValueOf } from './transitions.ts';
import { mergeLocal } from './variables.ts';

/** Children among which the instance of a scope is looked for; where there are more, it has to be named. */
const SEARCHED_MAX = 1000;

/**
 * Commands the element of one instruction.
 * @returns the keys of the scopes around it, the outermost first
 * @throws Refusal
 */
export function activateByOperator(
  c: Context,
  root: ElementInstance,
  instruction: ActivateInstruction,
): readonly Key[] {
  if (root.state !== 'ACTIVATED') {
    const reason = `${expectation(root)} but its listeners are still at work, and nothing can be activated in it meanwhile.`;
    throw new Refusal('INVALID_ARGUMENT', reason);
  }
  const { processDefinitionKey } = root.value;
  const element = c.state.processes.element(processDefinitionKey, instruction.elementId);
  const chosen = chosenScopes(c, instruction);
  const keys: Key[] = [];
  for (const scope of scopesAround(element)) {
    const around = keys.at(-1);
    const key =
      around === undefined
        ? root.key
        : (chosen[keys.length] ??
          scopeInstance(c, root, scope, around, instruction, chosen.length > 0));
    if (key === undefined) keys.push(makeScope(c, root.value, scope, around as Key, instruction));
    else {
      if (around === undefined) setVariables(c, root.value, key, instruction, '');
      setVariables(c, root.value, key, instruction, scope.id);
      keys.push(key);
    }
  }
  const key = c.keys.next();
  c.state.variables.fresh(key);
  commandActivate(c, recordValueOf(root.value, element, keys.at(-1) as Key), key);
  setVariables(c, root.value, key, instruction, element.id);
  return keys;
}

/** The outermost first. */
function scopesAround(element: ExecutableElement): readonly ExecutableElement[] {
  const scopes: ExecutableElement[] = [];
  for (let scope = element.scope; scope !== undefined; scope = scope.scope) scopes.unshift(scope);
  return scopes;
}

/** The chosen ancestor and what is around it, the outermost first; none when none was chosen. */
function chosenScopes(c: Context, instruction: ActivateInstruction): readonly Key[] {
  const keys: Key[] = [];
  if (!hasAncestor(instruction)) return keys;
  for (let key = instruction.ancestorScopeKey; key > 0; ) {
    keys.unshift(key);
    key = c.state.elements.must(key).value.flowScopeKey;
  }
  return keys;
}

/** The only instance of a scope; undefined when there is none, or when new ones are wanted. @throws Refusal */
function scopeInstance(
  c: Context,
  root: ElementInstance,
  scope: ExecutableElement,
  around: Key,
  instruction: ActivateInstruction,
  isNew: boolean,
): Key | undefined {
  const { activeChildren } = c.state.elements.must(around);
  if (isNew || activeChildren === 0) return undefined;
  const refuse = (why: string): never => {
    const reason = `${expectation(root)} but it contains one or more activate instructions for an element that has a flow scope with ${why}`;
    throw new Refusal('INVALID_ARGUMENT', reason);
  };
  if (activeChildren > SEARCHED_MAX) {
    return refuse(
      `more than ${SEARCHED_MAX} active elements: '${instruction.elementId}'. Please specify the instance of '${scope.id}', or of a ` +
        `scope around it such as '${keyText(around)}', as ancestor element instance key of this activate instruction.`,
    );
  }
  let found: Key | undefined;
  for (const { suffix } of c.state.elements.children.scan(around)) {
    const child = c.state.elements.must(suffix);
    if (child.value.elementId !== scope.id || child.state !== 'ACTIVATED') continue;
    if (child.value.bpmnElementType !== scope.elementType) continue;
    if (found !== undefined) {
      return refuse(
        `more than one active instance: '${instruction.elementId}'. Can't decide in which instance of the flow scope '${scope.id}' ` +
          'the element should be activated. Please specify an ancestor element instance key for this activate instruction.',
      );
    }
    found = suffix;
  }
  return found;
}

/** @throws Refusal */
function makeScope(
  c: Context,
  of: ProcessInstanceValue,
  element: ExecutableElement,
  around: Key,
  instruction: ActivateInstruction,
): Key {
  if (element.elementType === 'MULTI_INSTANCE_BODY' || element.scope?.innerActivity === element) {
    throw new Refusal(
      'INVALID_ARGUMENT',
      `Expected to modify instance of process '${of.bpmnProcessId}' but it contains one or more activate instructions that would ` +
        `result in the activation of multi-instance element '${element.id}', which is currently unsupported.`,
    );
  }
  const scope = { element, key: c.keys.next(), value: recordValueOf(of, element, around) };
  activating(c, scope);
  setVariables(c, of, scope.key, instruction, element.id);
  activated(c, scope);
  const failure = subscribe(c, scope, scopeEvents(element));
  if (failure === undefined) return scope.key;
  throw new Refusal(
    'INVALID_ARGUMENT',
    `Expected to subscribe to catch event(s) of '${element.id}' but ${failure.message}`,
  );
}

/** Sets what the instruction says for a scope. @param scopeId '' for what it says for the instance as a whole */
function setVariables(
  c: Context,
  of: ProcessInstanceValue,
  scopeKey: Key,
  { variableInstructions }: ActivateInstruction,
  scopeId: string,
): void {
  for (const { elementId, variables } of variableInstructions) {
    const entries: readonly DocumentEntry[] = variables.entries;
    if (elementId === scopeId) mergeLocal(c, of, scopeKey, entries);
  }
}
