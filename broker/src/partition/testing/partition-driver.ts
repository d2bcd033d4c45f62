// A partition over a real log and store, driven by messages as a gateway drives it. For tests.
import {
  ALL_SESSIONS,
  Document,
  decodeEntry,
  deploymentOf,
  EMPTY_JOB,
  EMPTY_PROCESS_INSTANCE,
  EntryEncoder,
  type Intent,
  type JobBatchValue,
  type JobValue,
  type Key,
  LogRecord,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { Disk } from '@millrace/raft';
import {
  type FromPartition,
  ofBroker,
  type PartitionControl,
  type PartitionNotice,
} from '../messages.ts';
import { Partition } from '../partition.ts';
import { PARTITION_DEFAULTS, type PartitionOptions } from '../partition-options.ts';

/** An answer, or why there is none. */
export type Answer = LogRecord | { readonly refused: string; readonly message: string };

export interface Pushed {
  readonly streamId: number;
  readonly key: Key;
  readonly job: JobValue;
}

export class PartitionDriver {
  readonly partition: Partition;
  readonly messages: FromPartition[] = [];
  readonly notices: PartitionNotice[] = [];
  readonly pushed: Pushed[] = [];
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #nextRequest = 1;
  #onMessage = () => {};

  constructor(dir: string, options: Partial<PartitionOptions> = {}, disk?: Disk) {
    const all = { ...PARTITION_DEFAULTS, diskFreeBytesMin: 0, ...options, dir };
    const parts = { reopenMs: 100, ...(disk === undefined ? {} : { disk }) };
    this.partition = new Partition(all, (message) => this.#receive(message), parts);
  }

  static async opened(
    dir: string,
    options: Partial<PartitionOptions> = {},
    disk?: Disk,
  ): Promise<PartitionDriver> {
    const driver = new PartitionDriver(dir, options, disk);
    await driver.partition.start();
    await driver.until(() => driver.isLeading, 'the partition leads');
    return driver;
  }

  get isLeading(): boolean {
    return this.partition.status().role === 'leader';
  }

  #receive(message: FromPartition): void {
    this.messages.push(message);
    this.notices.push(...message.notices);
    for (const notice of message.notices) {
      if (notice.kind !== 'refused') continue;
      this.#answer(notice.requestId, { refused: notice.code, message: notice.message });
    }
    for (const record of message.answers === undefined ? [] : decodeEntry(message.answers)) {
      this.#answer(record.requestId, record);
    }
    for (const record of message.pushes === undefined ? [] : decodeEntry(message.pushes)) {
      const { jobKeys, jobs } = record.value as JobBatchValue;
      jobKeys.forEach((key, i) => {
        this.pushed.push({ streamId: record.requestId, key, job: jobs[i] as JobValue });
      });
    }
    this.#onMessage();
  }

  #answer(requestId: number, answer: Answer): void {
    this.#waiting.get(requestId)?.(answer);
    this.#waiting.delete(requestId);
  }

  /** Requests without an answer. */
  get unanswered(): number {
    return this.#waiting.size;
  }

  /** Waits for a condition, looking at it after every message and every few ms. */
  async until(condition: () => boolean, what: string, withinMs = 10_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!condition()) {
      if (performance.now() > deadline) {
        const logs = this.notices.filter((notice) => notice.kind === 'log').slice(-3);
        throw new Error(`waited in vain until ${what}; ${JSON.stringify(logs)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 5);
        this.#onMessage = () => {
          clearTimeout(timer);
          setImmediate(resolve);
        };
      });
      this.#onMessage = () => {};
    }
  }

  control(...control: PartitionControl[]): void {
    this.partition.receive(ofBroker(...control));
  }

  /** Sends one command in a message of its own. */
  send<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
  ): Promise<Answer> {
    return this.sendAll([{ valueType, intent, key, value } as Command])[0] as Promise<Answer>;
  }

  /** Sends several commands in one message. */
  sendAll(commands: readonly Command[]): Promise<Answer>[] {
    const encoder = new EntryEncoder();
    encoder.begin(1, 0, 0);
    const answers = commands.map(({ valueType, intent, key, value }) => {
      const requestId = this.#nextRequest++;
      const answer = new Promise<Answer>((resolve) => this.#waiting.set(requestId, resolve));
      encoder.add(
        new LogRecord(
          'COMMAND',
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
          NO_OPERATION,
          true,
        ),
      );
      return answer;
    });
    this.partition.receive({
      session: ALL_SESSIONS,
      commands: encoder.finish(),
      retriedSinceMs: 0,
      control: [],
    });
    return answers;
  }

  // Commands as clients send them.

  async deploy(...files: readonly [name: string, xml: string][]): Promise<LogRecord> {
    const resources = files.map(([resourceName, xml]) => ({
      resourceName,
      resource: new TextEncoder().encode(xml),
    }));
    return ok(
      await this.send('DEPLOYMENT', 'CREATE', NO_KEY, deploymentOf(resources, '<default>')),
    );
  }

  create(variables = '{}', bpmnProcessId = 'p'): Promise<Answer> {
    return this.createMany(1, variables, bpmnProcessId)[0] as Promise<Answer>;
  }

  /** All in one message. */
  createMany(count: number, variables = '{}', bpmnProcessId = 'p'): Promise<Answer>[] {
    return this.sendAll(Array.from({ length: count }, () => creation(bpmnProcessId, variables)));
  }

  async activate(type: string, max = 100, timeout = 60_000): Promise<readonly Key[]> {
    const answer = await this.send('JOB_BATCH', 'ACTIVATE', NO_KEY, {
      type,
      worker: 'poll',
      timeout,
      maxJobsToActivate: max,
      jobKeys: [],
      jobs: [],
      tenantIds: ['<default>'],
      variables: [],
      truncated: false,
    });
    return (ok(answer) as LogRecord<'JOB_BATCH'>).value.jobKeys;
  }

  complete(key: Key, variables = '{}'): Promise<Answer> {
    return this.send('JOB', 'COMPLETE', key, { ...EMPTY_JOB, variables: new Document(variables) });
  }

  job(intent: Intent<'JOB'>, key: Key, of: Partial<JobValue> = {}): Promise<Answer> {
    return this.send('JOB', intent, key, { ...EMPTY_JOB, ...of });
  }

  cancel(key: Key): Promise<Answer> {
    return this.send('PROCESS_INSTANCE', 'CANCEL', key, EMPTY_PROCESS_INSTANCE);
  }

  openStream(streamId: number, capacity: number, type = 'work', timeout = 60_000): void {
    this.control({
      kind: 'open-stream',
      streamId,
      type,
      worker: `stream ${streamId}`,
      timeout,
      fetchVariables: [],
      tenantIds: ['<default>'],
      capacity,
    });
  }

  close(): Promise<void> {
    return this.partition.close(10_000);
  }
}

export interface Command {
  readonly valueType: ValueType;
  readonly intent: Intent;
  readonly key: Key;
  readonly value: Values[ValueType];
}

export function creation(bpmnProcessId: string, variables: string): Command {
  return {
    valueType: 'PROCESS_INSTANCE_CREATION',
    intent: 'CREATE',
    key: NO_KEY,
    value: {
      bpmnProcessId,
      version: -1,
      processDefinitionKey: NO_KEY,
      processInstanceKey: NO_KEY,
      variables: new Document(variables),
      fetchVariables: [],
      startInstructions: [],
      awaitedBy: NO_REQUEST,
      tenantId: '<default>',
    },
  };
}

/** The event of an answer. @throws when it is a rejection or a refusal */
export function ok(answer: Answer): LogRecord {
  if ('refused' in answer) throw new Error(`${answer.refused}: ${answer.message}`);
  if (answer.recordType !== 'EVENT') throw new Error(answer.rejectionReason);
  return answer;
}

/** The code and text of a refusal; the intent of an event; the type of a rejection. */
export function wordOf(answer: Answer): string {
  if ('refused' in answer) return `${answer.refused}: ${answer.message}`;
  return answer.recordType === 'EVENT' ? answer.intent : String(answer.rejectionType);
}

const file = (id: string, content: string): string =>
  '<definitions id="d" targetNamespace="urn:test" xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"' +
  ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">' +
  `<process id="${id}" isExecutable="true"><startEvent id="start"/>${content}</process></definitions>`;

/** A process that goes round in circles and never waits. */
export const endless = (id = 'p'): string =>
  file(
    id,
    '<exclusiveGateway id="m"/><scriptTask id="s"><extensionElements>' +
      '<zeebe:script expression="=1" resultVariable="n"/></extensionElements></scriptTask>' +
      '<sequenceFlow id="a" sourceRef="start" targetRef="m"/><sequenceFlow id="b" sourceRef="m" targetRef="s"/>' +
      '<sequenceFlow id="c" sourceRef="s" targetRef="m"/>',
  );

/** Start, one job task `work` of the type, end. */
export const oneTask = (type = 'work', id = 'p'): string =>
  file(
    id,
    `<serviceTask id="work"><extensionElements><zeebe:taskDefinition type="${type}"/></extensionElements></serviceTask>` +
      '<endEvent id="end"/><sequenceFlow id="a" sourceRef="start" targetRef="work"/>' +
      '<sequenceFlow id="b" sourceRef="work" targetRef="end"/>',
  );
