// Value type and intent -> applier. Every event has an entry: an event that changes nothing says so.
import type { Intent, LogRecord, ValueType } from '@millrace/protocol';
import type { Applier } from './applier.ts';
import {
  compensationCreated,
  compensationEnded,
  compensationTriggered,
} from './appliers/compensation.v1.ts';
import { conditionClosed, conditionMigrated, conditionOpened } from './appliers/conditional.v1.ts';
import {
  deploymentCreated,
  distributionAcknowledged,
  distributionFinished,
  distributionOpened,
  distributionStarted,
  scalingUp,
} from './appliers/distribution.v1.ts';
import { formCreated, formDeleted } from './appliers/form.v1.ts';
import { errorCreated, incidentCreated, incidentResolved } from './appliers/incident.v1.ts';
import {
  jobBatchActivated,
  jobCompleted,
  jobCreated,
  jobEnded,
  jobErrorThrown,
  jobFailed,
  jobRecurred,
  jobTimedOut,
  jobUpdated,
  jobYielded,
} from './appliers/job.v1.ts';
import {
  messageExpired,
  messagePublished,
  startSubscriptionCorrelated,
  startSubscriptionCreated,
  startSubscriptionDeleted,
} from './appliers/message.v1.ts';
import {
  messageSubscriptionCorrelated,
  messageSubscriptionCorrelating,
  messageSubscriptionCreated,
  messageSubscriptionDeleted,
  messageSubscriptionMigrated,
  messageSubscriptionRejected,
  processSubscriptionCorrelated,
  processSubscriptionCreated,
  processSubscriptionCreating,
  processSubscriptionDeleted,
  processSubscriptionDeleting,
  processSubscriptionMigrated,
} from './appliers/message-subscription.v1.ts';
import { elementMigrated, incidentMigrated, userTaskMigrated } from './appliers/migration.v1.ts';
import { modificationModified } from './appliers/modification.v1.ts';
import {
  creationCreated,
  historyDeclared,
  processCreated,
  processDeleted,
} from './appliers/process.v1.ts';
import { processEventTriggered, processEventTriggering } from './appliers/process-event.v1.ts';
import {
  elementActivated,
  elementActivating,
  elementCompleting,
  elementEnded,
  elementTerminating,
  sequenceFlowTaken,
} from './appliers/process-instance.v1.ts';
import {
  signalBroadcasted,
  signalSubscriptionCreated,
  signalSubscriptionDeleted,
  signalSubscriptionMigrated,
} from './appliers/signal.v1.ts';
import { held, released, resumed, suspended } from './appliers/suspension.v1.ts';
import { timerCreated, timerEnded, timerMigrated } from './appliers/timer.v1.ts';
import {
  userTaskAssigning,
  userTaskCanceling,
  userTaskCompleting,
  userTaskCorrected,
  userTaskCreating,
  userTaskDenied,
  userTaskEnded,
  userTaskSettled,
  userTaskUpdating,
} from './appliers/user-task.v1.ts';
import { variableCreated, variableUpdated } from './appliers/variable.v1.ts';
import type { EngineState } from './state/engine-state.ts';

/** The event is a fact for readers of the log; it changes no state. */
const changesNothing = () => {};

/** Commands have no applier. */
const COMMAND = undefined;

type Table = { readonly [T in ValueType]: { readonly [I in Intent<T>]: Applier<T> | undefined } };

const table: Table = {
  JOB: {
    CREATED: jobCreated,
    COMPLETE: COMMAND,
    COMPLETED: jobCompleted,
    TIME_OUT: COMMAND,
    TIMED_OUT: jobTimedOut,
    FAIL: COMMAND,
    FAILED: jobFailed,
    UPDATE_RETRIES: COMMAND,
    RETRIES_UPDATED: jobUpdated,
    CANCELED: jobEnded,
    THROW_ERROR: COMMAND,
    ERROR_THROWN: jobErrorThrown,
    RECUR_AFTER_BACKOFF: COMMAND,
    RECURRED_AFTER_BACKOFF: jobRecurred,
    YIELD: COMMAND,
    YIELDED: jobYielded,
    UPDATE_TIMEOUT: COMMAND,
    TIMEOUT_UPDATED: jobUpdated,
    MIGRATED: jobUpdated,
  },
  DEPLOYMENT: { CREATE: COMMAND, CREATED: deploymentCreated },
  PROCESS_INSTANCE: {
    CANCEL: COMMAND,
    SEQUENCE_FLOW_TAKEN: sequenceFlowTaken,
    ELEMENT_ACTIVATING: elementActivating,
    ELEMENT_ACTIVATED: elementActivated,
    ELEMENT_COMPLETING: elementCompleting,
    ELEMENT_COMPLETED: elementEnded,
    ELEMENT_TERMINATING: elementTerminating,
    ELEMENT_TERMINATED: elementEnded,
    ACTIVATE_ELEMENT: COMMAND,
    COMPLETE_ELEMENT: COMMAND,
    TERMINATE_ELEMENT: COMMAND,
    ELEMENT_MIGRATED: elementMigrated,
    COMPLETE_EXECUTION_LISTENER: COMMAND,
  },
  INCIDENT: {
    CREATED: incidentCreated,
    RESOLVE: COMMAND,
    RESOLVED: incidentResolved,
    MIGRATED: incidentMigrated,
  },
  JOB_BATCH: { ACTIVATE: COMMAND, ACTIVATED: jobBatchActivated },
  VARIABLE: { CREATED: variableCreated, UPDATED: variableUpdated, MIGRATED: changesNothing },
  VARIABLE_DOCUMENT: { UPDATE: COMMAND, UPDATED: changesNothing },
  PROCESS_INSTANCE_CREATION: {
    CREATE: COMMAND,
    CREATED: creationCreated,
    CREATE_WITH_AWAITING_RESULT: COMMAND,
  },
  ERROR: { CREATED: errorCreated, BAN: COMMAND },
  PROCESS_INSTANCE_RESULT: { COMPLETED: changesNothing },
  PROCESS: { CREATED: processCreated, DELETING: changesNothing, DELETED: processDeleted },
  PROCESS_EVENT: { TRIGGERING: processEventTriggering, TRIGGERED: processEventTriggered },
  RESOURCE_DELETION: { DELETE: COMMAND, DELETING: changesNothing, DELETED: changesNothing },
  COMMAND_DISTRIBUTION: {
    STARTED: distributionStarted,
    DISTRIBUTING: distributionOpened,
    ACKNOWLEDGE: COMMAND,
    ACKNOWLEDGED: distributionAcknowledged,
    FINISHED: distributionFinished,
    ENQUEUED: distributionOpened,
  },
  PROCESS_INSTANCE_BATCH: { TERMINATE: COMMAND, ACTIVATE: COMMAND },
  MESSAGE: {
    PUBLISH: COMMAND,
    PUBLISHED: messagePublished,
    EXPIRE: COMMAND,
    EXPIRED: messageExpired,
  },
  MESSAGE_SUBSCRIPTION: {
    CREATE: COMMAND,
    CREATED: messageSubscriptionCreated,
    CORRELATE: COMMAND,
    CORRELATED: messageSubscriptionCorrelated,
    REJECT: COMMAND,
    REJECTED: messageSubscriptionRejected,
    DELETE: COMMAND,
    DELETED: messageSubscriptionDeleted,
    CORRELATING: messageSubscriptionCorrelating,
    MIGRATE: COMMAND,
    MIGRATED: messageSubscriptionMigrated,
  },
  PROCESS_MESSAGE_SUBSCRIPTION: {
    CREATING: processSubscriptionCreating,
    CREATE: COMMAND,
    CREATED: processSubscriptionCreated,
    CORRELATE: COMMAND,
    CORRELATED: processSubscriptionCorrelated,
    DELETING: processSubscriptionDeleting,
    DELETE: COMMAND,
    DELETED: processSubscriptionDeleted,
    MIGRATED: processSubscriptionMigrated,
  },
  TIMER: {
    CREATED: timerCreated,
    TRIGGER: COMMAND,
    TRIGGERED: timerEnded,
    CANCEL: COMMAND,
    CANCELED: timerEnded,
    MIGRATED: timerMigrated,
  },
  MESSAGE_START_EVENT_SUBSCRIPTION: {
    CREATED: startSubscriptionCreated,
    CORRELATED: startSubscriptionCorrelated,
    DELETED: startSubscriptionDeleted,
  },
  PROCESS_INSTANCE_MODIFICATION: { MODIFY: COMMAND, MODIFIED: modificationModified },
  ESCALATION: { ESCALATED: changesNothing, NOT_ESCALATED: changesNothing },
  SIGNAL_SUBSCRIPTION: {
    CREATED: signalSubscriptionCreated,
    DELETED: signalSubscriptionDeleted,
    MIGRATED: signalSubscriptionMigrated,
  },
  SIGNAL: { BROADCAST: COMMAND, BROADCASTED: signalBroadcasted },
  MESSAGE_BATCH: { EXPIRE: COMMAND },
  FORM: { CREATED: formCreated, DELETED: formDeleted },
  USER_TASK: {
    CREATING: userTaskCreating,
    CREATED: userTaskSettled,
    COMPLETE: COMMAND,
    COMPLETING: userTaskCompleting,
    COMPLETED: userTaskEnded,
    CANCELING: userTaskCanceling,
    CANCELED: userTaskEnded,
    ASSIGN: COMMAND,
    ASSIGNING: userTaskAssigning,
    ASSIGNED: userTaskSettled,
    CLAIM: COMMAND,
    UPDATE: COMMAND,
    UPDATING: userTaskUpdating,
    UPDATED: userTaskSettled,
    MIGRATED: userTaskMigrated,
    COMPLETE_TASK_LISTENER: COMMAND,
    DENY_TASK_LISTENER: COMMAND,
    COMPLETION_DENIED: userTaskDenied,
    CORRECTED: userTaskCorrected,
    ASSIGNMENT_DENIED: userTaskDenied,
    UPDATE_DENIED: userTaskDenied,
  },
  PROCESS_INSTANCE_MIGRATION: { MIGRATE: COMMAND, MIGRATED: changesNothing },
  COMPENSATION_SUBSCRIPTION: {
    CREATED: compensationCreated,
    TRIGGERED: compensationTriggered,
    COMPLETED: compensationEnded,
    DELETED: compensationEnded,
  },
  CONDITIONAL_SUBSCRIPTION: {
    CREATED: conditionOpened,
    TRIGGER: COMMAND,
    TRIGGERED: changesNothing,
    DELETED: conditionClosed,
    MIGRATED: conditionMigrated,
  },
  SCALE: { SCALE_UP: COMMAND, SCALING_UP: scalingUp, BRING: COMMAND },
  SUSPENSION: {
    SUSPEND: COMMAND,
    SUSPENDED: suspended,
    RESUME: COMMAND,
    RESUMED: resumed,
    HELD: held,
    RELEASE: COMMAND,
    RELEASED: released,
  },
  HISTORY: { DECLARED: historyDeclared },
  SIGNAL_BATCH: { REACH: COMMAND },
};

/** Changes the state as the event says. @throws when no applier exists: the partition stops */
export function applyEvent(state: EngineState, record: LogRecord): void {
  const byIntent = table[record.valueType] as Readonly<
    Record<string, Applier<ValueType> | undefined>
  >;
  const applier = byIntent[record.intent];
  if (applier === undefined) throw new Error(`no applier for ${record.valueType}.${record.intent}`);
  applier(record, state);
}
