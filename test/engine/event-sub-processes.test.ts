// Event sub-processes: what begins beside the scope, what takes it over, and who catches errors.
import { Document } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import {
  after,
  broadcast,
  every,
  handler,
  leave,
  onError,
  onSignal,
  openTimers,
  signal,
} from './event-models.ts';
import { bpmn, caught, end, error, fail, job, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const undo = (definition: string, interrupting = true) =>
  handler('handler', definition, [job('undo'), end('undone')], 'undo -> undone', interrupting);

describe('one that interrupts', () => {
  test('ends everything else in its scope and keeps it alive until it is done', () => {
    s = Scenario.of(
      [start(), job('a'), job('b'), end(), undo(onSignal('stop'))],
      'start -> a -> end; start -> b -> end',
      { rest: signal('stop') },
    ).skip();
    broadcast(s, 'stop', '{"why":"x"}');
    expect(s.since()).toEqual([
      'SIGNAL.BROADCASTED',
      'handlerStart PROCESS_EVENT.TRIGGERING',
      'SIGNAL_SUBSCRIPTION.DELETED',
      'b TERMING',
      'b JOB.CANCELED',
      'b TERMED',
      'a TERMING',
      'a JOB.CANCELED',
      'a TERMED',
      'handler ACTING',
      'handler ACTED',
      'handlerStart ACTING',
      'handlerStart ACTED',
      'handlerStart COMPING',
      'handlerStart PROCESS_EVENT.TRIGGERED',
      'why="x" VARIABLE.CREATED',
      'handlerStart COMPED',
      'handlerStart_undo FLOW',
      'undo ACTING',
      'undo JOB.CREATED',
      'undo ACTED',
    ]);
    expect(s.variables()).toEqual({ why: '"x"' });
    broadcast(s, 'stop');
    s.work('undo');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('begins at once in a scope where nothing runs, after an incident of a start event was resolved', () => {
    s = Scenario.of([start(), job('a'), end(), undo(after('=wait'))], 'start -> a -> end');
    expect(s.incident.value.elementId).toBe('start');
    expect(s.life('start')).toBe('ACTING ACTED COMPING');
    s.set('{"wait":"PT1M"}');
    s.resolve();
    expect(openTimers(s)).toEqual(['handlerStart in 60 s, 1']);
    s.advance(60_000);
    s.work('undo');
    expect(s.life('a')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('in a sub-process leaves its boundary events open; one of them ends it with its handler', () => {
    s = Scenario.of(
      [
        start(),
        sub(
          'part',
          [start('begin'), job('a'), end('over'), undo(after('PT1M'))],
          'begin -> a -> over',
        ),
        leave('limit', 'part', after('PT2M')),
        end(),
        end('late'),
      ],
      'start -> part -> end; limit -> late',
    );
    s.advance(60_000);
    expect(openTimers(s)).toEqual(['limit in 60 s, 1']);
    expect(s.life('undo')).toBe('ACTING ACTED');
    s.advance(60_000);
    expect(s.life('handler')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.life('late')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('can be cancelled', () => {
    s = Scenario.of([start(), job('a'), end(), undo(after('PT1M'))], 'start -> a -> end');
    s.advance(60_000);
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('one that interrupts nothing', () => {
  test('begins as often as it is triggered; the scope waits for all of them', () => {
    s = Scenario.of([start(), job('a'), end(), undo(every('R2/PT1M'), false)], 'start -> a -> end');
    s.advance(60_000);
    s.advance(60_000);
    expect(s.life('handler')).toBe('ACTING ACTED ACTING ACTED');
    s.work('a');
    expect(s.isEnded).toBe(false);
    s.work('undo');
    s.work('undo');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('each of several gets the variables of its own trigger', () => {
    s = Scenario.of(
      [start(), job('a'), end(), undo(onSignal('ping'), false)],
      'start -> a -> end',
      { rest: signal('ping') },
    );
    broadcast(s, 'ping', '{"n":1}');
    broadcast(s, 'ping', '{"n":2}');
    expect(s.variables()).toEqual({ n: '2' });
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });
});

describe('errors', () => {
  const rest = error('E1') + error('E2');

  test('of a job begin the error event sub-process of the nearest scope', () => {
    s = Scenario.of([start(), job('a'), end(), undo(onError('E1'))], 'start -> a -> end', { rest });
    s.throwError(s.take('a'), 'E1', '{"x":1}');
    expect(s.life('a')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.variables()).toEqual({ x: '1' });
    s.work('undo');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('out of an interrupting event sub-process go to the boundary of its scope, never to itself', () => {
    s = Scenario.of(
      [
        start(),
        sub(
          'part',
          [
            start('begin'),
            job('a'),
            end('over'),
            handler('handler', onError('E1'), [fail('again', 'E1')], 'again'),
          ],
          'begin -> a -> over',
        ),
        caught('broke', 'part', 'E1'),
        end(),
        end('late'),
      ],
      'start -> part -> end; broke -> late',
      { rest },
    );
    s.throwError(s.take('a'), 'E1');
    expect(s.life('handler')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.life('late')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('that nobody catches name the codes of all scopes', () => {
    s = Scenario.of(
      [start(), job('a'), end(), undo(onError('E1')), caught('left', 'a', 'E2'), end('late')],
      'start -> a -> end; left -> late',
      { rest },
    );
    s.throwError(s.take('a'), 'other');
    expect(s.incident.value.errorMessage).toContain('Available error events are [E2, E1]');
  });
});

test('an instance that starts in the middle waits for the events of its scopes, or does not start', () => {
  s = new Scenario();
  s.deployModel(bpmn('p', [start(), job('a'), end(), undo(after('=wait'))], 'start -> a -> end'));
  const startInstructions = [{ elementId: 'a' }];
  const refused = s.createWith({ bpmnProcessId: 'p', startInstructions });
  expect(outcome(refused)).toMatch(
    /^INVALID_ARGUMENT: Expected to subscribe to catch event\(s\) of 'p' but /,
  );
  expect(s.leftovers()).toEqual([]);
  s.createWith({
    bpmnProcessId: 'p',
    startInstructions,
    variables: new Document('{"wait":"PT1M"}'),
  });
  expect(openTimers(s)).toEqual(['handlerStart in 60 s, 1']);
});
