// What a migration changes (engine-semantics.md L.4): elements, incidents and user tasks get the ids of the other definition.
import { NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';

export const elementMigrated: Applier<'PROCESS_INSTANCE'> = (record, state) => {
  const { key, value } = record;
  const { instances } = state.elements;
  const known = state.elements.must(key);
  instances.update(key, known.withValue(value));
  if (value.flowScopeKey === NO_KEY) {
    state.processes.instanceEnded(known.value.processDefinitionKey);
    state.processes.instanceStarted(value.processDefinitionKey);
    return;
  }
  const scope = state.elements.must(value.flowScopeKey);
  // The event sub-process that has interrupted its scope goes on doing so.
  if (scope.isInterrupted && scope.interruptedBy === known.value.elementId)
    instances.update(scope.key, scope.withInterruption(value.elementId));
};

export const incidentMigrated: Applier<'INCIDENT'> = ({ key, value }, state) =>
  state.incidents.change(key, value);

export const userTaskMigrated: Applier<'USER_TASK'> = ({ key, value }, state) =>
  state.userTasks.migrate(key, value);
