// The one table of records: value type -> number, schema, intents. Numbers are given once and never reused
// (engine-semantics.md A.5). Commands and events of a type share one numbering.
import { BytesError } from './bytes.ts';
import { intents } from './intents.ts';
import { type FieldCodec, name, type Schema, struct } from './schema.ts';
import { UnknownRecordError } from './unknown-record-error.ts';
import {
  type CompensationSubscriptionValue,
  compensationSubscriptionSchema,
} from './values/compensation.ts';
import {
  type ConditionalSubscriptionValue,
  conditionalSubscriptionSchema,
} from './values/conditional.ts';
import {
  type DeploymentValue,
  deploymentSchema,
  type ProcessValue,
  processSchema,
  type ResourceDeletionValue,
  resourceDeletionSchema,
} from './values/deployment.ts';
import { type FormValue, formSchema } from './values/form.ts';
import { type HistoryValue, historySchema } from './values/history.ts';
import {
  type ErrorValue,
  errorSchema,
  type IncidentValue,
  incidentSchema,
} from './values/incident.ts';
import { type JobBatchValue, type JobValue, jobBatchSchema, jobSchema } from './values/job.ts';
import {
  type MessageBatchValue,
  type MessageStartEventSubscriptionValue,
  type MessageSubscriptionValue,
  type MessageValue,
  messageBatchSchema,
  messageSchema,
  messageStartEventSubscriptionSchema,
  messageSubscriptionSchema,
  type ProcessMessageSubscriptionValue,
  processMessageSubscriptionSchema,
} from './values/message.ts';
import {
  type ProcessInstanceMigrationValue,
  type ProcessInstanceModificationValue,
  processInstanceMigrationSchema,
  processInstanceModificationSchema,
} from './values/operator-commands.ts';
import {
  type ProcessInstanceBatchValue,
  type ProcessInstanceValue,
  processInstanceBatchSchema,
  processInstanceSchema,
} from './values/process-instance.ts';
import {
  type ProcessInstanceCreationValue,
  type ProcessInstanceResultValue,
  processInstanceCreationSchema,
  processInstanceResultSchema,
} from './values/process-instance-creation.ts';
import { type ScaleValue, scaleSchema } from './values/scale.ts';
import {
  type EscalationValue,
  escalationSchema,
  type SignalSubscriptionValue,
  type SignalValue,
  signalSchema,
  signalSubscriptionSchema,
} from './values/signal.ts';
import { type SignalBatchValue, signalBatchSchema } from './values/signal-batch.ts';
import { type SuspensionValue, suspensionSchema } from './values/suspension.ts';
import { type TimerValue, timerSchema } from './values/timer.ts';
import { type UserTaskValue, userTaskSchema } from './values/user-task.ts';
import {
  type ProcessEventValue,
  processEventSchema,
  type VariableDocumentValue,
  type VariableValue,
  variableDocumentSchema,
  variableSchema,
} from './values/variable.ts';

/** A command on its way to other partitions, with its whole value; acknowledgements have none. */
export interface CommandDistributionValue {
  readonly partitionId: number;
  /** Distributions of one queue reach a partition one after the other, in order. */
  readonly queueId: string;
  readonly valueType: ValueType;
  readonly intent: string;
  readonly commandValue: unknown;
}

/** What each value type carries. */
export interface Values {
  JOB: JobValue;
  DEPLOYMENT: DeploymentValue;
  PROCESS_INSTANCE: ProcessInstanceValue;
  INCIDENT: IncidentValue;
  JOB_BATCH: JobBatchValue;
  VARIABLE: VariableValue;
  VARIABLE_DOCUMENT: VariableDocumentValue;
  PROCESS_INSTANCE_CREATION: ProcessInstanceCreationValue;
  ERROR: ErrorValue;
  PROCESS_INSTANCE_RESULT: ProcessInstanceResultValue;
  PROCESS: ProcessValue;
  PROCESS_EVENT: ProcessEventValue;
  RESOURCE_DELETION: ResourceDeletionValue;
  COMMAND_DISTRIBUTION: CommandDistributionValue;
  PROCESS_INSTANCE_BATCH: ProcessInstanceBatchValue;
  MESSAGE: MessageValue;
  MESSAGE_SUBSCRIPTION: MessageSubscriptionValue;
  PROCESS_MESSAGE_SUBSCRIPTION: ProcessMessageSubscriptionValue;
  TIMER: TimerValue;
  MESSAGE_START_EVENT_SUBSCRIPTION: MessageStartEventSubscriptionValue;
  PROCESS_INSTANCE_MODIFICATION: ProcessInstanceModificationValue;
  ESCALATION: EscalationValue;
  SIGNAL_SUBSCRIPTION: SignalSubscriptionValue;
  SIGNAL: SignalValue;
  MESSAGE_BATCH: MessageBatchValue;
  FORM: FormValue;
  USER_TASK: UserTaskValue;
  PROCESS_INSTANCE_MIGRATION: ProcessInstanceMigrationValue;
  COMPENSATION_SUBSCRIPTION: CompensationSubscriptionValue;
  SCALE: ScaleValue;
  CONDITIONAL_SUBSCRIPTION: ConditionalSubscriptionValue;
  SUSPENSION: SuspensionValue;
  HISTORY: HistoryValue;
  SIGNAL_BATCH: SignalBatchValue;
}

export type ValueType = keyof Values;

export type Intents = typeof intents;
/** Distributes over value types, so that an intent of one type is an intent of "any type" too. */
export type Intent<T extends ValueType = ValueType> = T extends ValueType
  ? keyof Intents[T] & string
  : never;

export interface CatalogEntry {
  readonly valueType: ValueType;
  readonly number: number;
  /** Version of the value's shape; an older one is read by its own schema. */
  readonly version: number;
  readonly intents: Readonly<Record<string, number>>;
  readonly intentNames: readonly (string | undefined)[];
  readonly codec: FieldCodec<unknown>;
}

/** The value of a distribution depends on the value type that it names. */
const commandDistribution: FieldCodec<CommandDistributionValue> = {
  shape: { kind: 'distribution' },
  write: (out, value, names) => {
    out.u16(value.partitionId);
    name.write(out, value.queueId, names);
    const entry = catalog[value.valueType];
    out.u8(entry.number);
    out.u8(entry.intents[value.intent] as number);
    out.u8(value.commandValue === undefined ? 0 : 1);
    if (value.commandValue !== undefined) entry.codec.write(out, value.commandValue, names);
  },
  read: (from, names) => {
    const partitionId = from.u16();
    const queueId = name.read(from, names);
    const entry = catalogEntry(from.u8());
    // A distribution does not carry another: damage must not make the reader call itself without end.
    if (entry.codec === commandDistribution) throw new BytesError('a distribution within another');
    const intent = intentName(entry, from.u8());
    const commandValue = from.u8() === 0 ? undefined : entry.codec.read(from, names);
    return { partitionId, queueId, valueType: entry.valueType, intent, commandValue };
  },
  json: (value) => {
    const { codec } = catalog[value.valueType];
    const commandValue = value.commandValue === undefined ? '{}' : codec.json(value.commandValue);
    // The reference names no queue (8.6.0), whatever is distributed.
    return (
      `{"partitionId":${value.partitionId},"queueId":null,"valueType":"${value.valueType}",` +
      `"intent":"${value.intent}","commandValue":${commandValue}}`
    );
  },
};

const schemas: { readonly [T in ValueType]: Schema<Values[T]> | FieldCodec<Values[T]> } = {
  JOB: jobSchema,
  DEPLOYMENT: deploymentSchema,
  PROCESS_INSTANCE: processInstanceSchema,
  INCIDENT: incidentSchema,
  JOB_BATCH: jobBatchSchema,
  VARIABLE: variableSchema,
  VARIABLE_DOCUMENT: variableDocumentSchema,
  PROCESS_INSTANCE_CREATION: processInstanceCreationSchema,
  ERROR: errorSchema,
  PROCESS_INSTANCE_RESULT: processInstanceResultSchema,
  PROCESS: processSchema,
  PROCESS_EVENT: processEventSchema,
  RESOURCE_DELETION: resourceDeletionSchema,
  COMMAND_DISTRIBUTION: commandDistribution,
  PROCESS_INSTANCE_BATCH: processInstanceBatchSchema,
  MESSAGE: messageSchema,
  MESSAGE_SUBSCRIPTION: messageSubscriptionSchema,
  PROCESS_MESSAGE_SUBSCRIPTION: processMessageSubscriptionSchema,
  TIMER: timerSchema,
  MESSAGE_START_EVENT_SUBSCRIPTION: messageStartEventSubscriptionSchema,
  PROCESS_INSTANCE_MODIFICATION: processInstanceModificationSchema,
  ESCALATION: escalationSchema,
  SIGNAL_SUBSCRIPTION: signalSubscriptionSchema,
  SIGNAL: signalSchema,
  MESSAGE_BATCH: messageBatchSchema,
  FORM: formSchema,
  USER_TASK: userTaskSchema,
  PROCESS_INSTANCE_MIGRATION: processInstanceMigrationSchema,
  COMPENSATION_SUBSCRIPTION: compensationSubscriptionSchema,
  SCALE: scaleSchema,
  CONDITIONAL_SUBSCRIPTION: conditionalSubscriptionSchema,
  SUSPENSION: suspensionSchema,
  HISTORY: historySchema,
  SIGNAL_BATCH: signalBatchSchema,
};

const numbers: { readonly [T in ValueType]: number } = {
  JOB: 0,
  DEPLOYMENT: 4,
  PROCESS_INSTANCE: 5,
  INCIDENT: 6,
  JOB_BATCH: 14,
  VARIABLE: 17,
  VARIABLE_DOCUMENT: 18,
  PROCESS_INSTANCE_CREATION: 19,
  ERROR: 20,
  PROCESS_INSTANCE_RESULT: 21,
  PROCESS: 22,
  PROCESS_EVENT: 24,
  RESOURCE_DELETION: 32,
  COMMAND_DISTRIBUTION: 33,
  PROCESS_INSTANCE_BATCH: 34,
  MESSAGE: 10,
  MESSAGE_SUBSCRIPTION: 11,
  PROCESS_MESSAGE_SUBSCRIPTION: 12,
  TIMER: 15,
  MESSAGE_START_EVENT_SUBSCRIPTION: 16,
  PROCESS_INSTANCE_MODIFICATION: 28,
  ESCALATION: 29,
  SIGNAL_SUBSCRIPTION: 30,
  SIGNAL: 31,
  MESSAGE_BATCH: 35,
  FORM: 36,
  USER_TASK: 37,
  PROCESS_INSTANCE_MIGRATION: 38,
  COMPENSATION_SUBSCRIPTION: 39,
  SCALE: 200,
  CONDITIONAL_SUBSCRIPTION: 203,
  SUSPENSION: 201,
  HISTORY: 202,
  SIGNAL_BATCH: 204,
};

function entryOf(valueType: ValueType): CatalogEntry {
  const intentNames: string[] = [];
  for (const [intent, number] of Object.entries(intents[valueType])) intentNames[number] = intent;
  const schema = schemas[valueType];
  const codec = (
    valueType === 'COMMAND_DISTRIBUTION' ? schema : struct(schema as Schema<object>)
  ) as FieldCodec<unknown>;
  return {
    valueType,
    number: numbers[valueType],
    version: 1,
    intents: intents[valueType],
    intentNames,
    codec,
  };
}

export const catalog = Object.fromEntries(
  (Object.keys(numbers) as ValueType[]).map((valueType) => [valueType, entryOf(valueType)]),
) as { readonly [T in ValueType]: CatalogEntry };

const byNumber: CatalogEntry[] = [];
for (const entry of Object.values(catalog)) byNumber[entry.number] = entry;

/** @throws UnknownRecordError */
export function catalogEntry(number: number): CatalogEntry {
  const entry = byNumber[number];
  if (entry === undefined)
    throw new UnknownRecordError(`value type ${number} is not known to this release`);
  return entry;
}

/** @throws UnknownRecordError */
export function intentName(entry: CatalogEntry, number: number): string {
  const intent = entry.intentNames[number];
  if (intent === undefined) {
    throw new UnknownRecordError(
      `intent ${number} of ${entry.valueType} is not known to this release`,
    );
  }
  return intent;
}
