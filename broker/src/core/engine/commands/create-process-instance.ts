// PROCESS_INSTANCE_CREATION.CREATE and CREATE_WITH_AWAITING_RESULT (engine-semantics.md L.1).
import {
  type Key,
  keyText,
  NO_KEY,
  NO_REQUEST,
  type ProcessInstanceCreationValue,
  type ProcessInstanceValue,
  type ProcessValue,
} from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { CommandRecord, Context, Processor } from '../context.ts';
import { isBehindGateway } from '../state/tokens.ts';
import { scopeEvents, subscribe } from '../steps/catch-events.ts';
import type { Failure } from '../steps/element-context.ts';
import { activated, activating, commandActivate, recordValueOf } from '../steps/transitions.ts';
import { mergeLocal } from '../steps/variables.ts';
import { Refusal } from '../writer.ts';

type RefusedWith = readonly ['INVALID_ARGUMENT' | 'NOT_FOUND' | 'INVALID_STATE', string];

function findProcess(c: Context, value: ProcessInstanceCreationValue): ProcessValue | RefusedWith {
  const { bpmnProcessId, version, processDefinitionKey, tenantId } = value;
  if (bpmnProcessId !== '') {
    if (version >= 0) {
      return (
        c.state.processes.byVersion(bpmnProcessId, version, tenantId) ?? [
          'NOT_FOUND',
          `Expected to find process definition with process ID '${bpmnProcessId}' and version '${version}', but none found`,
        ]
      );
    }
    return (
      c.state.processes.latest(bpmnProcessId, tenantId) ?? [
        'NOT_FOUND',
        `Expected to find process definition with process ID '${bpmnProcessId}', but none found`,
      ]
    );
  }
  if (processDefinitionKey >= 0) {
    const process = c.state.processes.byKey(processDefinitionKey);
    return process !== undefined && process.tenantId === tenantId
      ? process
      : [
          'NOT_FOUND',
          `Expected to find process definition with key '${keyText(processDefinitionKey)}', but none found`,
        ];
  }
  return [
    'INVALID_ARGUMENT',
    'Expected at least a bpmnProcessId or a key greater than -1, but none given',
  ];
}

const UNSUPPORTED_START = new Set([
  'START_EVENT',
  'SEQUENCE_FLOW',
  'BOUNDARY_EVENT',
  'UNSPECIFIED',
]);

function isInsideMultiInstance({ scope }: ExecutableElement): boolean {
  for (let around = scope; around !== undefined; around = around.scope)
    if (around.elementType === 'MULTI_INSTANCE_BODY') return true;
  return false;
}

/** The elements to start before; a refusal when one of them cannot be started. */
function startElements(
  root: ExecutableElement,
  elements: ReadonlyMap<string, ExecutableElement>,
  value: ProcessInstanceCreationValue,
): readonly ExecutableElement[] | RefusedWith {
  if (value.startInstructions.length === 0) {
    if (root.startEvent !== undefined) return [];
    return [
      'INVALID_STATE',
      'Expected to create instance of process with none start event, but there is no such event',
    ];
  }
  const targets: ExecutableElement[] = [];
  for (const { elementId } of value.startInstructions) {
    const element = elements.get(elementId);
    if (element === undefined) {
      const text = `Expected to create instance of process with start instructions but no element found with id '${elementId}'.`;
      return ['INVALID_ARGUMENT', text];
    }
    targets.push(element);
  }
  const inside = targets.find(isInsideMultiInstance);
  if (inside !== undefined) {
    return [
      'INVALID_ARGUMENT',
      `Expected to create instance of process with start instructions but the element with id '${inside.id}' is inside a ` +
        'multi-instance subprocess. The creation of elements inside a multi-instance subprocess is not supported.',
    ];
  }
  const unsupported = targets.find((target) => UNSUPPORTED_START.has(target.elementType));
  if (unsupported !== undefined) {
    return [
      'INVALID_ARGUMENT',
      `Expected to create instance of process with start instructions but the element with id '${unsupported.id}' targets ` +
        `unsupported element type '${unsupported.elementType}'. Supported element types are: ${SUPPORTED_TEXT}`,
    ];
  }
  const awaited = targets.find(isBehindGateway);
  if (awaited !== undefined) {
    return [
      'INVALID_ARGUMENT',
      `Expected to create instance of process with start instructions but the element with id '${awaited.id}' belongs to an ` +
        'event-based gateway. The creation of elements belonging to an event-based gateway is not supported.',
    ];
  }
  // The process itself is where an instance starts anyway (observed.md 3).
  return targets.filter((target) => target !== root);
}

const SUPPORTED_TEXT =
  '[INTERMEDIATE_CATCH_EVENT, EVENT_BASED_GATEWAY, EVENT_SUB_PROCESS, SUB_PROCESS, END_EVENT, USER_TASK, PROCESS, ' +
  'EXCLUSIVE_GATEWAY, BUSINESS_RULE_TASK, PARALLEL_GATEWAY, SCRIPT_TASK, MANUAL_TASK, TASK, MULTI_INSTANCE_BODY, ' +
  'RECEIVE_TASK, INCLUSIVE_GATEWAY, SEND_TASK, INTERMEDIATE_THROW_EVENT, SERVICE_TASK, CALL_ACTIVITY]';

const isRefusal = (result: object): result is RefusedWith =>
  Array.isArray(result) && typeof result[0] === 'string';

const notSubscribed = ({ id }: ExecutableElement, { message }: Failure) =>
  `Expected to subscribe to catch event(s) of '${id}' but ${message}`;

/** Activates the process and the scopes that the targets need, by events, then commands the targets (L.1). */
function startAt(
  c: Context,
  value: ProcessInstanceValue,
  root: ExecutableElement,
  targets: readonly ExecutableElement[],
) {
  const scopes = new Map<ExecutableElement, Key>();
  const scopeKey = (element: ExecutableElement): Key => {
    const known = scopes.get(element);
    if (known !== undefined) return known;
    const parent = element.scope;
    const key = parent === undefined ? value.processInstanceKey : c.keys.next();
    const context = {
      element,
      key,
      value: parent === undefined ? value : recordValueOf(value, element, scopeKey(parent)),
    };
    activating(c, context);
    activated(c, context);
    const failure = subscribe(c, context, scopeEvents(element));
    if (failure !== undefined)
      throw new Refusal('INVALID_ARGUMENT', notSubscribed(element, failure));
    scopes.set(element, key);
    return key;
  };
  scopeKey(root);
  for (const target of targets) {
    const flowScopeKey = scopeKey(target.scope ?? root);
    commandActivate(c, recordValueOf(value, target, flowScopeKey), c.keys.next());
  }
}

function create(
  c: Context,
  command: CommandRecord<'PROCESS_INSTANCE_CREATION'>,
  awaited: boolean,
): void {
  const { value } = command;
  const process = findProcess(c, value);
  if (isRefusal(process)) return c.out.reject(command, process[0], process[1]);
  const graph = c.state.processes.graph(process.processDefinitionKey);
  const targets = startElements(graph.root, graph.elements, value);
  if (isRefusal(targets)) return c.out.reject(command, targets[0], targets[1]);
  const instanceKey = c.keys.next();
  const instance: ProcessInstanceValue = {
    bpmnElementType: 'PROCESS',
    bpmnEventType: graph.root.eventType,
    elementId: process.bpmnProcessId,
    bpmnProcessId: process.bpmnProcessId,
    version: process.version,
    processDefinitionKey: process.processDefinitionKey,
    processInstanceKey: instanceKey,
    flowScopeKey: NO_KEY,
    parentProcessInstanceKey: NO_KEY,
    parentElementInstanceKey: NO_KEY,
    tenantId: process.tenantId,
  };
  c.state.variables.fresh(instanceKey);
  c.state.elements.awaitedResults.fresh(instanceKey);
  mergeLocal(c, instance, instanceKey, value.variables.entries);
  if (targets.length === 0) commandActivate(c, instance, instanceKey);
  else startAt(c, instance, graph.root, targets);
  const created = c.out.event('PROCESS_INSTANCE_CREATION', 'CREATED', c.keys.next(), {
    bpmnProcessId: process.bpmnProcessId,
    version: process.version,
    processDefinitionKey: process.processDefinitionKey,
    processInstanceKey: instanceKey,
    variables: value.variables,
    fetchVariables: value.fetchVariables,
    startInstructions: value.startInstructions,
    awaitedBy: awaited ? command.requestId : NO_REQUEST,
    tenantId: process.tenantId,
  });
  if (!awaited) c.out.answer(command.requestId, created);
}

export const createProcessInstance: Processor<'PROCESS_INSTANCE_CREATION'> = (c, command) =>
  create(c, command, false);

/** The answer is the result, when the instance has completed. */
export const createProcessInstanceAwaited: Processor<'PROCESS_INSTANCE_CREATION'> = (c, command) =>
  create(c, command, true);
