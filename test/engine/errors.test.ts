// Thrown errors: where they are caught, what they end, and what stays visible when nothing catches them.
import { afterEach, describe, expect, test } from 'vitest';
import { and, caught, end, error, fail, job, start, sub } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const rest = error('E1') + error('E2') + error('E3');

describe('a worker throws', () => {
  const model = [start(), job('work'), caught('b', 'work', 'E1'), job('mend')];
  const flows = 'start -> work; b -> mend';

  test('the boundary event of its task goes on with the variables; they stay its own', () => {
    s = Scenario.of(model, flows, { rest }).skip();
    expect(outcome(s.throwError(s.take('work'), 'E1', '{"why":"no stock"}'))).toBe('ERROR_THROWN');
    expect(s.since()).toEqual([
      'work JOB.ERROR_THROWN',
      'b PROCESS_EVENT.TRIGGERING',
      'work TERMING',
      'work TERMED',
      'b PROCESS_EVENT.TRIGGERED',
      'b ACTING',
      'b ACTED',
      'why="no stock" VARIABLE.CREATED',
      'b COMPING',
      'b COMPED',
      'b_mend FLOW',
      'mend ACTING',
      'mend JOB.CREATED',
      'mend ACTED',
    ]);
    expect(s.variables()).toEqual({});
  });

  test('output mappings of the boundary event bring variables up', () => {
    const mapped = [
      start(),
      job('work'),
      caught('b', 'work', 'E1', { outputs: { reason: '=why' } }),
      job('mend'),
    ];
    s = Scenario.of(mapped, flows, { rest });
    s.throwError(s.take('work'), 'E1', '{"why":1,"more":2}');
    expect(s.variables()).toEqual({ reason: '1' });
  });

  test('nobody catches: an incident names what could have been caught; resolved, the job can be done again', () => {
    s = Scenario.of(model, flows, { rest });
    const key = s.take('work');
    s.throwError(key, 'E9', '{}');
    expect(s.incident.value).toMatchObject({
      errorType: 'UNHANDLED_ERROR_EVENT',
      errorMessage:
        "Expected to throw an error event with the code 'E9', but it was not caught. Available error events are [E1]",
      elementId: 'NO_CATCH_EVENT_FOUND',
      jobKey: key,
    });
    expect(s.activate('work')).toEqual([]);
    expect(outcome(s.complete(key))).toBe(
      "INVALID_STATE: Expected to complete job with key 'KEY', but it is in state 'ERROR_THROWN'",
    );
    expect(outcome(s.resolve())).toBe('RESOLVED');
    expect(s.activate('work')).toEqual([key]);
    s.complete(key);
    expect(s.isEnded).toBe(true);
  });

  test('an unknown job is refused', () => {
    s = Scenario.of(model, flows, { rest });
    expect(outcome(s.throwError(UNKNOWN_KEY, 'E1'))).toBe(
      "NOT_FOUND: Expected to throw an error for job with key 'KEY', but no such job was found",
    );
  });

  test('an error thrown twice is refused the second time', () => {
    s = Scenario.of(model, flows, { rest });
    const key = s.take('work');
    s.throwError(key, 'E1');
    expect(outcome(s.throwError(key, 'E1'))).toContain('NOT_FOUND');
  });
});

describe('who catches', () => {
  const inner = sub('inner', [start('in2'), job('work')], 'in2 -> work');
  const outer = sub(
    'outer',
    [start('in1'), inner, caught('near', 'inner'), job('n')],
    'in1 -> inner; near -> n',
  );
  const model = [start(), outer, caught('far', 'outer', 'E1'), job('f')];

  test('a near catch-all before a far exact code', () => {
    s = Scenario.of(model, 'start -> outer; far -> f', { rest });
    s.throwError(s.take('work'), 'E1');
    expect([s.life('n'), s.life('f')]).toEqual(['ACTING ACTED', '']);
  });

  test('on one activity the exact code before the catch-all, whichever comes first in the file', () => {
    const both = [
      start(),
      job('work'),
      caught('all', 'work'),
      caught('one', 'work', 'E1'),
      job('a'),
      job('o'),
    ];
    s = Scenario.of(both, 'start -> work; all -> a; one -> o', { rest });
    s.throwError(s.take('work'), 'E1');
    expect([s.life('a'), s.life('o')]).toEqual(['', 'ACTING ACTED']);
  });

  test('an empty code is caught by a catch-all only', () => {
    const one = [start(), job('work'), caught('all', 'work'), job('a')];
    s = Scenario.of(one, 'start -> work; all -> a');
    s.throwError(s.take('work'), '');
    expect(s.life('a')).toBe('ACTING ACTED');
  });
});

describe('an error end event', () => {
  const box = sub(
    'box',
    [start('in'), and('f'), job('a'), job('b'), fail('boom', 'E1')],
    'in -> f; f -> a; f -> b -> boom',
  );

  test('ends the scope that catches, everything in it first', () => {
    s = Scenario.of(
      [start(), box, caught('b1', 'box', 'E1'), end('saved')],
      'start -> box; b1 -> saved',
      { rest },
    );
    s.skip();
    s.work('b');
    const lines = s.since();
    const at = lines.indexOf('boom ACTING');
    expect(lines.slice(at)).toEqual([
      'boom ACTING',
      'boom ACTED',
      'b1 PROCESS_EVENT.TRIGGERING',
      'box TERMING',
      'a TERMING',
      'a JOB.CANCELED',
      'a TERMED',
      'boom TERMING',
      'boom TERMED',
      'box TERMED',
      'b1 PROCESS_EVENT.TRIGGERED',
      'b1 ACTING',
      'b1 ACTED',
      'b1 COMPING',
      'b1 COMPED',
      'b1_saved FLOW',
      'saved ACTING',
      'saved ACTED',
      'saved COMPING',
      'saved COMPED',
      'p COMPING',
      'p COMPED',
    ]);
  });

  test('uncaught, it waits in ACTIVATING with an incident, again after a resolve', () => {
    s = Scenario.of([start(), fail('boom', 'E1')], 'start -> boom', { rest });
    expect(s.life('boom')).toBe('ACTING');
    const first = s.incident;
    expect(first.value.errorMessage).toBe(
      "Expected to throw an error event with the code 'E1', but it was not caught. No error events are available in the scope.",
    );
    s.resolve();
    expect(s.incident.key).not.toBe(first.key);
    expect(s.life('boom')).toBe('ACTING');
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });

  test('two in one step: the first one counts, the instance goes on once', () => {
    const twice = sub(
      'box',
      [start('in'), and('f'), fail('x1', 'E1'), fail('x2', 'E2')],
      'in -> f; f -> x1; f -> x2',
    );
    s = Scenario.of(
      [start(), twice, caught('c1', 'box', 'E1'), caught('c2', 'box', 'E2'), end('e1'), end('e2')],
      'start -> box; c1 -> e1; c2 -> e2',
      { rest },
    );
    expect(s.isEnded).toBe(true);
    expect(['c1', 'c2'].filter((id) => s.life(id) !== '')).toHaveLength(1);
    expect(s.records.some((r) => r.valueType === 'INCIDENT')).toBe(false);
  });

  test('incidents of what it ends go with it', () => {
    const broken = sub(
      'box',
      [start('in'), and('f'), job('a', { type: '=missing' }), job('b'), fail('boom', 'E1')],
      'in -> f; f -> a; f -> b -> boom',
    );
    s = Scenario.of([start(), broken, caught('c', 'box', 'E1'), end()], 'start -> box; c -> end', {
      rest,
    });
    const { key } = s.incident;
    s.work('b');
    expect(s.last('INCIDENT', 'RESOLVED').key).toBe(key);
    expect(outcome(s.resolve(key))).toContain('NOT_FOUND');
    expect(s.isEnded).toBe(true);
  });
});
