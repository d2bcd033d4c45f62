import { NO_KEY } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { type CommandClass, CommandQueue, classOf, type QueueItem } from './command-queue.ts';

const item = (name: string, bytes = 10): QueueItem => ({
  kind: 'command',
  bytes,
  command: {
    valueType: 'JOB',
    intent: 'COMPLETE',
    key: NO_KEY,
    value: name as never,
    requestId: 1,
    operationReference: -1,
    streamId: 0,
    pendingPosition: -1,
  },
});
const nameOf = (taken: QueueItem | undefined) =>
  taken?.kind === 'command' ? String(taken.command.value) : taken?.kind;

const LIMITS = { commandsMax: 100, bytesMax: 10_000 };
const filled = (counts: Partial<Record<CommandClass, number>>): CommandQueue => {
  const queue = new CommandQueue(LIMITS);
  for (const [commandClass, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++)
      queue.offer(Number(commandClass) as CommandClass, item(commandClass));
  }
  return queue;
};
const takeAll = (queue: CommandQueue, count: number) =>
  Array.from({ length: count }, (_, place) => nameOf(queue.take(place)) ?? '-').join('');

test('what ends work is served before what starts it', () => {
  expect(classOf('JOB', 'COMPLETE')).toBe(2);
  expect(classOf('PROCESS_INSTANCE', 'CANCEL')).toBe(2);
  expect(classOf('INCIDENT', 'RESOLVE')).toBe(2);
  expect(classOf('VARIABLE_DOCUMENT', 'UPDATE')).toBe(2);
  expect(classOf('PROCESS_INSTANCE_CREATION', 'CREATE')).toBe(3);
  expect(classOf('JOB_BATCH', 'ACTIVATE')).toBe(3);
  expect(classOf('DEPLOYMENT', 'CREATE')).toBe(3);
});

describe('order', () => {
  test('the lower class first, within a class as they came', () => {
    const queue = new CommandQueue(LIMITS);
    queue.offer(3, item('c'));
    queue.offer(1, item('a'));
    queue.offer(2, item('b1'));
    queue.offer(2, item('b2'));
    expect(takeAll(queue, 5)).toBe('ab1b2c-');
  });

  test('classes 2 and 3 keep a tenth each', () => {
    expect(takeAll(filled({ 1: 50, 2: 50, 3: 50 }), 20)).toBe('11111111231111111123');
    expect(takeAll(filled({ 2: 50, 3: 50 }), 20)).toBe('22222222232222222223');
  });

  test('a share that nobody wants goes to the others', () => {
    expect(takeAll(filled({ 1: 50 }), 12)).toBe('111111111111');
    expect(takeAll(filled({ 3: 50 }), 12)).toBe('333333333333');
  });

  test('whose place it is when something else than the queue is owed', () => {
    const queue = filled({ 2: 1, 3: 1 });
    expect([...Array(10).keys()].filter((place) => queue.isTurnOfOthers(place))).toEqual([8, 9]);
    expect(filled({ 1: 1 }).isTurnOfOthers(9)).toBe(false);
  });
});

describe('limits', () => {
  test('the refusal names the limit; another class has its own', () => {
    const queue = filled({ 3: 100 });
    expect(queue.offer(3, item('x'))).toBe('its queue of class 3 holds the limit of 100 commands');
    expect(queue.offer(2, item('x'))).toBeUndefined();
  });

  test('bytes count too, and a queue that is empty takes anything', () => {
    const queue = new CommandQueue(LIMITS);
    expect(queue.offer(2, item('huge', 1_000_000))).toBeUndefined();
    expect(queue.offer(2, item('x'))).toBe('its queue of class 2 holds the limit of 10000 bytes');
    queue.take(0);
    expect(queue.bytesOf(2)).toBe(0);
    expect(queue.offer(2, item('x'))).toBeUndefined();
  });

  test('what the broker owes is never refused', () => {
    const queue = filled({ 1: 5_000 });
    expect(queue.lengthOf(1)).toBe(5_000);
  });

  test('a stream may always wish for jobs: a wish refused would be lost for ever', () => {
    const queue = filled({ 2: 100 });
    expect(queue.offer(2, { kind: 'serve-stream', streamId: 7 })).toBeUndefined();
    expect(queue.length).toBe(101);
  });
});

test('thousands go through in order', () => {
  const queue = new CommandQueue({ commandsMax: 100_000, bytesMax: 1e9 });
  let next = 0;
  for (let i = 0; i < 20_000; i++) {
    queue.offer(2, item(String(i)));
    if (i % 3 === 2) expect(nameOf(queue.take(0))).toBe(String(next++));
  }
  while (queue.length > 0) expect(nameOf(queue.take(0))).toBe(String(next++));
  expect([next, queue.bytesOf(2)]).toEqual([20_000, 0]);
});

test('says whether there is room for what comes again anyway', () => {
  expect(filled({}).hasRoom(1)).toBe(true);
  expect(filled({ 1: 99 }).hasRoom(1)).toBe(true);
  expect(filled({ 1: 100 }).hasRoom(1)).toBe(false);
  const queue = new CommandQueue(LIMITS);
  queue.offer(1, item('large', 10_000));
  expect(queue.hasRoom(1)).toBe(false);
});
