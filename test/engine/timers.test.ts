// Timers: catch events, boundary events with cycles, start events and their versions, cycles that cannot go on.
import { keyText, NO_KEY, type TimerValue } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { after, at, every, leave, note, openTimers, startWhen, wait } from './event-models.ts';
import { bpmn, end, job, type ModelNode, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const catching = (definition: string) =>
  Scenario.of([start(), wait('wait', definition), end()], 'start -> wait -> end');

describe('an intermediate catch event', () => {
  test('waits for its duration and goes on', () => {
    s = catching(after('PT10S')).skip();
    expect(openTimers(s)).toEqual(['wait in 10 s, 1']);
    s.advance(9_999);
    expect(s.isEnded).toBe(false);
    s.advance(1);
    expect(s.since().slice(0, 6)).toEqual([
      'wait TIMER.TRIGGERED',
      'wait PROCESS_EVENT.TRIGGERING',
      'wait COMPING',
      'wait PROCESS_EVENT.TRIGGERED',
      'wait COMPED',
      'wait_end FLOW',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test.each([
    ['a date', at('=now() + duration("PT1M")'), 60],
    ['a date as text', at('2023-11-14T22:13:25Z'), 5],
    ['a date in the past', at('2020-01-01T00:00:00Z'), undefined],
    ['a duration of days', after('=duration("P1DT1S")'), 86_401],
    ['a duration of months', after('=duration("P1M")'), 30 * 86_400],
    ['a duration as text from a variable', after('="PT0.5S"'), 0.5],
  ])('waits for %s', (_name, definition, seconds) => {
    s = catching(definition);
    if (seconds !== undefined) expect(openTimers(s)).toEqual([`wait in ${seconds} s, 1`]);
    s.advance((seconds ?? 0) * 1000);
    expect(s.isEnded).toBe(true);
  });

  test.each([
    [
      after('=x'),
      "Expected result of the expression 'x' to be one of '[DURATION, PERIOD, STRING]', but was 'NULL'.",
    ],
    [after('="soon"'), `Invalid duration format 'soon' for expression '"soon"'`],
    [at('="soon"'), `Invalid date-time format 'soon' for expression '"soon"'`],
  ])('%s that means nothing is an incident', (definition, message) => {
    s = catching(definition);
    expect(s.incident.value.errorType).toBe('EXTRACT_VALUE_ERROR');
    expect(s.incident.value.errorMessage).toContain(message);
    expect(s.life('wait')).toBe('ACTING');
    expect(openTimers(s)).toEqual([]);
  });

  test('is cancelled with its instance', () => {
    s = catching(after('PT10S')).skip();
    s.cancelInstance();
    expect(s.since()).toContain('wait TIMER.CANCELED');
    expect(s.leftovers()).toEqual([]);
  });
});

describe('boundary events', () => {
  const around = (...events: ModelNode[]) =>
    Scenario.of(
      [start(), job('work'), end(), ...events, end('late')],
      `start -> work -> end; ${events.map(({ id }) => `${id} -> late`).join('; ')}`,
    );

  test('an interrupting one ends its task', () => {
    s = around(leave('limit', 'work', after('PT1M'))).skip();
    s.advance(60_000);
    expect(s.since().slice(0, 11)).toEqual([
      'limit TIMER.TRIGGERED',
      'limit PROCESS_EVENT.TRIGGERING',
      'work TERMING',
      'work JOB.CANCELED',
      'work TERMED',
      'limit PROCESS_EVENT.TRIGGERED',
      'limit ACTING',
      'limit ACTED',
      'limit COMPING',
      'limit COMPED',
      'limit_late FLOW',
    ]);
    expect(s.isEnded).toBe(true);
  });

  test('of two interrupting ones that are due together the first wins, the other timer is closed', () => {
    s = around(leave('a', 'work', after('PT1M')), leave('b', 'work', after('PT1M'))).skip();
    s.advance(60_000);
    expect(s.story.filter((line) => line.startsWith('TIMER.'))).toEqual([
      'TIMER.CREATED b',
      'TIMER.CREATED a',
      'TIMER.TRIGGERED b',
      'TIMER.CANCELED a',
      expect.stringMatching(/^TIMER.TRIGGER a NOT_FOUND: Expected to trigger timer with key/),
    ]);
    expect(s.isEnded).toBe(true);
  });

  test('a cycle fires as often as it says, counted from the last date; what was missed is skipped', () => {
    s = around(note('again', 'work', every('R3/PT1M')));
    expect(openTimers(s)).toEqual(['again in 60 s, 3']);
    s.advance(90_000);
    expect(openTimers(s)).toEqual(['again in 30 s, 2']);
    s.advance(300_000);
    expect(openTimers(s)).toEqual(['again in 60 s, 1']);
    s.advance(60_000);
    expect(openTimers(s)).toEqual([]);
    expect(s.story.filter((line) => line === 'TIMER.TRIGGERED again')).toHaveLength(3);
    s.work('work');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test.each([
    ['R/PT1H', 3600, -1],
    ['R2/2023-11-14T23:00:00Z/PT1H', 2800, 2],
    ['R2/2023-11-14T22:00:00Z/PT1H', 3600, 2],
    ['0 0 0 1 * *', (Date.UTC(2023, 11, 1) - 1_700_000_000_000) / 1000, -1],
    ['@hourly', 2800, -1],
    ['=cycle(4, duration("PT2S"))', 2, 4],
    ['=cycle(duration("PT2S"))', 2, -1],
    ['0 0 0 30 2 *', 0, 0],
  ])('cycle %s', (cycle, seconds, repetitions) => {
    s = around(note('again', 'work', every(cycle)));
    expect(openTimers(s)).toEqual([`again in ${seconds} s, ${repetitions}`]);
  });

  test('a cycle that cannot go on is an incident and begins anew when that is resolved', () => {
    s = Scenario.of(
      [start(), job('work'), end(), note('again', 'work', every('=rhythm')), end('late')],
      'start -> work -> end; again -> late',
      { variables: '{"rhythm":"R5/PT1M"}' },
    );
    s.set('{"rhythm":17}');
    s.advance(60_000);
    const { value, key } = s.incident;
    expect([value.elementId, value.errorType]).toEqual(['again', 'EXTRACT_VALUE_ERROR']);
    expect(openTimers(s)).toEqual([]);
    s.resolve(key);
    expect(s.incident.key).not.toBe(key);
    s.set('{"rhythm":"R5/PT1M"}');
    s.resolve();
    expect(openTimers(s)).toEqual(['again in 60 s, 5']);
    s.set('{"rhythm":null}');
    s.advance(60_000);
    s.work('work');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('those of a sub-process are opened when its start event completes', () => {
    s = Scenario.of(
      [
        start(),
        sub('part', [start('begin'), job('work'), end('over')], 'begin -> work -> over'),
        leave('limit', 'part', after('PT1M')),
        end(),
        end('late'),
      ],
      'start -> part -> end; limit -> late',
    );
    const story = s.since();
    expect(story.indexOf('limit TIMER.CREATED')).toBe(story.indexOf('begin COMPING') + 1);
    s.advance(60_000);
    expect(s.life('end')).toBe('');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('start events', () => {
  const startable = (definition: string, id = 'p') =>
    bpmn(id, [startWhen('start', definition), end()], 'start -> end');

  test('a cycle starts instances until a version without timer comes', () => {
    s = new Scenario();
    s.deployModel(startable(every('R/PT1H')));
    expect(openTimers(s)).toEqual(['start in 3600 s, -1']);
    s.advance(3_600_000);
    const fired = s.last('TIMER', 'TRIGGERED').value;
    expect(fired.processInstanceKey).not.toBe(NO_KEY);
    expect(s.last('TIMER', 'CREATED').value).toMatchObject({
      elementInstanceKey: NO_KEY,
      processInstanceKey: fired.processInstanceKey,
    } satisfies Partial<TimerValue>);
    expect(s.life('start')).toBe('ACTING ACTED COMPING COMPED');
    s.deployModel(bpmn('p', [start(), end()], 'start -> end'));
    expect(s.last('TIMER', 'CANCELED').value.processInstanceKey).toBe(fired.processInstanceKey);
    expect(openTimers(s)).toEqual([]);
  });

  test('deleting the latest version gives the timers back to the one before it', () => {
    s = new Scenario();
    s.deployModel(startable(after('PT1H')));
    s.advance(1_800_000);
    s.deployModel(startable(after('PT2H')));
    expect(openTimers(s)).toEqual(['start in 7200 s, 1']);
    const key = s.last('PROCESS', 'CREATED').value.processDefinitionKey;
    s.skip();
    const answer = s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, {
      resourceKey: key,
      tenantId: '<default>',
    });
    expect(outcome(answer)).toBe('DELETING');
    expect(openTimers(s)).toEqual(['start in 3600 s, 1']);
  });

  test('one whose expression fails is not deployed', () => {
    s = new Scenario();
    const answer = s.deploy(['p.bpmn', startable(after('=x'))]);
    expect(outcome(answer)).toMatch(/^INVALID_ARGUMENT: [\s\S]*Invalid timer duration expression/);
  });

  test('other partitions than the first open none', () => {
    s = new Scenario({ partitionId: 2, partitionCount: 1 });
    s.deployModel(startable(every('R/PT1H')));
    expect(openTimers(s)).toEqual([]);
  });
});

test('a timer that is not there, or whose element is about to end, is refused', () => {
  s = catching(after('PT10S'));
  const key = s.last('TIMER', 'CREATED').key;
  const timer = s.last('TIMER', 'CREATED').value;
  s.advance(10_000);
  expect(outcome(s.run('TIMER', 'TRIGGER', key, timer))).toBe(
    "NOT_FOUND: Expected to trigger timer with key 'KEY', but no such timer was found",
  );
  expect(keyText(key)).not.toBe('-1');
});

test('timers are due in the order of their dates, so many at a time', () => {
  s = new Scenario();
  s.deployModel(
    bpmn(
      'p',
      [start(), wait('wait', after('=duration("PT" + string(n) + "S")')), end()],
      'start -> wait -> end',
    ),
  );
  for (const n of [5, 1, 4, 2, 3]) s.create('p', `{"n":${n}}`);
  const due = s.loading(() => s.engine.dueCommands(s.now + 10_000, 3));
  expect(due.map(({ value }) => ((value as TimerValue).dueDate - s.now) / 1000)).toEqual([1, 2, 3]);
  expect(s.loading(() => s.engine.nextDue())).toBe(s.now + 1000);
});
