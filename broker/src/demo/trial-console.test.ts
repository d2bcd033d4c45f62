// What is typed at a trial cluster, and how brokers' log lines are shown.
import { describe, expect, test } from 'vitest';
import { readableLine, typedCommand } from './trial-console.ts';

describe('what is typed', () => {
  test.each([
    ['k 1', { name: 'k', nodeId: 1 }],
    [' K1 ', { name: 'k', nodeId: 1 }],
    ['s  2', { name: 's', nodeId: 2 }],
    ['t 0', { name: 't', nodeId: 0 }],
    ['l', { name: 'l', nodeId: -1 }],
    ['q', { name: 'q', nodeId: -1 }],
  ])('%s', (text, command) => expect(typedCommand(text, 3)).toEqual(command));

  test.each(['k', 'k 3', 'k -1', 'q 1', 'kill 1', '1', ''])('%s means nothing', (text) =>
    expect(typedCommand(text, 3)).toBeUndefined(),
  );
});

describe('a line of a log', () => {
  test('shows level, message and the rest', () =>
    expect(readableLine('{"level":"warn","time":1,"partitionId":2,"why":"full","msg":"no"}')).toBe(
      'warn  no (partitionId: 2, why: full)',
    ));

  test.each(['millrace cannot start: no', '{"level":"warn"', '{"a":1}', 'null'])(
    '%s stays as it is',
    (text) => expect(readableLine(text)).toBe(text),
  );
});
