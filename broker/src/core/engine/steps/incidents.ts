// Raising incidents and taking them away with what they belong to (engine-semantics.md J).
import { type Key, keyText, NO_KEY } from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { JobInstance } from '../state/job-state.ts';
import type { ElementContext, Failure } from './element-context.ts';

interface Paths {
  readonly elementInstancePath: readonly (readonly Key[])[];
  readonly processDefinitionPath: readonly Key[];
  readonly callingElementPath: readonly number[];
}

/** The instances around an element, from the root process instance down to it, one path for each process on the way. */
function pathsTo(c: Context, elementInstanceKey: Key): Paths {
  const elementInstancePath: Key[][] = [];
  const processDefinitionPath: Key[] = [];
  const callingElementPath: number[] = [];
  for (let key = elementInstanceKey; key !== NO_KEY; ) {
    const path: Key[] = [];
    let instance = c.state.elements.must(key);
    for (;;) {
      path.push(instance.key);
      if (instance.value.flowScopeKey === NO_KEY) break;
      instance = c.state.elements.must(instance.value.flowScopeKey);
    }
    elementInstancePath.push(path.reverse());
    processDefinitionPath.push(instance.value.processDefinitionKey);
    key = instance.value.parentElementInstanceKey;
    if (key !== NO_KEY) callingElementPath.push(callIndex(c, c.state.elements.must(key)));
  }
  return {
    elementInstancePath: elementInstancePath.reverse(),
    processDefinitionPath: processDefinitionPath.reverse(),
    callingElementPath: callingElementPath.reverse(),
  };
}

/** Which of the call activities of its process this one is, in the order of their ids. */
function callIndex(c: Context, { value }: ElementInstance): number {
  let index = 0;
  for (const element of c.state.processes.graph(value.processDefinitionKey).elements.values()) {
    const activity = element.innerActivity ?? element;
    if (activity.elementType === 'CALL_ACTIVITY' && activity.id < value.elementId) index++;
  }
  return index;
}

/** The element stays in its state until the incident is resolved. */
export function raiseIncident(c: Context, e: ElementContext, failure: Failure): void {
  // One element incident at a time: a cycle that has stopped meanwhile is forgotten for what stops the whole element.
  resolveIncidentOf(c, e.key);
  c.out.event('INCIDENT', 'CREATED', c.keys.next(), {
    errorType: failure.errorType,
    errorMessage: failure.message,
    bpmnProcessId: e.value.bpmnProcessId,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    elementId: e.value.elementId,
    elementInstanceKey: e.key,
    jobKey: NO_KEY,
    variableScopeKey: failure.variableScopeKey ?? e.key,
    ...pathsTo(c, e.key),
    tenantId: e.value.tenantId,
  });
}

/** @param job the job as it is after what went wrong; its element id goes into the incident */
export function raiseJobIncident(
  c: Context,
  jobKey: Key,
  job: JobInstance,
  failure: Failure,
): void {
  const { value } = job;
  c.out.event('INCIDENT', 'CREATED', c.keys.next(), {
    errorType: failure.errorType,
    errorMessage: failure.message,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    elementId: value.elementId,
    elementInstanceKey: value.elementInstanceKey,
    jobKey,
    variableScopeKey: value.elementInstanceKey,
    ...pathsTo(c, value.elementInstanceKey),
    tenantId: value.tenantId,
  });
}

/** Resolves the incident of an element that ends. */
export function resolveIncidentOf(c: Context, elementInstanceKey: Key): void {
  resolve(c, c.state.incidents.ofElement(elementInstanceKey));
}

/** Resolves the incident of a job that ends. */
export function resolveIncidentOfJob(c: Context, jobKey: Key): void {
  resolve(c, c.state.incidents.ofJob(jobKey));
}

function resolve(c: Context, incidentKey: Key | undefined): void {
  if (incidentKey === undefined) return;
  const incident = c.state.incidents.get(incidentKey);
  if (incident === undefined)
    throw new Error(`incident ${keyText(incidentKey)} is not in the state`);
  c.out.event('INCIDENT', 'RESOLVED', incidentKey, incident);
}
