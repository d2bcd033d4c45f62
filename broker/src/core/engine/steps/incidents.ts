// Raising incidents and taking them away with what they belong to (engine-semantics.md J).
import { type Key, keyText, NO_KEY } from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { JobInstance } from '../state/job-state.ts';
import type { ElementContext, Failure } from './element-context.ts';

/** Keys of the instances around an element, from the process instance down to it. */
function pathTo(c: Context, elementInstanceKey: Key): Key[] {
  const path: Key[] = [];
  for (
    let key = elementInstanceKey;
    key !== NO_KEY;
    key = c.state.elements.must(key).value.flowScopeKey
  ) {
    path.unshift(key);
  }
  return path;
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
    variableScopeKey: e.key,
    elementInstancePath: [pathTo(c, e.key)],
    processDefinitionPath: [e.value.processDefinitionKey],
    callingElementPath: [],
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
    elementInstancePath: [pathTo(c, value.elementInstanceKey)],
    processDefinitionPath: [value.processDefinitionKey],
    callingElementPath: [],
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
