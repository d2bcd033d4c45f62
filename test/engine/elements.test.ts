// Each element of the first release: its life, and what it passes on.
import { afterEach, describe, expect, test } from 'vitest';
import { and, bpmn, end, job, manual, pass, script, start, sub, user, xor } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

const THROUGH = 'ACTING ACTED COMPING COMPED';
let s: Scenario;
afterEach(() => s.verify());

describe('tasks', () => {
  test.each(['serviceTask', 'sendTask', 'scriptTask', 'businessRuleTask'])(
    'a %s with a job waits for its worker',
    (tag) => {
      s = Scenario.of([start(), job('work', {}, tag), end()], 'start -> work -> end');
      expect(s.life('work')).toBe('ACTING ACTED');
      s.work('work');
      expect(s.life('work')).toBe(THROUGH);
      expect(s.isEnded).toBe(true);
    },
  );

  test('a user task is a job of its own type with its assignment as headers', () => {
    const assignment =
      '<zeebe:assignmentDefinition assignee="=who" candidateGroups="a, b"/><zeebe:taskSchedule dueDate="2030-01-01T10:20:05Z"/>';
    s = Scenario.of(
      [start(), user('ask', { extensions: assignment }), end()],
      'start -> ask -> end',
      {
        variables: '{"who":"ann"}',
      },
    );
    const { value } = s.last('JOB', 'CREATED');
    expect(value.type).toBe('io.camunda.zeebe:userTask');
    expect(JSON.parse(value.customHeaders)).toEqual({
      'io.camunda.zeebe:assignee': 'ann',
      'io.camunda.zeebe:candidateGroups': '["a","b"]',
      'io.camunda.zeebe:dueDate': '2030-01-01T10:20:05Z',
    });
    s.work('io.camunda.zeebe:userTask');
    expect(s.isEnded).toBe(true);
  });

  test('manual and undefined tasks never wait', () => {
    s = Scenario.of([start(), manual('m'), pass('t'), end()], 'start -> m -> t -> end');
    expect([s.life('m'), s.life('t'), s.isEnded]).toEqual([THROUGH, THROUGH, true]);
  });

  test('a script task puts the value of its expression into a variable', () => {
    s = Scenario.of([start(), script('sum', '=a + 1', 'b'), job('hold')], 'start -> sum -> hold', {
      variables: '{"a":2}',
    });
    expect(s.variables()).toEqual({ a: '2', b: '3' });
  });

  test('type and retries of a job are expressions; decimals of retries are cut', () => {
    s = Scenario.of([start(), job('work', { type: '=t', retries: '=r' })], 'start -> work', {
      variables: '{"t":"paint","r":4.9}',
    });
    expect(s.last('JOB', 'CREATED').value).toMatchObject({ type: 'paint', retries: 4 });
  });

  test.each(['1e30', '-1e30', '9007199254740993'])(
    'retries of %s end in an incident or a job, not in an internal error',
    (retries) => {
      s = Scenario.of([start(), job('work', { retries: '=r' })], 'start -> work', {
        variables: `{"r":${retries}}`,
      });
      expect(s.records.filter((r) => r.valueType === 'ERROR')).toEqual([]);
      expect(s.records.some((r) => r.valueType === 'JOB' || r.valueType === 'INCIDENT')).toBe(true);
    },
  );
});

describe('exclusive gateway', () => {
  const model = [start(), xor('x'), job('big'), job('small'), job('other')];
  const flows = 'start -> x; x -> big ? =n > 10; x -> small ? =n < 5; x -> other ? else';

  test.each([
    [11, 'big'],
    [1, 'small'],
    [7, 'other'],
  ])('n = %i goes to %s', (n, to) => {
    s = Scenario.of(model, flows, { variables: `{"n":${n}}` });
    expect(['big', 'small', 'other'].filter((id) => s.life(id) !== '')).toEqual([to]);
    expect(s.life('x')).toBe(THROUGH);
  });

  test('a gateway without an outgoing flow ends the path', () => {
    s = Scenario.of([start(), xor('x')], 'start -> x');
    expect(s.isEnded).toBe(true);
  });

  test('a loop through a task goes round until the condition holds', () => {
    s = Scenario.of(
      [start(), xor('again'), job('work'), xor('x'), end()],
      'start -> again -> work -> x; x -> end ? =done; x -> again ? else',
    );
    for (const done of [false, false, true]) s.work('work', `{"done":${done}}`);
    expect(s.life('work').match(/COMPED/g)).toHaveLength(3);
    expect(s.isEnded).toBe(true);
  });
});

describe('parallel gateway', () => {
  test('a fork starts all paths, the join waits for each', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b'), and('j'), job('after')],
      'start -> f; f -> a -> j; f -> b -> j; j -> after',
    );
    s.work('b');
    expect(s.life('j')).toBe('');
    s.work('a');
    expect(s.life('j')).toBe(THROUGH);
    expect(s.life('after')).toBe('ACTING ACTED');
  });

  test('the join counts flows, not tokens: one flow twice does not open it', () => {
    s = Scenario.of(
      [start(), and('f'), xor('m'), pass('t'), job('b'), and('j'), job('after')],
      'start -> f; f -> m; f -> m; m -> t -> j; f -> b -> j; j -> after',
    );
    expect(s.life('t').match(/COMPED/g)).toHaveLength(2);
    expect(s.life('j')).toBe('');
    s.work('b');
    expect(s.life('j')).toBe(THROUGH);
    expect(s.life('after').match(/ACTED/g)).toHaveLength(1);
  });

  test('an early arrival at the join is refused with its reason', () => {
    s = Scenario.of(
      [start(), and('f'), pass('a'), job('b'), and('j'), end()],
      'start -> f; f -> a -> j; f -> b -> j; j -> end',
    );
    expect(s.since().filter((line) => line.includes('!'))).toEqual([
      "ACTIVATE_ELEMENT j !INVALID_STATE: Expected to be able to activate parallel gateway 'j', but not all sequence flows have been taken.",
    ]);
    s.work('b');
    expect(s.isEnded).toBe(true);
  });

  test('a fork straight into its join', () => {
    s = Scenario.of(
      [start(), and('f'), and('j'), end()],
      'start -> f; f -> j; f -> j; f -> j; j -> end',
    );
    expect(s.isEnded).toBe(true);
    expect(s.life('j')).toBe(THROUGH);
  });

  test('a gateway joins and forks', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b'), and('x'), job('c'), job('d')],
      'start -> f; f -> a -> x; f -> b -> x; x -> c; x -> d',
    );
    s.work('a');
    s.work('b');
    s.work('c');
    expect(s.isEnded).toBe(false);
    s.work('d');
    expect(s.isEnded).toBe(true);
  });
});

describe('sub-process', () => {
  test('lives as long as something in it does', () => {
    const inside = sub(
      'box',
      [start('in'), and('f'), job('a'), job('b')],
      'in -> f; f -> a; f -> b',
    );
    s = Scenario.of([start(), inside, end()], 'start -> box -> end');
    s.work('a');
    expect(s.life('box')).toBe('ACTING ACTED');
    s.work('b');
    expect(s.life('box')).toBe(THROUGH);
    expect(s.isEnded).toBe(true);
  });

  test('nested ones end from the inside', () => {
    const inner = sub('inner', [start('in2'), job('work')], 'in2 -> work');
    const outer = sub('outer', [start('in1'), inner], 'in1 -> inner');
    s = Scenario.of([start(), outer, end()], 'start -> outer -> end');
    s.skip();
    s.work('work');
    expect(s.since().filter((line) => / COMPED$/.test(line))).toEqual([
      'work COMPED',
      'inner COMPED',
      'outer COMPED',
      'end COMPED',
      'p COMPED',
    ]);
  });

  test('a start event with several flows forks', () => {
    s = Scenario.of([start(), job('a'), job('b')], 'start -> a; start -> b');
    s.work('b');
    s.work('a');
    expect(s.isEnded).toBe(true);
  });
});

test('what cannot be executed is refused with its name and id', () => {
  s = new Scenario();
  const model = bpmn('p', [start(), { ...pass('wait'), tag: 'receiveTask' }], 'start -> wait');
  const answer = s.deploy(['p.bpmn', model]);
  expect(outcome(answer)).toMatch(/^INVALID_ARGUMENT: [\s\S]*'p.bpmn'[\s\S]*wait/);
});
