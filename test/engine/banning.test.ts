// A fault of ours in one instance: it is recorded, the instance is banned, everything else goes on.
import { type ErrorValue, type Key, keyText, type LogRecord, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Environment } from '../../broker/src/core/engine/environment.ts';
import { StoreReadError } from '../../broker/src/core/state/state-error.ts';
import { and, job, oneTask, start, sub } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

/** The one thing from outside that a processor asks: a way to make it throw at a chosen moment. */
class Faulty implements Environment {
  fault: Error | undefined;
  hasStream(): boolean {
    return this.fault !== undefined;
  }
  takeStream(): undefined {
    if (this.fault !== undefined) throw this.fault;
    return undefined;
  }
  returnStream(): void {}
}

let s: Scenario;
let world: Faulty;
afterEach(() => s.verify());

const errors = () => s.records.filter((r) => r.valueType === 'ERROR') as LogRecord<'ERROR'>[];

/** An instance with a locked job whose time-out fails. */
function banned(): void {
  world = new Faulty();
  const box = sub('box', [start('in'), and('f'), job('a'), job('b')], 'in -> f; f -> a; f -> b');
  s = Scenario.of([start(), box], 'start -> box', { environment: world, flushEvery: 1 });
  s.take('a', 1_000);
  world.fault = new Error('a fault of ours');
  s.advance(5_000);
  world.fault = undefined;
}

describe('an exception in a command of the broker', () => {
  test('is recorded with the instance, whose jobs leave all queues', () => {
    banned();
    expect(errors().map((r) => r.value as ErrorValue)).toEqual([
      expect.objectContaining({
        exceptionMessage: 'a fault of ours',
        processInstanceKey: s.instanceKey,
      }),
    ]);
    const { errorEventPosition } = (errors()[0] as LogRecord<'ERROR'>).value;
    const command = s.records.find((r) => r.position === errorEventPosition);
    expect([command?.intent, command?.recordType]).toEqual(['TIME_OUT', 'COMMAND']);
    expect([s.activate('a'), s.activate('b')]).toEqual([[], []]);
    s.skip();
    s.advance(3_600_000);
    expect(s.since()).toEqual([]);
  });

  test('later commands get a stated rejection', () => {
    banned();
    expect(outcome(s.set('{"x":1}'))).toBe(
      `INVALID_STATE: Expected to process VARIABLE_DOCUMENT.UPDATE for process instance '${keyText(s.instanceKey)}', ` +
        'but the instance is banned after an internal error. Cancel the instance and start it again.',
    );
  });

  test('the instance can be cancelled and leaves nothing behind', () => {
    banned();
    expect(s.leftovers()).not.toEqual([]);
    expect(outcome(s.cancelInstance())).toBe('ELEMENT_TERMINATING');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('an incident of the banned instance goes with its cancellation', () => {
    world = new Faulty();
    s = Scenario.of([start(), and('f'), job('a'), job('b')], 'start -> f; f -> a; f -> b', {
      environment: world,
    });
    s.fail(s.take('a'), 0);
    s.take('b', 1_000);
    world.fault = new Error('a fault of ours');
    s.advance(5_000);
    world.fault = undefined;
    expect(outcome(s.resolve())).toContain('the instance is banned');
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.last('INCIDENT', 'RESOLVED').key).toBe(s.incident.key);
  });

  test('other instances go on', () => {
    banned();
    s.create('p');
    s.work('a');
    s.work('b');
    expect(s.isEnded).toBe(true);
  });
});

describe('an exception in a command of a client', () => {
  test('undoes all of it, tells the client, bans nobody', () => {
    world = new Faulty();
    s = Scenario.of([start(), job('a'), job('b')], 'start -> a -> b', { environment: world });
    const key = s.take('a');
    world.fault = new Error('a fault of ours');
    expect(outcome(s.complete(key))).toBe(
      'PROCESSING_ERROR: Expected to process JOB.COMPLETE without errors, but an exception occurred: a fault of ours',
    );
    world.fault = undefined;
    expect(errors()).toHaveLength(1);
    expect(outcome(s.complete(key))).toBe('COMPLETED');
    s.work('b');
    expect(s.isEnded).toBe(true);
  });

  test('the keys of what was undone are handed out again', () => {
    world = new Faulty();
    s = new Scenario({ environment: world });
    s.deployModel(oneTask());
    world.fault = new Error('a fault of ours');
    const before = s.engine.keys.counter;
    expect(outcome(s.createWith({ bpmnProcessId: 'p' }))).toContain('PROCESSING_ERROR');
    expect(s.engine.keys.counter).toBe(before + 1);
    world.fault = undefined;
    s.create('p');
    s.work('work');
    expect(s.isEnded).toBe(true);
  });
});

test('a pending command that fails bans its instance', () => {
  world = new Faulty();
  const tasks = Array.from({ length: 120 }, (_, i) => job(`t${i}`, { type: 'w' }));
  s = Scenario.of(
    [start(), job('first'), and('f'), ...tasks],
    `start -> first -> f;${tasks.map(({ id }) => `f -> ${id}`).join(';')}`,
    { environment: world, flushEvery: 1 },
  );
  let calls = 0;
  world.hasStream = () => {
    if (++calls > 105) throw new Error('a fault of ours');
    return false;
  };
  s.complete(s.take('first'));
  world.hasStream = () => false;
  expect(errors()[0]?.value.processInstanceKey).toBe(s.instanceKey);
  expect(s.activate('w')).toEqual([]);
  s.cancelInstance();
  expect(s.isEnded).toBe(true);
});

test('an instance whose model cannot be read any more can be cancelled', () => {
  world = new Faulty();
  const box = sub('box', [start('in'), job('a', { outputs: { x: '=1' } })], 'in -> a');
  s = Scenario.of([start(), box, job('b')], 'start -> box -> b', { environment: world });
  const key = s.take('a');
  s.engine.state.processes.element = () => {
    throw new Error('process definition 7 cannot be read any more');
  };
  expect(outcome(s.complete(key))).toContain('cannot be read any more');
  expect(outcome(s.cancelInstance())).toBe('ELEMENT_TERMINATING');
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});

test("a store that cannot be read is nobody's fault: it is thrown on, nothing is recorded", () => {
  world = new Faulty();
  s = Scenario.of([start(), job('a')], 'start -> a', { environment: world });
  s.take('a', 1_000);
  world.fault = new StoreReadError('the disk is gone');
  const before = s.records.length;
  expect(() => s.advance(5_000)).toThrow('the disk is gone');
  expect(s.records).toHaveLength(before);
  s = new Scenario();
});

describe('an operator', () => {
  const ban = (processInstanceKey: Key) =>
    s.run('ERROR', 'BAN', NO_KEY, {
      exceptionMessage: 'Banned by an operator',
      stacktrace: '',
      errorEventPosition: -1,
      processInstanceKey,
    });

  test('takes an instance out of work; it can be cancelled', () => {
    s = Scenario.of([start(), and('f'), job('a'), job('b')], 'start -> f; f -> a; f -> b');
    expect(outcome(ban(s.instanceKey))).toBe('CREATED');
    expect([s.activate('a'), s.activate('b')]).toEqual([[], []]);
    expect(outcome(ban(s.instanceKey))).toMatch(/^INVALID_STATE: .*is banned already/);
    expect(outcome(s.cancelInstance())).toBe('ELEMENT_TERMINATING');
    expect(s.leftovers()).toEqual([]);
  });

  test('cannot take out what is not there', () => {
    s = Scenario.of([start()], '');
    expect(outcome(ban(UNKNOWN_KEY))).toMatch(/^NOT_FOUND: /);
  });
});
