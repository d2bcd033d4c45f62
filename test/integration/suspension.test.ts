// Suspending over the management API while a real worker works: nothing new reaches it, what it holds it may finish, and
// everything goes on when it is resumed. A definition that says how long its history is worth keeping tells exporters.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { type FieldValue, fieldOf, fieldsOf, message } from '../kit/proto-bytes.ts';
import { RawGrpc } from '../kit/raw-grpc.ts';
import { type ExportedRecord, RecordFile } from '../kit/record-file.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';

const OK = 0;
const within = 10_000;
const partitionCount = 2;

describe.skipIf(!brokerExists)('suspension', () => {
  let folder: string;
  let broker: BrokerProcess;
  let grpc: RawGrpc;
  let records: RecordFile;
  let definitionKey = 0n;
  /** Instances whose job the worker has finished. */
  const worked: bigint[] = [];
  let isWorking = true;
  let worker: Promise<void>;

  const done = async (method: string, ...fields: readonly (readonly [number, FieldValue])[]) => {
    const answer = await grpc.call(method, message(...fields), { timeoutMs: 20_000 });
    expect(answer.code, `${method}: ${answer.text}`).toBe(OK);
    return answer.messages;
  };
  const create = async (): Promise<bigint> => {
    const [answer] = await done('CreateProcessInstance', [2, 'p'], [3, -1]);
    return fieldOf(answer as Buffer, 4) as bigint;
  };
  /** Takes jobs of the type by long polls and completes each at once. */
  const work = async (): Promise<void> => {
    while (isWorking) {
      const answers = await done(
        'ActivateJobs',
        [1, 'p'],
        [2, 'w'],
        [3, 60_000],
        [4, 5],
        [6, 1_000],
      );
      for (const job of answers.flatMap((each) => fieldsOf(each, 1)) as Buffer[]) {
        await done('CompleteJob', [1, fieldOf(job, 1) as bigint]);
        worked.push(fieldOf(job, 3) as bigint);
      }
    }
  };
  const operator = async (method: 'POST' | 'DELETE', what: string) => {
    const url = `${broker.management}/actuator/suspension/${what}`;
    const reply = await fetch(url, { method });
    return { status: reply.status, text: await reply.text() };
  };
  const isWorked = (keys: readonly bigint[]) =>
    until(() => keys.every((key) => worked.includes(key)), { within, what: 'the jobs are done' });
  const suspensions = (intent: string): readonly ExportedRecord[] =>
    records
      .read()
      .filter(
        (r) => r.valueType === 'SUSPENSION' && r.recordType === 'EVENT' && r.intent === intent,
      );
  const several = async (count: number): Promise<bigint[]> => {
    const keys: bigint[] = [];
    while (keys.length < count) keys.push(await create());
    return keys;
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-suspension-'));
    const file = path.join(folder, 'records.jsonl');
    broker = await BrokerProcess.start({
      dataDirectory: path.join(folder, 'data'),
      env: {
        ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(partitionCount),
        ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
        ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: file,
      },
    });
    grpc = new RawGrpc(broker.address);
    records = new RecordFile(file);
    const model = oneTaskProcess('p', 'p').replace(
      '<process ',
      '<process xmlns:camunda="http://camunda.org/schema/1.0/bpmn" camunda:historyTimeToLive="30" ',
    );
    const [deployed] = await done('DeployResource', [1, message([1, 'p.bpmn'], [2, model])]);
    const metadata = fieldOf(fieldOf(deployed as Buffer, 2) as Buffer, 1) as Buffer;
    definitionKey = fieldOf(metadata, 3) as bigint;
    const declared = () => records.read().filter((r) => r.valueType === 'HISTORY');
    await until(() => declared().length === partitionCount, { within, what: 'all know the model' });
    expect(declared().map((r) => r.value.timeToLive)).toEqual(['P30D', 'P30D']);
    worker = work();
  });
  afterAll(async () => {
    isWorking = false;
    await worker?.catch(() => {});
    grpc?.close();
    await broker?.[Symbol.asyncDispose]();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test('a job type is not handed out on any partition until it is resumed', async () => {
    await isWorked(await several(4));
    expect(await operator('POST', 'job-types/p')).toMatchObject({ status: 204 });
    const everywhere = () => suspensions('SUSPENDED').length === partitionCount;
    await until(everywhere, { within, what: 'both partitions have taken it' });
    const before = worked.length;
    const keys = await several(4);
    expect(worked).toHaveLength(before);
    expect(await operator('DELETE', 'job-types/p')).toMatchObject({ status: 204 });
    await isWorked(keys);
  });

  test('a definition holds its instances back', async () => {
    expect(await operator('POST', `process-definitions/${definitionKey}`)).toMatchObject({
      status: 204,
    });
    const everywhere = () => suspensions('SUSPENDED').length === 2 * partitionCount;
    await until(everywhere, { within, what: 'both partitions have taken it' });
    const before = worked.length;
    const keys = await several(4);
    await until(() => suspensions('HELD').length >= keys.length, {
      within,
      what: 'jobs are put aside',
    });
    expect(worked).toHaveLength(before);
    expect(await operator('DELETE', `process-definitions/${definitionKey}`)).toMatchObject({
      status: 204,
    });
    await isWorked(keys);
  });

  test('an instance is held back alone', async () => {
    expect(await operator('POST', 'job-types/p')).toMatchObject({ status: 204 });
    const [held, other] = await several(2);
    expect(await operator('POST', `process-instances/${held}`)).toMatchObject({ status: 204 });
    expect(await operator('DELETE', 'job-types/p')).toMatchObject({ status: 204 });
    await isWorked([other as bigint]);
    const isHeld = () =>
      suspensions('HELD').some((r) => JSON.stringify(r.value).includes(String(held)));
    await until(isHeld, { within, what: 'its job is put aside' });
    expect(worked).not.toContain(held);
    expect(await operator('DELETE', `process-instances/${held}`)).toMatchObject({ status: 204 });
    await isWorked([held as bigint]);
  });

  test('an order that makes no sense says so', async () => {
    const unknown = await operator('POST', 'process-instances/2251799813999999');
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('there is none')]);
    const idle = await operator('DELETE', `process-definitions/${definitionKey}`);
    expect([idle.status, idle.text]).toEqual([400, expect.stringContaining('it is not suspended')]);
    const nowhere = await operator('POST', `process-instances/${2n ** 51n * 9n + 1n}`);
    expect([nowhere.status, nowhere.text]).toEqual([400, expect.stringContaining('partition 9')]);
  });
});
