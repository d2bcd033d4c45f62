// Messages on one partition: buffered, correlated once for each process id, unique, expired, starting instances.
import type { MessageBatchValue } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import {
  leaveOn,
  message,
  messageStory,
  noteOn,
  publish,
  startOn,
  waitFor,
} from './message-models.ts';
import { bpmn, end, job, start } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const waiting = (id = 'p') =>
  bpmn(id, [start(), waitFor('paid'), end()], 'start -> paid -> end', message('paid', '=order'));

const fresh = (xml: string, id = 'p'): Scenario => {
  const scenario = new Scenario();
  scenario.deployModel(xml, `${id}.bpmn`);
  return scenario;
};

const ONE_MINUTE = 60_000;

describe('a message', () => {
  test('meets who waits for it', () => {
    s = fresh(waiting());
    s.create('p', '{"order":"a"}');
    publish(s, 'paid', 'b');
    expect(s.isEnded).toBe(false);
    const mark = s.records.length;
    publish(s, 'paid', 'a', { variables: '{"sum":7}' });
    expect(s.isEnded).toBe(true);
    expect(messageStory(s.records, mark)).toEqual([
      'message PUBLISHED',
      'there CORRELATING',
      'message EXPIRED',
      'here CORRELATED',
      'there CORRELATED',
    ]);
    expect(s.leftovers()).toEqual([]);
  });

  test('waits for who comes, and goes to each process id once', () => {
    s = fresh(waiting());
    s.deployModel(waiting('q'), 'q.bpmn');
    publish(s, 'paid', 'a', { timeToLive: ONE_MINUTE });
    s.create('p', '{"order":"a"}');
    expect(s.isEnded).toBe(true);
    s.create('p', '{"order":"a"}');
    expect(s.isEnded).toBe(false);
    s.cancelInstance();
    s.create('q', '{"order":"a"}');
    expect(s.isEnded).toBe(true);
    s.advance(ONE_MINUTE);
    expect(s.leftovers()).toEqual([]);
  });

  test('past its deadline is not taken any more, but keeps its id until it is swept', () => {
    s = fresh(waiting());
    s.advance(1);
    publish(s, 'paid', 'a', { timeToLive: 100, messageId: 'm' });
    s.advance(200);
    s.create('p', '{"order":"a"}');
    expect(s.isEnded).toBe(false);
    expect(outcome(publish(s, 'paid', 'a', { messageId: 'm' }))).toBe(
      "ALREADY_EXISTS: Expected to publish a new message with id 'm', but a message with that id was already published",
    );
    s.advance(ONE_MINUTE);
    expect(outcome(publish(s, 'paid', 'a', { messageId: 'm' }))).toBe('PUBLISHED');
    expect(s.isEnded).toBe(true);
  });

  test('many expire in bounded batches', () => {
    s = new Scenario();
    s.advance(1);
    for (let i = 0; i < 250; i++) publish(s, 'm', `k${i}`, { timeToLive: 10 });
    s.advance(ONE_MINUTE);
    const sizes = s.records
      .filter((r) => r.valueType === 'MESSAGE_BATCH' && r.recordType === 'COMMAND')
      .map((r) => (r.value as MessageBatchValue).messageKeys.length);
    expect(sizes).toEqual([100, 100, 50]);
    expect(s.leftovers()).toEqual([]);
  });

  test('is found among many at the same place', () => {
    s = fresh(waiting());
    for (let i = 0; i < 230; i++) publish(s, 'paid', 'a', { timeToLive: ONE_MINUTE });
    for (let i = 0; i < 230; i++) s.create('p', '{"order":"a"}');
    expect(s.isEnded).toBe(true);
    s.create('p', '{"order":"a"}');
    expect(s.isEnded).toBe(false);
    s.cancelInstance();
    s.advance(2 * ONE_MINUTE);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('boundary events', () => {
  const reminded = bpmn(
    'p',
    [
      start(),
      job('work'),
      noteOn('note', 'work'),
      leaveOn('leave', 'work'),
      end(),
      end('noted'),
      end('left'),
    ],
    'start -> work -> end; note -> noted; leave -> left',
    message('note', '=order') + message('leave', '=order'),
  );

  test('a non-interrupting one takes buffered messages one after the other', () => {
    s = fresh(reminded);
    for (let i = 0; i < 3; i++) publish(s, 'note', 'a', { timeToLive: ONE_MINUTE });
    s.create('p', '{"order":"a"}');
    expect(s.life('noted').split('COMPED')).toHaveLength(4);
    s.work('work');
    expect(s.isEnded).toBe(true);
    s.advance(ONE_MINUTE);
    expect(s.leftovers()).toEqual([]);
  });

  test('an interrupting one ends the task; all subscriptions close', () => {
    s = fresh(reminded);
    s.create('p', '{"order":12.5}');
    publish(s, 'leave', '12');
    expect(s.isEnded).toBe(true);
    expect(s.life('work')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.leftovers()).toEqual([]);
  });

  test('cancelling the instance closes everything', () => {
    s = fresh(reminded);
    s.create('p', '{"order":"a"}');
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });

  test('a key that is none is an incident; nothing is half open', () => {
    s = fresh(reminded);
    s.create('p', '{"order":null}');
    expect(s.incident.value.errorMessage).toBe(
      "Failed to extract the correlation key for 'order': The value must be either a string or a number, but was 'NULL'.",
    );
    s.set('{"order":"a"}');
    s.resolve();
    publish(s, 'leave', 'a');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('a message that starts instances', () => {
  const begun = (id = 'p', name = 'begin') =>
    bpmn(id, [startOn('on', 'm'), job('work'), end()], 'on -> work -> end', message(name, '', 'm'));
  const instances = () =>
    s.records.filter(
      (r) => r.valueType === 'MESSAGE_START_EVENT_SUBSCRIPTION' && r.intent === 'CORRELATED',
    ).length;

  test('starts the next one of a key when the one before has ended', () => {
    s = fresh(begun());
    for (let i = 0; i < 3; i++) publish(s, 'begin', 'a', { timeToLive: ONE_MINUTE });
    publish(s, 'begin', 'b', { timeToLive: ONE_MINUTE });
    expect(instances()).toBe(2);
    for (let i = 0; i < 4; i++) s.work('work');
    expect(instances()).toBe(4);
    s.advance(ONE_MINUTE);
    // The start subscription stands as long as its definition.
    expect(s.leftovers()).toHaveLength(4);
  });

  test('without a key starts one for each', () => {
    s = fresh(begun());
    publish(s, 'begin', '');
    publish(s, 'begin', '');
    expect(instances()).toBe(2);
  });

  test('a cancelled instance gives its lock to the newest version', () => {
    s = fresh(begun());
    publish(s, 'begin', 'a', { timeToLive: ONE_MINUTE });
    publish(s, 'begin', 'a', { timeToLive: ONE_MINUTE });
    s.deployModel(
      bpmn(
        'p',
        [startOn('on2', 'm'), job('other'), end()],
        'on2 -> other -> end',
        message('begin', '', 'm'),
      ),
    );
    const { processInstanceKey } = s.last('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED').value;
    s.cancel(processInstanceKey);
    s.work('other');
    expect(instances()).toBe(2);
  });

  test('a version without a start event takes no message any more', () => {
    s = fresh(begun());
    s.deployModel(bpmn('p', [start(), job('work'), end()], 'start -> work -> end'));
    publish(s, 'begin', 'a');
    expect(instances()).toBe(0);
  });

  test('of one definition twice under one name: the last start event takes it', () => {
    const twice = [startOn('a', 'm'), startOn('b', 'n'), job('work'), end()];
    const flows = 'a -> work -> end; b -> work';
    s = fresh(bpmn('p', twice, flows, message('begin', '', 'm') + message('begin', '', 'n')));
    publish(s, 'begin', 'k');
    expect(instances()).toBe(1);
    s.deployModel(bpmn('p', [start(), job('work'), end()], 'start -> work -> end'));
    publish(s, 'begin', 'l');
    expect(instances()).toBe(1);
  });

  test('a lock goes with an instance that is cancelled while nothing waits', () => {
    s = fresh(begun());
    publish(s, 'begin', 'a');
    s.cancel(s.last('MESSAGE_START_EVENT_SUBSCRIPTION', 'CORRELATED').value.processInstanceKey);
    publish(s, 'begin', 'a');
    expect(instances()).toBe(2);
  });
});
