// INCIDENT.RESOLVE: the answer first, then what failed is tried again from the beginning of its phase (engine-semantics.md J).
import { type IncidentValue, keyText, NO_KEY } from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { scopeEvents, subscribe } from '../steps/catch-events.ts';
import { raiseIncident } from '../steps/incidents.ts';
import { offerJob } from '../steps/jobs.ts';
import { contextOf } from '../steps/transitions.ts';
import { resumeListening } from '../steps/user-task-transitions.ts';
import { rejectionRecord } from '../writer.ts';
import { runActivation, runCompletion } from './element-commands.ts';

export const resolveIncident: Processor<'INCIDENT'> = (c, command) => {
  const incident = c.state.incidents.get(command.key);
  if (incident === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to resolve incident with key '${keyText(command.key)}', but no such incident was found`,
    );
  }
  if (incident.jobKey !== NO_KEY) return resolveJobIncident(c, command, incident);
  const event = c.out.event('INCIDENT', 'RESOLVED', command.key, incident);
  c.out.answer(command.requestId, event);
  const instance = c.state.elements.get(incident.elementInstanceKey);
  if (instance === undefined) return;
  if (instance.state === 'ACTIVATING') runActivation(c, contextOf(c, instance));
  else if (instance.state === 'COMPLETING') runCompletion(c, contextOf(c, instance));
  else if (resumeListening(c, instance, incident.elementId)) return;
  else if (instance.state === 'ACTIVATED') resumeCycle(c, instance, incident.elementId);
};

/** A timer whose cycle could not be continued begins anew. */
function resumeCycle(c: Context, instance: ElementInstance, elementId: string): void {
  const e = contextOf(c, instance);
  const event = scopeEvents(e.element).find(({ id }) => id === elementId);
  const failure = event === undefined ? undefined : subscribe(c, e, [event]);
  if (failure !== undefined) raiseIncident(c, { ...e, value: { ...e.value, elementId } }, failure);
}

function resolveJobIncident(
  c: Context,
  command: CommandRecord<'INCIDENT'>,
  incident: IncidentValue,
): void {
  const job = c.state.jobs.get(incident.jobKey);
  if (job !== undefined && job.value.retries <= 0) {
    const reason =
      `Expected to resolve incident with key '${keyText(command.key)}', but job with key '${keyText(incident.jobKey)}' ` +
      'has no retries left. Please update the job retries and retry resolving the incident';
    // The record says INVALID_STATE, the answer NOT_FOUND: clients of the reference know it so. Both have one position.
    const { turn, sourcePosition: source, operationReference: reference } = c.out;
    const { value } = command;
    const answer = rejectionRecord(command, 'NOT_FOUND', reason, value, turn, source, reference);
    c.out.rejection(command, 'INVALID_STATE', reason);
    c.out.answer(command.requestId, answer);
    return;
  }
  const event = c.out.event('INCIDENT', 'RESOLVED', command.key, incident);
  c.out.answer(command.requestId, event);
  if (job !== undefined) offerJob(c, incident.jobKey);
}
