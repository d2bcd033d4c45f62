// Variables: where documents go, what mappings see and set, and that texts stay as they were sent.
import { afterEach, describe, expect, test } from 'vitest';
import { bpmn, end, job, oneTask, start, sub } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

describe('values', () => {
  test.each([
    '9007199254740993',
    '-0.10',
    '1E400',
    '"\\ud800"',
    '"\\u0000"',
    '[1, {"a" : null}]',
    '"größe €"',
    'null',
    '{}',
  ])('%s comes out as it went in', (json) => {
    s = new Scenario();
    s.deployModel(oneTask());
    s.create('p', `{"v":${json}}`);
    s.take('work');
    const { jobs } = s.last('JOB_BATCH', 'ACTIVATED').value;
    expect(jobs[0]?.variables.entries).toEqual([{ name: 'v', json: s.variables().v }]);
    expect(JSON.parse(s.variables().v as string)).toEqual(JSON.parse(json));
  });

  test.each(['', ' ', 'a.b', '__proto__', 'constructor', 'größe', '"', '\\n'])(
    'the name %j',
    (name) => {
      s = new Scenario();
      s.deployModel(oneTask());
      s.create('p', `{${JSON.stringify(name)}:1}`);
      expect(Object.entries(s.variables())).toEqual([[name, '1']]);
      expect(s.last('VARIABLE', 'CREATED').value).toMatchObject({ name, value: '1' });
      s.work('work');
      expect(s.isEnded).toBe(true);
    },
  );

  test('a scope with thousands of names costs what it holds', () => {
    s = new Scenario({ flushEvery: 1 });
    s.deployModel(oneTask());
    const names = Array.from({ length: 12_000 }, (_, i) => `"n${i}":${i}`);
    s.create('p', `{${names.join(',')}}`);
    expect(Object.keys(s.variables())).toHaveLength(12_000);
    s.work('work');
    expect(s.isEnded).toBe(true);
  });
});

describe('propagation', () => {
  const box = sub('box', [start('in'), job('work')], 'in -> work', { inputs: { local: '="in"' } });
  const model = [start(), box, job('after')];

  test('a result goes to the nearest scope that has the name, else to the instance', () => {
    s = Scenario.of(model, 'start -> box -> after', { variables: '{"top":1}' });
    s.work('work', '{"local":"new","top":2,"fresh":3}');
    expect(s.variables()).toEqual({ top: '2', fresh: '3' });
    const updated = s.records.filter((r) => r.valueType === 'VARIABLE').map((r) => r.intent);
    expect(updated.filter((intent) => intent === 'UPDATED')).toHaveLength(2);
  });

  test('an inner name hides an outer one', () => {
    s = Scenario.of(model, 'start -> box -> after', { variables: '{"local":"out"}' });
    s.take('work');
    const { jobs } = s.last('JOB_BATCH', 'ACTIVATED').value;
    expect(jobs[0]?.variables.entries).toEqual([{ name: 'local', json: '"in"' }]);
  });

  test('equal values write nothing', () => {
    s = Scenario.of(model, 'start -> box -> after', { variables: '{"top":{"a":1}}' }).skip();
    s.set('{"top":{"a":1}}');
    expect(s.since()).toEqual(['VARIABLE_DOCUMENT.UPDATED']);
    s.set('{"top":{"a":1.0}}');
    expect(s.since()).toEqual(['top={"a":1.0} VARIABLE.UPDATED', 'VARIABLE_DOCUMENT.UPDATED']);
  });
});

describe('set from outside', () => {
  const box = sub('box', [start('in'), job('work')], 'in -> work');

  test('local stays, propagating rises', () => {
    s = Scenario.of([start(), box], 'start -> box');
    const scope = s.keyOf('box');
    s.set('{"a":1}', scope, true);
    s.set('{"b":2,"a":3}', scope);
    expect([s.variables(scope), s.variables()]).toEqual([{ a: '3' }, { b: '2' }]);
  });

  test('on what is gone or never was, it is refused', () => {
    s = Scenario.of([start(), box, job('after')], 'start -> box -> after');
    const scope = s.keyOf('box');
    s.work('work');
    const refused = 'but no such element was found';
    expect(outcome(s.set('{"a":1}', scope))).toContain(`NOT_FOUND: Expected to update variables`);
    expect(outcome(s.set('{"a":1}', scope))).toContain(refused);
    expect(outcome(s.set('{"a":1}', UNKNOWN_KEY))).toContain(refused);
  });

  test('on an element that waits in an incident, it helps', () => {
    s = Scenario.of([start(), job('work', { type: '=kind' })], 'start -> work');
    s.set('{"kind":"paint"}');
    s.resolve();
    expect(s.activate('paint')).toHaveLength(1);
  });
});

describe('mappings', () => {
  test('inputs stay on the task; outputs alone go up', () => {
    const work = job('work', {
      inputs: { 'order.id': '=id', fix: 'text' },
      outputs: { result: '=done', 'deep.er': '=1' },
    });
    s = Scenario.of([start(), work, job('after')], 'start -> work -> after', {
      variables: '{"id":7}',
    });
    const scope = s.keyOf('work');
    expect(s.variables(scope)).toEqual({ order: '{"id":7}', fix: '"text"' });
    s.work('work', '{"done":true,"noise":1}');
    expect(s.variables()).toEqual({ id: '7', result: 'true', deep: '{"er":1}' });
  });

  test('failing inputs: one incident, nothing set; all set after the resolve', () => {
    const work = job('work', { inputs: { good: '=1', bad: '=assert(x, x != null)' } });
    s = Scenario.of([start(), work], 'start -> work');
    expect(s.incident.value).toMatchObject({ errorType: 'IO_MAPPING_ERROR', elementId: 'work' });
    expect(s.variables(s.keyOf('work'))).toEqual({});
    s.set('{"x":5}');
    s.resolve();
    expect(s.variables(s.keyOf('work'))).toEqual({ good: '1', bad: '5' });
    expect(s.life('work')).toBe('ACTING ACTED');
  });

  test('failing outputs wait in COMPLETING and are tried again', () => {
    const work = job('work', { outputs: { all: '=assert(later, later != null)' } });
    s = Scenario.of([start(), work, end()], 'start -> work -> end');
    s.work('work', '{"ok":1}');
    expect(s.life('work')).toBe('ACTING ACTED COMPING');
    s.set('{"later":2}', s.keyOf('work'), true);
    s.resolve();
    expect(s.life('work')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.isEnded).toBe(true);
  });

  test('of events and sub-processes', () => {
    const box = sub('box', [start('in'), job('work')], 'in -> work', {
      inputs: { item: '=list[1]' },
      outputs: { last: '=item' },
    });
    s = new Scenario();
    const first = start('start', { outputs: { list: '=[n, n]' } });
    s.deployModel(
      bpmn('p', [first, box, end('end', { outputs: { ended: '=true' } })], 'start -> box -> end'),
    );
    s.createWith({ bpmnProcessId: 'p' });
    s.cancelInstance();
    s.create('p', '{"n":4}');
    s.work('work');
    const values = s.records
      .filter((r) => r.valueType === 'VARIABLE')
      .map((r) => (r.value as { name: string }).name);
    expect(values).toEqual(expect.arrayContaining(['n', 'list', 'item', 'last', 'ended']));
    expect(s.isEnded).toBe(true);
  });
});
