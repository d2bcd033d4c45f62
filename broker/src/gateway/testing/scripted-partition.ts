// A partition for tests and measurements of the gateway alone: in memory, answers by a script or by a tiny model of
// processes with one job each. It checks nothing that the engine checks.
import {
  ALL_SESSIONS,
  decodeEntry,
  EMPTY_JOB,
  EntryEncoder,
  type Intent,
  type JobValue,
  type Key,
  LogRecord,
  makeKey,
  NO_KEY,
  NO_REQUEST,
  type RejectionType,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type {
  FromPartition,
  OpenStream,
  PartitionControl,
  PartitionNotice,
  PartitionStatus,
  ToPartition,
} from '../../partition/messages.ts';
import type { PartitionPort } from '../partitions/partition-port.ts';

/** What the script makes of a command; undefined: the model answers. 'silent': nobody does. */
export type Script = (
  command: LogRecord,
  partition: ScriptedPartition,
) => LogRecord | PartitionNotice | 'silent' | undefined;

export function event<T extends ValueType>(
  valueType: T,
  intent: Intent<T>,
  key: Key,
  value: Values[T],
  requestId: number,
): LogRecord {
  return new LogRecord(
    'EVENT',
    valueType,
    intent,
    key,
    value,
    0,
    -1,
    0,
    undefined,
    '',
    requestId,
    -1,
    false,
  );
}

export function rejection(command: LogRecord, type: RejectionType, reason: string): LogRecord {
  const { valueType, intent, key, value, requestId } = command;
  return new LogRecord(
    'COMMAND_REJECTION',
    valueType,
    intent,
    key,
    value,
    0,
    -1,
    0,
    type,
    reason,
    requestId,
    -1,
    false,
  );
}

export class ScriptedPartition implements PartitionPort {
  readonly partitionId: number;
  script: Script = () => undefined;
  /** Everything that arrived. */
  readonly commands: LogRecord[] = [];
  readonly controls: PartitionControl[] = [];
  readonly streams = new Map<number, OpenStream>();
  readonly waiting: { key: Key; job: JobValue }[] = [];
  /** Whether commands and controls are kept for the test to look at. */
  keep = true;
  role: PartitionStatus['role'] = 'leader';
  /** Deadline of every job that it hands out. */
  lockedUntilMs = 1_700_000_000_000;
  #listener: (message: FromPartition) => void = () => {};
  #counter = 0;
  #answers: LogRecord[] = [];
  #pushes: LogRecord[] = [];
  #notices: PartitionNotice[] = [];
  readonly #encoder = new EntryEncoder();

  constructor(partitionId: number) {
    this.partitionId = partitionId;
  }

  onMessage(listener: (message: FromPartition) => void): void {
    this.#listener = listener;
  }

  nextKey(): Key {
    return makeKey(this.partitionId, ++this.#counter);
  }

  send(message: ToPartition): void {
    for (const control of message.control) this.#control(control);
    if (message.commands !== undefined) {
      for (const command of decodeEntry(message.commands)) this.#command(command);
    }
    setImmediate(() => this.flush());
  }

  /** Sends what the model has to say. */
  flush(): void {
    const { partitionId } = this;
    const answers = this.#pack(this.#answers);
    const pushes = this.#pack(this.#pushes);
    const notices = this.#notices;
    if (answers === undefined && pushes === undefined && notices.length === 0) return;
    this.#answers = [];
    this.#pushes = [];
    this.#notices = [];
    this.#listener({ partitionId, session: ALL_SESSIONS, answers, pushes, notices });
  }

  #pack(records: readonly LogRecord[]): Uint8Array | undefined {
    if (records.length === 0) return undefined;
    this.#encoder.begin(this.partitionId, 0, 0);
    for (const record of records) this.#encoder.add(record);
    return this.#encoder.finish();
  }

  #control(control: PartitionControl): void {
    if (this.keep) this.controls.push(control);
    if (control.kind === 'open-stream') {
      this.streams.set(control.streamId, control);
      this.#pushWaiting();
    } else if (control.kind === 'close-stream') this.streams.delete(control.streamId);
    else if (control.kind === 'status') {
      this.#notices.push({
        kind: 'status',
        requestId: control.requestId,
        status: {
          partitionId: this.partitionId,
          role: this.role,
          health: 'healthy',
          reason: '',
          term: 1,
          leader: 0,
          members: [],
          isPaused: false,
          isRecovering: false,
          processedPosition: 0,
          committedIndex: 0,
          checkpointIndex: 0,
          exportedPosition: 0,
        },
      });
    }
  }

  #command(command: LogRecord): void {
    if (this.keep) this.commands.push(command);
    const scripted = this.script(command, this);
    if (scripted === 'silent') return;
    if (scripted === undefined) this.#model(command);
    else if ('kind' in scripted) this.#notices.push(scripted);
    else if (scripted.requestId !== NO_REQUEST) this.#answers.push(scripted);
  }

  answer(record: LogRecord): void {
    if (record.requestId !== NO_REQUEST) this.#answers.push(record);
  }

  notice(notice: PartitionNotice): void {
    this.#notices.push(notice);
  }

  #model(command: LogRecord): void {
    const { valueType, intent, requestId, key } = command;
    if (valueType === 'PROCESS_INSTANCE_CREATION') this.#create(command);
    else if (valueType === 'JOB_BATCH') this.#activate(command);
    else if (valueType === 'JOB' && intent === 'YIELD') {
      this.addJob(command.key, EMPTY_JOB);
    } else if (valueType === 'DEPLOYMENT') {
      const value = command.value as Values['DEPLOYMENT'];
      const deploymentKey = this.nextKey();
      const processesMetadata = value.resources.map(({ resourceName }) => ({
        bpmnProcessId: resourceName,
        version: 1,
        processDefinitionKey: this.nextKey(),
        resourceName,
        checksum: new Uint8Array(16),
        duplicate: false,
        deploymentKey,
        versionTag: '',
        tenantId: '<default>',
      }));
      const created = { ...value, resources: [], processesMetadata, deploymentKey };
      this.answer(event('DEPLOYMENT', 'CREATED', deploymentKey, created, requestId));
    } else if (valueType === 'VARIABLE_DOCUMENT') {
      this.answer(event(valueType, 'UPDATED', this.nextKey(), command.value as never, requestId));
    } else this.answer(event(valueType, intent as never, key, command.value as never, requestId));
  }

  #create(command: LogRecord): void {
    const value = command.value as Values['PROCESS_INSTANCE_CREATION'];
    const instance = this.nextKey();
    const created = {
      bpmnProcessId: value.bpmnProcessId,
      version: 1,
      processDefinitionKey: makeKey(this.partitionId, 1),
      processInstanceKey: instance,
      variables: value.variables,
      fetchVariables: value.fetchVariables,
      startInstructions: [],
      awaitedBy: -1,
      tenantId: value.tenantId,
    };
    this.answer(
      event('PROCESS_INSTANCE_CREATION', 'CREATED', this.nextKey(), created, command.requestId),
    );
    if (command.intent === 'CREATE_WITH_AWAITING_RESULT') {
      const { bpmnProcessId, version, processDefinitionKey, variables, tenantId } = created;
      const result = {
        bpmnProcessId,
        version,
        processDefinitionKey,
        processInstanceKey: instance,
        variables,
        tenantId,
      };
      this.answer(
        event('PROCESS_INSTANCE_RESULT', 'COMPLETED', instance, result, command.requestId),
      );
      return;
    }
    this.addJob(this.nextKey(), {
      type: 'job-1',
      worker: '',
      deadline: -1,
      timeout: -1,
      retries: 3,
      retryBackoff: 0,
      recurringTime: -1,
      customHeaders: '{}',
      variables: value.variables,
      errorMessage: '',
      errorCode: '',
      elementId: 't1',
      elementInstanceKey: this.nextKey(),
      processInstanceKey: instance,
      bpmnProcessId: value.bpmnProcessId,
      processDefinitionKey: makeKey(this.partitionId, 1),
      processDefinitionVersion: 1,
      jobKind: 'BPMN_ELEMENT',
      jobListenerEventType: 'UNSPECIFIED',
      changedAttributes: [],
      tenantId: '<default>',
    });
  }

  /** A job that can be activated: pushed when a stream wants it, else kept and announced. */
  addJob(key: Key, job: JobValue): void {
    this.waiting.push({ key, job });
    if (this.streams.size > 0) this.#pushWaiting();
    else this.#notices.push({ kind: 'jobs-available', type: job.type });
  }

  #pushWaiting(): void {
    for (const [streamId, stream] of this.streams) {
      const mine = this.waiting.filter(({ job }) => job.type === stream.type);
      if (mine.length === 0) continue;
      const rest = this.waiting.filter(({ job }) => job.type !== stream.type);
      this.waiting.splice(0, this.waiting.length, ...rest);
      this.#pushes.push(
        event(
          'JOB_BATCH',
          'ACTIVATED',
          NO_KEY,
          batchOf(mine, stream, this.lockedUntilMs),
          streamId,
        ),
      );
    }
  }

  #activate(command: LogRecord): void {
    const value = command.value as Values['JOB_BATCH'];
    const taken: { key: Key; job: JobValue }[] = [];
    for (let i = 0; i < this.waiting.length && taken.length < value.maxJobsToActivate; ) {
      const each = this.waiting[i] as { key: Key; job: JobValue };
      if (each.job.type === value.type) taken.push(...this.waiting.splice(i, 1));
      else i++;
    }
    const batch = {
      ...batchOf(taken, value, this.lockedUntilMs),
      maxJobsToActivate: value.maxJobsToActivate,
    };
    this.answer(event('JOB_BATCH', 'ACTIVATED', this.nextKey(), batch, command.requestId));
  }
}

function batchOf(
  jobs: readonly { readonly key: Key; readonly job: JobValue }[],
  wish: { readonly type: string; readonly worker: string; readonly timeout: number },
  deadline: number,
): Values['JOB_BATCH'] {
  return {
    type: wish.type,
    worker: wish.worker,
    timeout: wish.timeout,
    maxJobsToActivate: jobs.length,
    jobKeys: jobs.map(({ key }) => key),
    jobs: jobs.map(({ job }) => ({ ...job, worker: wish.worker, deadline })),
    tenantIds: ['<default>'],
    truncated: false,
    variables: [],
  };
}
