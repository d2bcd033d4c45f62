// New instances, which any partition may take: they wait for none that has no leader, and are never created twice. And
// everything at once: views, cuts and refusals at random under load. Scripted partitions; time is moved by hand.
import type { Values } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { createProcessInstanceWithResult } from './service/create-process-instance.ts';
import { settled } from './testing/manual-timers.ts';
import { ScriptedCluster } from './testing/scripted-cluster.ts';
import { type Outcome, ServiceUnderTest, TestCall, watch } from './testing/service-under-test.ts';

function setup(leaders: readonly (number | undefined)[], nodes = 3) {
  const cluster = new ScriptedCluster(nodes, leaders.length);
  leaders.forEach((nodeId, i) => {
    cluster.lead(i + 1, nodeId);
  });
  const s = new ServiceUnderTest(cluster);
  return { cluster, s, timers: s.timers };
}

/** How many commands each partition has got, on any broker. */
const perPartition = (cluster: ScriptedCluster): number[] =>
  cluster.startPartitions.map((partitionId) =>
    [...cluster.known]
      .map((nodeId) => cluster.replica(nodeId, partitionId).commands.length)
      .reduce((sum, count) => sum + count, 0),
  );

const createMany = (s: ServiceUnderTest, count: number): Outcome[] =>
  Array.from({ length: count }, (_, i) => s.create(`p${i}`));

const states = (calls: readonly Outcome[]) => calls.map(({ state }) => state);

describe('a new instance goes', () => {
  test('round the partitions that take new ones and have a leader', async () => {
    const { cluster, s } = setup([0, undefined, 2, 1]);
    cluster.startPartitions = [1, 2, 3];
    cluster.changed();
    const calls = createMany(s, 10);
    await settled();
    expect(new Set(states(calls))).toEqual(new Set(['ok']));
    const [one, two, three] = perPartition(cluster);
    expect([(one ?? 0) + (three ?? 0), two]).toEqual([10, 0]);
    expect(cluster.replica(1, 4).commands).toEqual([]);
  });

  test('to the next partition at once when the leader cannot be reached', async () => {
    const { cluster, s } = setup([0, 1]);
    cluster.cut(0);
    const calls = createMany(s, 4);
    await settled();
    expect(states(calls)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(perPartition(cluster)).toEqual([0, 4]);
  });

  test('to the next one when there is no room; all full: RESOURCE_EXHAUSTED with an attempt each', async () => {
    const { cluster, s } = setup([0, 1, 2]);
    for (const id of [1, 2]) cluster.replica(id - 1, id).manner = 'full';
    const calls = createMany(s, 3);
    await settled();
    expect(states(calls)).toEqual(['ok', 'ok', 'ok']);
    cluster.replica(2, 3).manner = 'full';
    const last = s.create();
    await settled();
    expect(last.error?.code).toBe(8);
    expect(last.error?.attempts).toHaveLength(3);
    expect(s.held()).toBe(0);
  });

  test('to the first partition that is led again, when none is', async () => {
    const { cluster, s, timers } = setup([undefined, undefined]);
    const calls = createMany(s, 5);
    await timers.pass(1_000);
    expect(new Set(states(calls))).toEqual(new Set(['open']));
    expect(await s.metrics.text()).toContain(
      'millrace_gateway_requests_waiting_for_leader{partition="any"} 5',
    );
    cluster.lead(2, 0);
    await settled();
    expect(new Set(states(calls))).toEqual(new Set(['ok']));
    expect(perPartition(cluster)).toEqual([0, 5]);
    expect(s.held()).toBe(0);
  });

  test('to a partition that begins to take new ones, when none of the others is led', async () => {
    const { cluster, s } = setup([undefined, 1]);
    cluster.startPartitions = [1];
    cluster.changed();
    const call = s.create();
    await settled();
    expect(call.state).toBe('open');
    cluster.startPartitions = [1, 2];
    cluster.changed();
    await settled();
    expect(call.state).toBe('ok');
  });

  test('nowhere when none is led in time: RESOURCE_EXHAUSTED, not executed', async () => {
    const { s, timers } = setup([undefined, undefined]);
    const call = s.create();
    await timers.pass(15_200);
    expect(call.error).toMatchObject({
      code: 8,
      message:
        'Expected to execute the command on one of the partitions, but all failed; try again later (no partition has a leader)',
    });
    expect(s.held()).toBe(0);
  });

  test('nowhere else once it was sent: its leader may have executed it', async () => {
    const { cluster, s, timers } = setup([0, 1]);
    cluster.replica(0, 1).manner = 'swallow';
    const calls = createMany(s, 2);
    await settled();
    expect(states(calls)).toEqual(['open', 'ok']);
    cluster.cut(0);
    cluster.lead(1, undefined);
    await timers.pass(2_000);
    expect(states(calls)).toEqual(['open', 'ok']);
    cluster.lead(1, 2);
    await settled();
    expect(states(calls)).toEqual(['ok', 'ok']);
    expect(perPartition(cluster)).toEqual([2, 1]);
    expect(cluster.executed).toHaveLength(2);
  });

  test('as one message per partition and tick', async () => {
    const { cluster, s } = setup([0, 1]);
    createMany(s, 100);
    await settled();
    expect(cluster.delivered.map(({ requestIds }) => requestIds.length)).toEqual([50, 50]);
  });
});

test('an awaited result is asked for again where its instance is now, however long ago it began', async () => {
  const { cluster, s, timers } = setup([0]);
  cluster.replica(0).manner = 'swallow';
  const outer = { request: undefined, requestTimeout: 600_000, fetchVariables: [] };
  const call = watch(createProcessInstanceWithResult(s.gateway.service, outer, 10, new TestCall()));
  await timers.pass(60_000);
  cluster.lead(1, 1);
  await settled();
  expect(cluster.delivered.at(-1)).toMatchObject({ nodeId: 1, requestIds: [expect.any(Number)] });
  expect(cluster.delivered.at(-1)?.retriedSinceMs).toBeGreaterThanOrEqual(60_000);
  expect(cluster.executed).toHaveLength(1);
  expect(call.state).toBe('open');
  expect(s.gateway.partitions.limits.awaitedResults.count).toBe(1);
});

/** Numbers in [0, 1) from a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('everything changes under load', { timeout: 120_000 }, () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'seed %i: all calls end, each was executed at most once',
    async (seed) => {
      const { cluster, s, timers } = setup([0, 1, 2]);
      const random = randomOf(seed);
      const pick = (count: number) => Math.floor(random() * count);
      const creations: Outcome[] = [];
      const completions: Outcome[] = [];
      const manners = ['answer', 'answer', 'refuse', 'swallow', 'ignore'] as const;
      const disturb = [
        () => cluster.lead(1 + pick(3), pick(3)),
        () => cluster.lead(1 + pick(3), undefined),
        () => cluster.believe(1 + pick(3), pick(3)),
        () => cluster.cut(pick(3)),
        () => cluster.mend(pick(3)),
        () => {
          cluster.replica(pick(3), 1 + pick(3)).manner = manners[pick(manners.length)] ?? 'answer';
        },
      ];
      for (let round = 0; round < 120; round++) {
        for (let i = pick(8); i > 0; i--) creations.push(s.create(`p${creations.length}`));
        for (let i = pick(8); i > 0; i--) completions.push(s.complete(1 + pick(3)));
        if (pick(2) === 0) disturb[pick(disturb.length)]?.();
        await timers.pass(pick(60));
      }
      for (const nodeId of cluster.known) {
        cluster.mend(nodeId);
        for (const id of cluster.startPartitions) cluster.replica(nodeId, id).manner = 'answer';
      }
      cluster.startPartitions.forEach((id, i) => {
        cluster.lead(id, i);
      });
      await timers.pass(400);
      const open = [...creations, ...completions].filter(({ state }) => state === 'open');
      // Commands that a leader has taken and lost, as an unanswering one does here, end by their time; nothing else is left.
      await timers.pass(15_200);
      for (const call of open)
        expect(call.error?.message ?? '').toMatch(/^$|the outcome is unknown/);
      expect(states([...creations, ...completions])).not.toContain('open');
      expect(s.held()).toBe(0);
      expect(s.gateway.partitions.pending.size).toBe(0);
      const names = cluster.executed.map(({ key, value, valueType }) =>
        valueType === 'JOB' ? key : (value as Values['PROCESS_INSTANCE_CREATION']).bpmnProcessId,
      );
      expect(new Set(names).size).toBe(names.length);
      creations.forEach((call, i) => {
        const isExecuted = names.includes(`p${i}`);
        if (call.state === 'ok') expect(isExecuted).toBe(true);
        else if (!(call.error?.message ?? '').includes('unknown')) expect(isExecuted).toBe(false);
      });
    },
  );
});
