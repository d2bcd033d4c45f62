// What stops an element for a person: the reason, where it is, and going on after a resolve.
import { afterEach, describe, expect, test } from 'vitest';
import { and, end, job, start, sub, xor } from './models.ts';
import { outcome, Scenario, UNKNOWN_KEY } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

describe('exclusive gateway', () => {
  const model = [start(), xor('x'), job('a'), job('b')];

  test('no condition holds and there is no default flow', () => {
    s = Scenario.of(model, 'start -> x; x -> a ? =n > 10; x -> b ? =n < 5', {
      variables: '{"n":7}',
    });
    expect(s.incident.value).toMatchObject({
      errorType: 'CONDITION_ERROR',
      errorMessage:
        'Expected at least one condition to evaluate to true, or to have a default flow',
      elementId: 'x',
    });
    expect(s.life('x')).toBe('ACTING');
    s.set('{"n":1}');
    s.skip();
    s.resolve();
    expect(s.since().slice(0, 4)).toEqual([
      'x INCIDENT.RESOLVED',
      'x ACTED',
      'x COMPING',
      'x COMPED',
    ]);
    expect(s.life('b')).toBe('ACTING ACTED');
  });

  test('a condition that is no yes or no', () => {
    s = Scenario.of(model, 'start -> x; x -> a ? =n > 10; x -> b ? else');
    expect(s.incident.value.errorType).toBe('EXTRACT_VALUE_ERROR');
    expect(s.incident.value.errorMessage).toBe(
      "Expected result of the expression 'n > 10' to be 'BOOLEAN', but was 'NULL'. " +
        'The evaluation reported the following warnings:\n' +
        "[NO_VARIABLE_FOUND] No variable found with name 'n'\n" +
        "[NOT_COMPARABLE] Can't compare 'null' with '10'",
    );
  });
});

test('a resolve without a repair gives a new incident with a new key', () => {
  s = Scenario.of([start(), job('work', { type: '=kind' })], 'start -> work');
  const first = s.incident.key;
  expect(outcome(s.resolve())).toBe('RESOLVED');
  expect(s.incident.key).not.toBe(first);
  expect(outcome(s.resolve(first))).toBe(
    "NOT_FOUND: Expected to resolve incident with key 'KEY', but no such incident was found",
  );
  expect(outcome(s.resolve(UNKNOWN_KEY))).toContain('NOT_FOUND');
});

test('type, then retries: one incident at a time', () => {
  s = Scenario.of([start(), job('work', { type: '=kind', retries: '=times' })], 'start -> work');
  expect(s.incident.value.errorMessage).toContain("'kind'");
  s.set('{"kind":"paint"}');
  s.resolve();
  expect(s.incident.value.errorMessage).toContain("'times'");
  s.set('{"times":2}');
  s.resolve();
  expect(s.life('work')).toBe('ACTING ACTED');
});

test('the path names the scopes from the instance to the element', () => {
  const inner = sub('inner', [start('in2'), job('work', { type: '=kind' })], 'in2 -> work');
  const outer = sub('outer', [start('in1'), inner], 'in1 -> inner');
  s = Scenario.of([start(), outer], 'start -> outer');
  expect(s.incident.value.elementInstancePath).toEqual([
    ['p', 'outer', 'inner', 'work'].map((id) => s.keyOf(id)),
  ]);
  expect(s.incident.value.variableScopeKey).toBe(s.keyOf('work'));
});

test('the output mapping of a scope fails after everything in it has ended', () => {
  const box = sub('box', [start('in'), job('work')], 'in -> work', {
    outputs: { out: '=assert(x, x != null)' },
  });
  s = Scenario.of([start(), box, end()], 'start -> box -> end');
  s.work('work');
  expect(s.life('box')).toBe('ACTING ACTED COMPING');
  s.set('{"x":1}');
  s.resolve();
  expect(s.isEnded).toBe(true);
});

test('other paths go on while one waits', () => {
  s = Scenario.of(
    [start(), and('f'), job('a', { type: '=kind' }), job('b'), and('j'), end()],
    'start -> f; f -> a -> j; f -> b -> j; j -> end',
  );
  s.work('b');
  expect(s.isEnded).toBe(false);
  s.set('{"kind":"k"}');
  s.resolve();
  s.work('k');
  expect(s.isEnded).toBe(true);
});
