// Brokers find their configuration, agree on changes and carry them out; each rule by itself, on simulated brokers.
import { describe, expect, test } from 'vitest';
import { readConfigurationFile } from './configuration-file.ts';
import { canonicalText } from './core/canonical-text.ts';
import { memberIds, memberOf, replicasOf } from './core/cluster-configuration.ts';
import type { ChangeRequest, ClusterAnswer, ClusterRequest } from './core/cluster-request.ts';
import type { StaticCluster } from './core/static-configuration.ts';
import { encodeMessage } from './messages.ts';
import { seededRandom } from './testing/seeded-random.ts';
import { SimulatedCluster } from './testing/simulated-cluster.ts';

const settings: StaticCluster = {
  clusterSize: 3,
  partitionsCount: 3,
  replicationFactor: 2,
  exporterIds: [],
};

const change = (request: ChangeRequest, dryRun = false): ClusterRequest => ({
  kind: 'change',
  change: request,
  dryRun,
});

const addThree = change({ kind: 'patch', add: [3] });

function simulated(more: Partial<StaticCluster> = {}): SimulatedCluster {
  return new SimulatedCluster({ settings: { ...settings, ...more }, random: seededRandom(7) });
}

/** A cluster that has begun. */
async function running(more: Partial<StaticCluster> = {}): Promise<SimulatedCluster> {
  const cluster = simulated(more);
  for (let id = 0; id < (more.clusterSize ?? 3); id++) cluster.start(id);
  await cluster.time.run(3_000);
  return cluster;
}

/** The answer, letting time go on until it is there. */
async function answered(
  cluster: SimulatedCluster,
  at: number,
  request: ClusterRequest,
  withinMs = 15_000,
): Promise<ClusterAnswer> {
  let answer: ClusterAnswer | undefined;
  cluster.request(at, request).then((given) => {
    answer = given;
  });
  for (let ms = 0; ms < withinMs && answer === undefined; ms += 100) await cluster.time.run(100);
  if (answer === undefined) throw new Error(`no answer within ${withinMs} ms`);
  return answer;
}

async function untilDone(cluster: SimulatedCluster, at: number): Promise<void> {
  for (let ms = 0; ms < 600_000; ms += 1_000) {
    await cluster.time.run(1_000);
    if (cluster.configuration(at)?.pendingChange === null) return;
  }
  throw new Error('the change is not done');
}

function allEqual(cluster: SimulatedCluster): boolean {
  const texts = cluster.alive().map((id) => canonicalText(cluster.configuration(id) ?? null));
  return new Set(texts).size === 1;
}

describe('the first start', () => {
  test('a single broker begins at once', async () => {
    const cluster = simulated({ clusterSize: 1, partitionsCount: 1, replicationFactor: 1 });
    cluster.start(0);
    await cluster.time.run(0);
    expect(cluster.found.get(0)).toMatchObject({
      origin: 'settings',
      isFirstRun: true,
      isDiskNew: false,
    });
    expect(memberOf(cluster.configuration(0)!, 0)).toMatchObject({ state: 'ACTIVE', version: 1 });
  });

  test('three begin when two of them are there, and the third takes what they have', async () => {
    const cluster = simulated();
    cluster.start(0);
    await cluster.time.run(60_000);
    expect(cluster.configuration(0)).toBeUndefined();
    expect(cluster.log.filter((line) => line.includes('waits for the configuration'))).toHaveLength(
      3,
    );
    cluster.start(2);
    await cluster.time.run(2_000);
    expect(cluster.found.get(0)?.origin).toBe('settings');
    expect(cluster.found.get(2)).toMatchObject({ origin: 'others', isFirstRun: true });
    cluster.start(1);
    await cluster.time.run(2_000);
    expect(cluster.found.get(1)).toMatchObject({ origin: 'others', isDiskNew: false });
    expect(allEqual(cluster)).toBe(true);
    expect(cluster.configuration(1)?.members.map(({ version }) => version)).toEqual([1, 1, 1]);
  });

  test('without broker 0 nothing begins', async () => {
    const cluster = simulated();
    cluster.start(1);
    cluster.start(2);
    await cluster.time.run(30_000);
    expect(cluster.found.size).toBe(0);
    const answer = await answered(cluster, 1, addThree);
    expect(answer).toMatchObject({ kind: 'refused', reason: 'UNKNOWN' });
  });

  test('settings that do not fit stop the start', async () => {
    const cluster = simulated({ replicationFactor: 4 });
    cluster.start(0);
    await cluster.time.run(0);
    expect(cluster.log.join()).toContain(
      'Number of brokers [3] is less than the replication factor [4]',
    );
  });
});

describe('a later start', () => {
  test('needs nobody, and the file counts more than the settings', async () => {
    const cluster = await running();
    const before = cluster.configuration(0)!;
    for (const id of [0, 1, 2]) cluster.crash(id);
    cluster.log.length = 0;
    cluster.start(0, { ...settings, clusterSize: 5, partitionsCount: 9 });
    await cluster.time.run(0);
    expect(cluster.found.get(0)).toMatchObject({
      origin: 'file',
      isFirstRun: false,
      isDiskNew: false,
    });
    expect(canonicalText(cluster.configuration(0))).toBe(canonicalText(before));
    const lines = cluster.log.filter((line) =>
      line.includes('the settings describe another cluster'),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(
      'brokers: settings 0, 1, 2, 3, 4, cluster 0, 1, 2; partitions: settings 9, cluster 3',
    );
  });

  test('with a damaged file it stops and says what to do', async () => {
    const cluster = await running();
    cluster.crash(0);
    const disk = cluster.disk(0);
    const file = disk.open('/data/cluster-configuration', 'write');
    file.write(new TextEncoder().encode('{'), 20);
    file.close();
    cluster.start(0);
    await cluster.time.run(0);
    expect(cluster.log.at(-1)).toMatch(
      /0 did not start: .*is damaged.*Remove it if other brokers run/,
    );
  });

  test('with a new disk it is told so, and broker 0 does not begin a cluster anew', async () => {
    const cluster = await running();
    const { clusterId } = cluster.configuration(0)!;
    for (const id of [0, 1, 2]) cluster.crash(id);
    cluster.wipe(0);
    cluster.start(0);
    await cluster.time.run(30_000);
    expect(cluster.configuration(0)).toBeUndefined();
    cluster.start(2);
    await cluster.time.run(2_000);
    expect(cluster.found.get(0)).toMatchObject({
      origin: 'others',
      isFirstRun: false,
      isDiskNew: true,
    });
    expect(cluster.configuration(0)?.clusterId).toBe(clusterId);
  });

  test('brokers of another cluster are not listened to', async () => {
    const cluster = await running({ clusterSize: 1, partitionsCount: 1, replicationFactor: 1 });
    const other = await running({ clusterSize: 1, partitionsCount: 2, replicationFactor: 1 });
    const before = canonicalText(cluster.configuration(0));
    const foreign = { ...other.configuration(0)!, version: 9, clusterId: 'foreign' };
    const message = { format: 1, kind: 'gossip', configuration: foreign };
    for (let times = 0; times < 2; times++) {
      cluster.keeper(0).receive(4, new TextEncoder().encode(JSON.stringify(message)));
    }
    expect(canonicalText(cluster.configuration(0))).toBe(before);
    expect(
      cluster.log.filter((line) => line.includes('belongs to the cluster foreign')),
    ).toHaveLength(1);
  });
});

describe('a change', () => {
  test('is decided, carried out by the brokers it names, and completed on all', async () => {
    const cluster = await running();
    cluster.start(3);
    const answer = await answered(cluster, 2, addThree);
    expect(answer).toMatchObject({ kind: 'planned', changeId: 2 });
    await untilDone(cluster, 1);
    await cluster.time.run(1_000);
    expect(allEqual(cluster)).toBe(true);
    const now = cluster.configuration(3)!;
    expect(now).toMatchObject({
      version: 3,
      voters: [0, 1, 2, 3],
      lastChange: { id: 2, status: 'COMPLETED' },
    });
    for (const id of memberIds(now)) {
      const configured = memberOf(now, id)!.replicas.map((each) => [
        each.partitionId,
        each.priority,
      ]);
      const actual = [...(cluster.replicas.get(id) ?? [])].map(([p, { priority }]) => [
        p,
        priority,
      ]);
      expect(actual.sort()).toEqual(configured);
    }
    expect(answer.kind === 'planned' && answer.after.members.map(({ id }) => id)).toEqual([
      0, 1, 2, 3,
    ]);
  });

  test('waits for a broker that is not there yet', async () => {
    const cluster = await running();
    await answered(cluster, 0, addThree);
    await cluster.time.run(60_000);
    expect(cluster.configuration(1)?.pendingChange?.pending[0]).toEqual({
      kind: 'BROKER_ADD',
      brokerId: 3,
    });
    cluster.start(3);
    await cluster.time.run(10);
    await untilDone(cluster, 0);
    expect(memberIds(cluster.configuration(0)!)).toEqual([0, 1, 2, 3]);
    expect(cluster.log.join('\n')).toContain('broker 3 is not a member of the cluster (0, 1, 2)');
  });

  test('more partitions: made, filled, then taken into service', async () => {
    const cluster = await running();
    await answered(cluster, 1, change({ kind: 'patch', partitionsCount: 5 }));
    await untilDone(cluster, 1);
    expect(cluster.configuration(1)?.routing).toEqual({
      version: 2,
      partitionsCount: 5,
      messagePartitionsCount: 3,
    });
    expect([...cluster.redistributed]).toEqual([4, 5]);
    expect([...cluster.replicas.values()].filter((each) => each.has(5))).toHaveLength(2);
  });

  test('a dry run answers the same and does nothing', async () => {
    const cluster = await running();
    const before = canonicalText(cluster.configuration(0));
    const dry = await answered(cluster, 1, change({ kind: 'patch', add: [3] }, true));
    await cluster.time.run(10_000);
    expect(canonicalText(cluster.configuration(0))).toBe(before);
    const real = await answered(cluster, 1, addThree);
    if (dry.kind !== 'planned' || real.kind !== 'planned') throw new Error('both are planned');
    expect(dry.operations).toEqual(real.operations);
    expect(dry.changeId).toBe(real.changeId);
  });

  test('nothing to do is nothing started', async () => {
    const cluster = await running();
    const answer = await answered(cluster, 0, change({ kind: 'scale', brokers: [0, 1, 2] }));
    expect(answer).toMatchObject({ kind: 'planned', changeId: 0, operations: [] });
    expect(cluster.configuration(0)?.version).toBe(1);
  });

  test('all brokers may be replaced, the deciding one too', async () => {
    const cluster = await running();
    for (const id of [3, 4, 5]) cluster.start(id);
    await answered(cluster, 0, change({ kind: 'scale', brokers: [3, 4, 5] }));
    await untilDone(cluster, 5);
    expect(memberIds(cluster.configuration(4)!)).toEqual([3, 4, 5]);
    for (const id of [0, 1, 2]) cluster.crash(id);
    await cluster.time.run(1_000);
    expect(cluster.keeper(4).coordinator()).toBe(3);
    expect(await answered(cluster, 5, change({ kind: 'add-broker', broker: 0 }))).toMatchObject({
      kind: 'planned',
    });
  });

  test('brokers that are removed may be switched off before it is completed', async () => {
    const cluster = await running();
    await answered(cluster, 1, change({ kind: 'scale', brokers: [0], replicationFactor: 1 }));
    for (let ms = 0; memberOf(cluster.configuration(0)!, 2) !== undefined; ms += 10) {
      if (ms > 60_000) throw new Error('broker 2 does not leave');
      await cluster.time.run(10);
    }
    cluster.crash(1);
    cluster.crash(2);
    await untilDone(cluster, 0);
    expect(memberIds(cluster.configuration(0)!)).toEqual([0]);
    expect(cluster.configuration(0)?.lastChange?.status).toBe('COMPLETED');
  });

  test('work that fails is tried again with growing pauses', async () => {
    const cluster = await running();
    cluster.failures = 1;
    await answered(cluster, 0, change({ kind: 'leave-partition', broker: 1, partitionId: 1 }));
    await cluster.time.run(200_000);
    const pauses = cluster.log.flatMap(
      (line) => /tried again in (\d+) s: the work failed/.exec(line)?.[1] ?? [],
    );
    expect(pauses.slice(0, 5)).toEqual(['10', '20', '40', '60', '60']);
    expect(replicasOf(cluster.configuration(0)!, 1).find(({ member }) => member === 1)?.state).toBe(
      'LEAVING',
    );
    cluster.failures = 0;
    await untilDone(cluster, 0);
    expect(replicasOf(cluster.configuration(0)!, 1).map(({ member }) => member)).toEqual([0]);
  });

  test('a broker whose disk is full goes on when there is room again', async () => {
    const cluster = await running();
    cluster.disk(1).writeFault = 'ENOSPC';
    await answered(cluster, 0, change({ kind: 'leave-partition', broker: 1, partitionId: 1 }));
    await cluster.time.run(20_000);
    expect(cluster.configuration(1)?.pendingChange).toBeNull();
    expect(cluster.log.join('\n')).toMatch(
      /1 error: the cluster's configuration could not be kept: ENOSPC/,
    );
    cluster.disk(1).writeFault = null;
    await untilDone(cluster, 0);
    expect(allEqual(cluster)).toBe(true);
  });
});

describe('one at a time', () => {
  test('a second change is refused with the remedy', async () => {
    const cluster = await running();
    await answered(cluster, 0, addThree);
    for (const request of [addThree, change({ kind: 'add-broker', broker: 4 }, true)]) {
      const answer = await answered(cluster, 2, request);
      expect(answer).toMatchObject({ kind: 'refused', reason: 'CONCURRENT' });
      expect(JSON.stringify(answer)).toContain('DELETE /actuator/cluster/changes/2');
    }
  });

  test('of two that are asked at once on different sides only one starts', async () => {
    const cluster = await running({ clusterSize: 5, partitionsCount: 5 });
    // 0 does not know that the others hear each other, and so on: both think that they decide.
    cluster.cut(0, 1);
    const answers: ClusterAnswer[] = [];
    const requests = [
      [0, change({ kind: 'add-broker', broker: 7 })],
      [1, change({ kind: 'add-broker', broker: 8 })],
    ] as const;
    for (const [at, request] of requests) {
      cluster.request(at, request).then((answer) => answers.push(answer));
    }
    await cluster.time.run(15_000);
    expect(
      answers.map((answer) => (answer.kind === 'refused' ? answer.reason : answer.kind)).sort(),
    ).toEqual(['CONCURRENT', 'planned']);
    cluster.heal();
    await cluster.time.run(10_000);
    expect(allEqual(cluster)).toBe(true);
    expect(cluster.conflicts).toEqual([]);
  });

  test('a stuck one is cancelled, and what it had begun can be undone', async () => {
    const cluster = await running();
    cluster.isStuck = true;
    const join = { kind: 'join-partition', broker: 2, partitionId: 1, priority: 4 } as const;
    await answered(cluster, 0, change(join));
    await cluster.time.run(5_000);
    const wrong = await answered(cluster, 2, { kind: 'cancel', changeId: 9 });
    expect(wrong).toMatchObject({
      reason: 'INVALID',
      message: 'Cannot cancel change 9 because change 2 is the current one',
    });
    const answer = await answered(cluster, 1, { kind: 'cancel', changeId: 2 });
    expect(answer).toMatchObject({
      kind: 'cancelled',
      configuration: { lastChange: { id: 2, status: 'CANCELLED' }, pendingChange: null },
    });
    await cluster.time.run(1_000);
    expect(cluster.log.join('\n')).toContain('was given up, because the change was cancelled');
    expect(replicasOf(cluster.configuration(1)!, 1).at(-1)).toMatchObject({
      member: 2,
      state: 'JOINING',
    });
    cluster.isStuck = false;
    await answered(cluster, 0, change({ kind: 'leave-partition', broker: 2, partitionId: 1 }));
    await untilDone(cluster, 0);
    expect(replicasOf(cluster.configuration(0)!, 1).map(({ member }) => member)).toEqual([0, 1]);
    const none = await answered(cluster, 0, { kind: 'cancel', changeId: 2 });
    expect(none).toMatchObject({
      message: 'Cannot cancel change 2 because no change is in progress',
    });
  });
});

describe('work is begun only while its change runs', () => {
  const leave = { kind: 'leave-partition', broker: 2, partitionId: 2 } as const;

  test('a broker that was away when it was cancelled does not go on with it', async () => {
    const cluster = await running();
    cluster.isStuck = true;
    await answered(cluster, 0, change(leave));
    await cluster.time.run(1_000);
    expect(replicasOf(cluster.configuration(0)!, 2).at(-1)?.state).toBe('LEAVING');
    cluster.crash(2);
    cluster.isStuck = false;
    await answered(cluster, 0, { kind: 'cancel', changeId: 2 });
    // It is back before it hears anything: its file says that the change runs.
    cluster.silence(0, 2);
    cluster.silence(1, 2);
    cluster.log.length = 0;
    cluster.start(2);
    await cluster.time.run(30_000);
    expect(cluster.configuration(2)?.pendingChange?.id).toBe(2);
    expect(cluster.log).toEqual([]);
    cluster.heal();
    await cluster.time.run(30_000);
    expect(cluster.replicas.get(2)?.has(2)).toBe(true);
    expect(cluster.configuration(2)?.lastChange?.status).toBe('CANCELLED');
    expect(allEqual(cluster)).toBe(true);
  });

  test('it waits while too few are there, and then goes on', async () => {
    const cluster = await running();
    cluster.isStuck = true;
    await answered(cluster, 0, change(leave));
    await cluster.time.run(1_000);
    for (const id of [0, 1, 2]) cluster.crash(id);
    cluster.isStuck = false;
    cluster.start(2);
    await cluster.time.run(120_000);
    expect(cluster.replicas.get(2)?.has(2)).toBe(true);
    cluster.start(1);
    await cluster.time.run(2_000);
    expect(cluster.replicas.get(2)?.has(2)).toBe(false);
    await untilDone(cluster, 1);
  });
});

test('a promise to another broker outlives a crash', async () => {
  const cluster = await running();
  const configuration = cluster.configuration(1)!;
  const ballot = { round: 9, member: 2 };
  cluster
    .keeper(1)
    .receive(2, encodeMessage({ kind: 'prepare', configuration, version: 2, ballot }));
  cluster.crash(2);
  cluster.crash(1);
  cluster.start(1);
  await cluster.time.run(1_000);
  expect(await answered(cluster, 0, addThree)).toMatchObject({ kind: 'planned' });
  const stored = readConfigurationFile(cluster.disk(0), '/data/cluster-configuration');
  expect(stored?.acceptor?.promised).toEqual({ round: 10, member: 0 });
});

describe('brokers that are away', () => {
  test('the lowest that is there decides', async () => {
    const cluster = await running();
    cluster.crash(0);
    await cluster.time.run(1_000);
    const leave = change({ kind: 'leave-partition', broker: 1, partitionId: 1 });
    expect(await answered(cluster, 2, leave)).toMatchObject({ kind: 'planned' });
    await untilDone(cluster, 2);
    cluster.start(0);
    await cluster.time.run(1_000);
    expect(allEqual(cluster)).toBe(true);
  });

  test('without a majority nothing starts, and the answer says what helps', async () => {
    const cluster = await running();
    cluster.crash(0);
    cluster.crash(1);
    await cluster.time.run(1_000);
    const answer = await answered(cluster, 2, addThree, 100);
    expect(answer).toMatchObject({ kind: 'refused', reason: 'UNREACHABLE' });
    expect(JSON.stringify(answer)).toContain('remove them by force');
    cluster.start(0);
    cluster.start(1);
    await cluster.time.run(20_000);
    expect(cluster.configuration(0)?.version).toBe(1);
  });

  test('by force the rest goes on', async () => {
    const cluster = await running({ replicationFactor: 3 });
    cluster.crash(0);
    cluster.crash(1);
    await cluster.time.run(1_000);
    const force = change({ kind: 'force-scale', brokers: [2] });
    expect(await answered(cluster, 2, force)).toMatchObject({ kind: 'planned', changeId: 2 });
    await untilDone(cluster, 2);
    expect(memberIds(cluster.configuration(2)!)).toEqual([2]);
    expect(await answered(cluster, 2, addThree)).toMatchObject({ kind: 'planned' });
    // Those that were struck off learn it when they come back.
    cluster.start(0);
    await cluster.time.run(1_000);
    expect(memberOf(cluster.configuration(0)!, 0)).toBeUndefined();
  });

  test('by force also in the middle of a change that lost its majority', async () => {
    const cluster = await running({ replicationFactor: 3 });
    await answered(cluster, 0, addThree);
    cluster.crash(0);
    cluster.crash(1);
    await cluster.time.run(1_000);
    expect(await answered(cluster, 2, { kind: 'cancel', changeId: 2 })).toMatchObject({
      reason: 'UNREACHABLE',
    });
    const force = change({ kind: 'force-scale', brokers: [2] });
    expect(await answered(cluster, 2, force)).toMatchObject({ kind: 'planned', changeId: 3 });
    expect(cluster.configuration(2)?.lastChange).toMatchObject({ id: 2, status: 'CANCELLED' });
    await untilDone(cluster, 2);
    expect(memberIds(cluster.configuration(2)!)).toEqual([2]);
  });

  test('a decider that goes away in the middle: the asker is told', async () => {
    const cluster = await running();
    const asked = cluster.request(2, addThree);
    cluster.crash(0);
    expect(await asked).toMatchObject({ kind: 'refused', reason: 'TIMEOUT' });
    await cluster.time.run(1_000);
    expect(await answered(cluster, 2, addThree)).toMatchObject({ kind: 'planned' });
  });

  test('an answer that is lost: the asker is told after a while', async () => {
    const cluster = await running();
    cluster.loss = 1;
    const answer = await answered(cluster, 2, addThree);
    expect(answer).toMatchObject({ kind: 'refused', reason: 'TIMEOUT' });
    expect(JSON.stringify(answer)).toContain('did not answer within 10 s');
  });

  test('votes that are lost: the wish is not started later', async () => {
    const cluster = await running();
    cluster.loss = 1;
    const answer = await answered(cluster, 0, addThree);
    expect(answer).toMatchObject({ kind: 'refused', reason: 'UNREACHABLE' });
    cluster.heal();
    await cluster.time.run(60_000);
    expect(cluster.configuration(0)?.version).toBe(1);
  });

  test('a stop answers what waits', async () => {
    const cluster = await running();
    const asked = cluster.request(2, addThree);
    cluster.crash(2);
    expect(await asked).toMatchObject({ kind: 'refused', reason: 'TIMEOUT' });
  });
});

test('what is no message is dropped with a line in the log', async () => {
  const cluster = await running({ clusterSize: 1, partitionsCount: 1, replicationFactor: 1 });
  const send = (text: string) => cluster.keeper(0).receive(1, new TextEncoder().encode(text));
  cluster.log.length = 0;
  for (const text of [
    'no json',
    '[]',
    '{"format":2,"kind":"ask"}',
    '{"format":1,"kind":"nope"}',
    '{"format":1,"kind":"gossip","configuration":{"version":3}}',
    '{"format":1,"kind":"prepare"}',
  ]) {
    send(text);
  }
  expect(cluster.log.map((line) => line.replace(/^\d+ /, ''))).toEqual([
    '0 warn: a message about the configuration is not JSON',
    '0 warn: a message about the configuration has the unknown format undefined',
    '0 warn: a message about the configuration has the unknown format 2',
    '0 warn: a message has the unknown kind nope',
    '0 warn: a message of the kind gossip is damaged',
    '0 warn: a message of the kind prepare is damaged',
  ]);
});
