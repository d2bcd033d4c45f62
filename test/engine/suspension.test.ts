// Suspending instances, definitions and job types: what is held back, what goes on, what comes back.
import {
  type Key,
  keyText,
  type LogRecord,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
  type SuspensionValue,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { JobStreams } from '../../broker/src/partition/job-streams.ts';
import { after, every, startWhen, wait } from './event-models.ts';
import { and, bpmn, end, job, type ModelNode, node, oneTask, start } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

type Of = Partial<SuspensionValue>;

const order = (intent: 'SUSPEND' | 'RESUME', of: Of): LogRecord | undefined =>
  s.run('SUSPENSION', intent, NO_KEY, {
    scope: 'PROCESS_INSTANCE',
    targetKey: NO_KEY,
    jobType: '',
    tenantId: '<default>',
    jobKeys: [],
    timerKeys: [],
    isLast: false,
    ...of,
  });

const instance = (targetKey: Key = s.instanceKey): Of => ({ targetKey });
const definition = (): Of => ({
  scope: 'PROCESS_DEFINITION',
  targetKey: s.last('PROCESS', 'CREATED').key,
});
const jobType = (type: string): Of => ({ scope: 'JOB_TYPE', jobType: type });

const suspend = (of: Of) => expect(outcome(order('SUSPEND', of))).toBe('SUSPENDED');
/** Everything that is put aside comes back, as the partition would do it. */
const resume = (of: Of) => {
  expect(outcome(order('RESUME', of))).toBe('RESUMED');
  s.advance(0);
};
const events = (intent: 'HELD' | 'RELEASED') =>
  (
    s.records.filter(
      (r) => r.valueType === 'SUSPENSION' && r.intent === intent,
    ) as LogRecord<'SUSPENSION'>[]
  ).map(({ value }) => value);

const call = (id: string, processId: string): ModelNode =>
  node('callActivity', id, { extensions: `<zeebe:calledElement processId="${processId}"/>` });

describe('a suspended instance', () => {
  test('hands out no job, and does so again when it is resumed', () => {
    s = Scenario.of([start(), job('a'), end()], 'start -> a -> end');
    suspend(instance());
    expect(s.activate('a')).toEqual([]);
    expect(events('HELD')).toMatchObject([
      { targetKey: s.instanceKey, jobKeys: [s.last('JOB', 'CREATED').key] },
    ]);
    // The job is met once, not with every poll.
    s.activate('a');
    expect(events('HELD')).toHaveLength(1);
    resume(instance());
    s.work('a');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers().filter((line) => !line.startsWith('009c'))).toEqual([]);
  });

  test('takes what comes from outside: its tokens go on to where they wait next', () => {
    s = Scenario.of([start(), job('a'), job('b')], 'start -> a -> b');
    const key = s.take('a');
    suspend(instance());
    s.complete(key, '{"x":1}');
    expect(s.life('b')).toBe('ACTING ACTED');
    expect(s.variables()).toEqual({ x: '1' });
    expect(s.activate('b')).toEqual([]);
    s.set('{"y":2}');
    resume(instance());
    s.work('b');
    expect(s.isEnded).toBe(true);
  });

  test('others get their jobs, in the old order', () => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    const first = s.instanceKey;
    const [one] = [s.last('JOB', 'CREATED').key];
    s.create('p');
    const two = s.last('JOB', 'CREATED').key;
    s.create('p');
    const three = s.last('JOB', 'CREATED').key;
    suspend(instance(first));
    expect(s.activate('a', 1)).toEqual([two]);
    resume(instance(first));
    expect(s.activate('a')).toEqual([one, three]);
  });

  test('a job that is put aside can be completed, failed and cancelled', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b'), job('c')],
      'start -> f; f -> a; f -> b; f -> c',
    );
    const [a, b] = ['a', 'b'].map(
      (type) =>
        s.records.find(
          (r) => r.intent === 'CREATED' && (r.value as { type?: string }).type === type,
        )?.key as Key,
    );
    suspend(instance());
    for (const type of ['a', 'b', 'c']) expect(s.activate(type)).toEqual([]);
    expect(outcome(s.complete(a as Key))).toBe('COMPLETED');
    expect(outcome(s.job('UPDATE_RETRIES', b as Key, { retries: 5 }))).toBe('RETRIES_UPDATED');
    expect(outcome(s.fail(b as Key, 2))).toBe('FAILED');
    expect(s.activate('b')).toEqual([]);
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.engine.state.suspensions.any).toBe(false);
  });

  test('a lock that runs out and a back-off that ends bring nothing back', () => {
    s = Scenario.of([start(), and('f'), job('a'), job('b')], 'start -> f; f -> a; f -> b');
    s.take('a', 1_000);
    s.fail(s.take('b'), 3, 2_000);
    suspend(instance());
    s.advance(10_000);
    expect([s.activate('a'), s.activate('b')]).toEqual([[], []]);
    resume(instance());
    s.work('a');
    s.work('b');
    expect(s.isEnded).toBe(true);
  });

  test('no timer fires; what is due does when it is resumed', () => {
    s = Scenario.of([start(), wait('wait', after('PT10S')), end()], 'start -> wait -> end');
    suspend(instance());
    s.advance(60_000);
    expect(events('HELD')).toMatchObject([{ timerKeys: [s.last('TIMER', 'CREATED').key] }]);
    expect(s.loading(() => s.engine.nextDue())).toBeUndefined();
    resume(instance());
    expect(s.isEnded).toBe(true);
  });

  test('a timer that is put aside goes with its instance', () => {
    s = Scenario.of([start(), wait('wait', after('PT10S')), end()], 'start -> wait -> end');
    suspend(instance());
    s.advance(60_000);
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.engine.state.suspensions.any).toBe(false);
  });

  test('what it calls follows it, however deep', () => {
    s = new Scenario();
    s.deployModel(bpmn('leaf', [start(), job('a')], 'start -> a'), 'leaf.bpmn');
    s.deployModel(bpmn('middle', [start(), call('c', 'leaf')], 'start -> c'), 'middle.bpmn');
    s.deployModel(bpmn('p', [start(), job('first'), call('c', 'middle')], 'start -> first -> c'));
    s.create('p');
    const key = s.take('first');
    suspend(instance());
    s.complete(key);
    expect(s.activate('a')).toEqual([]);
    expect(events('HELD')).toMatchObject([{ targetKey: s.instanceKey }]);
    resume(instance());
    s.work('a');
    expect(s.isEnded).toBe(true);
  });

  test('suspended again while it is being resumed, it keeps what has not come back', () => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    suspend(instance());
    s.activate('a');
    expect(outcome(order('RESUME', instance()))).toBe('RESUMED');
    suspend(instance());
    s.advance(0);
    expect(s.activate('a')).toEqual([]);
    expect(events('RELEASED')).toEqual([]);
    resume(instance());
    s.work('a');
    expect(s.isEnded).toBe(true);
  });
});

describe('a suspended definition', () => {
  test('holds back the work of all its instances, also of those that begin later', () => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    suspend(definition());
    s.create('p');
    expect(s.activate('a')).toEqual([]);
    resume(definition());
    expect(s.activate('a')).toHaveLength(2);
  });

  test('an instance may be suspended beside it: it waits for both', () => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    suspend(definition());
    suspend(instance());
    expect(s.activate('a')).toEqual([]);
    resume(instance());
    expect(s.activate('a')).toEqual([]);
    resume(definition());
    expect(s.activate('a')).toHaveLength(1);
  });

  test('starts nothing by a timer', () => {
    s = new Scenario();
    s.deployModel(bpmn('p', [startWhen('tick', every('R/PT10S')), job('a')], 'tick -> a'));
    s.advance(10_000);
    s.work('a');
    suspend(definition());
    s.advance(60_000);
    expect(s.activate('a')).toEqual([]);
    resume(definition());
    expect(s.activate('a')).toHaveLength(1);
    s.advance(10_000);
    expect(s.activate('a')).toHaveLength(1);
  });

  test('a new version takes over from a timer that is put aside', () => {
    s = new Scenario();
    const model = (type: string) =>
      bpmn('p', [startWhen('tick', every('R/PT10S')), job(type)], `tick -> ${type}`);
    s.deployModel(model('a'));
    suspend(definition());
    s.advance(60_000);
    s.deployModel(model('b'));
    s.advance(10_000);
    expect(s.activate('b')).toHaveLength(1);
  });
});

test('migrating out of a suspended definition frees jobs and timers', () => {
  const model = (id: string) =>
    bpmn(
      id,
      [start(), and('f'), job('a'), wait('w', after('PT10S')), end()],
      'start -> f; f -> a -> end; f -> w -> end',
    );
  s = new Scenario();
  s.deployModel(model('p'));
  suspend(definition());
  s.create('p');
  const key = s.instanceKey;
  s.advance(60_000);
  expect(events('HELD')).toHaveLength(2);
  s.deployModel(model('q'), 'q.bpmn');
  const mappingInstructions = ['a', 'w'].map((id) => ({
    sourceElementId: id,
    targetElementId: id,
  }));
  const answer = s.run('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', key, {
    processInstanceKey: key,
    targetProcessDefinitionKey: s.last('PROCESS', 'CREATED').key,
    mappingInstructions,
  });
  expect(outcome(answer)).toBe('MIGRATED');
  expect(s.effects).toContainEqual({ kind: 'jobs-available', type: 'a', tenantId: '<default>' });
  s.advance(0);
  expect(s.life('w')).toMatch(/COMPED$/);
  s.work('a');
  expect(s.engine.state.elements.get(key)).toBeUndefined();
});

describe('a suspended job type', () => {
  test('is not handed out, nothing is put aside', () => {
    s = Scenario.of([start(), job('a'), job('b')], 'start -> a -> b');
    suspend(jobType('b'));
    s.work('a');
    expect(s.activate('b')).toEqual([]);
    expect(events('HELD')).toEqual([]);
    expect(s.engine.hasWaitingJobs('b', ['<default>'])).toBe(false);
    expect(outcome(order('RESUME', jobType('b')))).toBe('RESUMED');
    expect(s.effects).toContainEqual({ kind: 'jobs-available', type: 'b', tenantId: '<default>' });
    s.work('b');
    expect(s.isEnded).toBe(true);
  });
});

test('a stream gets no held job, and gets it when it is resumed', () => {
  const streams = new JobStreams();
  streams.open({
    kind: 'open-stream',
    streamId: 5,
    type: 'a',
    worker: 'w',
    timeout: 1000,
    fetchVariables: [],
    tenantIds: ['<default>'],
    capacity: 10,
  });
  s = new Scenario({ environment: streams });
  s.deployModel(bpmn('p', [start(), job('a')], 'start -> a'));
  suspend(jobType('a'));
  s.create('p');
  expect(s.effects.map(({ kind }) => kind)).not.toContain('push');
  resume(jobType('a'));
  suspend(definition());
  s.create('p');
  expect(events('HELD')).toHaveLength(1);
  resume(definition());
  expect(s.effects.some(({ kind }) => kind === 'jobs-available')).toBe(true);
});

test('thousands of jobs are put aside and come back in small steps', {
  timeout: 60_000,
}, () => {
  const count = 3_000;
  const loop = `<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=for i in 1..${count} return i"/></extensionElements></multiInstanceLoopCharacteristics>`;
  const many = { ...job('a'), inside: loop };
  s = Scenario.of([start(), many], 'start -> a', {
    flushEvery: 50,
  });
  suspend(instance());
  let looks = 0;
  while (
    s.activate('a', 10).length === 0 &&
    s.effects.some(({ kind }) => kind === 'jobs-available')
  )
    looks++;
  expect(events('HELD').map(({ jobKeys }) => jobKeys.length)).toEqual(Array(15).fill(200));
  expect(looks).toBe(15);
  resume(instance());
  expect(events('RELEASED').map(({ jobKeys }) => jobKeys.length)).toEqual([
    ...Array(15).fill(200),
    0,
  ]);
  expect(s.activate('a', count)).toHaveLength(count);
});

describe('an order that makes no sense', () => {
  test.each<[string, 'SUSPEND' | 'RESUME', () => Of, string]>([
    [
      'of an unknown instance',
      'SUSPEND',
      () => instance(UNKNOWN_KEY),
      'NOT_FOUND: Expected to suspend process instance',
    ],
    ['of an element of an instance', 'SUSPEND', () => instance(s.keyOf('a')), 'NOT_FOUND'],
    [
      'of an unknown definition',
      'SUSPEND',
      () => ({ ...definition(), targetKey: UNKNOWN_KEY }),
      'NOT_FOUND: Expected to suspend process definition',
    ],
    [
      'of what is not suspended',
      'RESUME',
      instance,
      'INVALID_STATE: Expected to resume process instance',
    ],
    [
      'of a type that is not suspended',
      'RESUME',
      () => jobType('a'),
      "INVALID_STATE: Expected to resume job type 'a', but it is not suspended",
    ],
    ['of no type', 'SUSPEND', () => jobType(''), 'INVALID_ARGUMENT'],
  ])('%s is refused', (_name, intent, of, text) => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    expect(outcome(order(intent, of()))).toContain(text);
  });

  test('twice the same is refused', () => {
    s = Scenario.of([start(), job('a')], 'start -> a');
    suspend(instance());
    expect(outcome(order('SUSPEND', instance()))).toBe(
      `INVALID_STATE: Expected to suspend process instance '${keyText(s.instanceKey)}', but it is suspended already`,
    );
  });
});

test('a definition is resumed before it can be deleted, and leaves nothing', () => {
  s = new Scenario();
  s.deployModel(bpmn('p', [startWhen('tick', every('R/PT10S')), job('a')], 'tick -> a'));
  suspend(definition());
  s.advance(60_000);
  const { targetKey = NO_KEY } = definition();
  const value = { resourceKey: targetKey, tenantId: '<default>' };
  expect(outcome(s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, value))).toBe(
    `INVALID_STATE: Expected to delete resource with key \`${keyText(targetKey)}\` but it is suspended; resume it first`,
  );
  order('RESUME', definition());
  // What was put aside has not come back yet.
  s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, value);
  expect(s.engine.state.suspensions.any).toBe(false);
  expect(s.leftovers().filter((line) => !/^009[bc]/.test(line))).toEqual([]);
});

describe('on several partitions', () => {
  const engines: Scenario[] = [];
  /** Delivers what was sent, twice, and what follows from it. */
  const settle = (from: Scenario): void => {
    const letters = from.effects.filter((effect) => effect.kind === 'send');
    for (const { partitionId, record } of letters) {
      const to = engines[partitionId - 1] as Scenario;
      const { valueType, intent, key, value } = record;
      const rest = { requestId: NO_REQUEST, operationReference: NO_OPERATION, streamId: 0 };
      for (let i = 0; i < 2; i++) {
        to.perform({ valueType, intent, key, value, ...rest, pendingPosition: -1 });
        settle(to);
      }
    }
  };
  const both = (work: () => void): void => {
    for (const engine of engines) {
      s = engine;
      work();
    }
    s = engines[0] as Scenario;
  };

  test('definitions and job types are suspended everywhere, and resumed', () => {
    engines.length = 0;
    for (const partitionId of [1, 2])
      engines.push(new Scenario({ partitionId, partitionCount: 2 }));
    s = engines[0] as Scenario;
    s.deployModel(oneTask());
    settle(s);
    suspend(definition());
    settle(s);
    suspend(jobType('other'));
    settle(s);
    both(() => {
      s.create('p');
      expect(s.activate('work')).toEqual([]);
      expect(s.engine.state.suspensions.isQueueSuspended('other')).toBe(true);
    });
    expect(outcome(order('RESUME', definition()))).toBe('RESUMED');
    settle(s);
    order('RESUME', jobType('other'));
    settle(s);
    both(() => {
      s.advance(0);
      expect(s.activate('work')).toHaveLength(1);
      expect(s.engine.state.suspensions.any).toBe(false);
      s.verify();
    });
    expect(s.loading(() => s.engine.unacknowledged())).toEqual([]);
  });

  test('a partition that joins learns what is suspended', () => {
    engines.length = 0;
    engines.push(new Scenario(), new Scenario({ partitionId: 2, partitionCount: 1 }));
    s = engines[0] as Scenario;
    s.deployModel(oneTask());
    suspend(definition());
    suspend(jobType('other'));
    const value = { desiredPartitionCount: 2, partitionId: 0, processDefinitionKey: NO_KEY };
    s.run('SCALE', 'SCALE_UP', NO_KEY, value);
    settle(s);
    const { targetKey = NO_KEY } = definition();
    const { suspensions } = (engines[1] as Scenario).engine.state;
    expect([suspensions.isSuspended(targetKey), suspensions.isQueueSuspended('other')]).toEqual([
      true,
      true,
    ]);
  });
});
