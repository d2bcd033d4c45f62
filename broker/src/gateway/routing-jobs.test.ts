// Job streams and waiting polls over changes of leaders, what becomes of jobs that reach nobody, and what a gateway does when
// its session has no more numbers. Scripted partitions on several brokers; time is moved by hand.
import {
  COUNT_MAX,
  EMPTY_JOB,
  type JobValue,
  type Key,
  type LogRecord,
  sessionOf,
} from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { RequestNumbers } from './partitions/request-numbers.ts';
import { settled } from './testing/manual-timers.ts';
import { ScriptedCluster, type ScriptedReplica } from './testing/scripted-cluster.ts';
import { ServiceUnderTest, TestCall, watch } from './testing/service-under-test.ts';

function setup(leaders: readonly (number | undefined)[] = [0], nodes = 3) {
  const cluster = new ScriptedCluster(nodes, leaders.length);
  leaders.forEach((nodeId, i) => {
    cluster.lead(i + 1, nodeId);
  });
  const s = new ServiceUnderTest(cluster);
  return { cluster, s, timers: s.timers };
}

const WISH = { type: 'pay', worker: 'w', timeout: 1_000, fetchVariable: [], tenantIds: [] };

function openStream(s: ServiceUnderTest, call = new TestCall()) {
  return { call, outcome: watch(s.gateway.service.streams.open(WISH, 10, call)) };
}

function poll(s: ServiceUnderTest, requestTimeout: number, call = new TestCall()) {
  const request = { ...WISH, maxJobsToActivate: 10, requestTimeout };
  return { call, outcome: watch(s.gateway.service.polling.activate(request, 10, call)) };
}

function addJobs(replica: ScriptedReplica, count: number): Key[] {
  const job: JobValue = { ...EMPTY_JOB, type: 'pay', retries: 3 };
  const keys = Array.from({ length: count }, () => replica.nextKey());
  for (const key of keys) replica.addJob(key, job);
  replica.flush();
  return keys;
}

const yields = (replica: ScriptedReplica): LogRecord[] =>
  replica.commands.filter(({ intent }) => intent === 'YIELD');

describe('a job stream', () => {
  test('is open where the partitions are led, and nowhere else', async () => {
    const { cluster, s } = setup([0, 1]);
    const { call } = openStream(s);
    await settled();
    const open = () =>
      [...cluster.known].map((nodeId) =>
        [1, 2].map((id) => cluster.replica(nodeId, id).streams.size),
      );
    expect(open()).toEqual([
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    call.end();
    await settled();
    expect(open().flat()).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('is opened with a new leader at once and closed at the former one', async () => {
    const { cluster, s } = setup();
    openStream(s);
    openStream(s);
    await settled();
    const before = [...cluster.replica(0).streams.keys()];
    cluster.lead(1, 2);
    await settled();
    expect(cluster.replica(0).streams.size).toBe(0);
    expect([...cluster.replica(2).streams.keys()]).toEqual(before);
  });

  test('waits for a leader when there is none', async () => {
    const { cluster, s } = setup([undefined]);
    openStream(s);
    await settled();
    cluster.lead(1, 1);
    await settled();
    expect(cluster.replica(1).streams.size).toBe(1);
  });

  test('is opened anew with the same leader when its connection broke, also without any request', async () => {
    const { cluster, s, timers } = setup();
    openStream(s);
    await settled();
    cluster.cut(0);
    cluster.replica(0).streams.clear();
    await timers.pass(500);
    expect(cluster.replica(0).streams.size).toBe(0);
    cluster.mend(0);
    await timers.pass(110);
    expect(cluster.replica(0).streams.size).toBe(1);
  });

  test('that closed while a leader was away stays closed', async () => {
    const { cluster, s, timers } = setup();
    const { call } = openStream(s);
    const { call: other } = openStream(s);
    await settled();
    cluster.cut(0);
    call.end();
    await timers.pass(200);
    cluster.replica(0).streams.clear();
    cluster.mend(0);
    await timers.pass(110);
    expect(cluster.replica(0).streams.size).toBe(1);
    other.end();
    await settled();
    expect(cluster.replica(0).streams.size).toBe(0);
  });

  test('delivers what a former leader has pushed', async () => {
    const { cluster, s } = setup();
    const { call } = openStream(s);
    await settled();
    const streams = new Map(cluster.replica(0).streams);
    cluster.lead(1, 1);
    await settled();
    for (const [id, stream] of streams) cluster.replica(0).streams.set(id, stream);
    addJobs(cluster.replica(0), 2);
    await settled();
    expect(call.frames).toHaveLength(2);
  });

  test('gives back to the present leader what a former one pushed and nobody takes', async () => {
    const { cluster, s } = setup();
    const { call } = openStream(s);
    await settled();
    const streams = new Map(cluster.replica(0).streams);
    call.end();
    cluster.lead(1, 1);
    await settled();
    for (const [id, stream] of streams) cluster.replica(0).streams.set(id, stream);
    const keys = addJobs(cluster.replica(0), 2);
    await settled();
    expect(yields(cluster.replica(1)).map(({ key }) => key)).toEqual(keys);
    expect(yields(cluster.replica(0))).toEqual([]);
  });

  test('that a leader still believes open is closed when it pushes to it', async () => {
    const { cluster, s } = setup();
    const { call } = openStream(s);
    await settled();
    const streams = new Map(cluster.replica(0).streams);
    call.end();
    await settled();
    for (const [id, stream] of streams) cluster.replica(0).streams.set(id, stream);
    addJobs(cluster.replica(0), 1);
    await settled();
    expect(yields(cluster.replica(0))).toHaveLength(1);
    expect(cluster.replica(0).streams.size).toBe(0);
  });
});

describe('a job that reaches nobody', () => {
  async function pushedToNobody() {
    const { cluster, s, timers } = setup();
    const { call } = openStream(s);
    await settled();
    const [streamId, stream] = [...cluster.replica(0).streams][0] as [number, never];
    call.end();
    await settled();
    return { cluster, s, timers, streamId, stream };
  }

  test('goes back once a leader is there again, and once', async () => {
    const { cluster, s, timers, streamId, stream } = await pushedToNobody();
    cluster.replica(0).streams.set(streamId, stream);
    addJobs(cluster.replica(0), 3);
    cluster.lead(1, undefined);
    await timers.pass(500);
    expect(s.gateway.partitions.limits.givingBack.count).toBe(3);
    cluster.lead(1, 2);
    await settled();
    expect(yields(cluster.replica(2))).toHaveLength(3);
    expect(cluster.executed).toHaveLength(3);
    expect(s.held()).toBe(0);
  });

  test('is not given back when its lock is over: somebody else may have it by then', async () => {
    const { cluster, s, timers, streamId, stream } = await pushedToNobody();
    cluster.replica(0).streams.set(streamId, stream);
    cluster.replica(0).lockedUntilMs = timers.wallMs() + 200;
    addJobs(cluster.replica(0), 1);
    cluster.lead(1, undefined);
    await timers.pass(300);
    cluster.lead(1, 1);
    await settled();
    expect(yields(cluster.replica(1))).toEqual([]);
    expect(s.held()).toBe(0);
  });
});

describe('a poll', () => {
  test('that waits asks again when its partition is led again', async () => {
    const { cluster, s, timers } = setup();
    const { call, outcome } = poll(s, 60_000);
    await timers.pass(100);
    expect(outcome.state).toBe('open');
    cluster.lead(1, undefined);
    await settled();
    cluster.replica(1).waiting.push({
      key: cluster.replica(1).nextKey(),
      job: { ...EMPTY_JOB, type: 'pay' },
    });
    cluster.lead(1, 1);
    await settled();
    expect(outcome.state).toBe('ok');
    expect(call.frames).toHaveLength(1);
    expect(s.held()).toBe(0);
  });

  test('passes over a partition without a leader, and over one that cannot be reached', async () => {
    const { cluster, s } = setup([undefined, 1, 2]);
    cluster.cut(1);
    addJobs(cluster.replica(2, 3), 1);
    const { call, outcome } = poll(s, -1);
    await settled();
    expect(outcome.state).toBe('ok');
    expect(call.frames).toHaveLength(1);
  });

  test('that has asked a leader which is lost gets its jobs from the next one', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'ignore';
    const { call, outcome } = poll(s, -1);
    await settled();
    cluster.cut(0);
    addJobs(cluster.replica(1), 1);
    cluster.lead(1, 1);
    await settled();
    expect(outcome.state).toBe('ok');
    expect(call.frames).toHaveLength(1);
    expect(cluster.delivered.at(-1)?.retriedSinceMs).toBeGreaterThan(0);
  });

  test('of a client that has gone is asked for all the same, so that its jobs go back', async () => {
    const { cluster, s } = setup();
    cluster.replica(0).manner = 'ignore';
    const { call } = poll(s, -1);
    await settled();
    call.end();
    cluster.cut(0);
    cluster.replica(1).lockedUntilMs = s.timers.wallMs() + 10_000;
    addJobs(cluster.replica(1), 2);
    cluster.lead(1, 1);
    await settled();
    expect(yields(cluster.replica(1))).toHaveLength(2);
    expect(s.held()).toBe(0);
  });

  test('gets the jobs of the other partitions although one does not answer', async () => {
    const { cluster, s, timers } = setup([0, 1]);
    cluster.replica(0, 1).manner = 'ignore';
    addJobs(cluster.replica(1, 2), 1);
    const { call, outcome } = poll(s, 60_000);
    await timers.pass(2_100);
    expect(outcome.state).toBe('ok');
    expect(call.frames).toHaveLength(1);
  });

  test('ends in time although no partition answers; what comes too late goes back', async () => {
    const { cluster, s, timers } = setup([0, 0, 0]);
    for (const id of [1, 2, 3]) cluster.replica(0, id).manner = 'ignore';
    const { outcome } = poll(s, 3_000);
    await timers.pass(3_100);
    expect(outcome.state).toBe('ok');
    cluster.replica(1, 1).lockedUntilMs = timers.wallMs() + 10_000;
    addJobs(cluster.replica(1, 1), 2);
    cluster.lead(1, 1);
    await settled();
    expect(yields(cluster.replica(1, 1))).toHaveLength(2);
  });

  test('fails while no broker is known', async () => {
    const { cluster, s } = setup([undefined]);
    cluster.known.clear();
    cluster.changed();
    const { outcome } = poll(s, 0);
    await settled();
    expect(outcome.error?.code).toBe(14);
  });
});

describe('numbers', () => {
  test('a session that has none left is followed by another; the old one stays ours', () => {
    const numbers = new RequestNumbers(7, () => 0.5, 2);
    let renewed = 0;
    numbers.onRenewed = () => renewed++;
    const given = Array.from({ length: 4 }, () => numbers.next());
    expect(given.map(sessionOf)).toEqual([7, 7, 7, numbers.session]);
    expect(numbers.session).not.toBe(7);
    expect(new Set(given).size).toBe(4);
    expect([numbers.owns(7), numbers.owns(numbers.session), numbers.owns(8)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(renewed).toBe(1);
  });

  test('a session that is drawn again is not taken again', () => {
    const draws = [0.5, 0.5, 0.25];
    const numbers = new RequestNumbers(7, () => draws.shift() as number, 0);
    const given = Array.from({ length: 3 }, () => numbers.next());
    expect(new Set(given.map(sessionOf)).size).toBe(3);
  });

  test('the default is the whole range of a session', () => {
    expect(COUNT_MAX).toBe(2 ** 29 - 1);
  });

  test('streams go on under the new session, and calls under the old one are answered', async () => {
    const { cluster, s } = setup();
    const { call } = openStream(s);
    cluster.replica(0).manner = 'swallow';
    const old = s.complete();
    await settled();
    const { numbers } = s.gateway.partitions;
    const session = numbers.session;
    s.gateway.service.partitions.numbers.renew();
    await settled();
    expect(numbers.session).not.toBe(session);
    expect([...cluster.replica(0).streams.keys()].map(sessionOf)).toEqual([numbers.session]);
    cluster.replica(0).manner = 'answer';
    const young = s.complete();
    cluster.lead(1, 1);
    await settled();
    expect([old.state, young.state]).toEqual(['ok', 'ok']);
    addJobs(cluster.replica(1), 1);
    await settled();
    expect(call.frames).toHaveLength(1);
  });
});
