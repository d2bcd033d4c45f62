// Drives one partition in this process, by its messages, as a gateway would: a closed loop of creations, jobs by a stream.
import {
  ALL_SESSIONS,
  Document,
  decodeEntry,
  deploymentOf,
  EMPTY_JOB,
  EntryEncoder,
  type Intent,
  type Key,
  LogRecord,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import { type FromPartition, ofBroker } from '../../broker/src/partition/messages.ts';
import { Partition } from '../../broker/src/partition/partition.ts';
import {
  PARTITION_DEFAULTS,
  type PartitionOptions,
} from '../../broker/src/partition/partition-options.ts';
import {
  endEvent,
  process as processXml,
  serviceTask,
  startEvent,
} from '../kit/process-builder.ts';

const STREAM_ID = 1;
const JOB_TYPE = 'job-1';
const VARIABLES = new Document(`{"orderId":"4711","amount":42.5,"pad":"${'x'.repeat(460)}"}`);
const DONE = new Document('{"done":true}');

export class InProcessLoad {
  readonly #partition: Partition;
  readonly #encoder = new EntryEncoder();
  #isEncoding = false;
  #isScheduled = false;
  #nextRequest = 1;
  #leading: () => void = () => {};
  readonly #waiting = new Map<number, (record: LogRecord) => void>();
  #completed = 0;
  #wanted = 0;
  #done: () => void = () => {};

  constructor(dir: string, options: Partial<PartitionOptions> = {}) {
    this.#partition = new Partition({ ...PARTITION_DEFAULTS, ...options, dir }, (message) =>
      this.#receive(message),
    );
  }

  async open(): Promise<void> {
    const leading = new Promise<void>((resolve) => {
      this.#leading = resolve;
    });
    await this.#partition.start();
    await leading;
  }

  close(): Promise<void> {
    return this.#partition.close(10_000);
  }

  get partition(): Partition {
    return this.#partition;
  }

  #send<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
  ): Promise<LogRecord> {
    const requestId = this.#nextRequest++;
    if (!this.#isEncoding) this.#encoder.begin(1, 0, 0);
    this.#isEncoding = true;
    this.#encoder.add(
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
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(() => this.#flush());
    }
    return new Promise((resolve) => this.#waiting.set(requestId, resolve));
  }

  #flush(): void {
    this.#isScheduled = false;
    this.#isEncoding = false;
    this.#partition.receive({
      session: ALL_SESSIONS,
      commands: this.#encoder.finish(),
      retriedSinceMs: 0,
      control: [],
    });
  }

  #receive(message: FromPartition): void {
    for (const notice of message.notices) {
      if (notice.kind === 'leading') this.#leading();
      if (notice.kind === 'refused' || notice.kind === 'log') console.error(JSON.stringify(notice));
    }
    if (message.answers !== undefined) {
      for (const record of decodeEntry(message.answers)) {
        this.#waiting.get(record.requestId)?.(record);
        this.#waiting.delete(record.requestId);
      }
    }
    if (message.pushes !== undefined) {
      for (const record of decodeEntry(message.pushes)) {
        for (const key of (record as LogRecord<'JOB_BATCH'>).value.jobKeys) this.#work(key);
      }
    }
  }

  #work(jobKey: Key): void {
    this.#send('JOB', 'COMPLETE', jobKey, { ...EMPTY_JOB, variables: DONE }).then(() => {
      if (++this.#completed === this.#wanted) this.#done();
    });
  }

  async deploy(type = JOB_TYPE, id = 'bench'): Promise<void> {
    const xml = processXml(id, {
      nodes: [startEvent(), serviceTask('task', type), endEvent()],
      flows: [
        ['start', 'task'],
        ['task', 'end'],
      ],
    });
    const resource = new TextEncoder().encode(xml);
    const resources = [{ resourceName: `${id}.bpmn`, resource }];
    await this.#send('DEPLOYMENT', 'CREATE', NO_KEY, deploymentOf(resources, '<default>'));
  }

  create(bpmnProcessId = 'bench', variables = VARIABLES): Promise<LogRecord> {
    return this.#send('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
      bpmnProcessId,
      version: -1,
      processDefinitionKey: NO_KEY,
      processInstanceKey: NO_KEY,
      variables,
      fetchVariables: [],
      startInstructions: [],
      awaitedBy: NO_REQUEST,
      tenantId: '<default>',
    });
  }

  /** Creates instances, so many at a time, for so long; resolves when the last is completed, with their number. */
  async run(inFlight: number, ms: number): Promise<number> {
    const stream = {
      kind: 'open-stream' as const,
      streamId: STREAM_ID,
      type: JOB_TYPE,
      worker: 'bench',
      timeout: 60_000,
    };
    const open = { ...stream, fetchVariables: [], tenantIds: ['<default>'], capacity: 1_000 };
    this.#partition.receive(ofBroker(open));
    const end = performance.now() + ms;
    const before = this.#completed;
    let created = 0;
    const creator = async () => {
      while (performance.now() < end) {
        await this.create();
        created++;
      }
    };
    await Promise.all(Array.from({ length: inFlight }, creator));
    this.#wanted = before + created;
    if (this.#completed < this.#wanted) {
      await new Promise<void>((resolve) => {
        this.#done = resolve;
      });
    }
    this.#partition.receive(ofBroker({ kind: 'close-stream', streamId: STREAM_ID }));
    return created;
  }
}
