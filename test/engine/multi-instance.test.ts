// Multi-instance activities: what the recorded scenarios do not show, first of all many rounds.
import { afterEach, describe, expect, test } from 'vitest';
import {
  bpmn,
  caught,
  end,
  error,
  fail,
  job,
  type ModelNode,
  pass,
  script,
  start,
  sub,
} from './models.ts';
import { Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

interface Loop {
  readonly sequential?: boolean;
  readonly condition?: string;
  readonly output?: string;
}

/** The node, once for each item. */
function each(
  of: ModelNode,
  collection: string,
  { sequential, condition, output }: Loop = {},
): ModelNode {
  const results = output === undefined ? '' : ` outputCollection="all" outputElement="${output}"`;
  const marker =
    `<multiInstanceLoopCharacteristics isSequential="${sequential === true}"><extensionElements>` +
    `<zeebe:loopCharacteristics inputCollection="${collection}" inputElement="n"${results}/></extensionElements>` +
    (condition === undefined ? '' : `<completionCondition>${condition}</completionCondition>`) +
    '</multiInstanceLoopCharacteristics>';
  return { ...of, inside: marker + of.inside };
}

const one = (work: ModelNode, rest = ''): string =>
  bpmn('p', [start(), work, end()], `start -> ${work.id} -> end`, rest);

function run(xml: string, variables = '{}', flushEvery = 3): Scenario {
  s = new Scenario({ flushEvery });
  s.deployModel(xml);
  s.create('p', variables);
  return s;
}

const numbers = (to: number) => JSON.stringify(Array.from({ length: to }, (_, i) => i + 1));
const begun = () =>
  s.records.filter(
    (r) =>
      r.intent === 'ELEMENT_ACTIVATING' &&
      (r.value as { elementId: string; bpmnElementType: string }).elementId === 'work' &&
      (r.value as { bpmnElementType: string }).bpmnElementType !== 'MULTI_INSTANCE_BODY',
  ).length;

describe('many rounds', () => {
  const work = script('work', '=n * 2', 'r');

  test.each([1000, 1001, 2500])('%i in parallel: every result stands in its place', (count) => {
    run(one(each(work, '=items', { output: '=r' })), `{"items":${numbers(count)}}`, 0);
    expect(s.isEnded).toBe(true);
    expect(begun()).toBe(count);
    const { value } = s.records.findLast(
      (r) => r.valueType === 'VARIABLE' && (r.value as { name: string }).name === 'all',
    ) as unknown as { value: { value: string } };
    const results = JSON.parse(value.value) as number[];
    expect([results.length, results[0], results.at(-1)]).toEqual([count, 2, 2 * count]);
  });

  test('one after the other', () => {
    run(
      one(each(work, '=items', { output: '=r', sequential: true })),
      `{"items":${numbers(1200)}}`,
      0,
    );
    expect(s.isEnded).toBe(true);
    expect(begun()).toBe(1200);
  });

  test('without results, their list is not looked for', () => {
    run(one(each(pass('work'), '=items')), `{"items":${numbers(2001)}}`, 0);
    expect([s.isEnded, begun()]).toEqual([true, 2001]);
    expect(s.leftovers()).toEqual([]);
  });

  test('with workers, over a store that forgets', () => {
    run(one(each(job('work'), '=items', { output: '=n' })), `{"items":${numbers(1100)}}`, 50);
    for (;;) {
      const keys = s.activate('work', 100);
      if (keys.length === 0) break;
      for (const key of keys) s.complete(key);
    }
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test.each([3, 200, 201, 400])(
    'after %i the condition ends them: those that have not begun never do',
    (done) => {
      const condition = `=numberOfCompletedInstances = ${done}`;
      run(one(each(pass('work'), '=items', { condition })), `{"items":${numbers(5000)}}`, 0);
      expect(s.isEnded).toBe(true);
      expect(begun()).toBeLessThan(1000);
      expect(s.leftovers()).toEqual([]);
    },
  );

  test('cancelled in the middle', () => {
    run(one(each(job('work'), '=items', { output: '=n' })), `{"items":${numbers(1500)}}`, 40);
    s.complete(s.take('work'));
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('the list', () => {
  test('became shorter than the rounds done: an incident says so, and goes away with its items', () => {
    run(one(each(job('work'), '=items', { sequential: true })), '{"items":[1,2,3]}');
    s.work('work');
    s.set('{"items":[1]}');
    s.work('work');
    expect(s.incident.value.errorType).toBe('EXTRACT_VALUE_ERROR');
    expect(s.incident.value.errorMessage).toBe(
      "Expected the input collection of 'work' to have an item for each of the 2 rounds that have begun, but it has 1. " +
        'Give it its items back, then resolve the incident.',
    );
    s.set('{"items":[1,2]}');
    s.resolve();
    expect(s.isEnded).toBe(true);
  });

  test('of many rounds one after the other became shorter, and longer', () => {
    for (const [before, after] of [
      [1001, 1],
      [1001, 1003],
    ] as const) {
      run(
        one(each(job('work'), '=items', { sequential: true })),
        `{"items":${numbers(before)}}`,
        0,
      );
      s.set(`{"items":${numbers(after)}}`);
      for (let i = 0; i < after; i++) s.work('work');
      expect([s.isEnded, begun()]).toEqual([true, after]);
      s.verify();
    }
  });

  test('is asked for again by every round', () => {
    run(
      one(each(job('work', { type: '=n' }), '=items', { sequential: true })),
      '{"items":["a","b"]}',
    );
    s.set('{"items":["a","c"]}');
    s.work('a');
    s.work('c');
    expect(s.isEnded).toBe(true);
  });
});

describe('rounds that end otherwise', () => {
  test('an error of one round ends all, and the body goes on at its boundary event', () => {
    const box = sub('work', [start('in'), fail('broke', 'E')], 'in -> broke');
    s = new Scenario();
    s.deployModel(
      bpmn(
        'p',
        [start(), each(box, '=[1, 2]'), caught('c', 'work', 'E'), end(), job('after')],
        'start -> work -> end; c -> after',
        error('E'),
      ),
    );
    s.create('p', '{}');
    s.work('after');
    expect(s.leftovers()).toEqual([]);
  });

  test('within one another', () => {
    const inner = each(job('work'), '=n');
    const box = each(sub('box', [start('in'), inner, end('out')], 'in -> work -> out'), '=rows');
    run(one(box), '{"rows":[[1,2],[],[3]]}');
    for (let i = 0; i < 3; i++) s.work('work');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});
