// What a client must be able to do with the broker: one suite for every library.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  endEvent,
  errorBoundary,
  oneTaskProcess,
  process,
  serviceTask,
  startEvent,
} from '../../kit/process-builder.ts';
import { until } from '../../kit/until.ts';
import { type BrokerUnderTest, brokerExists, openBroker } from '../broker-under-test.ts';
import type { TestClient } from './test-client.ts';

const instancesAtOnce = 50;

/** Runs the suite with one client on a broker of its own. */
export function clientSuite(name: string, connect: (address: string) => Promise<TestClient>): void {
  describe.skipIf(!brokerExists)(name, () => {
    let broker: BrokerUnderTest;
    let client: TestClient;
    let id: string;

    beforeAll(async () => {
      broker = await openBroker();
      client = await connect(broker.address);
      id = `${name.replaceAll(/\W/g, '-')}-${randomUUID().slice(0, 8)}`;
    });
    afterAll(async () => {
      await client?.close();
      await broker?.[Symbol.asyncDispose]();
    });

    const deployTask = async (suffix: string, retries?: number) => {
      const processId = `${id}-${suffix}`;
      await client.deploy(`${processId}.bpmn`, oneTaskProcess(processId, processId, retries));
      return processId;
    };
    const ended = (key: string, intent: string) =>
      broker.records.waitFor(
        'PROCESS_INSTANCE',
        intent,
        (record) => String(record.key) === key && record.value.bpmnElementType === 'PROCESS',
      );
    const incidentOf = async (instance: string) =>
      broker.records.waitFor(
        'INCIDENT',
        'CREATED',
        (record) => String(record.value.processInstanceKey) === instance,
      );

    test('sees one broker with its partitions', async () => {
      const topology = await client.topology();
      expect(topology).toMatchObject({ brokers: 1, clusterSize: 1, partitionsCount: 1 });
      expect(topology.gatewayVersion).toMatch(/^8\./);
    });

    test('deploys a process, again unchanged, and changed', async () => {
      const processId = `${id}-versions`;
      const first = await client.deploy('v.bpmn', oneTaskProcess(processId, 'old'));
      expect(await client.deploy('v.bpmn', oneTaskProcess(processId, 'old'))).toBe(first);
      expect(await client.deploy('v.bpmn', oneTaskProcess(processId, 'new'))).not.toBe(first);
    });

    test('polls for work, and the result has what the worker said', async () => {
      const processId = await deployTask('polled');
      const worker = client.poll(processId, (job) => ({
        complete: { total: Number(job.variables.amount) * 2, text: 'grün "1"' },
      }));
      const result = await client.startAndAwait(processId, { amount: 21, kept: [1, { a: null }] });
      expect(result).toEqual({ amount: 21, kept: [1, { a: null }], total: 42, text: 'grün "1"' });
      await worker.close();
    });

    test('has work pushed as it comes, and what waited before', async (context) => {
      if (client.stream === undefined) context.skip('the library has no streams');
      const processId = await deployTask('pushed');
      // The reference hands a stream only what comes after it; ours begins with what waits.
      const waiting = broker.isOurs ? await client.start(processId, { n: 0 }) : undefined;
      const seen: unknown[] = [];
      const worker = await client.stream?.(processId, (job) => {
        seen.push(job.variables.n);
        return { complete: {} };
      });
      if (waiting !== undefined) await ended(waiting, 'ELEMENT_COMPLETED');
      await ended(await client.start(processId, { n: 1 }), 'ELEMENT_COMPLETED');
      expect(seen).toEqual(waiting === undefined ? [1] : [0, 1]);
      await worker?.close();
    });

    test('fails a job until an incident waits, repairs and resolves it', async () => {
      const processId = await deployTask('failing', 2);
      const instance = await client.start(processId);
      const [first] = await client.activate(processId, 1);
      expect(first?.retries).toBe(2);
      await client.fail(first?.key ?? '', 1, 'the bank is closed');
      const [second] = await client.activate(processId, 1);
      expect(second).toMatchObject({ key: first?.key, retries: 1 });
      await client.fail(second?.key ?? '', 0, 'the bank is still closed');
      const incident = await incidentOf(instance);
      expect(incident.value).toMatchObject({
        errorType: 'JOB_NO_RETRIES',
        errorMessage: 'the bank is still closed',
      });
      await client.updateRetries(first?.key ?? '', 1);
      await client.resolve(String(incident.key));
      const [third] = await client.activate(processId, 1);
      await client.complete(third?.key ?? '', {});
      await ended(instance, 'ELEMENT_COMPLETED');
    });

    test('throws an error that the model catches', async () => {
      const processId = `${id}-caught`;
      const model = process(processId, {
        nodes: [
          startEvent(),
          serviceTask('charge', processId),
          errorBoundary('declined', 'charge', 'e'),
          endEvent('paid'),
          endEvent('refused'),
        ],
        flows: [
          ['start', 'charge'],
          ['charge', 'paid'],
          ['declined', 'refused'],
        ],
        errors: { e: 'NO_FUNDS' },
      });
      await client.deploy('caught.bpmn', model);
      const instance = await client.start(processId);
      const [job] = await client.activate(processId, 1);
      await client.throwError(job?.key ?? '', 'NO_FUNDS');
      await ended(instance, 'ELEMENT_COMPLETED');
      const end = broker.records.last(
        'PROCESS_INSTANCE',
        'ELEMENT_COMPLETED',
        ({ value }) =>
          String(value.processInstanceKey) === instance && value.bpmnElementType === 'END_EVENT',
      );
      expect(end?.value.elementId).toBe('refused');
    });

    test('sets variables of a running instance', async () => {
      const processId = await deployTask('variables');
      const instance = await client.start(processId, { color: 'red' });
      await client.setVariables(instance, { color: 'blue', size: 3 });
      const [job] = await client.activate(processId, 1);
      expect(job?.variables).toEqual({ color: 'blue', size: 3 });
      await client.complete(job?.key ?? '', {});
    });

    test('cancels an instance; its job is gone', async () => {
      const processId = await deployTask('cancelled');
      const instance = await client.start(processId);
      const [job] = await client.activate(processId, 1);
      await client.cancel(instance);
      await ended(instance, 'ELEMENT_TERMINATED');
      await expect(client.complete(job?.key ?? '', {})).rejects.toThrow(/NOT_FOUND/);
      await expect(client.cancel(instance)).rejects.toThrow(/NOT_FOUND/);
    });

    test('starting what nobody deployed is refused by name', async () => {
      await expect(client.start(`${id}-unknown`)).rejects.toThrow(/NOT_FOUND.*unknown/);
    });

    test(`works ${instancesAtOnce} instances at once, each job once`, async () => {
      const processId = await deployTask('many');
      const handled: string[] = [];
      const worker = client.poll(processId, (job) => {
        handled.push(job.key);
        return { complete: {} };
      });
      const numbers = Array.from({ length: instancesAtOnce }, (_, n) => n);
      const results = await Promise.all(numbers.map((n) => client.startAndAwait(processId, { n })));
      expect(results.map(({ n }) => n)).toEqual(numbers);
      await until(() => handled.length >= instancesAtOnce, { within: 5_000, what: 'all jobs' });
      expect(new Set(handled).size).toBe(instancesAtOnce);
      expect(handled.length).toBe(instancesAtOnce);
      await worker.close();
    });
  });
}
