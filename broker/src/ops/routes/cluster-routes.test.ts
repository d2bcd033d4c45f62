// /actuator/cluster over HTTP in front of three real keepers, and every refusal.
import { SimulatedDisk, systemTimers } from '@millrace/raft';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type ClusterAnswer,
  ClusterConfigurationKeeper,
  type PartitionOperations,
  type RefusalReason,
} from '../../cluster/configuration/index.ts';
import { type ClusterAccess, type Management, startManagement } from '../management.ts';

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: the tests read answers freely
  readonly json: any;
}

let servers: Management[] = [];
let keepers: ClusterConfigurationKeeper[] = [];
/** While it is set, work on partitions waits for it. */
let hold: Promise<void> | undefined;
/** The same for the distribution of definitions. */
let holdDefinitions: Promise<void> | undefined;

const work = async () => {
  await hold;
};
const operations: PartitionOperations = {
  joinPartition: work,
  leavePartition: work,
  bootstrapPartition: work,
  reconfigurePriority: work,
  forceReconfigure: work,
  startRedistribution: async () => {
    await holdDefinitions;
  },
  awaitRedistribution: work,
};

const settings = { clusterSize: 3, partitionsCount: 3, replicationFactor: 2, exporterIds: ['es'] };

async function startCluster(): Promise<void> {
  const all: ClusterConfigurationKeeper[] = [0, 1, 2, 3].map((nodeId) => {
    const disk = new SimulatedDisk();
    disk.makeFolder('/data');
    return new ClusterConfigurationKeeper({
      nodeId,
      settings,
      disk,
      file: '/data/cluster-configuration',
      exchange: {
        reachable: () => [0, 1, 2, 3].filter((other) => other !== nodeId),
        send: (to, bytes) => setImmediate(() => all[to]?.receive(nodeId, bytes)),
      },
      operations,
      timers: systemTimers,
      random: Math.random,
      log: () => {},
      limits: { gossipMs: 200, askMs: 20, decisionRetryMs: 50 },
    });
  });
  keepers = all;
  await Promise.all(keepers.map((keeper) => keeper.start()));
  for (const keeper of keepers) keeper.run();
}

async function serve(cluster: ClusterAccess | undefined): Promise<Management> {
  const server = await startManagement({
    host: '127.0.0.1',
    port: 0,
    started: () => true,
    ready: () => true,
    faults: () => [],
    metricsText: async () => '',
    metricsContentType: 'text/plain',
    clock: undefined,
    jobStreams: () => [],
    partitions: () => [],
    exporterPhase: () => 'EXPORTING',
    setExporting: () => {},
    exporters: () => [],
    takeCheckpoint: () => {},
    cluster,
  });
  servers.push(server);
  return server;
}

async function ask(
  server: Management,
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  const response = await fetch(`http://${server.address}/actuator/cluster${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

afterEach(async () => {
  for (const keeper of keepers) keeper.close();
  await Promise.all(servers.map((server) => server.close()));
  servers = [];
  keepers = [];
  hold = undefined;
  holdDefinitions = undefined;
});

describe('in front of a cluster', () => {
  let server: Management;

  beforeEach(async () => {
    await startCluster();
    server = await serve(keepers[2]);
    await vi.waitFor(async () => {
      const { brokers } = (await ask(server, 'GET', '')).json;
      expect(brokers.map(({ version }: { version: number }) => version)).toEqual([1, 1, 1]);
    });
  });

  async function completed(changeId: number): Promise<Reply> {
    return vi.waitFor(
      async () => {
        const reply = await ask(server, 'GET', '');
        expect(reply.json.lastChange).toMatchObject({ id: changeId, status: 'COMPLETED' });
        expect(reply.json.pendingChange).toBeUndefined();
        return reply;
      },
      { timeout: 10_000 },
    );
  }

  test('shows the cluster', async () => {
    const { status, json } = await ask(server, 'GET', '');
    expect(status).toBe(200);
    expect(json).toEqual({
      version: 1,
      clusterId: expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      brokers: [0, 1, 2].map((id) => ({
        id,
        state: 'ACTIVE',
        version: 1,
        lastUpdatedAt: expect.stringMatching(/^20.*Z$/),
        partitions: expect.any(Array),
      })),
      routing: {
        version: 1,
        requestHandling: { strategy: 'AllPartitions', partitionCount: 3 },
        messageCorrelation: { strategy: 'HashMod', partitionCount: 3 },
      },
    });
    const config = { exporting: { exporters: [{ id: 'es', state: 'ENABLED' }] } };
    expect(json.brokers[0].partitions).toEqual([
      { id: 1, state: 'ACTIVE', priority: 2, config },
      { id: 3, state: 'ACTIVE', priority: 1, config },
    ]);
  });

  test('scales: dry run, then in earnest, on a broker that does not decide', async () => {
    const dry = await ask(server, 'POST', '/brokers?dryRun=true', [0, 1, 2, 3]);
    expect(dry.status).toBe(202);
    expect(Object.keys(dry.json)).toEqual([
      'changeId',
      'currentTopology',
      'plannedChanges',
      'expectedTopology',
    ]);
    expect(dry.json).toMatchObject({ changeId: 2 });
    expect(dry.json.plannedChanges.slice(0, 3)).toEqual([
      { operation: 'BROKER_ADD', brokerId: 3, brokers: [] },
      { operation: 'PARTITION_JOIN', brokerId: 3, partitionId: 3, priority: 1, brokers: [] },
      { operation: 'PARTITION_LEAVE', brokerId: 0, partitionId: 3, brokers: [] },
    ]);
    expect(dry.json.currentTopology).toHaveLength(3);
    expect(dry.json.expectedTopology).toHaveLength(4);
    expect((await ask(server, 'GET', '')).json.version).toBe(1);
    const real = await ask(server, 'POST', '/brokers', [0, 1, 2, 3]);
    expect(real.json.plannedChanges).toEqual(dry.json.plannedChanges);
    const { json } = await completed(2);
    const placed = (brokers: { id: number; partitions: { id: number; priority: number }[] }[]) =>
      brokers.map(({ id, partitions }) => [id, partitions.map((each) => [each.id, each.priority])]);
    expect(placed(json.brokers)).toEqual(placed(real.json.expectedTopology));
  });

  test('one change at a time; shown while it runs; cancelled when it is stuck', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    hold = promise;
    expect((await ask(server, 'POST', '/brokers/2/partitions/1', { priority: 5 })).status).toBe(
      202,
    );
    const running = await vi.waitFor(async () => {
      const reply = await ask(server, 'GET', '');
      expect(reply.json.pendingChange).toBeDefined();
      return reply.json.pendingChange;
    });
    expect(running).toEqual({
      id: 2,
      status: 'IN_PROGRESS',
      startedAt: expect.any(String),
      internalVersion: 1,
      completed: [],
      pending: [
        { operation: 'PARTITION_JOIN', brokerId: 2, partitionId: 1, priority: 5, brokers: [] },
      ],
    });
    const second = await ask(server, 'POST', '/brokers/3');
    expect(second.status).toBe(409);
    expect(Object.keys(second.json)).toEqual(['message']);
    expect((await ask(server, 'DELETE', '/changes/7')).status).toBe(400);
    const cancelled = await ask(server, 'DELETE', '/changes/2');
    expect(cancelled.status).toBe(200);
    expect(cancelled.json).toMatchObject({
      version: 3,
      lastChange: { id: 2, status: 'CANCELLED' },
    });
    resolve();
  });

  test('every kind of change is taken', async () => {
    const changes = [
      ['POST', '/brokers/3', undefined],
      ['POST', '/partitions/1/brokers/3', { priority: 4 }],
      ['PATCH', '/brokers/3/partitions/1', { priority: 6 }],
      ['DELETE', '/brokers/3/partitions/1', {}],
      ['DELETE', '/brokers/3', undefined],
      ['PATCH', '', { partitions: { count: 4, replicationFactor: 1 } }],
      ['PATCH', '', { brokers: { remove: [2] } }],
      ['PATCH', '?force=true', { brokers: { remove: [] } }],
    ] as const;
    const done: string[] = [];
    for (const [method, path, body] of changes) {
      const reply = await ask(server, method, path, body);
      expect(reply).toMatchObject({ status: 202 });
      for (const { operation } of reply.json.plannedChanges) done.push(operation);
      if (reply.json.changeId > 0) await completed(reply.json.changeId);
    }
    expect(done.slice(0, 5)).toEqual([
      'BROKER_ADD',
      'PARTITION_JOIN',
      'PARTITION_RECONFIGURE_PRIORITY',
      'PARTITION_LEAVE',
      'BROKER_REMOVE',
    ]);
    const { json } = await ask(server, 'GET', '');
    expect(json.brokers.map(({ id }: { id: number }) => id)).toEqual([0, 1]);
    expect(json.routing).toMatchObject({
      version: 2,
      requestHandling: { strategy: 'AllPartitions', partitionCount: 4 },
      messageCorrelation: { partitionCount: 3 },
    });
  });

  test('partitions that are being added are shown as not in service yet', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    holdDefinitions = promise;
    await ask(server, 'PATCH', '', { partitions: { count: 4 } });
    await vi.waitFor(async () => {
      const { routing, pendingChange } = (await ask(server, 'GET', '')).json;
      expect(pendingChange.completed).toHaveLength(2);
      expect(routing.requestHandling).toEqual({
        strategy: 'ActivePartitions',
        basePartitionCount: 3,
        additionalActivePartitions: [],
        inactivePartitions: [4],
      });
    });
    resolve();
    const { routing } = (await completed(2)).json;
    expect(routing.requestHandling).toEqual({ strategy: 'AllPartitions', partitionCount: 4 });
  });

  test('by force', async () => {
    const { status, json } = await ask(server, 'POST', '/brokers?force=true&dryRun=true', [0, 1]);
    expect(status).toBe(202);
    expect(json.plannedChanges).toEqual([
      { operation: 'PARTITION_FORCE_RECONFIGURE', brokerId: 1, partitionId: 2, brokers: [1] },
      { operation: 'PARTITION_FORCE_RECONFIGURE', brokerId: 0, partitionId: 3, brokers: [0] },
      { operation: 'BROKER_REMOVE', brokerId: 0, brokers: [2] },
    ]);
  });

  test.each([
    ['POST', '/brokers', [0], 'less than the replication factor [2]'],
    ['POST', '/brokers', [], 'no brokers are named'],
    ['POST', '/brokers', {}, 'must be a JSON list of broker ids, such as [0,1,2]'],
    ['POST', '/brokers', ['a'], 'must be a JSON list of broker ids'],
    ['POST', '/brokers', undefined, 'must be a JSON list of broker ids'],
    ['POST', '/brokers?replicationFactor=x', [0, 1], "'replicationFactor' must be a whole number"],
    ['POST', '/brokers?replicationFactor=0', [0, 1], 'must be greater than 0'],
    ['POST', '/brokers?replicationFactor=1&force=true', [0], 'cannot be changed by force'],
    ['POST', '/brokers?dryRun=maybe', [0], "'dryRun' must be true or false"],
    ['POST', '/brokers/x', undefined, "the broker 'x' in the path must be a whole number"],
    ['POST', '/brokers/-1', undefined, "the broker '-1' in the path"],
    ['POST', '/brokers/5000', undefined, 'the broker id 5000 is not'],
    ['DELETE', '/brokers/1', undefined, 'still has replicas of the partitions 1, 2'],
    ['POST', '/brokers/0/partitions/1', { priority: 3 }, 'has a replica of partition 1 already'],
    ['POST', '/brokers/2/partitions/1', { priority: 'x' }, "'priority' must be a whole number"],
    ['POST', '/brokers/2/partitions/x', { priority: 1 }, "the partition 'x' in the path"],
    ['PATCH', '/brokers/0/partitions/1', {}, "'priority' must be a whole number"],
    ['DELETE', '/brokers/2/partitions/1', undefined, 'has no replica of partition 1 to leave'],
    ['DELETE', '/changes/x', undefined, "the change 'x' in the path"],
    ['DELETE', '/changes/5', undefined, 'Cannot cancel change 5 because no change is in progress'],
    ['PATCH', '', [1], 'the body must be a JSON object'],
    ['PATCH', '', { nope: 1 }, "the body has the unknown field 'nope'"],
    ['PATCH', '', { brokers: { nope: 1 } }, "'brokers' has the unknown field 'nope'"],
    ['PATCH', '', { brokers: [1] }, "'brokers' must be a JSON object"],
    ['PATCH', '', { brokers: { add: [-1] } }, "'brokers.add' must be a JSON list"],
    ['PATCH', '', { brokers: { count: 'x' } }, "'brokers.count' must be a whole number"],
    [
      'PATCH',
      '',
      { brokers: { count: 4, add: [3] } },
      'Cannot change brokers count and add/remove',
    ],
    ['PATCH', '', { partitions: { count: 1 } }, 'can only grow'],
    ['PATCH', '?force=true', { brokers: { add: [3] } }, 'Cannot force add brokers'],
  ] as const)('%s %s with %j is a 400', async (method, path, body, message) => {
    const { status, json } = await ask(server, method, path, body);
    expect({ status, json }).toMatchObject({ status: 400 });
    expect(Object.keys(json)).toEqual(['message']);
    expect(json.message).toContain(message);
    expect((await ask(server, 'GET', '')).json.version).toBe(1);
  });

  test('what is not offered says what to do instead', async () => {
    for (const [method, path] of [
      ['POST', '/partitions/4'],
      ['DELETE', '/partitions/4'],
      ['POST', '/purge'],
      ['PATCH', '/routing-state'],
    ] as const) {
      const { status, json } = await ask(server, method, path);
      expect(status).toBe(501);
      expect(json.message.length).toBeGreaterThan(40);
    }
    expect(await ask(server, 'PUT', '/brokers')).toMatchObject({
      status: 405,
      json: { message: 'use POST /actuator/cluster/brokers' },
    });
    expect((await ask(server, 'GET', '/nope')).status).toBe(404);
  });
});

describe('refusals of the decider', () => {
  test.each([
    ['INVALID', 400],
    ['CONCURRENT', 409],
    ['FAILED', 500],
    ['UNREACHABLE', 502],
    ['UNKNOWN', 503],
    ['TIMEOUT', 504],
  ] as const)('%s is a %i', async (reason: RefusalReason, status) => {
    const answer: ClusterAnswer = { kind: 'refused', reason, message: 'why' };
    const server = await serve({ current: () => undefined, request: async () => answer });
    expect(await ask(server, 'POST', '/brokers/3')).toEqual({ status, json: { message: 'why' } });
    expect(await ask(server, 'DELETE', '/changes/3')).toEqual({ status, json: { message: 'why' } });
  });

  test('a broker that has not found the cluster yet', async () => {
    const answer: ClusterAnswer = { kind: 'refused', reason: 'UNKNOWN', message: 'why' };
    const server = await serve({ current: () => undefined, request: async () => answer });
    expect((await ask(server, 'GET', '')).status).toBe(503);
  });

  test('a process without a configuration', async () => {
    const server = await serve(undefined);
    expect((await ask(server, 'GET', '')).status).toBe(501);
  });
});
