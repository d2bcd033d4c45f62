// Banned instances: a fault of ours in one instance must not take the partition along (design.md 5).
//
// A banned instance takes no more commands but its cancellation; its jobs leave all queues.
import {
  type ConditionalSubscriptionValue,
  type IncidentValue,
  type JobValue,
  type Key,
  type LogRecord,
  NO_KEY,
  type ProcessInstanceValue,
  type ProcessMessageSubscriptionValue,
  type TimerValue,
  type VariableDocumentValue,
} from '@millrace/protocol';
import type { Context } from './context.ts';
import { unsubscribe } from './steps/catch-events.ts';
import { commandEndOfCanceling } from './steps/user-task-transitions.ts';

/** Commands after whose failure the instance goes on (engine-semantics.md A.4). */
const NEVER_BANS = new Set([
  'JOB.COMPLETE',
  'JOB.FAIL',
  'JOB.UPDATE_RETRIES',
  'JOB.THROW_ERROR',
  'PROCESS_INSTANCE.CANCEL',
  'INCIDENT.RESOLVE',
  'PROCESS_INSTANCE_CREATION.CREATE',
  'PROCESS_INSTANCE_CREATION.CREATE_WITH_AWAITING_RESULT',
  'PROCESS_INSTANCE_MODIFICATION.MODIFY',
  'PROCESS_INSTANCE_MIGRATION.MIGRATE',
]);

export function bansOnFailure(command: LogRecord): boolean {
  return !NEVER_BANS.has(`${command.valueType}.${command.intent}`);
}

/** The process instance that a command is about; NO_KEY when there is none. */
export function instanceOf(c: Context, command: LogRecord): Key {
  switch (command.valueType) {
    case 'PROCESS_INSTANCE':
      return command.intent === 'CANCEL'
        ? command.key
        : (command.value as ProcessInstanceValue).processInstanceKey;
    case 'PROCESS_INSTANCE_BATCH':
    case 'PROCESS_INSTANCE_MODIFICATION':
    case 'PROCESS_INSTANCE_MIGRATION':
      return (command.value as { processInstanceKey: Key }).processInstanceKey;
    case 'PROCESS_MESSAGE_SUBSCRIPTION':
      return (command.value as ProcessMessageSubscriptionValue).processInstanceKey;
    case 'USER_TASK':
      return c.state.userTasks.get(command.key)?.value.processInstanceKey ?? NO_KEY;
    case 'CONDITIONAL_SUBSCRIPTION':
      return (command.value as ConditionalSubscriptionValue).processInstanceKey;
    case 'JOB':
      return (
        c.state.jobs.get(command.key)?.value.processInstanceKey ??
        (command.value as JobValue).processInstanceKey
      );
    case 'INCIDENT':
      return (
        c.state.incidents.get(command.key)?.processInstanceKey ??
        (command.value as IncidentValue).processInstanceKey
      );
    case 'VARIABLE_DOCUMENT': {
      const scope = c.state.elements.get((command.value as VariableDocumentValue).scopeKey);
      return scope?.value.processInstanceKey ?? NO_KEY;
    }
    case 'TIMER': {
      const { elementInstanceKey, processInstanceKey } = command.value as TimerValue;
      return elementInstanceKey === NO_KEY ? NO_KEY : processInstanceKey;
    }
    default:
      return NO_KEY;
  }
}

/** What ends a banned instance may run. */
const ENDS = new Set([
  'CANCEL',
  'TERMINATE_ELEMENT',
  'TERMINATE',
  'DELETE',
  'COMPLETE_TASK_LISTENER',
]);

/** The banned instance that refuses this command; undefined when it may run. */
export function bannedInstanceOf(c: Context, command: LogRecord): Key | undefined {
  if (!c.state.elements.anyBanned || ENDS.has(command.intent)) return undefined;
  const key = instanceOf(c, command);
  return key !== NO_KEY && c.state.elements.banned.has(key) ? key : undefined;
}

/**
 * Cancels all jobs and subscriptions of an instance: no worker gets one, none of its dates comes due, and no listener holds up
 * its end. @throws RangeNotLoaded
 */
export function leaveQueues(c: Context, scopeKey: Key): void {
  if (c.state.elements.get(scopeKey) !== undefined) unsubscribe(c, scopeKey);
  for (const { suffix } of c.state.elements.children.scan(scopeKey)) {
    const child = c.state.elements.must(suffix);
    const job = child.jobKey === NO_KEY ? undefined : c.state.jobs.get(child.jobKey);
    if (job !== undefined) c.out.event('JOB', 'CANCELED', child.jobKey, job.value);
    if (child.state === 'TERMINATING') commandEndOfCanceling(c, child);
    leaveQueues(c, suffix);
  }
}
