// The management server over HTTP, with hooks of the test.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Management, type ManagementHooks, startManagement } from './management.ts';
import { createMetrics } from './metrics.ts';

let management: Management;
let calls: unknown[];
let state: { started: boolean; ready: boolean; faults: string[]; time: number };

function hooks(more: Partial<ManagementHooks> = {}): ManagementHooks {
  const metrics = createMetrics(false);
  metrics.family('things_total', 'counter', 'things', () => [[{ kind: 'a"b' }, 3]]);
  metrics.histogram('took_seconds', 'time', [1, 2], () => [
    { labels: { method: 'm' }, buckets: [1, 2], count: 4, sum: 9.5 },
  ]);
  metrics.partition(2, { 'zeebe_health{x="y"}': 1, atomix_role: 3 });
  return {
    started: () => state.started,
    ready: () => state.ready,
    faults: () => state.faults,
    metricsText: () => metrics.text(),
    metricsContentType: metrics.contentType,
    clock: {
      now: () => state.time,
      pin: (time) => {
        state.time = time;
      },
      add: (offset) => {
        state.time += offset;
      },
      reset: () => {
        state.time = 0;
      },
    },
    jobStreams: () => [
      { id: 3, jobType: 'pay', worker: 'w', timeout: 5, fetchVariables: ['a'], tenantIds: ['t'] },
    ],
    partitions: () => [
      {
        partitionId: 1,
        role: 'leader',
        health: 'healthy',
        reason: '',
        term: 2,
        leader: 0,
        members: [],
        isPaused: false,
        isRecovering: false,
        processedPosition: 10,
        committedIndex: 11,
        checkpointIndex: 5,
        exportedPosition: 9,
      },
    ],
    exporterPhase: () => 'EXPORTING',
    setExporting: (phase) => void calls.push(phase),
    exporters: () => [{ exporterId: 'jsonl', status: 'ENABLED' }],
    takeCheckpoint: () => void calls.push('checkpoint'),
    ...more,
  };
}

async function start(more: Partial<ManagementHooks> = {}): Promise<void> {
  management = await startManagement({ host: '127.0.0.1', port: 0, ...hooks(more) });
}

interface Reply {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the tests read answers freely
  readonly json: any;
}

async function ask(method: string, path: string, body?: string): Promise<Reply> {
  const response = await fetch(`http://${management.address}${path}`, {
    method,
    redirect: 'error',
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined };
}

beforeEach(async () => {
  calls = [];
  state = { started: true, ready: true, faults: [], time: 1000 };
  await start();
});
afterEach(() => management.close());

describe('health', () => {
  test.each([
    '/health',
    '/ready',
    '/startup',
    '/actuator/health',
    '/actuator/health/status',
    '/actuator/health/readiness',
    '/actuator/health/startup',
    '/actuator/health/liveness',
    '/health/',
  ])('%s answers 200 itself, without a redirect', async (path) => {
    expect(await ask('GET', path)).toMatchObject({ status: 200, json: { status: 'UP' } });
    expect((await ask('HEAD', path)).status).toBe(200);
  });

  test('what is down says so', async () => {
    state = { started: true, ready: true, faults: ['disk is full'], time: 0 };
    expect(await ask('GET', '/health')).toMatchObject({
      status: 503,
      json: { status: 'DOWN', faults: ['disk is full'] },
    });
    expect((await ask('GET', '/ready')).status).toBe(200);
    state.ready = false;
    expect((await ask('GET', '/ready')).status).toBe(503);
    expect((await ask('GET', '/startup')).status).toBe(200);
    expect((await ask('GET', '/actuator/health/liveness')).status).toBe(200);
  });
});

describe('clock', () => {
  test('show, pin, add, reset', async () => {
    const pin = JSON.stringify({ epochMilli: 1_700_000_000_000 });
    expect((await ask('POST', '/actuator/clock/pin', pin)).json).toEqual({
      epochMilli: 1_700_000_000_000,
      instant: '2023-11-14T22:13:20.000Z',
    });
    const add = JSON.stringify({ offsetMilli: 500 });
    expect((await ask('POST', '/actuator/clock/add', add)).json.epochMilli).toBe(1_700_000_000_500);
    expect((await ask('GET', '/actuator/clock')).json.epochMilli).toBe(1_700_000_000_500);
    expect((await ask('DELETE', '/actuator/clock')).json.epochMilli).toBe(0);
  });

  test.each([
    ['{}', "'epochMilli' must be"],
    ['{"epochMilli":"1"}', "'epochMilli' must be"],
    ['{"epochMilli":1.5}', "'epochMilli' must be"],
    ['{"epochMilli":9007199254740991}', 'out of range'],
    ['[1]', 'must be a JSON object'],
    ['{', 'not valid JSON'],
    [' '.repeat(70_000), 'over 65536 bytes'],
  ])('%j is a 400', async (body, message) => {
    const reply = await ask('POST', '/actuator/clock/pin', body);
    expect(reply.status).toBe(400);
    expect(reply.json.message).toContain(message);
    expect(state.time).toBe(1000);
  });

  test('403 when it is not controlled', async () => {
    await management.close();
    await start({ clock: undefined });
    for (const [method, path] of [
      ['GET', '/actuator/clock'],
      ['POST', '/actuator/clock/add'],
      ['DELETE', '/actuator/clock'],
    ] as const) {
      const reply = await ask(method, path);
      expect(reply).toMatchObject({ status: 403, json: { status: 403 } });
      expect(reply.json.message).toContain('ZEEBE_CLOCK_CONTROLLED');
    }
  });
});

test('exporting and checkpoints', async () => {
  expect((await ask('POST', '/actuator/exporting/pause')).status).toBe(204);
  await ask('POST', '/actuator/exporting/pause?soft=true');
  await ask('POST', '/actuator/exporting/resume');
  expect((await ask('POST', '/actuator/partitions/takeSnapshot')).json).toHaveProperty('1');
  expect(calls).toEqual(['paused', 'soft-paused', 'exporting', 'checkpoint']);
  expect((await ask('GET', '/actuator/exporters')).json).toEqual([
    { exporterId: 'jsonl', status: 'ENABLED' },
  ]);
});

describe('processing', () => {
  const partitions = '/actuator/partitions';

  test('is paused, resumed, and prepared for an upgrade', async () => {
    await management.close();
    await start({ setProcessing: (phase) => void calls.push(phase) });
    expect((await ask('POST', `${partitions}/pauseProcessing`)).json).toHaveProperty('1');
    await ask('POST', `${partitions}/resumeProcessing`);
    await ask('POST', `${partitions}/pauseExporting`);
    await ask('POST', `${partitions}/softPauseExporting`);
    await ask('POST', `${partitions}/resumeExporting`);
    expect(calls).toEqual(['paused', 'processing', 'paused', 'soft-paused', 'exporting']);
    calls.length = 0;
    expect((await ask('POST', `${partitions}/prepareUpgrade`)).status).toBe(200);
    expect(calls).toEqual(['paused', 'paused', 'checkpoint']);
  });

  test.each([
    [{ role: 'leader' }, 'PROCESSING'],
    [{ role: 'follower' }, 'REPLAY'],
    [{ isPaused: true }, 'PAUSED'],
    [{ health: 'dead', isPaused: true }, 'FAILED'],
  ] as const)('%j shows as %s', async (status, phase) => {
    const [one] = hooks().partitions();
    await management.close();
    await start({ partitions: () => [{ ...one!, ...status }] });
    expect((await ask('GET', partitions)).json['1'].streamProcessorPhase).toBe(phase);
  });

  test('is refused where there are no partitions', async () => {
    expect((await ask('POST', `${partitions}/pauseProcessing`)).status).toBe(501);
  });
});

describe('rebalancing and banning', () => {
  test('go to the broker', async () => {
    await management.close();
    await start({
      rebalance: () => void calls.push('rebalance'),
      ban: async (key) => void calls.push(key),
    });
    expect(await ask('POST', '/actuator/rebalance')).toMatchObject({ status: 200, text: '' });
    expect(await ask('POST', '/actuator/banning/2251799813685249')).toMatchObject({ status: 204 });
    expect(calls).toEqual(['rebalance', 2251799813685249n]);
  });

  test.each(['x', '-1', '0', '9223372036854775808', '%ZZ'])('the key %s is a 400', async (key) => {
    await management.close();
    await start({ ban: async () => void calls.push('ban') });
    const reply = await ask('POST', `/actuator/banning/${key}`);
    expect(reply.status).toBe(400);
    expect(calls).toEqual([]);
  });

  test('are refused where nothing is led', async () => {
    expect((await ask('POST', '/actuator/rebalance')).status).toBe(501);
    expect((await ask('POST', '/actuator/banning/5')).status).toBe(501);
    expect((await ask('GET', '/actuator/rebalance')).status).toBe(405);
  });
});

describe('suspending', () => {
  const base = '/actuator/suspension';

  test('goes to the broker with what it is about', async () => {
    await management.close();
    await start({ suspend: async (order) => void calls.push(order) });
    for (const [method, path] of [
      ['POST', 'process-instances/2251799813685249'],
      ['DELETE', 'process-definitions/7'],
      ['POST', 'job-types/a%2Fb?tenantId=t'],
    ] as const)
      expect(await ask(method, `${base}/${path}`)).toMatchObject({ status: 204 });
    const plain = { jobType: '', tenantId: '<default>' };
    expect(calls).toEqual([
      { intent: 'SUSPEND', scope: 'PROCESS_INSTANCE', key: 2251799813685249n, ...plain },
      { intent: 'RESUME', scope: 'PROCESS_DEFINITION', key: 7n, ...plain },
      { intent: 'SUSPEND', scope: 'JOB_TYPE', key: 0n, jobType: 'a/b', tenantId: 't' },
    ]);
  });

  test('says what is wrong', async () => {
    expect((await ask('POST', `${base}/process-instances/5`)).status).toBe(501);
    const reply = await ask('POST', `${base}/process-definitions/x`);
    expect([reply.status, reply.text]).toEqual([
      400,
      expect.stringContaining("'x' is not the key of a process definition"),
    ]);
    expect((await ask('PUT', `${base}/job-types/x`)).status).toBe(405);
  });
});

test('partitions and job streams', async () => {
  expect((await ask('GET', '/actuator/partitions')).json).toMatchObject({
    1: { role: 'LEADER', processedPosition: 10, exporterPhase: 'EXPORTING', exportedPosition: 9 },
  });
  const metadata = { worker: 'w', timeout: 5, fetchVariables: ['a'], tenantIds: ['t'] };
  expect((await ask('GET', '/actuator/jobstreams')).json).toMatchObject({
    remote: [{ jobType: 'pay', metadata, consumers: [{ id: '3' }] }],
    client: [{ jobType: 'pay', id: '3', metadata }],
  });
});

test('metrics in the text form', async () => {
  for (const path of ['/metrics', '/actuator/prometheus']) {
    const { status, text } = await ask('GET', path);
    expect(status).toBe(200);
    expect(text).toContain('# TYPE things_total counter\nthings_total{kind="a\\"b"} 3');
    expect(text).toContain('took_seconds_bucket{method="m",le="2"} 3');
    expect(text).toContain('took_seconds_bucket{method="m",le="+Inf"} 4');
    expect(text).toContain('took_seconds_sum{method="m"} 9.5');
    expect(text).toContain('zeebe_health{partition="2",x="y"} 1');
    expect(text).toContain('atomix_role{partition="2"} 3');
  }
});

test('what is not served, and a hook that fails', async () => {
  expect((await ask('GET', '/nope')).status).toBe(404);
  expect((await ask('POST', '/health')).status).toBe(405);
  await management.close();
  await start({
    setExporting: () => {
      throw new Error('the exporter thread has ended');
    },
  });
  expect(await ask('POST', '/actuator/exporting/pause')).toMatchObject({
    status: 500,
    json: { message: 'the exporter thread has ended' },
  });
});
