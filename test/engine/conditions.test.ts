// Conditional events: looked at when they begin to wait and whenever a variable that they read has changed.
import { afterEach, describe, expect, test } from 'vitest';
import { broadcast, handler, leave, note, onSignal, race, signal, wait } from './event-models.ts';
import { bpmn, end, job, pass, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const when = (condition: string, changes = '') =>
  `<conditionalEventDefinition>${changes}<condition>${condition.replaceAll('>', '&gt;')}</condition></conditionalEventDefinition>`;
const only = (changes: string) =>
  `<extensionElements><zeebe:conditionalFilter variableEvents="${changes}"/></extensionElements>`;

const fired = () => s.story.filter((line) => line.startsWith('CONDITIONAL_SUBSCRIPTION.TRIGGERED'));

describe('a catch event', () => {
  const waiting = (variables = '{}') =>
    Scenario.of([start(), wait('wait', when('=x > 3')), end()], 'start -> wait -> end', {
      variables,
    });

  test('goes on at once when its condition is true already', () => {
    s = waiting('{"x":4}');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('waits until a variable makes it true', () => {
    s = waiting();
    s.set('{"x":1}');
    s.set('{"y":9}');
    expect(s.isEnded).toBe(false);
    s.skip();
    s.set('{"x":7,"z":1}');
    expect(s.since().slice(0, 8)).toEqual([
      'z=1 VARIABLE.CREATED',
      'x=7 VARIABLE.UPDATED',
      'VARIABLE_DOCUMENT.UPDATED',
      'CONDITIONAL_SUBSCRIPTION.TRIGGERED',
      'wait PROCESS_EVENT.TRIGGERING',
      'wait COMPING',
      'wait PROCESS_EVENT.TRIGGERED',
      'CONDITIONAL_SUBSCRIPTION.DELETED',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('a value of another type, or none, is not true and no incident', () => {
    s = waiting('{"x":"many"}');
    s.set('{"x":null}');
    expect(s.story.some((line) => line.startsWith('INCIDENT'))).toBe(false);
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });

  test('a change that it does not see is none', () => {
    s = Scenario.of(
      [
        start(),
        wait('wait', when('=x > 3'), { inputs: { x: '=0' } }),
        job('other'),
        end(),
        pass('fork'),
      ],
      'start -> fork; fork -> wait -> end; fork -> other',
    );
    s.set('{"x":7}');
    expect(fired()).toEqual([]);
    s.set('{"x":7}', s.keyOf('wait'), true);
    expect(s.life('wait')).toContain('COMPED');
    s.work('other');
    expect(s.leftovers()).toEqual([]);
  });
});

describe('a boundary event', () => {
  const attached = (of: typeof leave, inputs: Record<string, string> = {}) =>
    Scenario.of(
      [
        start(),
        job('work', { inputs, outputs: { x: '=y' } }),
        end(),
        of('high', 'work', when('=x > 3')),
        end('left'),
      ],
      'start -> work -> end; high -> left',
    );

  test('interrupts its activity', () => {
    s = attached(leave);
    s.set('{"x":7}');
    expect(s.life('work')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.life('left')).toContain('COMPED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('fires again with every relevant change, once for one command', () => {
    s = attached(note);
    s.set('{"x":7,"y":1}');
    s.set('{"x":8}');
    s.set('{"y":2}');
    s.set('{"x":8}');
    s.set('{"x":1}');
    expect(fired()).toHaveLength(2);
    s.work('work');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('input mappings make it fire, what the activity leaves behind does not', () => {
    s = attached(note, { x: '=9' });
    expect(fired()).toHaveLength(1);
    s.work('work', '{"y":10}');
    expect(s.last('VARIABLE', 'CREATED').value).toMatchObject({ name: 'x', value: '10' });
    expect(fired()).toHaveLength(1);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('of a sub-process sees what happens inside of it', () => {
    s = Scenario.of(
      [
        start(),
        sub('inner', [start('go'), job('work'), end('done')], 'go -> work -> done'),
        end(),
        leave('high', 'inner', when('=x > 3')),
        end('left'),
      ],
      'start -> inner -> end; high -> left',
      { variables: '{"x":0}' },
    );
    s.work('work', '{"x":5}');
    expect(s.life('left')).toContain('COMPED');
    expect(s.life('inner')).toContain('TERMED');
    expect(s.leftovers()).toEqual([]);
  });
});

describe('an event sub-process', () => {
  const handled = (interrupting: boolean) =>
    Scenario.of(
      [
        start(),
        job('work'),
        end(),
        handler(
          'care',
          when('=x > 3'),
          [job('mend'), end('mended')],
          'mend -> mended',
          interrupting,
        ),
      ],
      'start -> work -> end',
    );

  test('interrupts its scope', () => {
    s = handled(true);
    s.set('{"x":7}');
    expect(s.life('work')).toContain('TERMED');
    s.set('{"x":8}');
    s.work('mend');
    expect(fired()).toHaveLength(1);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('begins beside what runs, for each change', () => {
    s = handled(false);
    s.set('{"x":7}');
    s.work('mend', '{"x":9}');
    s.work('mend');
    s.work('work');
    expect(fired()).toHaveLength(2);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('of the outer scope interrupts before those inside are looked at', () => {
    s = Scenario.of(
      [
        start(),
        job('work'),
        note('inside', 'work', when('=x > 2')),
        end(),
        end('noted'),
        handler('care', when('=x > 3'), [end('mended')], 'mended'),
      ],
      'start -> work -> end; inside -> noted',
    );
    s.set('{"x":3}');
    s.set('{"x":7}');
    expect(fired()).toHaveLength(2);
    expect(s.life('noted').split('COMPED')).toHaveLength(2);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

test('behind an event-based gateway', () => {
  s = Scenario.of(
    [start(), race('race'), wait('heard', onSignal('alarm')), wait('high', when('=x > 3')), end()],
    'start -> race; race -> heard -> end; race -> high -> end',
    { rest: signal('alarm') },
  );
  s.set('{"x":7}');
  expect(s.life('high')).toBe('ACTING ACTED COMPING COMPED');
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});

test('one that has lost the race is not triggered any more', () => {
  s = Scenario.of(
    [start(), race('race'), wait('heard', onSignal('alarm')), wait('high', when('=x > 3')), end()],
    'start -> race; race -> heard -> end; race -> high -> end',
    { rest: signal('alarm') },
  );
  broadcast(s, 'alarm', '{"x":7}');
  expect(s.life('high')).toBe('');
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});

test('a start event never starts an instance by itself; one by hand begins at the none start event', () => {
  s = new Scenario();
  const conditional = {
    tag: 'startEvent',
    id: 'high',
    attributes: '',
    extensions: '',
    inside: when('=true'),
  };
  s.deployModel(
    bpmn('p', [start(), conditional, end(), end('left')], 'start -> end; high -> left'),
  );
  expect(s.story.some((line) => line.startsWith('CONDITIONAL'))).toBe(false);
  s.create('p', '{"x":7}');
  expect(s.life('start')).toContain('COMPED');
  expect(s.life('high')).toBe('');
});

test('other instances of the same definition notice nothing', () => {
  s = Scenario.of([start(), wait('wait', when('=x > 3')), end()], 'start -> wait -> end');
  const first = s.instanceKey;
  s.create('p');
  expect(outcome(s.set('{"x":7}', first))).toBe('UPDATED');
  expect(fired()).toHaveLength(1);
  expect(s.isEnded).toBe(false);
  s.cancelInstance();
  expect(s.leftovers()).toEqual([]);
});

test('a filter names the changes that count', () => {
  s = Scenario.of(
    [
      start(),
      job('work'),
      end(),
      note('created', 'work', when('=x > 3', only('create'))),
      note('updated', 'work', when('=x > 3', only('update'))),
      note('changed', 'work', when('=x > 3', only('create, update'))),
      pass('noted'),
    ],
    'start -> work -> end; created -> noted; updated -> noted; changed -> noted',
  );
  s.set('{"x":7}');
  s.set('{"x":8}');
  expect(
    ['created', 'updated', 'changed'].map((id) => s.life(id).split('COMPED').length - 1),
  ).toEqual([1, 1, 2]);
  s.work('work');
  expect(s.leftovers()).toEqual([]);
});

test('a filter of something else is refused', () => {
  s = new Scenario();
  const xml = bpmn(
    'p',
    [start(), wait('wait', when('=x > 3', only('delete'))), end()],
    'start -> wait -> end',
  );
  expect(outcome(s.deploy(['p.bpmn', xml]))).toContain("must be a list of 'create' and 'update'");
});

test('a migrated event waits on, for the condition of the new model', () => {
  const model = (id: string, condition: string) =>
    bpmn(id, [start(), wait('wait', when(condition)), end()], 'start -> wait -> end');
  s = new Scenario();
  s.deployModel(model('p', '=x > 3'));
  s.create('p');
  s.deployModel(model('q', '=y > 3'), 'q.bpmn');
  const processInstanceKey = s.instanceKey;
  const answer = s.run('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', processInstanceKey, {
    processInstanceKey,
    targetProcessDefinitionKey: s.last('PROCESS', 'CREATED').key,
    mappingInstructions: [{ sourceElementId: 'wait', targetElementId: 'wait' }],
  });
  expect(outcome(answer)).toBe('MIGRATED');
  s.set('{"x":7}');
  expect(fired()).toEqual([]);
  s.set('{"y":7}');
  expect(s.isEnded).toBe(true);
});

test('a migrated activity forgets what nothing is mapped to, and waits for what is new', () => {
  const model = (id: string, event: string, condition: string) =>
    bpmn(
      id,
      [start(), job('work'), end(), leave(event, 'work', when(condition)), end('left')],
      `start -> work -> end; ${event} -> left`,
    );
  s = new Scenario();
  s.deployModel(model('p', 'old', '=x > 3'));
  s.create('p');
  s.deployModel(model('q', 'new', '=y > 3'), 'q.bpmn');
  const processInstanceKey = s.instanceKey;
  s.run('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', processInstanceKey, {
    processInstanceKey,
    targetProcessDefinitionKey: s.last('PROCESS', 'CREATED').key,
    mappingInstructions: [{ sourceElementId: 'work', targetElementId: 'work' }],
  });
  s.set('{"x":7}');
  expect(s.isEnded).toBe(false);
  s.set('{"y":7}');
  expect(s.life('new')).toContain('COMPED');
  expect(s.isEnded).toBe(true);
});

test('many that wait for one variable are triggered over many batches', () => {
  const rounds =
    '<multiInstanceLoopCharacteristics><extensionElements>' +
    '<zeebe:loopCharacteristics inputCollection="=for i in 1..120 return i" inputElement="n"/>' +
    '</extensionElements></multiInstanceLoopCharacteristics>';
  const waiting = [start('go'), wait('wait', when('=x > 3')), end('done')];
  const many = { ...sub('many', waiting, 'go -> wait -> done'), inside: rounds };
  s = Scenario.of([start(), many, end()], 'start -> many -> end');
  expect(s.isEnded).toBe(false);
  s.set('{"x":1}');
  expect(fired()).toEqual([]);
  s.set('{"x":7}');
  expect(fired()).toHaveLength(120);
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});
