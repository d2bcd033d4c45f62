// Several partitions on one broker: definitions reach all of them, work goes round, keys find their way back, and neither
// a crash in the middle of a distribution nor a wrong configuration loses anything.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PartitionReport } from '../../broker/src/inspect/inspect-messages.ts';
import { inspectTo } from '../../broker/src/inspect.ts';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { type FieldValue, fieldOf, fieldsOf, message } from '../kit/proto-bytes.ts';
import { framed, type RawAnswer, type RawCall, RawGrpc } from '../kit/raw-grpc.ts';
import { type ExportedRecord, RecordFile } from '../kit/record-file.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';

const OK = 0;
const NOT_FOUND = 5;
const all = [1, 2, 3];
const partitionOf = (key: bigint): number => Number(key >> 51n);

interface Job {
  readonly key: bigint;
  readonly instanceKey: bigint;
}

describe.skipIf(!brokerExists)('a broker with three partitions', () => {
  let folder: string;
  let data: string;
  let broker: BrokerProcess;
  let grpc: RawGrpc;
  let records: RecordFile;

  const open = async (count = all.length, portOffset?: number): Promise<void> => {
    const file = path.join(folder, 'records.jsonl');
    broker = await BrokerProcess.start({
      dataDirectory: data,
      ...(portOffset === undefined ? {} : { portOffset }),
      env: {
        ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(count),
        ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
        ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: file,
      },
    });
    grpc?.close();
    grpc = new RawGrpc(broker.address);
    records ??= new RecordFile(file);
  };

  const call = (method: string, ...fields: readonly (readonly [number, FieldValue])[]) =>
    grpc.call(method, message(...fields), { timeoutMs: 20_000 });
  const done = async (method: string, ...fields: readonly (readonly [number, FieldValue])[]) => {
    const answer = await call(method, ...fields);
    expect(answer.code, `${method}: ${answer.text}`).toBe(OK);
    return answer.messages[0] ?? Buffer.alloc(0);
  };
  const create = (id: string) => call('CreateProcessInstance', [2, id], [3, -1]);
  const instanceOf = ({ messages }: RawAnswer) => fieldOf(messages[0] as Buffer, 4) as bigint;

  /** Deploys a process and waits until every partition starts it. @returns its key */
  const deploy = async (id: string): Promise<bigint> => {
    const deployed = await done('DeployResource', [
      1,
      message([1, `${id}.bpmn`], [2, oneTaskProcess(id, id)]),
    ]);
    await everywhere(id);
    const metadata = fieldOf(fieldOf(deployed, 2) as Buffer, 1) as Buffer;
    return fieldOf(metadata, 3) as bigint;
  };

  /** Waits until the process is known to all partitions. */
  const everywhere = (id: string, within = 5_000) =>
    until(() => partitionsWith('PROCESS', 'CREATED', id).length === all.length, {
      within,
      what: `process ${id} on all partitions`,
    });
  const partitionsWith = (valueType: string, intent: string, id: string): number[] => {
    const found = records
      .read()
      .filter(
        (record) =>
          record.recordType === 'EVENT' &&
          record.valueType === valueType &&
          record.intent === intent &&
          record.value.bpmnProcessId === id,
      );
    return [...new Set(found.map(({ partitionId }) => partitionId))].sort();
  };
  const several = async (id: string, count: number): Promise<bigint[]> => {
    const keys: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const answer = await create(id);
      expect(answer.code, answer.text).toBe(OK);
      keys.push(instanceOf(answer));
    }
    return keys;
  };
  const activate = async (type: string, amount: number, waitMs = -1): Promise<Job[]> => {
    const fields = message([1, type], [2, 'w'], [3, 60_000], [4, amount], [6, waitMs]);
    const { code, text, messages } = await grpc.call('ActivateJobs', fields, { timeoutMs: 20_000 });
    expect(code, text).toBe(OK);
    return messages.flatMap((each) => fieldsOf(each, 1)).map((job) => jobOf(job as Buffer));
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-partitions-'));
    data = path.join(folder, 'data');
    await open();
  });
  afterAll(async () => {
    grpc?.close();
    await broker?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  test('tells of all of them', async () => {
    const topology = await done('Topology');
    expect(fieldOf(topology, 3)).toBe(3n);
    const brokerInfo = fieldOf(topology, 1) as Buffer;
    const partitions = fieldsOf(brokerInfo, 4).map((each) => fieldOf(each as Buffer, 1));
    expect(partitions).toEqual([1n, 2n, 3n]);
  });

  test('a deployment is known to each of them soon, under one key', async () => {
    const before = performance.now();
    const key = await deploy('spread');
    expect(performance.now() - before).toBeLessThan(2_000);
    const created = records
      .read()
      .filter(({ valueType, intent }) => valueType === 'PROCESS' && intent === 'CREATED');
    expect(created.map((record) => [record.partitionId, String(record.key)]).sort()).toEqual(
      all.map((partitionId) => [partitionId, String(key)]),
    );
    expect(await several('spread', 3).then((keys) => keys.map(partitionOf).sort())).toEqual(all);
  });

  test('creations go round', async () => {
    await deploy('round');
    const keys = await several('round', 30);
    for (const id of all) expect(keys.filter((key) => partitionOf(key) === id)).toHaveLength(10);
    for (let i = 3; i < 30; i++) {
      expect(partitionOf(keys[i] as bigint)).toBe(partitionOf(keys[i - 3] as bigint));
    }
  });

  test('keys find their partition, whatever the command', async () => {
    await deploy('routed');
    const instances = await several('routed', 6);
    const jobs = await activate('routed', 10);
    expect(jobs.map(({ instanceKey }) => instanceKey).sort()).toEqual([...instances].sort());
    for (const id of all) {
      const [one, two] = jobs.filter(({ key }) => partitionOf(key) === id) as [Job, Job];
      expect(partitionOf(one.instanceKey)).toBe(id);
      await done('SetVariables', [1, one.instanceKey], [2, `{"partition":${id}}`]);
      await done('UpdateJobTimeout', [1, one.key], [2, 90_000]);
      await done('FailJob', [1, one.key], [2, 0], [3, 'broken']);
      const incident = await records.waitFor(
        'INCIDENT',
        'CREATED',
        ({ value }) => String(value.jobKey) === String(one.key),
      );
      await done('UpdateJobRetries', [1, one.key], [2, 2]);
      await done('ResolveIncident', [1, BigInt(incident.key)]);
      await done('CancelProcessInstance', [1, one.instanceKey]);
      await done('CompleteJob', [1, two.key], [2, '{"done":true}']);
      const completed = await records.waitFor(
        'JOB',
        'COMPLETED',
        ({ key }) => String(key) === String(two.key),
      );
      expect([incident.partitionId, completed.partitionId]).toEqual([id, id]);
    }
    const foreign = await call('CompleteJob', [1, (4n << 51n) + 1n]);
    expect(foreign.text).toContain('partition 4');
  });

  test('jobs of all of them are polled, at once and while a poll waits', async () => {
    await deploy('polled');
    await several('polled', 9);
    const jobs = await activate('polled', 9);
    for (const id of all) expect(jobs.filter(({ key }) => partitionOf(key) === id)).toHaveLength(3);
    for (let i = 0; i < all.length; i++) {
      const waiting = activate('polled', 1, 15_000);
      const [instanceKey] = await several('polled', 1);
      expect(await waiting).toMatchObject([{ instanceKey }]);
    }
  });

  test('jobs of all of them are streamed, the backlog and what comes later', async () => {
    await deploy('streamed');
    const backlog = await several('streamed', 6);
    const stream = grpc.open(
      '/gateway_protocol.Gateway/StreamActivatedJobs',
      framed(message([1, 'streamed'], [2, 'w'], [3, 60_000])),
      { timeoutMs: 30_000 },
    );
    const early = await pushed(stream, 6);
    expect(early.map(({ instanceKey }) => instanceKey).sort()).toEqual([...backlog].sort());
    const later = await several('streamed', 6);
    const jobs = await pushed(stream, 12);
    expect(
      jobs
        .slice(6)
        .map(({ instanceKey }) => instanceKey)
        .sort(),
    ).toEqual([...later].sort());
    for (const { key } of jobs) await done('CompleteJob', [1, key]);
    stream.cancel();
    for (const id of all) expect(jobs.filter(({ key }) => partitionOf(key) === id)).toHaveLength(4);
  });

  test('a deletion reaches all of them, also after instances have ended there', async () => {
    const key = await deploy('deleted');
    const instances = await several('deleted', 3);
    for (const instance of instances) await done('CancelProcessInstance', [1, instance]);
    await done('DeleteResource', [1, key]);
    await until(() => partitionsWith('PROCESS', 'DELETED', 'deleted').length === all.length, {
      within: 10_000,
      what: 'the deletion on all partitions',
    });
    for (let i = 0; i < all.length; i++) expect((await create('deleted')).code).toBe(NOT_FOUND);
    await deploy('deleted');
    expect(await several('deleted', 3)).toHaveLength(3);
  });

  test('a deletion waits where instances run, and reaches them all in the end', async () => {
    const key = await deploy('lingering');
    const instances = await several('lingering', 3);
    const local = instances.find((each) => partitionOf(each) === 1) as bigint;
    await done('CancelProcessInstance', [1, local]);
    await done('DeleteResource', [1, key]);
    for (const each of instances)
      if (each !== local) await done('CancelProcessInstance', [1, each]);
    await until(() => partitionsWith('PROCESS', 'DELETED', 'lingering').length === all.length, {
      within: 20_000,
      what: 'the deletion on all partitions',
    });
  });

  test('a kill right after a deployment does not end its way', async () => {
    for (const round of [1, 2, 3]) {
      const id = `killed-${round}`;
      const model = message([1, `${id}.bpmn`], [2, oneTaskProcess(id, id)]);
      await done('DeployResource', [1, model]);
      await broker.kill();
      await open(all.length, broker.portOffset);
      await everywhere(id, 15_000);
      expect(await several(id, 3).then((keys) => keys.map(partitionOf).sort())).toEqual(all);
    }
  });

  test('a kill amid many deployments leaves each everywhere or nowhere', async () => {
    let halfway = 0;
    for (const round of [1, 2, 3]) {
      const ids = Array.from({ length: 40 }, (_, i) => `amid-${round}-${i}`);
      const answers = ids.map((id) =>
        call('DeployResource', [1, message([1, `${id}.bpmn`], [2, oneTaskProcess(id, id)])]),
      );
      await answers[round * 8];
      await broker.kill();
      const codes = (await Promise.all(answers)).map(({ code }) => code);
      const logs = await Promise.all(all.map((id) => processesInLog(data, id)));
      const [first, ...others] = logs as [Set<string>, Set<string>, Set<string>];
      halfway += [...first].filter((id) => others.some((other) => !other.has(id))).length;
      await open(all.length, broker.portOffset);
      for (const [i, id] of ids.entries()) {
        if (codes[i] === OK) expect(first).toContain(id);
        if (first.has(id)) await everywhere(id, 15_000);
        else expect((await create(id)).code).toBe(NOT_FOUND);
      }
    }
    // Without any the kills would show nothing.
    expect(halfway).toBeGreaterThan(0);
  });

  test('another number of partitions is refused at the start, and nothing is changed', async () => {
    await broker.stop();
    for (const count of [1, 2, 4]) {
      const refused = await BrokerProcess.spawn({
        dataDirectory: data,
        portOffset: broker.portOffset,
        env: { ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(count) },
      });
      expect(await refused.exited).toEqual({ code: 1, signal: null });
      expect(refused.printed).toContain(`holds 3 partitions, but ${count} are configured`);
      expect(refused.printed).toContain('ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT=3');
    }
    await open(all.length, broker.portOffset);
    expect(await several('round', 3).then((keys) => keys.map(partitionOf).sort())).toEqual(all);
  });

  test('after all of it the state of each is what its log says', async () => {
    expect(await broker.stop()).toEqual({ code: 0, signal: null });
    const lines: string[] = [];
    const sink = {
      line: (text: string) => lines.push(text),
      isClosed: false,
      settle: async () => {},
    };
    await inspectTo(data, { json: true, replay: true }, sink, sink);
    const reports = lines.map((line) => JSON.parse(line) as PartitionReport);
    expect(reports.map(({ partitionId }) => partitionId)).toEqual(all);
    for (const { problems, replays } of reports) {
      expect(problems).toEqual([]);
      expect(replays.length).toBeGreaterThan(0);
    }
  });
});

/** Ids of the processes whose creation stands in the log of a partition; nobody may have it open. */
async function processesInLog(data: string, partition: number): Promise<Set<string>> {
  const ids = new Set<string>();
  const line = (text: string): void => {
    const { recordType, valueType, intent, value } = JSON.parse(text) as ExportedRecord;
    if (recordType !== 'EVENT' || valueType !== 'PROCESS' || intent !== 'CREATED') return;
    ids.add(value.bpmnProcessId as string);
  };
  const sink = { line, isClosed: false, settle: async () => {} };
  await inspectTo(data, { records: true, json: true, partition }, sink, sink);
  return ids;
}

function jobOf(job: Buffer): Job {
  return { key: fieldOf(job, 1) as bigint, instanceKey: fieldOf(job, 3) as bigint };
}

/** The jobs of a stream, when so many have come. */
async function pushed(stream: RawCall, count: number): Promise<Job[]> {
  const messages = await until(() => stream.messages().length >= count && stream.messages(), {
    within: 10_000,
    what: `${count} pushed jobs`,
  });
  return messages.map(jobOf);
}
