// docker-compose.yml on a Docker engine: three brokers in containers, one of them killed while a client works.
//
// Where there is no engine it is skipped and says why; the file itself is checked everywhere (test/architecture/container.test.ts).
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import {
  DockerComposeEnvironment,
  getContainerRuntimeClient,
  type StartedDockerComposeEnvironment,
  Wait,
} from 'testcontainers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { until } from '../kit/until.ts';
import type { TestClient } from './clients/test-client.ts';
import { connectZeebeNode } from './clients/zeebe-node-client.ts';

const top = path.resolve(import.meta.dirname, '../..');
const brokers = ['broker-0', 'broker-1', 'broker-2'];
/** An image is built, and three containers start. */
const startMs = 600_000;
const instances = 30;

/** Why there is nothing to test here; undefined where there is an engine. */
async function missing(): Promise<string | undefined> {
  try {
    await getContainerRuntimeClient();
    return undefined;
  } catch (error) {
    return `no Docker engine: ${(error as Error).message}`;
  }
}

describe('three brokers in containers', () => {
  let reason: string | undefined;
  let containers: StartedDockerComposeEnvironment | undefined;
  let client: TestClient | undefined;
  const processId = `composed-${randomUUID().slice(0, 8)}`;

  beforeAll(async () => {
    reason = await missing();
    if (reason !== undefined) return;
    const composed = new DockerComposeEnvironment(top, 'docker-compose.yml')
      .withBuild()
      .withProjectName(processId)
      .withDefaultWaitStrategy(Wait.forHealthCheck());
    containers = await composed.up(brokers);
    client = await connectZeebeNode('127.0.0.1:26500');
  }, startMs);
  afterAll(async () => {
    await client?.close();
    await containers?.down({ removeVolumes: true });
  }, startMs);

  const topologyHas = (count: number) =>
    until(async () => (await client?.topology())?.brokers === count, {
      within: 60_000,
      what: `a topology of ${count} brokers`,
    });

  test('work on when one is killed, and take it back', { timeout: startMs }, async (context) => {
    if (reason !== undefined || client === undefined) return context.skip(reason);
    await topologyHas(3);
    await client.deploy('composed.bpmn', oneTaskProcess(processId, processId));
    const worker = client.poll(processId, () => ({ complete: { done: true } }));
    const results: Promise<unknown>[] = [];
    const begin = (count: number): void => {
      for (let i = 0; i < count; i++) results.push(client?.startAndAwait(processId, {}) as never);
    };
    begin(instances);
    await Promise.all(results);
    await containers?.getContainer('broker-2-1').restart({ timeout: 0 });
    await until(
      () =>
        client?.startAndAwait(processId, {}).then(
          () => true,
          () => false,
        ),
      { within: 60_000, what: 'an instance after the crash' },
    );
    await topologyHas(3);
    begin(instances);
    for (const result of await Promise.all(results)) expect(result).toEqual({ done: true });
    await worker.close();
  });
});
