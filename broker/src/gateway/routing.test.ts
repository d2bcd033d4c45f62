// The way of requests to leaders, over changes of leaders: who gets what, how often, under which number, and how calls end
// when nobody answers. Scripted partitions on several brokers; time is moved by hand.
import type { LogRecord } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { settled } from './testing/manual-timers.ts';
import { ScriptedCluster } from './testing/scripted-cluster.ts';
import { type Outcome, ServiceUnderTest, TestCall } from './testing/service-under-test.ts';

const UNKNOWN = 'the outcome is unknown';
const TIMEOUT = 15_000;

interface Setup {
  readonly nodes?: number;
  readonly partitions?: number;
  /** Partition to broker. */
  readonly leaders?: readonly (number | undefined)[];
}

function setup({ nodes = 3, partitions = 1, leaders = [0] }: Setup = {}) {
  const cluster = new ScriptedCluster(nodes, partitions);
  leaders.forEach((nodeId, i) => {
    cluster.lead(i + 1, nodeId);
  });
  const s = new ServiceUnderTest(cluster);
  return { cluster, s, timers: s.timers };
}

const commandsAt = (cluster: ScriptedCluster, nodeId: number, partitionId = 1): LogRecord[] =>
  cluster.replica(nodeId, partitionId).commands;

const sendings = (cluster: ScriptedCluster) =>
  cluster.delivered.filter(({ requestIds }) => requestIds.length > 0);

const failureOf = (outcome: Outcome): { code: number; message: string } => {
  expect(outcome.state).toBe('failed');
  return { code: outcome.error?.code as number, message: outcome.error?.message as string };
};

describe('who gets a request', () => {
  test('the leader of its partition, and nobody else', async () => {
    const { cluster, s } = setup({ partitions: 2, leaders: [1, 2] });
    const calls = [s.complete(1), s.complete(2)];
    await settled();
    expect(calls.map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(sendings(cluster)).toMatchObject([
      { nodeId: 1, partitionId: 1, retriedSinceMs: 0 },
      { nodeId: 2, partitionId: 2, retriedSinceMs: 0 },
    ]);
    expect(s.held()).toBe(0);
  });

  test('nobody while no leader is known; the leader as soon as one is', async () => {
    const { cluster, s, timers } = setup({ leaders: [undefined] });
    const calls = [s.complete(), s.complete()];
    await timers.pass(5_000);
    expect(cluster.delivered).toEqual([]);
    expect(s.gateway.partitions.limits.completingWork.count).toBe(2);
    cluster.lead(1, 2);
    await settled();
    expect(calls.map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(sendings(cluster)).toMatchObject([{ nodeId: 2, retriedSinceMs: 0 }]);
    expect(s.held()).toBe(0);
  });

  test('a leader that cannot be reached does not have it; the next one gets it for the first time', async () => {
    const { cluster, s } = setup();
    cluster.cut(0);
    const call = s.complete();
    await settled();
    expect(call.state).toBe('open');
    cluster.lead(1, 1);
    await settled();
    expect(call.state).toBe('ok');
    expect(sendings(cluster)).toMatchObject([{ nodeId: 1, retriedSinceMs: 0 }]);
  });

  test('a message that the network does not take was not sent', async () => {
    const { cluster, s, timers } = setup();
    cluster.blocked.add(0);
    const call = s.complete();
    await timers.pass(200);
    expect(call.state).toBe('open');
    cluster.blocked.clear();
    await timers.pass(110);
    expect(call.state).toBe('ok');
    expect(sendings(cluster)).toMatchObject([{ nodeId: 0, retriedSinceMs: 0 }]);
  });

  test('a leader that can be reached again gets a few first, the rest a moment later', async () => {
    const { cluster, s, timers } = setup();
    cluster.blocked.add(0);
    cluster.replica(0).manner = 'ignore';
    for (let i = 0; i < 100; i++) s.complete();
    await settled();
    cluster.blocked.clear();
    await timers.pass(10);
    expect(commandsAt(cluster, 0)).toHaveLength(64);
    await timers.pass(10);
    expect(commandsAt(cluster, 0)).toHaveLength(100);
  });

  test('a leader that can be reached again is asked without a word of the view', async () => {
    const { cluster, s, timers } = setup();
    cluster.cut(0);
    const call = s.complete();
    await timers.pass(300);
    cluster.mend(0);
    await timers.pass(110);
    expect(call.state).toBe('ok');
    expect(sendings(cluster)).toHaveLength(1);
  });

  test('an unknown partition is refused at once', async () => {
    const { s } = setup();
    const call = s.complete(7);
    await settled();
    expect(failureOf(call).message).toContain('partition 7, but either it does not exist');
    expect(s.held()).toBe(0);
  });

  test('a command that no message can carry ends; its neighbours do not', async () => {
    const { cluster, s } = setup();
    cluster.frameBytesMax = 2_000_000;
    const large = JSON.stringify({ pad: 'x'.repeat(2_000_000) });
    const calls = [s.complete(), s.complete(1, new TestCall(), large), s.complete()];
    await settled();
    expect(calls.map(({ state }) => state)).toEqual(['ok', 'failed', 'ok']);
    expect(failureOf(calls[1] as Outcome)).toMatchObject({ code: 3 });
    expect(s.held()).toBe(0);
  });

  test('a partition that is added to the view gets its requests', async () => {
    const { cluster, s } = setup({ partitions: 2, leaders: [0, 1] });
    cluster.partitionsCount = 1;
    const small = new ServiceUnderTest(cluster);
    const early = small.complete(2);
    await settled();
    expect(early.state).toBe('failed');
    cluster.partitionsCount = 2;
    cluster.changed();
    const late = small.complete(2);
    await settled();
    expect(late.state).toBe('ok');
    expect(s.held()).toBe(0);
  });
});

describe('a leader is lost', () => {
  test('executed but not answered: the next one answers under the same number', async () => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'swallow';
    const call = s.complete();
    await timers.pass(700);
    cluster.cut(0);
    cluster.lead(1, undefined);
    await timers.pass(300);
    expect(call.state).toBe('open');
    cluster.lead(1, 1);
    await settled();
    expect(call.state).toBe('ok');
    const [first, second, ...more] = sendings(cluster);
    expect(more).toEqual([]);
    expect(second?.requestIds).toEqual(first?.requestIds);
    expect(second?.nodeId).toBe(1);
    expect(second?.retriedSinceMs).toBeGreaterThanOrEqual(1_000);
    expect(second?.retriedSinceMs).toBeLessThan(1_010);
    expect(cluster.executed).toHaveLength(1);
    expect(s.held()).toBe(0);
    const metrics = await s.metrics.text();
    expect(metrics).toContain('millrace_gateway_requests_repeated_total{partition="1"} 1');
    expect(metrics).toContain('millrace_gateway_leader_changes_total{partition="1"} 1');
    expect(metrics).toContain('millrace_gateway_requests_waiting_for_leader{partition="1"} 0');
    expect(metrics).toContain('topology_partition_roles{partition="1",broker="1"} 3');
    expect(metrics).toContain('topology_partition_roles{partition="1",broker="0"} 1');
  });

  test('what is sent again and what is sent first travel apart', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'ignore';
    const old = s.complete();
    await settled();
    cluster.cut(0);
    const young = s.complete();
    cluster.lead(1, 1);
    await settled();
    expect([old.state, young.state]).toEqual(['ok', 'ok']);
    const atNew = sendings(cluster).filter(({ nodeId }) => nodeId === 1);
    expect(atNew.map(({ retriedSinceMs }) => retriedSinceMs > 0)).toEqual([true, false]);
    expect(atNew.map(({ requestIds }) => requestIds.length)).toEqual([1, 1]);
  });

  test('requests of different age do not share a message when they are sent again', async () => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'ignore';
    s.complete();
    s.complete();
    await timers.pass(3_000);
    s.complete();
    await settled();
    cluster.lead(1, 1);
    await settled();
    const again = sendings(cluster).filter(({ retriedSinceMs }) => retriedSinceMs > 0);
    expect(again.map(({ requestIds }) => requestIds.length)).toEqual([2, 1]);
    expect(again[0]?.retriedSinceMs).toBeGreaterThanOrEqual(3_000);
    expect(again[1]?.retriedSinceMs).toBeLessThan(1_000);
  });

  test('the view names another one: it gets what the former has; both may answer', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'swallow';
    const call = s.complete();
    await settled();
    cluster.lead(1, 2);
    await settled();
    expect(call.state).toBe('ok');
    const [command] = commandsAt(cluster, 0) as [LogRecord];
    cluster.replica(0).answer(cluster.execute(command, cluster.replica(0)));
    cluster.replica(0).flush();
    await settled();
    expect(cluster.executed).toHaveLength(1);
    expect(s.held()).toBe(0);
  });

  test('the late answer of a former leader ends the call', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'swallow';
    cluster.replica(1).manner = 'ignore';
    const call = s.complete();
    await settled();
    cluster.lead(1, 1);
    await settled();
    const [command] = commandsAt(cluster, 0) as [LogRecord];
    cluster.replica(0).answer(cluster.execute(command, cluster.replica(0)));
    cluster.replica(0).flush();
    await settled();
    expect(call.state).toBe('ok');
  });

  test('the same broker leads again after its connection broke: asked again under the same number', async () => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'swallow';
    const call = s.complete();
    await settled();
    cluster.cut(0);
    cluster.replica(0).manner = 'answer';
    cluster.mend(0);
    await timers.pass(20);
    expect(call.state).toBe('ok');
    const [first, second] = sendings(cluster);
    expect(second?.requestIds).toEqual(first?.requestIds);
    expect(second?.retriedSinceMs).toBeGreaterThan(0);
    expect(cluster.executed).toHaveLength(1);
  });

  test('the view changes while a message is being handed over', async () => {
    const { cluster, s } = setup();
    const call = s.complete();
    let moved = false;
    cluster.whileSending = () => {
      if (moved) return;
      moved = true;
      cluster.cut(0);
      cluster.lead(1, 1);
    };
    await settled();
    expect(call.state).toBe('ok');
    expect(sendings(cluster)).toMatchObject([{ nodeId: 1, retriedSinceMs: 0 }]);
    expect(s.held()).toBe(0);
  });
});

describe('a refusal', () => {
  test('that another may take: asked again after growing pauses, by few, never in a busy loop', async () => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'refuse';
    const calls = Array.from({ length: 500 }, () => s.complete());
    await timers.pass(1_000);
    const tries = sendings(cluster);
    expect(tries.length).toBeGreaterThan(8);
    expect(tries.length).toBeLessThan(25);
    for (const { requestIds } of tries.slice(1)) expect(requestIds.length).toBeLessThanOrEqual(64);
    cluster.replica(0).manner = 'answer';
    await timers.pass(110);
    expect(calls.every(({ state }) => state === 'ok')).toBe(true);
    expect(cluster.executed).toHaveLength(500);
    expect(s.held()).toBe(0);
  });

  test('that another may take, and another one is known: asked at once', async () => {
    const { cluster, s } = setup();
    cluster.lead(1, 1, false);
    const call = s.complete();
    await settled();
    expect(call.state).toBe('open');
    cluster.believe(1, 1);
    await settled();
    expect(call.state).toBe('ok');
    expect(commandsAt(cluster, 1)).toHaveLength(1);
  });

  test('for good ends the call with its words', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'fail';
    const call = s.complete();
    await settled();
    expect(failureOf(call)).toEqual({ code: 13, message: 'refused by 0' });
    expect(s.held()).toBe(0);
  });

  test('of a former leader means nothing once the present one has the request', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'ignore';
    cluster.replica(1).manner = 'ignore';
    const call = s.complete();
    await settled();
    cluster.lead(1, 1);
    await settled();
    const { requestId } = commandsAt(cluster, 0)[0] as LogRecord;
    for (const retry of [true, false]) {
      cluster
        .replica(0)
        .notice({ kind: 'refused', requestId, retry, code: 'UNAVAILABLE', message: 'late' });
    }
    cluster.replica(0).flush();
    await settled();
    expect(call.state).toBe('open');
    expect(commandsAt(cluster, 1)).toHaveLength(1);
  });

  test('for want of room ends a call that nobody else can have executed', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'full';
    const call = s.complete();
    await settled();
    expect(failureOf(call).code).toBe(8);
  });

  test('for want of room does not end one that a former leader may have executed', async () => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'swallow';
    cluster.replica(1).manner = 'full';
    const call = s.complete();
    await settled();
    cluster.lead(1, 1);
    await timers.pass(350);
    expect(call.state).toBe('open');
    cluster.replica(1).manner = 'answer';
    await timers.pass(110);
    expect(call.state).toBe('ok');
    expect(cluster.executed).toHaveLength(1);
  });
});

describe('nobody answers in time', () => {
  test('never sent: DEADLINE_EXCEEDED, and certainly not executed', async () => {
    const { s, timers } = setup({ leaders: [undefined] });
    const call = s.complete();
    await timers.pass(TIMEOUT - 200);
    expect(call.state).toBe('open');
    await timers.pass(400);
    const { code, message } = failureOf(call);
    expect(code).toBe(4);
    expect(message).toBe(
      'Time out between gateway and broker: no leader of partition 1 was found in PT15S; the request was not sent',
    );
    expect(s.held()).toBe(0);
    expect(s.gateway.partitions.routes.get(1)?.waiting.size).toBe(0);
  });

  test('the leader has it and says nothing: DEADLINE_EXCEEDED, unknown', async () => {
    const { cluster, s, timers } = setup({ leaders: [1] });
    cluster.replica(1).manner = 'ignore';
    const call = s.complete();
    await timers.pass(TIMEOUT + 200);
    expect(failureOf(call)).toEqual({
      code: 4,
      message: `Time out between gateway and broker: Request command-api-1 to broker-1:26502 timed out in PT15S; ${UNKNOWN}`,
    });
    expect(s.held()).toBe(0);
  });

  test.each([
    ['no leader is found again', (cluster: ScriptedCluster) => cluster.lead(1, undefined)],
    ['the way there stays cut', () => {}],
    [
      'the next one refuses to the end',
      (cluster: ScriptedCluster) => {
        cluster.replica(2).manner = 'refuse';
        cluster.lead(1, 2);
      },
    ],
  ])('sent, its leader lost, and %s: UNAVAILABLE, unknown', async (_, then) => {
    const { cluster, s, timers } = setup();
    cluster.replica(0).manner = 'ignore';
    const call = s.complete();
    await settled();
    cluster.cut(0);
    then(cluster);
    await timers.pass(TIMEOUT + 200);
    const { code, message } = failureOf(call);
    expect(code).toBe(14);
    expect(message).toContain(UNKNOWN);
    expect(s.held()).toBe(0);
  });

  test('a client that has gone: what was not sent is not sent any more', async () => {
    const { cluster, s } = setup({ leaders: [undefined] });
    const gone = new TestCall();
    s.complete(1, gone);
    s.create('p', gone);
    const stays = s.complete();
    await settled();
    gone.end();
    expect(s.gateway.partitions.pending.size).toBe(1);
    cluster.lead(1, 0);
    await settled();
    expect(stays.state).toBe('ok');
    expect(cluster.executed).toHaveLength(1);
    expect(s.held()).toBe(0);
  });

  test('a client that goes while its leader is lost: its request is not sent again', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'ignore';
    const call = new TestCall();
    s.complete(1, call);
    await settled();
    call.end();
    expect(s.held()).toBeGreaterThan(0);
    cluster.cut(0);
    expect(s.held()).toBe(0);
    cluster.lead(1, 1);
    await settled();
    expect(commandsAt(cluster, 1)).toEqual([]);
  });

  test('every replica is dead: UNAVAILABLE at once; one that only starts is waited for', async () => {
    const { cluster, s } = setup({ leaders: [undefined] });
    const waiting = s.complete();
    await settled();
    expect(waiting.state).toBe('open');
    cluster.dead.add('0/1').add('1/1').add('2/1');
    cluster.changed();
    const late = s.complete();
    await settled();
    for (const call of [waiting, late]) {
      expect(failureOf(call).code).toBe(14);
      expect(failureOf(call).message).not.toContain(UNKNOWN);
    }
    expect(s.held()).toBe(0);
  });

  test('no broker is known: UNAVAILABLE at once', async () => {
    const { cluster, s } = setup({ leaders: [undefined] });
    cluster.known.clear();
    cluster.changed();
    const calls = [s.complete(), s.create()];
    await settled();
    for (const call of calls) expect(failureOf(call).code).toBe(14);
    expect(s.held()).toBe(0);
  });

  test('shutdown ends what waits, and says unknown only of what was sent', async () => {
    const { cluster, s } = setup({ partitions: 2, leaders: [0, undefined] });
    cluster.replica(0).manner = 'ignore';
    const calls = [s.complete(1), s.complete(2)];
    await settled();
    s.gateway.endWaiting();
    s.gateway.close();
    await settled();
    const texts = calls.map((call) => failureOf(call).message);
    expect(texts.map((text) => text.includes(UNKNOWN))).toEqual([true, false]);
    expect(s.held()).toBe(0);
    expect(s.timers.pending).toBe(0);
  });
});
