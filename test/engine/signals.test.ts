// Signals: everybody who waits is reached, start events once, and versions take over from each other.
import { keyText, type LogRecord, makeKey, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import {
  after,
  broadcast,
  endWith,
  leave,
  note,
  onSignal,
  race,
  signal,
  startWhen,
  throws,
  wait,
} from './event-models.ts';
import { bpmn, end, job, start, xor } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const ALARM = signal('alarm');

const waiting = () =>
  Scenario.of([start(), wait('wait', onSignal('alarm')), end()], 'start -> wait -> end', {
    rest: ALARM,
  });

describe('a catch event', () => {
  test('goes on with the variables of the signal', () => {
    s = waiting().skip();
    expect(outcome(broadcast(s, 'alarm', '{"floor":3}'))).toBe('BROADCASTED');
    expect(s.since().slice(0, 7)).toEqual([
      'SIGNAL.BROADCASTED',
      'wait PROCESS_EVENT.TRIGGERING',
      'wait COMPING',
      'wait PROCESS_EVENT.TRIGGERED',
      'floor=3 VARIABLE.CREATED',
      'SIGNAL_SUBSCRIPTION.DELETED',
      'wait COMPED',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('hears no other signal, and nothing from before', () => {
    s = new Scenario();
    s.deployModel(
      bpmn('p', [start(), wait('wait', onSignal('alarm')), end()], 'start -> wait -> end', ALARM),
    );
    broadcast(s, 'alarm');
    s.create('p');
    broadcast(s, 'other');
    expect(s.isEnded).toBe(false);
  });

  test('the name may be an expression; one that fails is an incident', () => {
    s = Scenario.of([start(), wait('wait', onSignal('alarm')), end()], 'start -> wait -> end', {
      rest: signal('alarm', '=wanted'),
    });
    expect(s.incident.value.errorMessage).toContain("to be 'STRING', but was 'NULL'");
    s.set('{"wanted":"fire"}');
    s.resolve();
    broadcast(s, 'fire');
    expect(s.isEnded).toBe(true);
  });
});

test('boundary events: one beside the task fires again and again, one that interrupts ends it', () => {
  s = Scenario.of(
    [
      start(),
      job('work'),
      end(),
      note('heard', 'work', onSignal('ping')),
      leave('stopped', 'work', onSignal('alarm')),
      end('noted'),
      end('left'),
    ],
    'start -> work -> end; heard -> noted; stopped -> left',
    { rest: ALARM + signal('ping') },
  );
  broadcast(s, 'ping', '{"n":1}');
  broadcast(s, 'ping', '{"n":2}');
  expect(s.life('noted').split(' COMPED')).toHaveLength(3);
  expect(s.variables()).toEqual({ n: '2' });
  s.skip();
  broadcast(s, 'alarm');
  expect(s.since().slice(0, 7)).toEqual([
    'SIGNAL.BROADCASTED',
    'stopped PROCESS_EVENT.TRIGGERING',
    'work TERMING',
    'work JOB.CANCELED',
    'SIGNAL_SUBSCRIPTION.DELETED',
    'SIGNAL_SUBSCRIPTION.DELETED',
    'work TERMED',
  ]);
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});

describe('an event-based gateway', () => {
  const racing = () =>
    Scenario.of(
      [
        start(),
        race('race'),
        wait('late', after('PT1M')),
        wait('heard', onSignal('alarm'), { outputs: { level: '=floor' } }),
        end(),
      ],
      'start -> race; race -> late -> end; race -> heard -> end',
      { rest: ALARM },
    );

  test('goes on with the first event and closes the others', () => {
    s = racing().skip();
    broadcast(s, 'alarm', '{"floor":3}');
    expect(s.since().slice(0, 13)).toEqual([
      'SIGNAL.BROADCASTED',
      'heard PROCESS_EVENT.TRIGGERING',
      'race COMPING',
      'late TIMER.CANCELED',
      'SIGNAL_SUBSCRIPTION.DELETED',
      'race COMPED',
      'heard PROCESS_EVENT.TRIGGERED',
      'heard ACTING',
      'heard ACTED',
      'floor=3 VARIABLE.CREATED',
      'heard COMPING',
      'level=3 VARIABLE.CREATED',
      'heard COMPED',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('a second event in the same moment is too late', () => {
    s = racing().skip();
    s.advance(60_000);
    broadcast(s, 'alarm');
    expect(s.life('heard')).toBe('');
    expect(s.life('late')).toBe('ACTING ACTED COMPING COMPED');
  });

  test('is cancelled with all that it waits for', () => {
    s = racing();
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });
});

describe('a throwing event', () => {
  test.each(['throw', 'end'])('%s event reaches others with its inputs alone', (kind) => {
    const inputs = { inputs: { floor: '=n' } };
    const thrower =
      kind === 'throw'
        ? bpmn(
            'q',
            [start(), throws('call', onSignal('alarm'), inputs), end()],
            'start -> call -> end',
            ALARM,
          )
        : bpmn('q', [start(), endWith('call', onSignal('alarm'))], 'start -> call', ALARM);
    s = waiting();
    const { instanceKey } = s;
    s.deployModel(thrower, 'q.bpmn');
    s.create('q', '{"n":4}');
    expect(s.engine.state.elements.get(instanceKey)).toBeUndefined();
    expect(s.last('SIGNAL', 'BROADCASTED').value.variables.text).toBe(
      kind === 'throw' ? '{"floor":4}' : '{}',
    );
    expect(s.leftovers()).toEqual([]);
  });
});

describe('start events', () => {
  const model = bpmn('p', [startWhen('start', onSignal('alarm')), end()], 'start -> end', ALARM);

  test('an instance of the newest version starts with the variables', () => {
    s = new Scenario();
    s.deployModel(model);
    s.deployModel(model.replaceAll('id="end"', 'id="end" name="other"'));
    expect(s.last('PROCESS', 'CREATED').value.version).toBe(2);
    s.skip();
    broadcast(s, 'alarm', '{"floor":3}');
    expect(s.since().slice(0, 11)).toEqual([
      'SIGNAL.BROADCASTED',
      'start PROCESS_EVENT.TRIGGERING',
      'p ACTING',
      'p ACTED',
      'start PROCESS_EVENT.TRIGGERED',
      'start ACTING',
      'start ACTED',
      'floor=3 VARIABLE.CREATED',
      'start COMPING',
      'floor=3 VARIABLE.CREATED',
      'start COMPED',
    ]);
    expect(s.last('PROCESS_INSTANCE', 'ELEMENT_COMPLETED').value.version).toBe(2);
    s.deployModel(bpmn('p', [start(), end()], 'start -> end'));
    s.skip();
    broadcast(s, 'alarm');
    expect(s.since()).toEqual(['SIGNAL.BROADCASTED']);
  });
});

describe('several partitions', () => {
  const ofPartition = (partitionId: number) => {
    const engine = new Scenario({ partitionId, partitionCount: 2 });
    engine.deployModel(
      bpmn(
        'p',
        [start(), startWhen('on', onSignal('alarm')), wait('wait', onSignal('alarm')), end()],
        'start -> wait -> end; on -> end',
        ALARM,
      ),
    );
    return engine;
  };
  const sent = (engine: Scenario): LogRecord[] =>
    engine.effects.flatMap((effect) => (effect.kind === 'send' ? [effect.record] : []));

  test('the signal is passed on; there it reaches catch events but no start events, and only once', () => {
    const origin = ofPartition(1);
    origin.perform({
      valueType: 'COMMAND_DISTRIBUTION',
      intent: 'ACKNOWLEDGE',
      key: origin.last('DEPLOYMENT', 'CREATED').key,
      value: { ...origin.last('COMMAND_DISTRIBUTION', 'DISTRIBUTING').value },
      requestId: -1,
      operationReference: -1,
      streamId: 0,
      pendingPosition: -1,
    });
    s = ofPartition(2);
    s.create('p');
    broadcast(origin, 'alarm', '{"floor":3}');
    expect(origin.life('on')).toBe('ACTING ACTED COMPING COMPED');
    const [passedOn] = sent(origin) as [LogRecord<'SIGNAL'>];
    expect([passedOn.valueType, passedOn.intent]).toEqual(['SIGNAL', 'BROADCAST']);
    s.run('SIGNAL', 'BROADCAST', passedOn.key, passedOn.value);
    expect(s.life('wait')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.life('on')).toBe('');
    expect(sent(s).map(({ intent }) => intent)).toEqual(['ACKNOWLEDGE']);
    s.create('p');
    expect(outcome(s.run('SIGNAL', 'BROADCAST', passedOn.key, passedOn.value))).toBe(
      'ALREADY_EXISTS: signal KEY was broadcast on this partition',
    );
    expect(s.isEnded).toBe(false);
    expect(keyText(makeKey(2, 1))).not.toBe(keyText(NO_KEY));
    origin.verify();
  });
});

describe('many subscribers', () => {
  test('are reached in pieces, each once, though they wait again', () => {
    s = new Scenario({ flushEvery: 100 });
    const nodes = [start(), xor('again'), wait('wait', onSignal('alarm'))];
    s.deployModel(bpmn('p', nodes, 'start -> again -> wait -> again', ALARM));
    const rings = startWhen('rings', onSignal('alarm'));
    s.deployModel(bpmn('q', [rings, end()], 'rings -> end', ALARM), 'q.bpmn');
    for (let i = 0; i < 250; i++) s.create('p');
    const before = s.entryCount;
    broadcast(s, 'alarm', '{"floor":3}');
    const records = s.recordsBehind(before);
    const of = (valueType: string, intent: string) =>
      records.filter((r) => r.valueType === valueType && r.intent === intent);
    const triggered = of('PROCESS_EVENT', 'TRIGGERED').map(
      (r) => (r as LogRecord<'PROCESS_EVENT'>).value.scopeKey,
    );
    expect(new Set(triggered).size).toBe(251);
    expect(triggered).toHaveLength(251);
    expect(of('SIGNAL', 'BROADCASTED')).toHaveLength(1);
    expect(of('SIGNAL_BATCH', 'REACH')).toHaveLength(1);
  });

  test('a large document makes the pieces smaller', () => {
    s = waiting();
    for (let i = 1; i < 60; i++) s.create('p');
    const before = s.entryCount;
    broadcast(s, 'alarm', `{"text":"${'x'.repeat(100_000)}"}`);
    const records = s.recordsBehind(before);
    expect(records.filter(({ valueType }) => valueType === 'SIGNAL_BATCH')).not.toHaveLength(0);
    expect(s.leftovers()).toEqual([]);
  });
});
