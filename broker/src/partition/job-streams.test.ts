import { makeKey } from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { JobStreams } from './job-streams.ts';
import type { OpenStream } from './messages.ts';

const open = (streamId: number, of: Partial<OpenStream> = {}): OpenStream => ({
  kind: 'open-stream',
  streamId,
  type: 'work',
  worker: 'w',
  timeout: 1_000,
  fetchVariables: [],
  tenantIds: ['<default>'],
  capacity: 2,
  ...of,
});
const [first, second, third] = [makeKey(1, 1), makeKey(1, 2), makeKey(1, 3)];
const take = (streams: JobStreams, type = 'work') =>
  streams.takeStream(type, '<default>')?.streamId;

describe('places', () => {
  test('streams take turns, each up to its bound', () => {
    const streams = new JobStreams();
    streams.open(open(1));
    streams.open(open(2));
    expect([take(streams), take(streams), take(streams), take(streams), take(streams)]).toEqual([
      1,
      2,
      1,
      2,
      undefined,
    ]);
  });

  test('a full stream is passed over', () => {
    const streams = new JobStreams();
    streams.open(open(1, { capacity: 1 }));
    streams.open(open(2, { capacity: 3 }));
    expect([take(streams), take(streams), take(streams), take(streams)]).toEqual([1, 2, 2, 2]);
  });

  test('a place comes back when the job has left, or when its command was undone', () => {
    const streams = new JobStreams();
    streams.open(open(1, { capacity: 1 }));
    take(streams);
    streams.hold(1, [first]);
    expect(take(streams)).toBeUndefined();
    expect(streams.release(first)?.streamId).toBe(1);
    expect(streams.release(first)).toBeUndefined();
    expect(take(streams)).toBe(1);
    streams.returnStream(1);
    expect(take(streams)).toBe(1);
  });

  test('other types and tenants are other queues', () => {
    const streams = new JobStreams();
    streams.open(open(1, { tenantIds: ['<default>', 'b'] }));
    expect(streams.hasStream('work', 'b')).toBe(true);
    expect(streams.hasStream('work', 'c')).toBe(false);
    expect(streams.hasStream('other', '<default>')).toBe(false);
    expect(take(streams, 'other')).toBeUndefined();
  });
});

describe('closing', () => {
  test("a closed stream gets nothing and its jobs are nobody's", () => {
    const streams = new JobStreams();
    streams.open(open(1));
    take(streams);
    streams.hold(1, [first]);
    streams.close(1);
    expect(streams.hasStream('work', '<default>')).toBe(false);
    expect(streams.release(first)).toBeUndefined();
    streams.hold(1, [second]);
    expect(streams.release(second)).toBeUndefined();
    streams.close(1);
    expect(streams.count).toBe(0);
  });

  test('a tenant named twice does not leave the stream behind', () => {
    const streams = new JobStreams();
    streams.open(open(1, { tenantIds: ['<default>', '<default>'] }));
    streams.close(1);
    expect(take(streams)).toBeUndefined();
  });
});

describe('backlog', () => {
  test('is assumed at the opening and until it was seen empty', () => {
    const streams = new JobStreams();
    const stream = streams.open(open(1));
    expect(streams.mayHaveBacklog(stream)).toBe(true);
    streams.backlogServed(stream);
    expect(streams.mayHaveBacklog(stream)).toBe(false);
    expect(streams.backlogOf('work', '<default>')).toEqual([stream]);
    expect(streams.mayHaveBacklog(stream)).toBe(true);
  });

  test('only streams with room are asked to serve it', () => {
    const streams = new JobStreams();
    streams.open(open(1, { capacity: 1 }));
    take(streams);
    expect(streams.backlogOf('work', '<default>')).toEqual([]);
    expect(streams.backlogOf('unknown', '<default>')).toEqual([]);
  });
});

test('after a new beginning, what the workers still have counts, and nothing else', () => {
  const streams = new JobStreams();
  const stream = streams.open(open(1, { capacity: 3 }));
  take(streams);
  take(streams);
  take(streams);
  stream.serving = true;
  // The third push was never committed; the second job's end was, but nobody heard of it.
  streams.hold(1, [first, second]);
  streams.reset((key) => key === first);
  expect([stream.free, stream.serving]).toEqual([2, false]);
  expect(streams.release(second)).toBeUndefined();
  expect(streams.release(third)).toBeUndefined();
  expect(streams.release(first)?.streamId).toBe(1);
  expect(stream.free).toBe(3);
});
