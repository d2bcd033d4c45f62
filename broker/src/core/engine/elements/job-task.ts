// Tasks that a worker does: service, send, user, script and business rule tasks with a job (engine-semantics.md B.1).
import { closeEvents, subscribe, unsubscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { resolveIncidentOf } from '../steps/incidents.ts';
import { createJob, jobProperties } from '../steps/jobs.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { terminated } from '../steps/termination.ts';
import { activated } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const jobTask: ElementProcessor = {
  activate(c, e) {
    const { job } = e.element;
    if (job === undefined) throw new Error(`element '${e.element.id}' has no job definition`);
    const properties = jobProperties(c, e, job);
    if ('errorType' in properties) return properties;
    const subscribed = subscribe(c, e, e.element.boundaryEvents);
    if (subscribed !== undefined) return subscribed;
    createJob(c, e, properties);
    activated(c, e);
    return undefined;
  },
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    closeEvents(c, e);
    return completed(c, e);
  },
  terminate(c, e) {
    unsubscribe(c, e.key);
    resolveIncidentOf(c, e.key);
    terminated(c, e);
  },
};
