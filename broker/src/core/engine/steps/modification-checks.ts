// What is wrong with a modification before any of it is carried out, in the order of the reference (engine-semantics.md L.3).
import {
  type ActivateInstruction,
  type BpmnElementType,
  type Key,
  keyText,
  type ProcessInstanceModificationValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { isBehindGateway } from '../state/tokens.ts';

const UNSUPPORTED: ReadonlySet<BpmnElementType> = new Set([
  'UNSPECIFIED',
  'START_EVENT',
  'SEQUENCE_FLOW',
  'BOUNDARY_EVENT',
]);

const SUPPORTED_TEXT =
  '[PROCESS, SUB_PROCESS, EVENT_SUB_PROCESS, INTERMEDIATE_CATCH_EVENT, INTERMEDIATE_THROW_EVENT, END_EVENT, SERVICE_TASK, ' +
  'RECEIVE_TASK, USER_TASK, MANUAL_TASK, TASK, EXCLUSIVE_GATEWAY, PARALLEL_GATEWAY, EVENT_BASED_GATEWAY, INCLUSIVE_GATEWAY, ' +
  'MULTI_INSTANCE_BODY, CALL_ACTIVITY, BUSINESS_RULE_TASK, SCRIPT_TASK, SEND_TASK]';

interface Modification {
  readonly c: Context;
  readonly root: ElementInstance;
  readonly value: ProcessInstanceModificationValue;
  readonly elements: ReadonlyMap<string, ExecutableElement>;
  readonly flows: ReadonlyMap<string, unknown>;
}

type Check = (m: Modification) => string | undefined;

/** Why the modification is refused; undefined when it may be tried. */
export function modificationProblem(
  c: Context,
  root: ElementInstance,
  value: ProcessInstanceModificationValue,
): string | undefined {
  const { elements, flows } = c.state.processes.graph(root.value.processDefinitionKey);
  const modification: Modification = { c, root, value, elements, flows };
  for (const check of CHECKS) {
    const problem = check(modification);
    if (problem !== undefined) return `${expectation(root)} but it contains one or more ${problem}`;
  }
  return undefined;
}

export const expectation = ({ value }: ElementInstance) =>
  `Expected to modify instance of process '${value.bpmnProcessId}'`;

const quoted = (names: Iterable<string>) =>
  [...new Set(names)].map((name) => `'${name}'`).join(', ');

const quotedKeys = (keys: readonly Key[]) => quoted(keys.map(keyText));

/** NO_KEY and 0 both mean that none was chosen (observed.md 4). */
export const hasAncestor = ({ ancestorScopeKey }: ActivateInstruction) => ancestorScopeKey > 0;

/** The elements of the instructions; flows, and whatever is not there, are left out. */
function targets({ value, elements }: Modification): readonly ExecutableElement[] {
  return value.activateInstructions.flatMap(({ elementId }) => elements.get(elementId) ?? []);
}

/** Whether `scope` is the element itself or one of the scopes around it. */
function isAround(scope: string, element: ExecutableElement): boolean {
  for (let each: ExecutableElement | undefined = element; each !== undefined; each = each.scope)
    if (each.id === scope) return true;
  return false;
}

function unknownElements({ value, elements, flows }: Modification): string | undefined {
  const unknown = value.activateInstructions
    .map(({ elementId }) => elementId)
    .filter((id) => !elements.has(id) && !flows.has(id));
  if (unknown.length === 0) return undefined;
  return `activate instructions with an element that could not be found: ${quoted(unknown)}`;
}

function eventsBehindGateways(m: Modification): string | undefined {
  const awaited = targets(m).filter(isBehindGateway);
  if (awaited.length === 0) return undefined;
  return (
    `activate instructions for elements that are unsupported: ${quoted(awaited.map(({ id }) => id))}. ` +
    'The activation of events belonging to an event-based gateway is not supported.'
  );
}

/** One that nothing has called would never be done with, and its scope would wait for ever. */
function compensationHandlers(m: Modification): string | undefined {
  const handlers = targets(m).filter(
    ({ elementType, eventType }) => eventType === 'COMPENSATION' && !elementType.endsWith('_EVENT'),
  );
  if (handlers.length === 0) return undefined;
  return (
    `activate instructions for elements that are unsupported: ${quoted(handlers.map(({ id }) => id))}. ` +
    'A compensation handler is only run by compensation events.'
  );
}

function unsupportedTypes({ value, elements, root }: Modification): string | undefined {
  const ids: string[] = [];
  const types: string[] = [];
  for (const { elementId } of value.activateInstructions) {
    const element = elements.get(elementId);
    const type = element?.elementType ?? 'SEQUENCE_FLOW';
    if (element?.scope === undefined && type === 'PROCESS') {
      return (
        `activate instructions for elements that are unsupported: '${elementId}'. The process itself runs already as instance ` +
        `'${keyText(root.key)}': activate what is to run in it, or create another instance.`
      );
    }
    if (!UNSUPPORTED.has(type)) continue;
    ids.push(elementId);
    types.push(type);
  }
  if (ids.length === 0) return undefined;
  return (
    `activate instructions for elements that are unsupported: ${quoted(ids)}. The activation of elements with type ` +
    `${quoted(types)} is not supported. Supported element types are: ${SUPPORTED_TEXT}.`
  );
}

function unknownInstances({ c, value }: Modification): string | undefined {
  const unknown = value.terminateInstructions
    .map(({ elementInstanceKey }) => elementInstanceKey)
    .filter((key) => c.state.elements.get(key) === undefined);
  if (unknown.length === 0) return undefined;
  return `terminate instructions with an element instance that could not be found: ${quotedKeys(unknown)}`;
}

/** The reference ends them in their own instance (observed.md 1). */
function foreignInstances({ c, value, root }: Modification): string | undefined {
  const foreign = value.terminateInstructions
    .map(({ elementInstanceKey }) => elementInstanceKey)
    .filter((key) => c.state.elements.must(key).value.processInstanceKey !== root.key);
  if (foreign.length === 0) return undefined;
  return (
    'terminate instructions with an element instance that does not belong to the modified process instance: ' +
    `${quotedKeys(foreign)}. Modify the process instance that it belongs to.`
  );
}

function unknownVariableScopes({ value, elements }: Modification): string | undefined {
  const unknown = value.activateInstructions
    .flatMap(({ variableInstructions }) => variableInstructions)
    .map(({ elementId }) => elementId)
    .filter((id) => id !== '' && !elements.has(id));
  if (unknown.length === 0) return undefined;
  return `variable instructions with a scope element id that could not be found: ${quoted(unknown)}`;
}

function strangeVariableScopes({ value, elements }: Modification): string | undefined {
  for (const { elementId, variableInstructions } of value.activateInstructions) {
    const target = elements.get(elementId);
    for (const { elementId: scope } of variableInstructions) {
      if (scope === '' || target === undefined || isAround(scope, target)) continue;
      return (
        "variable instructions with a scope element that doesn't belong to the activating element's flow scope. " +
        'These variables should be set before or after the modification.'
      );
    }
  }
  return undefined;
}

function ancestorsWhere(
  { value }: Modification,
  holds: (instruction: ActivateInstruction) => boolean,
): readonly Key[] {
  return value.activateInstructions
    .filter((each) => hasAncestor(each) && holds(each))
    .map(({ ancestorScopeKey }) => ancestorScopeKey);
}

function missingAncestors(m: Modification): string | undefined {
  const missing = ancestorsWhere(
    m,
    ({ ancestorScopeKey }) => m.c.state.elements.get(ancestorScopeKey)?.state !== 'ACTIVATED',
  );
  if (missing.length === 0) return undefined;
  return `activate instructions with an ancestor scope key that does not exist, or is not in an active state: ${quotedKeys(missing)}`;
}

function foreignAncestors(m: Modification): string | undefined {
  const foreign = ancestorsWhere(
    m,
    ({ ancestorScopeKey }) =>
      m.c.state.elements.must(ancestorScopeKey).value.processInstanceKey !== m.root.key,
  );
  if (foreign.length === 0) return undefined;
  return `activate instructions with an ancestor scope key that does not belong to the modified process instance: ${quotedKeys(foreign)}`;
}

function noAncestors({ c, value, elements }: Modification): string | undefined {
  const lines: string[] = [];
  for (const instruction of value.activateInstructions) {
    if (!hasAncestor(instruction)) continue;
    const target = elements.get(instruction.elementId);
    const ancestor = c.state.elements.must(instruction.ancestorScopeKey);
    const { elementId } = ancestor.value;
    if (target?.scope !== undefined && isAround(elementId, target.scope)) continue;
    lines.push(
      `\n- instance '${keyText(ancestor.key)}' of element '${elementId}' is not an ancestor of element '${instruction.elementId}'`,
    );
  }
  if (lines.length === 0) return undefined;
  return `activate instructions with an ancestor scope key that is not an ancestor of the element to activate:${lines.join('')}`;
}

const CHECKS: readonly Check[] = [
  unknownElements,
  eventsBehindGateways,
  compensationHandlers,
  unsupportedTypes,
  unknownInstances,
  foreignInstances,
  unknownVariableScopes,
  strangeVariableScopes,
  missingAncestors,
  foreignAncestors,
  noAncestors,
];
