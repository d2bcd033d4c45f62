// Value type and intent -> processor of the command. Total: an event as a command does not compile.
import type { Intent, LogRecord, ValueType } from '@millrace/protocol';
import { acknowledgeDistribution } from './commands/acknowledge-distribution.ts';
import { activateJobs } from './commands/activate-jobs.ts';
import { activateRounds } from './commands/activate-rounds.ts';
import { banInstance } from './commands/ban-instance.ts';
import { broadcastSignal, reachMore } from './commands/broadcast-signal.ts';
import { cancelProcessInstance } from './commands/cancel-process-instance.ts';
import { completeExecutionListener } from './commands/complete-execution-listener.ts';
import { completeTaskListener, denyTaskListener } from './commands/complete-task-listener.ts';
import { createDeployment } from './commands/create-deployment.ts';
import {
  createProcessInstance,
  createProcessInstanceAwaited,
} from './commands/create-process-instance.ts';
import { deleteResource } from './commands/delete-resource.ts';
import { activateElement, completeElement, terminateElement } from './commands/element-commands.ts';
import {
  completeJob,
  failJob,
  recurJob,
  throwError,
  timeOutJob,
  updateRetries,
  updateTimeout,
  yieldJob,
} from './commands/job-commands.ts';
import {
  correlateMessageSubscription,
  createMessageSubscription,
  deleteMessageSubscription,
  rejectMessageSubscription,
} from './commands/message-subscription-commands.ts';
import { migrateMessageSubscription } from './commands/migrate-message-subscription.ts';
import { migrateProcessInstance } from './commands/migrate-process-instance.ts';
import { modifyProcessInstance } from './commands/modify-process-instance.ts';
import {
  correlateProcessMessageSubscription,
  createProcessMessageSubscription,
  deleteProcessMessageSubscription,
} from './commands/process-message-subscription-commands.ts';
import { expireMessage, expireMessages, publishMessage } from './commands/publish-message.ts';
import { resolveIncident } from './commands/resolve-incident.ts';
import { bringDefinition, scaleUp } from './commands/scale.ts';
import { release, resume, suspend } from './commands/suspension-commands.ts';
import { terminateChildren } from './commands/terminate-children.ts';
import { triggerCondition } from './commands/trigger-condition.ts';
import { triggerTimer } from './commands/trigger-timer.ts';
import { updateVariables } from './commands/update-variables.ts';
import {
  assignUserTask,
  claimUserTask,
  completeUserTask,
  updateUserTask,
} from './commands/user-task-commands.ts';
import type { Context, Processor } from './context.ts';
import { commandConditionsOfChanges } from './steps/conditions.ts';

/** The intents that this release takes as commands. */
interface Commands {
  JOB:
    | 'COMPLETE'
    | 'TIME_OUT'
    | 'FAIL'
    | 'UPDATE_RETRIES'
    | 'THROW_ERROR'
    | 'RECUR_AFTER_BACKOFF'
    | 'YIELD'
    | 'UPDATE_TIMEOUT';
  DEPLOYMENT: 'CREATE';
  PROCESS_INSTANCE:
    | 'CANCEL'
    | 'ACTIVATE_ELEMENT'
    | 'COMPLETE_ELEMENT'
    | 'TERMINATE_ELEMENT'
    | 'COMPLETE_EXECUTION_LISTENER';
  INCIDENT: 'RESOLVE';
  JOB_BATCH: 'ACTIVATE';
  VARIABLE: never;
  VARIABLE_DOCUMENT: 'UPDATE';
  PROCESS_INSTANCE_CREATION: 'CREATE' | 'CREATE_WITH_AWAITING_RESULT';
  ERROR: 'BAN';
  PROCESS_INSTANCE_RESULT: never;
  PROCESS: never;
  PROCESS_EVENT: never;
  RESOURCE_DELETION: 'DELETE';
  COMMAND_DISTRIBUTION: 'ACKNOWLEDGE';
  PROCESS_INSTANCE_BATCH: 'TERMINATE' | 'ACTIVATE';
  MESSAGE: 'PUBLISH' | 'EXPIRE';
  MESSAGE_SUBSCRIPTION: 'CREATE' | 'CORRELATE' | 'REJECT' | 'DELETE' | 'MIGRATE';
  PROCESS_MESSAGE_SUBSCRIPTION: 'CREATE' | 'CORRELATE' | 'DELETE';
  TIMER: 'TRIGGER';
  MESSAGE_START_EVENT_SUBSCRIPTION: never;
  PROCESS_INSTANCE_MODIFICATION: 'MODIFY';
  ESCALATION: never;
  SIGNAL_SUBSCRIPTION: never;
  SIGNAL: 'BROADCAST';
  MESSAGE_BATCH: 'EXPIRE';
  FORM: never;
  USER_TASK:
    | 'COMPLETE'
    | 'ASSIGN'
    | 'CLAIM'
    | 'UPDATE'
    | 'COMPLETE_TASK_LISTENER'
    | 'DENY_TASK_LISTENER';
  PROCESS_INSTANCE_MIGRATION: 'MIGRATE';
  COMPENSATION_SUBSCRIPTION: never;
  SCALE: 'SCALE_UP' | 'BRING';
  SUSPENSION: 'SUSPEND' | 'RESUME' | 'RELEASE';
  HISTORY: never;
  SIGNAL_BATCH: 'REACH';
  CONDITIONAL_SUBSCRIPTION: 'TRIGGER';
}

type Table = {
  readonly [T in ValueType]: { readonly [I in Commands[T] & Intent<T>]: Processor<T> };
};

const table: Table = {
  JOB: {
    COMPLETE: completeJob,
    TIME_OUT: timeOutJob,
    FAIL: failJob,
    UPDATE_RETRIES: updateRetries,
    THROW_ERROR: throwError,
    RECUR_AFTER_BACKOFF: recurJob,
    YIELD: yieldJob,
    UPDATE_TIMEOUT: updateTimeout,
  },
  DEPLOYMENT: { CREATE: createDeployment },
  PROCESS_INSTANCE: {
    CANCEL: cancelProcessInstance,
    ACTIVATE_ELEMENT: activateElement,
    COMPLETE_ELEMENT: completeElement,
    TERMINATE_ELEMENT: terminateElement,
    COMPLETE_EXECUTION_LISTENER: completeExecutionListener,
  },
  INCIDENT: { RESOLVE: resolveIncident },
  JOB_BATCH: { ACTIVATE: activateJobs },
  VARIABLE: {},
  VARIABLE_DOCUMENT: { UPDATE: updateVariables },
  PROCESS_INSTANCE_CREATION: {
    CREATE: createProcessInstance,
    CREATE_WITH_AWAITING_RESULT: createProcessInstanceAwaited,
  },
  ERROR: { BAN: banInstance },
  PROCESS_INSTANCE_RESULT: {},
  PROCESS: {},
  PROCESS_EVENT: {},
  RESOURCE_DELETION: { DELETE: deleteResource },
  COMMAND_DISTRIBUTION: { ACKNOWLEDGE: acknowledgeDistribution },
  PROCESS_INSTANCE_BATCH: { TERMINATE: terminateChildren, ACTIVATE: activateRounds },
  MESSAGE: { PUBLISH: publishMessage, EXPIRE: expireMessage },
  MESSAGE_SUBSCRIPTION: {
    CREATE: createMessageSubscription,
    CORRELATE: correlateMessageSubscription,
    REJECT: rejectMessageSubscription,
    DELETE: deleteMessageSubscription,
    MIGRATE: migrateMessageSubscription,
  },
  PROCESS_MESSAGE_SUBSCRIPTION: {
    CREATE: createProcessMessageSubscription,
    CORRELATE: correlateProcessMessageSubscription,
    DELETE: deleteProcessMessageSubscription,
  },
  TIMER: { TRIGGER: triggerTimer },
  MESSAGE_START_EVENT_SUBSCRIPTION: {},
  PROCESS_INSTANCE_MODIFICATION: { MODIFY: modifyProcessInstance },
  ESCALATION: {},
  SIGNAL_SUBSCRIPTION: {},
  SIGNAL: { BROADCAST: broadcastSignal },
  MESSAGE_BATCH: { EXPIRE: expireMessages },
  FORM: {},
  USER_TASK: {
    COMPLETE: completeUserTask,
    ASSIGN: assignUserTask,
    CLAIM: claimUserTask,
    UPDATE: updateUserTask,
    COMPLETE_TASK_LISTENER: completeTaskListener,
    DENY_TASK_LISTENER: denyTaskListener,
  },
  PROCESS_INSTANCE_MIGRATION: { MIGRATE: migrateProcessInstance },
  COMPENSATION_SUBSCRIPTION: {},
  SCALE: { SCALE_UP: scaleUp, BRING: bringDefinition },
  SUSPENSION: { SUSPEND: suspend, RESUME: resume, RELEASE: release },
  HISTORY: {},
  SIGNAL_BATCH: { REACH: reachMore },
  CONDITIONAL_SUBSCRIPTION: { TRIGGER: triggerCondition },
};

/** Processes one command. @throws whatever the processor throws; RangeNotLoaded when state has to be loaded first */
export function processCommand(c: Context, command: LogRecord): void {
  const byIntent = table[command.valueType] as Readonly<
    Record<string, Processor<ValueType> | undefined>
  >;
  const processor = byIntent[command.intent];
  if (processor === undefined) {
    c.out.reject(
      command,
      'INVALID_ARGUMENT',
      `${command.valueType}.${command.intent} is no command of this release`,
    );
    return;
  }
  c.changes.length = 0;
  if (c.fired.size > 0) c.fired.clear();
  processor(c, command);
  if (c.changes.length > 0) commandConditionsOfChanges(c);
}
