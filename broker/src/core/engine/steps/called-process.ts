// Called processes (engine-semantics.md C.10): which version is called, how the instance begins, what its end means.
import {
  type Document,
  EMPTY_DOCUMENT,
  type Key,
  keyText,
  NO_KEY,
  type ProcessInstanceValue,
  type ProcessValue,
} from '@millrace/protocol';
import { evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { terminated } from './termination.ts';
import { activating, commandActivate, commandComplete, contextOf } from './transitions.ts';
import { mergeLocal } from './variables.ts';

/** Call activities that may stand above one another. */
export const CALL_DEPTH_MAX = 1000;

const failed = (message: string): Failure => ({ errorType: 'CALLED_ELEMENT_ERROR', message });

/** The version that the call activity calls; it can be started. */
export function processToCall(c: Context, e: ElementContext): ProcessValue | Failure {
  const { calledElement } = e.element;
  if (calledElement === undefined) throw new Error(`'${e.element.id}' calls nothing`);
  const id = evaluateString(calledElement.processId, c.feel(e.key));
  if (!id.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: id.message };
  const process = findProcess(c, e, id.value);
  if ('errorType' in process) return process;
  if (c.state.processes.graph(process.processDefinitionKey).root.startEvent === undefined) {
    return failed(
      `Expected process with BPMN process id '${id.value}' to have a none start event, but not found.`,
    );
  }
  const { callDepth } = c.state.elements.must(e.value.processInstanceKey).special;
  if (callDepth < CALL_DEPTH_MAX) return process;
  return failed(
    `Expected at most ${CALL_DEPTH_MAX} call activities above one another, but '${e.element.id}' would be one more. ` +
      'The process probably calls itself without end: cancel the root process instance, or mend the condition and resolve the incident.',
  );
}

function findProcess(c: Context, e: ElementContext, id: string): ProcessValue | Failure {
  const { processes } = c.state;
  const { tenantId } = e.value;
  const { binding, versionTag } = e.element.calledElement ?? { binding: 'latest', versionTag: '' };
  switch (binding) {
    case 'latest':
      return (
        processes.latest(id, tenantId) ??
        failed(`Expected process with BPMN process id '${id}' to be deployed, but not found.`)
      );
    case 'deployment': {
      const { deploymentKey } = processes.byKey(e.value.processDefinitionKey) as ProcessValue;
      return (
        processes.byDeployment(id, deploymentKey, tenantId) ??
        failed(
          `Expected to call process with BPMN process id '${id}' with binding type 'deployment', but no such process found in ` +
            `the deployment with key ${keyText(deploymentKey)} which contained the current process. To resolve this incident, ` +
            'migrate the process instance to a process definition that is deployed together with the intended process definition to call.',
        )
      );
    }
    case 'versionTag':
      return (
        processes.byTag(id, versionTag, tenantId) ??
        failed(
          `Expected to call process with BPMN process id '${id}' and version tag '${versionTag}', but no such process found. ` +
            'To resolve this incident, deploy a process with the given process id and version tag.',
        )
      );
  }
}

/** Starts an instance of the process with the variables that it is to get. */
export function callProcess(c: Context, e: ElementContext, process: ProcessValue): void {
  const key = c.keys.next();
  const { root } = c.state.processes.graph(process.processDefinitionKey);
  const value: ProcessInstanceValue = {
    bpmnElementType: 'PROCESS',
    bpmnEventType: root.eventType,
    elementId: process.bpmnProcessId,
    bpmnProcessId: process.bpmnProcessId,
    version: process.version,
    processDefinitionKey: process.processDefinitionKey,
    processInstanceKey: key,
    flowScopeKey: NO_KEY,
    parentProcessInstanceKey: e.value.processInstanceKey,
    parentElementInstanceKey: e.key,
    tenantId: e.value.tenantId,
  };
  commandActivate(c, value, key);
  c.state.variables.fresh(key);
  c.state.elements.awaitedResults.fresh(key);
  mergeLocal(c, value, key, variablesFor(c, e).entries);
}

function variablesFor(c: Context, e: ElementContext): Document {
  const { variables } = c.state;
  if (e.element.calledElement?.propagateAllParentVariables === true)
    return variables.visibleDocument(e.key, []);
  return e.element.inputMappings === undefined ? EMPTY_DOCUMENT : variables.localDocument(e.key);
}

/** The called instance has completed: so does its call activity, unless it is being ended. */
export function calledCompleted(c: Context, e: ElementContext): void {
  const caller = c.state.elements.get(e.value.parentElementInstanceKey);
  if (caller?.state === 'ACTIVATED') commandComplete(c, caller.key, caller.value);
  else if (caller?.state === 'TERMINATING') terminated(c, contextOf(c, caller));
}

/** Whether a called instance that is about to begin still has somebody who waits for it. True for everything else. */
export function isWanted(c: Context, { value }: ElementContext): boolean {
  if (value.flowScopeKey !== NO_KEY || value.parentElementInstanceKey === NO_KEY) return true;
  return c.state.elements.get(value.parentElementInstanceKey)?.state === 'ACTIVATED';
}

/** Its call activity ended before the instance could begin: it ends at once, and its variables with it. */
export function endUnwanted(c: Context, e: ElementContext): void {
  activating(c, e);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', e.key, e.value);
  terminated(c, e);
}

/** Key of the instance that was not called by another one. */
export function rootInstanceOf(c: Context, instance: ElementInstance): Key {
  let root = instance;
  while (root.value.parentProcessInstanceKey !== NO_KEY) {
    const parent = c.state.elements.get(root.value.parentProcessInstanceKey);
    if (parent === undefined) return root.value.parentProcessInstanceKey;
    root = parent;
  }
  return root.key;
}
