// Starting instances: which version, from where, and with whose result.
import { Document, type LogRecord, makeKey } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { and, bpmn, end, job, oneTask, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const at = (...elementIds: string[]) => ({
  bpmnProcessId: 'p',
  startInstructions: elementIds.map((elementId) => ({ elementId })),
});

describe('which definition', () => {
  test('the latest, a version, or by key', () => {
    s = new Scenario();
    for (const type of ['one', 'two']) s.deployModel(oneTask('p', { type }));
    const keyOfFirst = s.records.find((r) => r.valueType === 'PROCESS')?.key;
    const typeOf = (answer: LogRecord | undefined) => {
      expect(outcome(answer)).toBe('CREATED');
      return s.last('JOB', 'CREATED').value.type;
    };
    expect(typeOf(s.createWith({ bpmnProcessId: 'p' }))).toBe('two');
    expect(typeOf(s.createWith({ bpmnProcessId: 'p', version: -2 }))).toBe('two');
    expect(typeOf(s.createWith({ bpmnProcessId: 'p', version: 1 }))).toBe('one');
    expect(typeOf(s.createWith({ processDefinitionKey: keyOfFirst as never }))).toBe('one');
  });

  test('none found', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const refused = (of: Parameters<Scenario['createWith']>[0]) => outcome(s.createWith(of));
    expect(refused({ bpmnProcessId: 'p', version: 2 })).toBe(
      "NOT_FOUND: Expected to find process definition with process ID 'p' and version '2', but none found",
    );
    expect(refused({ bpmnProcessId: 'q' })).toBe(
      "NOT_FOUND: Expected to find process definition with process ID 'q', but none found",
    );
    expect(refused({ processDefinitionKey: makeKey(1, 5_000) })).toBe(
      "NOT_FOUND: Expected to find process definition with key '2251799813690248', but none found",
    );
    expect(refused({})).toBe(
      'INVALID_ARGUMENT: Expected at least a bpmnProcessId or a key greater than -1, but none given',
    );
  });
});

describe('start instructions', () => {
  const inner = sub('inner', [start('in2'), job('x'), job('y')], 'in2 -> x -> y', {
    inputs: { never: '=1' },
    outputs: { seen: '=1' },
  });
  const outer = sub('outer', [start('in1'), inner], 'in1 -> inner');
  const model = bpmn('p', [start(), job('a'), outer, end()], 'start -> a -> outer -> end');

  test('scopes are made once, without their input mappings; the instance ends as usual', () => {
    s = new Scenario();
    s.deployModel(model);
    s.createWith(at('x', 'a', 'y'));
    expect(s.life('start')).toBe('');
    for (const id of ['outer', 'inner', 'x', 'a', 'y']) expect(s.life(id)).toBe('ACTING ACTED');
    expect(s.variables(s.keyOf('inner'))).toEqual({});
    s.work('x');
    s.work('y');
    s.work('y');
    expect(s.variables()).toEqual({ seen: '1' });
    s.work('a');
    expect(s.isEnded).toBe(false);
    s.work('x');
    s.work('y');
    expect(s.isEnded).toBe(true);
  });

  test('the same place twice is two tokens', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    s.createWith(at('work', 'work'));
    s.work('work');
    expect(s.isEnded).toBe(false);
    s.work('work');
    expect(s.isEnded).toBe(true);
  });

  test('a join counts as reached on all its flows', () => {
    s = new Scenario();
    s.deployModel(
      bpmn(
        'p',
        [start(), and('f'), job('a'), job('b'), and('j'), job('c')],
        'start -> f; f -> a -> j; f -> b -> j; j -> c',
      ),
    );
    s.createWith(at('j'));
    expect(s.life('c')).toBe('ACTING ACTED');
    s.work('c');
    expect(s.isEnded).toBe(true);
  });

  test('a hundred and fifty of them, over several batches', () => {
    s = new Scenario({ flushEvery: 1 });
    s.deployModel(model);
    s.createWith(at(...Array.from({ length: 150 }, (_, i) => (i % 2 === 0 ? 'a' : 'y'))));
    expect(s.activate('a', 100)).toHaveLength(75);
    expect(s.activate('y', 100)).toHaveLength(75);
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });

  test('what cannot be started is refused, unknown ids first', () => {
    s = new Scenario();
    s.deployModel(model);
    expect(outcome(s.createWith(at('start', 'nowhere')))).toBe(
      "INVALID_ARGUMENT: Expected to create instance of process with start instructions but no element found with id 'nowhere'.",
    );
    expect(outcome(s.createWith(at('start')))).toMatch(
      /^INVALID_ARGUMENT: .* element with id 'start' targets unsupported element type 'START_EVENT'\. Supported element types are: \[/,
    );
    expect(s.records.some((r) => r.valueType === 'PROCESS_INSTANCE')).toBe(false);
  });
});

const resultOf = (answer: LogRecord | undefined) =>
  (answer as LogRecord<'PROCESS_INSTANCE_RESULT'>).value;

describe('with result', () => {
  const awaited = (fetchVariables: string[] = []) =>
    s.createWith(
      { bpmnProcessId: 'p', variables: new Document('{"a":1,"b":2}'), fetchVariables },
      true,
    );
  const results = () =>
    s.effects.flatMap((effect) => (effect.kind === 'answer' ? [effect.record] : []));

  test('the answer comes with the end of the instance, also after a flush', () => {
    s = new Scenario({ flushEvery: 1 });
    s.deployModel(oneTask());
    expect(awaited()).toBeUndefined();
    s.run('JOB', 'COMPLETE', s.take('work'), {
      ...s.last('JOB', 'CREATED').value,
      variables: new Document('{"c":3}'),
    });
    const result = results().find((r) => r.valueType === 'PROCESS_INSTANCE_RESULT');
    const { text } = resultOf(result).variables;
    expect(JSON.parse(text)).toEqual({ a: 1, b: 2, c: 3 });
  });

  test.each([
    [['b', 'zz'], '{"b":2}'],
    [[''], '{}'],
  ])('only the variables %j', (names, expected) => {
    s = new Scenario();
    s.deployModel(bpmn('p', [start(), end()], 'start -> end'));
    const answer = awaited(names);
    expect(resultOf(answer).variables.text).toBe(expected);
  });

  test('a cancelled instance gives no result', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    awaited();
    s.cancelInstance();
    expect(results().map((r) => r.valueType)).toEqual(['PROCESS_INSTANCE']);
  });
});
