// Modifying instances: what the recorded scenarios do not show, first of all where we refuse what the reference spoils.
import { Document, type Key, keyText, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { and, bpmn, end, job, type ModelNode, node, pass, start, sub, user } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

interface Activate {
  readonly id: string;
  readonly in?: Key;
  readonly variables?: Readonly<Record<string, string>>;
}

function modify(activate: readonly Activate[], terminate: readonly Key[] = [], key?: Key): string {
  const processInstanceKey = key ?? s.instanceKey;
  const instructions = activate.map(({ id, in: ancestor, variables = {} }) => ({
    elementId: id,
    ancestorScopeKey: ancestor ?? NO_KEY,
    variableInstructions: Object.entries(variables).map(([elementId, text]) => ({
      elementId,
      variables: new Document(text),
    })),
    ancestorScopeKeys: [],
  }));
  const answer = s.run('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', processInstanceKey, {
    processInstanceKey,
    terminateInstructions: terminate.map((elementInstanceKey) => ({ elementInstanceKey })),
    activateInstructions: instructions,
    ancestorScopeKeys: [],
    tenantId: '<default>',
  });
  return outcome(answer);
}

const scope = (id: string, ...inside: readonly ModelNode[]): ModelNode =>
  sub(
    id,
    [start(`${id}Start`), ...inside, end(`${id}End`)],
    `${id}Start -> ${inside.map((each) => each.id).join(' -> ')} -> ${id}End`,
  );
const call = (id: string, processId: string): ModelNode =>
  node('callActivity', id, { extensions: `<zeebe:calledElement processId="${processId}"/>` });
const begin = (nodes: readonly ModelNode[], flows: string, variables = '{}') => {
  s = Scenario.of([start(), ...nodes, end()], flows, { variables, flushEvery: 2 });
};
const nested = () => begin([scope('sub', job('x'), job('y'))], 'start -> sub -> end');

describe('what the reference spoils is refused', () => {
  test('several instances of a scope: one has to be named', () => {
    nested();
    const first = s.keyOf('sub');
    expect(modify([{ id: 'y', in: s.instanceKey }])).toBe('MODIFIED');
    const refused = modify([{ id: 'y' }]);
    expect(refused).toContain('INVALID_ARGUMENT');
    expect(refused).toContain("more than one active instance: 'y'");
    expect(refused).toContain('specify an ancestor element instance key');
    expect(modify([{ id: 'y', in: first }])).toBe('MODIFIED');
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });

  test('elements of another instance stay', () => {
    nested();
    const other = s.keyOf('x');
    s.create('p');
    expect(modify([], [other])).toContain(
      `does not belong to the modified process instance: '${keyText(other)}'`,
    );
    expect(s.engine.state.elements.get(other)?.state).toBe('ACTIVATED');
  });

  test('a called instance is not ended below its caller', () => {
    s = new Scenario();
    s.deployModel(bpmn('child', [start(), job('x'), end()], 'start -> x -> end'), 'c.bpmn');
    s.deployModel(bpmn('p', [start(), call('call', 'child'), end()], 'start -> call -> end'));
    s.create('p');
    const child = s.keyOf('child');
    const text = 'The instance was created by a call activity in the parent process.';
    expect(modify([], [s.keyOf('x')], child)).toContain(text);
    expect(modify([], [child], child)).toContain(text);
    s.work('x');
    expect(s.isEnded).toBe(true);
  });

  test('the process itself is not activated a second time', () => {
    nested();
    expect(modify([{ id: 'p' }])).toContain('INVALID_ARGUMENT');
  });

  test('an instance that is being ended, or is not there', () => {
    nested();
    expect(modify([{ id: 'x' }], [], UNKNOWN_KEY)).toContain('NOT_FOUND');
    s.cancelInstance();
    expect(modify([{ id: 'x' }])).toContain('NOT_FOUND');
  });
});

test('a refusal undoes what was done before it', () => {
  begin([scope('sub', job('x')), job('z')], 'start -> z -> sub -> end');
  const before = s.leftovers();
  expect(
    modify([{ id: 'x', variables: { sub: '{"a":1}' } }, { id: 'z' }], [UNKNOWN_KEY]),
  ).toContain('could not be found');
  expect(s.leftovers()).toEqual(before);
});

test('the key of an element names its instance', () => {
  nested();
  expect(modify([{ id: 'y' }], [], s.keyOf('x'))).toBe('MODIFIED');
  expect(s.life('y')).toBe('ACTING ACTED');
});

test('a native user task ends with its element', () => {
  const native = user('u', { extensions: '<zeebe:userTask/>' });
  begin([native, job('x')], 'start -> u -> x -> end');
  expect(modify([{ id: 'x' }], [s.keyOf('u')])).toBe('MODIFIED');
  expect(s.last('USER_TASK', 'CANCELED').value.elementId).toBe('u');
  s.work('x');
  expect(s.leftovers()).toEqual([]);
});

describe('tokens are counted', () => {
  test('a scope goes on living while another path waits at a join', () => {
    begin(
      [and('fork'), job('a'), job('b'), and('join'), job('c')],
      'start -> fork -> a -> join -> end; fork -> b -> join',
    );
    s.work('a');
    expect(modify([{ id: 'c' }])).toBe('MODIFIED');
    s.work('c');
    expect(s.isEnded).toBe(false);
    s.work('b');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('a fork, a join and a pass-through element are activated together', () => {
    begin(
      [and('fork'), job('a'), job('b'), and('join'), pass('p1'), job('first')],
      'start -> first -> fork -> a -> join -> p1 -> end; fork -> b -> join',
    );
    const first = s.keyOf('first');
    expect(modify([{ id: 'fork' }, { id: 'join' }, { id: 'p1' }], [first])).toBe('MODIFIED');
    expect(s.isEnded).toBe(false);
    s.work('a');
    s.work('b');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

test('variables are there before the element, also when the state is flushed in between', () => {
  begin([job('a'), job('b')], 'start -> a -> b -> end');
  const many = Array.from({ length: 120 }, (_, i) => ({
    id: 'b',
    variables: { b: `{"n":${i}}` },
  }));
  expect(modify(many, [s.keyOf('a')])).toBe('MODIFIED');
  for (let i = 0; i < many.length; i++) s.work('b');
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});

test('more elements than one turn may end are refused', () => {
  const loop =
    '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items"/></extensionElements>' +
    '</multiInstanceLoopCharacteristics>';
  const work = job('work');
  const items = JSON.stringify(Array.from({ length: 600 }, () => 0));
  begin([{ ...work, inside: loop }], 'start -> work -> end', `{"items":${items}}`);
  const body = s.records.find(
    (r) =>
      r.intent === 'ELEMENT_ACTIVATED' &&
      (r.value as { bpmnElementType: string }).bpmnElementType === 'MULTI_INSTANCE_BODY',
  );
  expect(modify([], [body?.key as Key])).toContain('more than 500 element instances at once');
  s.cancelInstance();
  expect(s.leftovers()).toEqual([]);
});
