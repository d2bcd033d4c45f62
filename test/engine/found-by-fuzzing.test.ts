// What random models have found (npm run fuzz): each cause as the smallest model that showed it.
import { type Key, NO_KEY } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { after, endWith, handler, leave, onSignal, signal } from './event-models.ts';
import { message, publish, startOn } from './message-models.ts';
import { bpmn, end, job, node, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

test('a scope whose end event triggers an event sub-process goes on until that has ended', () => {
  const s = Scenario.of(
    [
      start(),
      job('work'),
      endWith('end', onSignal('g')),
      handler('note', onSignal('g'), [job('write'), end('written')], 'write -> written', false),
    ],
    'start -> work -> end',
    { rest: signal('g') },
  );
  s.work('work');
  expect(s.records.filter(({ valueType }) => valueType === 'ERROR')).toEqual([]);
  expect(s.isEnded).toBe(false);
  s.work('write');
  expect(s.life('p')).toBe('ACTING ACTED COMPING COMPED');
  expect(s.leftovers()).toEqual([]);
  s.verify();
});

const listening = (xml: string): string =>
  xml.replace(
    'isExecutable="true">',
    'isExecutable="true"><extensionElements><zeebe:executionListeners>' +
      '<zeebe:executionListener eventType="start" type="listen"/></zeebe:executionListeners></extensionElements>',
  );

test('an instance that is cancelled before it takes over what has started it leaves nothing', () => {
  const s = new Scenario();
  const nodes = [start(), startOn('m'), job('work'), end()];
  s.deployModel(listening(bpmn('p', nodes, 'start -> work -> end; m -> work', message('m'))));
  const before = s.leftovers();
  publish(s, 'm', 'k');
  s.cancel(s.keyOf('p'));
  expect(s.leftovers()).toEqual(before);
  publish(s, 'm', 'k');
  publish(s, 'm', 'k', { timeToLive: 60_000 });
  s.cancel(s.keyOf('p'));
  // The lock is free: the message that has waited starts the next one.
  s.work('listen');
  expect(s.activate('work')).toHaveLength(1);
  s.verify();
});

const modify = (s: Scenario, elementId: string, terminated: readonly Key[] = []): string =>
  outcome(
    s.run('PROCESS_INSTANCE_MODIFICATION', 'MODIFY', s.instanceKey, {
      processInstanceKey: s.instanceKey,
      terminateInstructions: terminated.map((elementInstanceKey) => ({ elementInstanceKey })),
      activateInstructions: [
        { elementId, ancestorScopeKey: NO_KEY, variableInstructions: [], ancestorScopeKeys: [] },
      ],
      ancestorScopeKeys: [],
      tenantId: '<default>',
    }),
  );

test('a modification that ends the scope in which it activates is refused', () => {
  const box = sub('box', [start('in'), job('work'), end('out')], 'in -> work -> out');
  const s = Scenario.of([start(), box, end()], 'start -> box -> end');
  expect(modify(s, 'work', [s.keyOf('box')])).toMatch(/^INVALID_ARGUMENT: .* would terminate /);
  s.work('work');
  expect(s.isEnded).toBe(true);
  s.verify();
});

test('nothing is activated in an instance whose start listeners are at work', () => {
  const s = new Scenario();
  s.deployModel(listening(bpmn('p', [start(), job('work'), end()], 'start -> work -> end')));
  s.create('p');
  expect(modify(s, 'work')).toMatch(/^INVALID_ARGUMENT: .* its listeners are still at work/);
  s.work('listen');
  s.work('work');
  expect(s.isEnded).toBe(true);
  s.verify();
});

test('a compensation handler is not activated by a modification', () => {
  const undo = node('task', 'undo', {}, '', ' isForCompensation="true"');
  const event = leave('compensable', 'work', '<compensateEventDefinition/>');
  const lead = node('association', 'a', {}, '', ' sourceRef="compensable" targetRef="undo"');
  const nodes = [start(), job('work'), event, undo, lead, end()];
  const s = Scenario.of(nodes, 'start -> work -> end');
  expect(modify(s, 'undo')).toMatch(/^INVALID_ARGUMENT: .* only run by compensation events\.$/);
  s.work('work');
  expect(s.isEnded).toBe(true);
  s.verify();
});

test('a timer of an element that cannot take it any more goes, and is not commanded again', () => {
  const s = Scenario.of(
    [
      start(),
      job('work', { outputs: { n: '=assert(m, m != null)' } }),
      leave('late', 'work', after('PT5S')),
      end(),
      end('ended-late'),
    ],
    'start -> work -> end; late -> ended-late',
  );
  s.work('work');
  expect(s.incident.value.errorType).toBe('IO_MAPPING_ERROR');
  s.skip();
  s.advance(5_000);
  expect(s.since()).toContain('late TIMER.CANCELED');
  s.skip();
  s.advance(5_000);
  expect(s.since()).toEqual([]);
  s.cancel(s.instanceKey);
  expect(s.leftovers()).toEqual([]);
  s.verify();
});
