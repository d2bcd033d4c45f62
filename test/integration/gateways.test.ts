// Gateways as processes of their own in front of a cluster: started before any broker, while a broker dies, while one of them
// dies, and with TLS for clients.
import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BrokerProcess } from '../kit/broker-process.ts';
import { ClusterProcess } from '../kit/cluster-process.ts';
import { freePortOffsets } from '../kit/free-ports.ts';
import { spawnGateway } from '../kit/gateway-process.ts';
import { message } from '../kit/proto-bytes.ts';
import { RawGrpc } from '../kit/raw-grpc.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { type StartWork, type WorkingClient, workBy } from './clients/working-client.ts';
import { callZbctl, callZbctlSecurely } from './clients/zbctl-program.ts';
import { connectZeebeNode } from './clients/zeebe-node-client.ts';
import { RecordAudit } from './cluster/record-audit.ts';

const phaseMs = 60_000;
const lockMs = 4_000;
const UNAVAILABLE = 14;
const enough = 15;

describe.skipIf(!brokerExists)('stand-alone gateways', () => {
  let offsets: readonly number[];
  let first: BrokerProcess;
  let second: BrokerProcess;
  let cluster: ClusterProcess | undefined;
  let records: RecordAudit;
  const run = randomUUID().slice(0, 8);
  const clients: WorkingClient[] = [];

  const running = (): ClusterProcess => {
    if (cluster === undefined) throw new Error('the cluster does not run');
    return cluster;
  };
  const work: StartWork = workBy(connectZeebeNode);
  const beginWork = async (gateway: BrokerProcess, name: string): Promise<WorkingClient> => {
    const processId = `${name}-${run}`;
    const client = await work({ address: gateway.address, processId, perSecond: 10, lockMs });
    clients.push(client);
    return client;
  };
  const goesOn = async (client: WorkingClient): Promise<void> => {
    const goal = client.created.length + enough;
    const reached = () => client.created.length >= goal;
    await until(reached, { within: phaseMs, what: `${enough} more instances` }).catch((error) => {
      const said = client.failures.join('\n');
      throw new Error(`${error}\n${said}\n${first.printed}\n${running().story()}`);
    });
  };

  beforeAll(async () => {
    offsets = await freePortOffsets(3);
    first = await spawnGateway({ contacts: offsets });
    second = await spawnGateway({ contacts: [offsets[1] as number] });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await first?.[Symbol.asyncDispose]();
    await second?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
  }, phaseMs);

  test('without any broker: it lives, is not ready, and refuses at once', async () => {
    const startup = async () =>
      (await first.get('/startup').catch(() => undefined))?.status === 200;
    await until(startup, { within: 20_000, what: 'the gateway listens' });
    expect((await first.get('/actuator/health/liveness')).status).toBe(200);
    expect((await first.get('/ready')).status).toBe(503);
    const { status, body } = await first.get('/health');
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { status: 'DOWN', faults: ['no broker is connected'] },
    ]);
    const client = new RawGrpc(first.address);
    const answer = await client.call('CreateProcessInstance', message([2, 'any'], [3, -1]));
    client.close();
    expect(answer.code).toBe(UNAVAILABLE);
    expect(answer.text).not.toContain('outcome is unknown');
  });

  test('when the brokers come they are found, all of them by one contact point', {
    timeout: 2 * phaseMs,
  }, async () => {
    cluster = await ClusterProcess.start({ offsets });
    records = new RecordAudit(cluster.nodeIds.map((nodeId) => running().recordsOf(nodeId)));
    await Promise.all([first.ready(phaseMs), second.ready(phaseMs)]);
    for (const gateway of [first, second]) {
      const status = await callZbctl(gateway.address, 'status');
      expect(status).toMatch(/Cluster size: 3/);
      expect(status.match(/Partition \d : Leader, Healthy/g)).toHaveLength(3);
      expect((await gateway.get('/health')).status).toBe(200);
    }
  });

  test('a broker dies: work goes on through both', { timeout: 3 * phaseMs }, async () => {
    const [one, two] = [await beginWork(first, 'one'), await beginWork(second, 'two')];
    await Promise.all([goesOn(one), goesOn(two)]);
    const victim = await running().leaderOf(2);
    await running().kill(victim);
    await Promise.all([goesOn(one), goesOn(two)]);
    await running().startBrokers(victim);
    await Promise.all([goesOn(one), goesOn(two)]);
    for (const { failures, topologies } of [one, two]) {
      expect(failures).toEqual([]);
      // Clients look at the topology now and then, also after their work has gone on.
      await until(() => topologies.length === 3, { within: phaseMs, what: 'all are seen again' });
      expect(topologies).toEqual([3, 2, 3]);
    }
  });

  test('a gateway dies: the other does not notice, and its own clients come back with it', {
    timeout: 3 * phaseMs,
  }, async () => {
    const [one, two] = clients as [WorkingClient, WorkingClient];
    await second.kill();
    await goesOn(one);
    expect(one.failures).toEqual([]);
    second = await spawnGateway({
      contacts: [offsets[1] as number],
      portOffset: second.portOffset,
    });
    await second.ready(phaseMs);
    await Promise.all([goesOn(one), goesOn(two)]);
  });

  test('everything that was acknowledged ends, once', { timeout: 2 * phaseMs }, async () => {
    await Promise.all(clients.map((client) => client.stopCreating()));
    const created = clients.flatMap((client) => client.created);
    const open = () => {
      records.read();
      return created.filter((key) => records.instances.get(key)?.end === undefined);
    };
    const what = 'the end of all instances';
    await until(() => open().length === 0, { within: phaseMs, what });
    expect(records.violations).toEqual([]);
  });

  test('its metrics tell calls, leaders and streams', async () => {
    const { status, body } = await first.get('/metrics');
    expect(status).toBe(200);
    expect(body).toMatch(
      /zeebe_gateway_total_requests_total\{requestType="CreateProcessInstance"\} [1-9]/,
    );
    for (const partitionId of running().partitionIds)
      expect(body).toMatch(
        new RegExp(`zeebe_gateway_topology_partition_roles\\{.*partition="${partitionId}".*\\} 3`),
      );
    expect(body).toMatch(/zeebe_gateway_job_stream_clients 0/);
    expect(body).not.toMatch(/zeebe_stream_processor/);
    expect(JSON.parse((await first.get('/actuator/partitions')).body)).toEqual({});
  });

  test('TLS for clients, and none without', { timeout: phaseMs }, async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-gateway-tls-'));
    const sources = path.resolve(import.meta.dirname, '../../broker/src/gateway/testing/tls');
    await cp(sources, folder, { recursive: true });
    const certificates = path.join(folder, 'chain.pem');
    const secure = await spawnGateway({
      contacts: offsets,
      env: {
        ZEEBE_GATEWAY_SECURITY_ENABLED: 'true',
        ZEEBE_GATEWAY_SECURITY_CERTIFICATECHAINPATH: certificates,
        ZEEBE_GATEWAY_SECURITY_PRIVATEKEYPATH: path.join(folder, 'key.pem'),
      },
    });
    try {
      await secure.ready(phaseMs);
      const address = secure.address.replace('127.0.0.1', 'localhost');
      const status = await callZbctlSecurely(address, certificates, 'status');
      expect(status).toMatch(/Cluster size: 3/);
      await expect(callZbctl(secure.address, 'status')).rejects.toThrow();
    } finally {
      await secure[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('SIGTERM ends it with 0', { timeout: phaseMs }, async () => {
    expect((await first.stop('SIGTERM')).code).toBe(0);
  });
});
