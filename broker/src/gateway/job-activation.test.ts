// ActivateJobs and StreamActivatedJobs over the wire: rounds, waiting, pushing, and what becomes of jobs nobody takes.
import { Document, EMPTY_JOB, type JobValue, type Key, makeKey } from '@millrace/protocol';
import { describe, expect, test, vi } from 'vitest';
import { ofBroker } from '../partition/messages.ts';
import { testGateway } from './testing/gateway-client.ts';
import { rejection, type ScriptedPartition } from './testing/scripted-partition.ts';

const LATER = { timeout: 5000 };
const ask = (more: object = {}) => ({
  type: 'pay',
  worker: 'w',
  timeout: 1000,
  maxJobsToActivate: 10,
  requestTimeout: -1,
  ...more,
});

function job(more: Partial<JobValue> = {}): JobValue {
  return { ...EMPTY_JOB, type: 'pay', retries: 3, ...more };
}

function add(partition: ScriptedPartition, count: number, more: Partial<JobValue> = {}): Key[] {
  return Array.from({ length: count }, () => {
    const key = partition.nextKey();
    partition.addJob(key, job(more));
    return key;
  });
}

const count = (partition: ScriptedPartition, intent: string): number =>
  partition.commands.filter((command) => command.intent === intent).length;

describe('one round', () => {
  test('asks the partitions in turn for what is missing', async () => {
    await using t = await testGateway({}, 3);
    for (const partition of t.partitions) add(partition, 4);
    const answers = await t.client.collect('ActivateJobs', ask({ fetchVariable: ['a'] }));
    expect(answers.map(({ jobs }) => jobs.length)).toEqual([4, 4, 2]);
    expect(t.partitions.map(({ commands }) => commands[0]?.value)).toMatchObject([
      { maxJobsToActivate: 10, variables: ['a'], tenantIds: ['<default>'], worker: 'w' },
      { maxJobsToActivate: 6 },
      { maxJobsToActivate: 2 },
    ]);
    const next = await t.client.collect('ActivateJobs', ask());
    expect(next.map(({ jobs }) => jobs.length)).toEqual([2]);
    expect(t.partitions[1]?.commands).toHaveLength(2);
  });

  test('nothing there: OK and no message; negative time does not wait', async () => {
    await using t = await testGateway({}, 2);
    expect(await t.client.collect('ActivateJobs', ask())).toEqual([]);
    expect(t.gateway.partitions.limits.waitingPolls.count).toBe(0);
  });

  test('a maximum below one asks nobody', async () => {
    await using t = await testGateway();
    expect(await t.client.collect('ActivateJobs', ask({ maxJobsToActivate: 0 }))).toEqual([]);
    expect(t.partition.commands).toEqual([]);
  });

  test('a rejection ends the call', async () => {
    await using t = await testGateway();
    t.partition.script = (command) => rejection(command, 'INVALID_ARGUMENT', 'the type is blank');
    expect(
      await t.client.failure('ActivateJobs', ask({ type: '', requestTimeout: 0 })),
    ).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: "Command 'ACTIVATE' rejected with code 'INVALID_ARGUMENT': the type is blank",
    });
  });

  test('no jobs and a partition without room: RESOURCE_EXHAUSTED at once, also when it may wait', async () => {
    await using t = await testGateway({}, 2);
    (t.partitions[0] as ScriptedPartition).script = ({ requestId }) => ({
      kind: 'refused',
      retry: false,
      requestId,
      code: 'RESOURCE_EXHAUSTED',
      message: 'full',
    });
    const failure = await t.client.failure('ActivateJobs', ask({ requestTimeout: 0 }));
    expect(failure).toMatchObject({ code: 'RESOURCE_EXHAUSTED', details: 'full' });
    add(t.partitions[1] as ScriptedPartition, 1);
    const [first] = await t.client.collect('ActivateJobs', ask());
    expect(first.jobs).toHaveLength(1);
  });

  test('a partition that says "truncated" is asked again before the next', async () => {
    await using t = await testGateway({}, 2);
    const [one, two] = t.partitions as [ScriptedPartition, ScriptedPartition];
    add(two, 1);
    let asked = 0;
    one.script = (command) => {
      if (asked++ < 2) {
        const value = { ...(command.value as object), truncated: true };
        one.answer({ ...command, recordType: 'EVENT', intent: 'ACTIVATED', value } as never);
        return 'silent';
      }
      return undefined;
    };
    const answers = await t.client.collect('ActivateJobs', ask());
    expect(answers.flatMap(({ jobs }) => jobs)).toHaveLength(1);
    expect(one.commands).toHaveLength(3);
  });

  test('more than one message can hold is sent in several; a job too large for any goes back', async () => {
    await using t = await testGateway({ maxMessageBytes: 10_000 });
    const pad = (bytes: number) => ({
      variables: new Document(JSON.stringify({ pad: 'x'.repeat(bytes) })),
    });
    add(t.partition, 3, pad(4000));
    const [large] = add(t.partition, 1, { ...pad(20_000), retries: 2 });
    const answers = await t.client.collect('ActivateJobs', ask());
    expect(answers.map(({ jobs }) => jobs.length)).toEqual([2, 1]);
    await vi.waitFor(() => expect(count(t.partition, 'FAIL')).toBe(1), LATER);
    expect(t.partition.commands.find(({ intent }) => intent === 'FAIL')).toMatchObject({
      key: large,
      value: { retries: 2, retryBackoff: 0, errorMessage: expect.stringContaining('10000 bytes') },
    });
  });

  test('jobs for a client that has gone are given back without losing a retry', async () => {
    await using t = await testGateway();
    let asked: (() => void) | undefined;
    t.partition.script = (command, partition) => {
      if (command.intent !== 'ACTIVATE' || asked !== undefined) return undefined;
      asked = () => {
        partition.script = () => undefined;
        partition.send(ofBroker());
      };
      const key = makeKey(1, 500);
      const value = {
        ...(command.value as object),
        jobKeys: [key],
        jobs: [job({ deadline: 2_000_000 })],
      };
      held = { ...command, recordType: 'EVENT', intent: 'ACTIVATED', value } as never;
      return 'silent';
    };
    let held: never | undefined;
    const stream = t.client.stream('ActivateJobs', ask({ requestTimeout: 0 }));
    await vi.waitFor(() => expect(asked).toBeDefined(), LATER);
    stream.cancel();
    await vi.waitFor(
      async () =>
        expect(await t.metrics.text()).toContain('requestType="ActivateJobs",error="CANCELLED"'),
      LATER,
    );
    t.partition.answer(held as never);
    t.partition.flush();
    await vi.waitFor(() => expect(count(t.partition, 'YIELD')).toBe(1), LATER);
  });
});

describe('waiting for jobs', () => {
  test('an announcement wakes the oldest; it ends with the first jobs', async () => {
    await using t = await testGateway();
    const first = t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }));
    const waiting = () => t.gateway.partitions.limits.waitingPolls.count;
    await vi.waitFor(() => expect(waiting()).toBe(1), LATER);
    const second = t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }));
    await vi.waitFor(() => expect(waiting()).toBe(2), LATER);
    const asked = count(t.partition, 'ACTIVATE');
    add(t.partition, 1);
    t.partition.flush();
    expect((await first)[0].jobs).toHaveLength(1);
    await vi.waitFor(() => expect(count(t.partition, 'ACTIVATE')).toBe(asked + 2), LATER);
    expect(waiting()).toBe(1);
    add(t.partition, 2);
    t.partition.flush();
    expect((await second)[0].jobs).toHaveLength(2);
    expect(waiting()).toBe(0);
  });

  test('time over: OK and no message', async () => {
    await using t = await testGateway();
    expect(await t.client.collect('ActivateJobs', ask({ requestTimeout: 30 }))).toEqual([]);
  });

  test('no time given: the default of the gateway', async () => {
    await using t = await testGateway({
      longPolling: { enabled: true, timeoutMs: 30, probeMs: 10_000 },
    });
    expect(await t.client.collect('ActivateJobs', ask({ requestTimeout: 0 }))).toEqual([]);
  });

  test('switched off: never waits', async () => {
    await using t = await testGateway({
      longPolling: { enabled: false, timeoutMs: 60_000, probeMs: 10_000 },
    });
    expect(await t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }))).toEqual([]);
  });

  test('an announcement during a round makes it repeat', async () => {
    await using t = await testGateway();
    let rounds = 0;
    t.partition.script = (_, partition) => {
      if (rounds++ === 0) partition.notice({ kind: 'jobs-available', type: 'pay' });
      else if (rounds === 2) partition.waiting.push({ key: makeKey(1, 9), job: job() });
      return undefined;
    };
    const answers = await t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }));
    expect(answers[0].jobs).toHaveLength(1);
  });

  test('a probe finds jobs that nobody announced', async () => {
    await using t = await testGateway({
      longPolling: { enabled: true, timeoutMs: 60_000, probeMs: 20 },
    });
    const answers = t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }));
    await vi.waitFor(() => expect(t.partition.commands.length).toBeGreaterThan(0), LATER);
    t.partition.waiting.push({ key: makeKey(1, 9), job: job() });
    expect((await answers)[0].jobs).toHaveLength(1);
  });

  test('a cancelled call leaves the queue', async () => {
    await using t = await testGateway();
    const stream = t.client.stream('ActivateJobs', ask({ requestTimeout: 60_000 }));
    const limit = t.gateway.partitions.limits.waitingPolls;
    await vi.waitFor(() => expect(limit.count).toBe(1), LATER);
    expect(await t.metrics.text()).toContain('zeebe_long_polling_queued_current{type="pay"} 1');
    stream.cancel();
    await vi.waitFor(() => expect(limit.count).toBe(0), LATER);
    add(t.partition, 1);
    t.partition.flush();
    expect((await t.client.collect('ActivateJobs', ask()))[0].jobs).toHaveLength(1);
  });

  test('closing ends it with OK', async () => {
    const t = await testGateway();
    const answers = t.client.collect('ActivateJobs', ask({ requestTimeout: 60_000 }));
    const limit = t.gateway.partitions.limits.waitingPolls;
    await vi.waitFor(() => expect(limit.count).toBe(1), LATER);
    await t.gateway.close(5000);
    expect(await answers).toEqual([]);
    t.client.close();
  });
});

describe('job streams', () => {
  const open = { type: 'pay', worker: 'w', timeout: 1000, fetchVariable: ['a'] };

  test('opens on every partition, gets single jobs, and closes everywhere', async () => {
    await using t = await testGateway({ streamCapacity: 256 }, 2);
    const stream = t.client.stream('StreamActivatedJobs', open);
    const jobs: { key: string }[] = [];
    stream.on('data', (each) => jobs.push(each));
    for (const partition of t.partitions) {
      await vi.waitFor(() => expect(partition.streams.size).toBe(1), LATER);
      expect([...partition.streams.values()]).toMatchObject([
        {
          type: 'pay',
          worker: 'w',
          timeout: 1000,
          fetchVariables: ['a'],
          tenantIds: ['<default>'],
          capacity: 128,
        },
      ]);
      add(partition, 3);
      partition.flush();
    }
    await vi.waitFor(() => expect(jobs).toHaveLength(6), LATER);
    expect(jobs[0]).toMatchObject({ type: 'pay', worker: 'w', retries: 3, variables: '{}' });
    expect(t.gateway.jobStreams()).toMatchObject([{ jobType: 'pay', worker: 'w', timeout: 1000 }]);
    stream.cancel();
    for (const partition of t.partitions) {
      await vi.waitFor(() => expect(partition.streams.size).toBe(0), LATER);
    }
    expect(t.gateway.jobStreams()).toEqual([]);
  });

  test.each([
    [{ type: ' ', timeout: 0 }, 'type to be present, but it was blank'],
    [{ type: 't', timeout: 0 }, 'timeout to be greater than zero, but it was 0'],
    [{ type: 't', timeout: -7 }, 'timeout to be greater than zero, but it was -7'],
  ])('%j is refused', async (request, text) => {
    await using t = await testGateway();
    expect(await t.client.failure('StreamActivatedJobs', request)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: `Expected to stream activated jobs with ${text}`,
    });
  });

  test('a job pushed to a stream that has closed is given back', async () => {
    await using t = await testGateway();
    const stream = t.client.stream('StreamActivatedJobs', open);
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(1), LATER);
    const late = new Map(t.partition.streams);
    stream.cancel();
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(0), LATER);
    for (const [id, each] of late) t.partition.streams.set(id, each);
    const [key] = add(t.partition, 1);
    t.partition.streams.clear();
    t.partition.flush();
    await vi.waitFor(() => expect(count(t.partition, 'YIELD')).toBe(1), LATER);
    expect(t.partition.commands.find(({ intent }) => intent === 'YIELD')?.key).toBe(key);
  });

  test('a client that does not read is taken off, what it cannot get goes back, and it comes on again', async () => {
    await using t = await testGateway({ streamBufferBytes: 300_000 });
    const stream = t.client.stream('StreamActivatedJobs', open);
    let received = 0;
    stream.on('data', () => received++);
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(1), LATER);
    stream.pause();
    const variables = new Document(JSON.stringify({ pad: 'x'.repeat(50_000) }));
    t.partition.script = ({ intent }) => (intent === 'YIELD' ? 'silent' : undefined);
    await vi.waitFor(() => {
      add(t.partition, 1, { variables });
      t.partition.flush();
      expect(count(t.partition, 'YIELD')).toBeGreaterThan(0);
    }, LATER);
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(0), LATER);
    stream.resume();
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(1), LATER);
    t.partition.waiting.length = 0;
    const before = received;
    add(t.partition, 1);
    t.partition.flush();
    await vi.waitFor(() => expect(received).toBeGreaterThan(before), LATER);
    stream.cancel();
  });

  test('jobs that were not sent when the client went are given back', async () => {
    await using t = await testGateway();
    const stream = t.client.stream('StreamActivatedJobs', open);
    let received = 0;
    stream.on('data', () => received++);
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(1), LATER);
    stream.pause();
    const variables = new Document(JSON.stringify({ pad: 'x'.repeat(500_000) }));
    t.partition.script = ({ intent }) => (intent === 'YIELD' ? 'silent' : undefined);
    add(t.partition, 10, { variables });
    t.partition.flush();
    add(t.partition, 10, { variables });
    t.partition.flush();
    stream.cancel();
    await vi.waitFor(() => expect(count(t.partition, 'YIELD')).toBe(20 - received), LATER);
  });

  test('closing ends it with UNAVAILABLE', async () => {
    const t = await testGateway();
    const failure = t.client.failure('StreamActivatedJobs', open);
    await vi.waitFor(() => expect(t.partition.streams.size).toBe(1), LATER);
    await t.gateway.close(5000);
    expect(await failure).toMatchObject({ code: 'UNAVAILABLE' });
    t.client.close();
  });
});
