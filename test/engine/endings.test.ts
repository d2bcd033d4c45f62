// How instances end before their time: terminate end events and cancellation, warm from memory and cold from the store.
import { EMPTY_PROCESS_INSTANCE } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import {
  and,
  bpmn,
  caught,
  end,
  error,
  job,
  oneTask,
  pass,
  start,
  stop,
  sub,
  xor,
} from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

describe('terminate end event', () => {
  test('ends its siblings, then completes the scope', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b'), stop()],
      'start -> f; f -> a; f -> b -> stop',
    ).skip();
    s.work('b');
    expect(s.since().slice(-8)).toEqual([
      'stop ACTED',
      'stop COMPING',
      'stop COMPED',
      'a TERMING',
      'a JOB.CANCELED',
      'a TERMED',
      'p COMPING',
      'p COMPED',
    ]);
    expect(s.isEnded).toBe(true);
  });

  test('with nothing else in the scope it just completes it', () => {
    s = Scenario.of([start(), stop()], 'start -> stop');
    expect(s.records.some((r) => r.valueType === 'PROCESS_INSTANCE_BATCH')).toBe(false);
    expect(s.isEnded).toBe(true);
  });

  test('inside a sub-process it ends only that', () => {
    const box = sub(
      'box',
      [start('in'), and('f'), job('a'), job('b'), stop()],
      'in -> f; f -> a; f -> b -> stop',
    );
    s = Scenario.of(
      [start(), and('f0'), box, job('side'), job('after')],
      'start -> f0; f0 -> box -> after; f0 -> side',
    );
    s.work('b');
    expect([s.life('a'), s.life('side'), s.life('after')]).toEqual([
      'ACTING ACTED TERMING TERMED',
      'ACTING ACTED',
      'ACTING ACTED',
    ]);
  });

  test('two in one step: the scope completes once', () => {
    s = Scenario.of([start(), and('f'), stop('s1'), stop('s2')], 'start -> f; f -> s1; f -> s2');
    expect(s.life('p')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.since().filter((line) => line.includes('!'))).toEqual([
      expect.stringContaining(
        "INVALID_STATE: Expected flow scope instance to be not interrupted but was interrupted by an event with id 's",
      ),
    ]);
  });

  test('a token at a join is dropped', () => {
    s = Scenario.of(
      [start(), and('f'), pass('t'), job('a'), and('j'), job('b'), stop(), end()],
      'start -> f; f -> t -> j; f -> a -> j; f -> b -> stop; j -> end',
    );
    s.work('b');
    expect(s.isEnded).toBe(true);
    expect(s.life('j')).toBe('');
  });
});

const wide = (width: number) => {
  const tasks = Array.from({ length: width }, (_, i) => job(`t${i}`, { type: 'w' }));
  const box = sub(
    'box',
    [start('in'), and('f'), ...tasks],
    `in -> f;${tasks.map(({ id }) => `f -> ${id}`).join(';')}`,
  );
  return bpmn('p', [start(), box], 'start -> box');
};

describe('cancel', () => {
  test.each([
    ['hot', 0],
    ['cold', 1],
  ])('ends everything, the innermost first (%s)', (_, flushEvery) => {
    const box = sub('box', [start('in'), job('a'), caught('b', 'a', 'E')], 'in -> a; b -> a');
    s = Scenario.of([start(), and('f'), box, job('c')], 'start -> f; f -> box; f -> c', {
      flushEvery,
      rest: error('E'),
    });
    s.skip();
    expect(outcome(s.cancelInstance())).toBe('ELEMENT_TERMINATING');
    expect(s.since()).toEqual([
      'p TERMING',
      'c TERMING',
      'c JOB.CANCELED',
      'c TERMED',
      'box TERMING',
      'a TERMING',
      'a JOB.CANCELED',
      'a TERMED',
      'box TERMED',
      'p TERMED',
    ]);
  });

  test.each([50, 600, 1100])(
    'a scope of %i children ends completely, over many batches',
    (width) => {
      s = new Scenario({ flushEvery: 2 });
      s.deployModel(wide(width));
      s.create('p');
      s.cancelInstance();
      expect(s.isEnded).toBe(true);
      expect(
        s.records.filter((r) => r.valueType === 'JOB' && r.intent === 'CANCELED'),
      ).toHaveLength(width);
      expect(s.activate('w')).toEqual([]);
    },
  );

  test('with tokens at joins only, it ends at once', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), xor('m'), and('j')],
      'start -> f; f -> a -> j; f -> m -> j',
    );
    s.work('a');
    const stuck = Scenario.of(
      [start(), xor('x'), pass('t'), and('j'), end()],
      'start -> x; x -> t -> j ? =true; x -> j ? else; j -> end',
    );
    expect(stuck.isEnded).toBe(false);
    stuck.skip();
    stuck.cancelInstance();
    expect(stuck.since()).toEqual(['p TERMING', 'p TERMED']);
    stuck.verify();
  });

  test('a failed job with its incident, an element with its incident', () => {
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b', { type: '=nothing' })],
      'start -> f; f -> a; f -> b',
    );
    s.fail(s.take('a'), 0);
    s.skip();
    s.cancelInstance();
    expect(s.since().filter((line) => !line.includes('ING'))).toEqual(
      expect.arrayContaining([
        'a JOB.CANCELED',
        'a INCIDENT.RESOLVED',
        'a TERMED',
        'b INCIDENT.RESOLVED',
        'b TERMED',
      ]),
    );
    expect(s.isEnded).toBe(true);
  });

  test('what is not a running instance is refused', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const key = s.create('p');
    const text =
      "NOT_FOUND: Expected to cancel a process instance with key 'KEY', but no such process was found";
    const cancel = (of: typeof key) =>
      outcome(s.run('PROCESS_INSTANCE', 'CANCEL', of, EMPTY_PROCESS_INSTANCE));
    expect(cancel(UNKNOWN_KEY)).toBe(text);
    expect(cancel(s.keyOf('work'))).toBe(text);
    s.work('work');
    expect(cancel(key)).toBe(text);
  });

  test('a back-off that ends later, and a deadline, have nothing to do any more', () => {
    s = Scenario.of([start(), and('f'), job('a'), job('b')], 'start -> f; f -> a; f -> b');
    s.fail(s.take('a'), 3, 5_000);
    s.take('b', 1_000);
    s.cancelInstance();
    s.skip();
    s.advance(60_000);
    expect(s.since()).toEqual([]);
  });
});
