// zbctl 8.4.1, unmodified: what operators and scripts type.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneTaskProcess } from '../../kit/process-builder.ts';
import { type BrokerUnderTest, brokerExists, openBroker } from '../broker-under-test.ts';
import { callZbctl, keyIn, runZbctlWorker } from './zbctl-program.ts';

describe.skipIf(!brokerExists)('zbctl', () => {
  let broker: BrokerUnderTest;
  let folder: string;
  const id = `zbctl-${randomUUID().slice(0, 8)}`;

  const call = (...args: string[]): Promise<string> => callZbctl(broker.address, ...args);

  beforeAll(async () => {
    broker = await openBroker();
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-zbctl-'));
  });
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Deploys a process whose job type is its own id; returns that and the answer. */
  const deploy = async (suffix: string): Promise<[string, string]> => {
    const processId = `${id}-${suffix}`;
    const file = path.join(folder, `${suffix}.bpmn`);
    await writeFile(file, oneTaskProcess(processId, processId));
    return [processId, await call('deploy', 'resource', file)];
  };
  const start = async (processId: string, variables = '{}'): Promise<string> =>
    keyIn(
      await call('create', 'instance', processId, '--variables', variables),
      'processInstanceKey',
    );
  const activate = async (type: string): Promise<string> =>
    keyIn(await call('activate', 'jobs', type), 'key');

  test('status shows a healthy leader for the partition', async () => {
    const status = await call('status');
    expect(status).toMatch(/Cluster size: 1/);
    expect(status).toMatch(/Partition 1 : Leader, Healthy/);
  });

  test('deploys: the answer names the process', async () => {
    const [processId, answer] = await deploy('named');
    expect(answer).toContain(processId);
    expect(keyIn(answer, 'processDefinitionKey')).toMatch(/^\d{16,}$/);
  });

  test('a worker completes the jobs, polling', async () => {
    await expectWorked('polled', []);
  });

  test('a worker completes the jobs, streaming', async () => {
    await expectWorked('streamed', ['--streamEnabled']);
  });

  test('activates, fails, repairs and completes a job', async () => {
    const [processId] = await deploy('repaired');
    const instance = await start(processId, '{"amount": 12.5}');
    const job = await activate(processId);
    await call('fail', 'job', job, '--retries', '0', '--errorMessage', 'closed');
    const incident = await broker.records.waitFor(
      'INCIDENT',
      'CREATED',
      ({ value }) => String(value.jobKey) === job,
    );
    await call('update', 'retries', job, '--retries', '1');
    await call('resolve', 'incident', String(incident.key));
    expect(await activate(processId)).toBe(job);
    await call('complete', 'job', job, '--variables', '{"paid": true}');
    await broker.records.waitFor(
      'PROCESS_INSTANCE',
      'ELEMENT_COMPLETED',
      (record) => String(record.key) === instance,
    );
  });

  test('an error that nobody catches becomes an incident', async () => {
    const [processId] = await deploy('uncaught');
    await start(processId);
    const job = await activate(processId);
    await call('throwError', 'job', job, '--errorCode', 'LOST');
    const incident = await broker.records.waitFor(
      'INCIDENT',
      'CREATED',
      ({ value }) => String(value.jobKey) === job,
    );
    expect(incident.value.errorType).toBe('UNHANDLED_ERROR_EVENT');
  });

  test('cancels an instance, once', async () => {
    const [processId] = await deploy('cancelled');
    const instance = await start(processId);
    await call('cancel', 'instance', instance);
    await expect(call('cancel', 'instance', instance)).rejects.toThrow(/NotFound/);
  });

  test('an unknown process is refused by name', async () => {
    await expect(call('create', 'instance', `${id}-unknown`)).rejects.toThrow(/NotFound.*unknown/);
  });

  async function expectWorked(suffix: string, flags: readonly string[]): Promise<void> {
    const [processId] = await deploy(suffix);
    const worker = runZbctlWorker(broker.address, processId, ...flags);
    try {
      const result = await call(
        'create',
        'instance',
        processId,
        '--variables',
        '{"n": 7}',
        '--withResult',
      );
      expect(result).toMatch(/\\"n\\":\s*7/);
    } finally {
      await worker.close();
    }
  }
});
