// Job streams of a whole partition: who gets what and how much, and that nothing stays behind.
import { Document, makeKey } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

let p: PartitionDriver;
afterEach(async () => {
  await p.close();
  removeTempFolders();
});

async function opened(options: Parameters<typeof PartitionDriver.opened>[1] = {}): Promise<void> {
  p = await PartitionDriver.opened(tempFolder(), options);
  await p.deploy(['p.bpmn', oneTask()]);
}
const create = (count: number) => Promise.all(p.createMany(count));
const pushedTo = (streamId: number) =>
  p.pushed.filter((each) => each.streamId === streamId).map(({ key }) => key);
const arrived = (count: number) =>
  p.until(() => p.pushed.length >= count, `${count} jobs were pushed, not ${p.pushed.length}`);
/** Lets the partition come to rest. */
const settled = async () => {
  await p.activate('nothing');
  await p.activate('nothing');
};

describe('the backlog', () => {
  test('comes first and oldest first, for push', async () => {
    await opened();
    await create(40);
    p.openStream(1, 1_000);
    await create(40);
    await arrived(80);
    expect(pushedTo(1)).toEqual([...pushedTo(1)].sort((a, b) => a - b));
    expect(new Set(pushedTo(1)).size).toBe(80);
  });

  test('and for polling, beside a stream that is full', async () => {
    await opened();
    await create(30);
    p.openStream(1, 5);
    await arrived(5);
    await create(5);
    const polled = await p.activate('work', 10);
    expect(polled).toEqual([...polled].sort((a, b) => a - b));
    expect(polled[0]).toBeGreaterThan(pushedTo(1).at(-1) as number);
    expect(await p.activate('work', 100)).toHaveLength(20);
  });

  test('a new job does not overtake it while a stream has room again', async () => {
    await opened();
    p.openStream(1, 1);
    await create(1);
    await arrived(1);
    await create(5);
    for (let done = 0; done < 6; done++) {
      await arrived(done + 1);
      await p.complete(pushedTo(1)[done] as never);
      if (done === 2) await create(1);
    }
    await arrived(7);
    expect(pushedTo(1)).toEqual([...pushedTo(1)].sort((a, b) => a - b));
  });
});

describe('the bound of pushed and unfinished jobs', () => {
  test('is kept', async () => {
    await opened();
    await create(100);
    p.openStream(1, 10);
    await arrived(10);
    await create(50);
    await settled();
    expect(p.pushed).toHaveLength(10);
  });

  test.each([
    ['completed', async () => p.complete(p.pushed[0]?.key as never)],
    ['failed', async () => p.job('FAIL', p.pushed[0]?.key as never, { retries: 0 })],
    [
      'failed with back-off',
      async () => p.job('FAIL', p.pushed[0]?.key as never, { retries: 2, retryBackoff: 60_000 }),
    ],
    [
      'failed and offered again',
      async () => p.job('FAIL', p.pushed[0]?.key as never, { retries: 2 }),
    ],
    ['thrown', async () => p.job('THROW_ERROR', p.pushed[0]?.key as never, { errorCode: 'E' })],
    ['cancelled', async () => p.cancel(p.pushed[0]?.job.processInstanceKey as never)],
    ['given back', async () => p.job('YIELD', p.pushed[0]?.key as never)],
  ])('makes room for one more when a job was %s', async (_, leave) => {
    await opened();
    p.openStream(1, 2);
    await create(4);
    await arrived(2);
    await leave();
    await arrived(3);
    await settled();
    expect(p.pushed).toHaveLength(3);
  });

  test('makes room when a lock ends; the job comes again', async () => {
    await opened();
    p.control({ kind: 'clock', offsetMs: 0, pinnedMs: 1_700_000_000_000 });
    p.openStream(1, 1, 'work', 5_000);
    await create(1);
    await arrived(1);
    p.control({ kind: 'clock', offsetMs: 0, pinnedMs: 1_700_000_006_000 });
    await arrived(2);
    expect(new Set(pushedTo(1)).size).toBe(1);
  });

  test('a place taken for a command that was undone comes back', async () => {
    await opened();
    p.openStream(1, 1);
    // Far too large to be written: the creation is refused after its job was offered to the stream.
    const huge = `{"big":"${'x'.repeat(2_500_000)}"}`;
    expect(wordOf(await p.create(huge))).toBe('EXCEEDED_BATCH_RECORD_SIZE');
    await create(1);
    await arrived(1);
  });
});

describe('several streams', () => {
  test('take turns', async () => {
    await opened();
    p.openStream(1, 100);
    p.openStream(2, 100);
    await settled();
    await create(20);
    await arrived(20);
    expect([pushedTo(1).length, pushedTo(2).length]).toEqual([10, 10]);
  });

  test('what one cannot take the other gets', async () => {
    await opened();
    p.openStream(1, 1);
    p.openStream(2, 100);
    await settled();
    await create(20);
    await arrived(20);
    expect([pushedTo(1).length, pushedTo(2).length]).toEqual([1, 19]);
  });

  test('a backlog is shared', async () => {
    await opened();
    await create(300);
    p.openStream(1, 1_000);
    p.openStream(2, 1_000);
    await arrived(300);
    expect(new Set(p.pushed.map(({ key }) => key)).size).toBe(300);
    expect(Math.min(pushedTo(1).length, pushedTo(2).length)).toBeGreaterThan(50);
  });

  test('types do not mix', async () => {
    await opened();
    await p.deploy(['q.bpmn', oneTask('other', 'q')]);
    p.openStream(1, 10, 'other');
    await create(2);
    await Promise.all(p.createMany(2, '{}', 'q'));
    await arrived(2);
    await settled();
    expect(p.pushed.map(({ job }) => job.type)).toEqual(['other', 'other']);
  });
});

describe('a closed stream', () => {
  test('gets nothing more; what it gives back goes to others, without losing a retry', async () => {
    await opened();
    p.openStream(1, 3);
    await create(3);
    await arrived(3);
    p.control({ kind: 'close-stream', streamId: 1 });
    await create(2);
    await settled();
    expect(p.pushed).toHaveLength(3);
    p.openStream(2, 10);
    await arrived(5);
    for (const { key } of p.pushed.slice(0, 3))
      expect(wordOf(await p.job('YIELD', key))).toBe('YIELDED');
    await arrived(8);
    const again = p.pushed.slice(5);
    expect(again.map(({ job }) => job.retries)).toEqual([3, 3, 3]);
    expect(again.every(({ streamId }) => streamId === 2)).toBe(true);
  });

  test('polls are told when no stream takes what is there', async () => {
    await opened();
    p.openStream(1, 1);
    await create(1);
    await arrived(1);
    p.notices.length = 0;
    await create(1);
    expect(p.notices).toContainEqual({ kind: 'jobs-available', type: 'work' });
  });
});

test('a job that fits into no message does not hold up the stream', async () => {
  await opened();
  const [huge] = await create(1);
  const instance = (huge as { value: { processInstanceKey: number } }).value.processInstanceKey;
  for (const name of ['a', 'b', 'c']) {
    const value = {
      scopeKey: instance as never,
      updateSemantics: 'LOCAL' as const,
      variables: new Document(`{"${name}":"${'x'.repeat(1_500_000)}"}`),
      tenantId: '<default>',
    };
    expect(wordOf(await p.send('VARIABLE_DOCUMENT', 'UPDATE', makeKey(1, 1), value))).toBe(
      'UPDATED',
    );
  }
  await create(3);
  p.openStream(1, 10);
  await arrived(3);
  expect(pushedTo(1)).toHaveLength(3);
});

test('a full queue of ending commands does not make a stream lose its turn', async () => {
  await opened({ queueCommandsMax: 2 });
  await create(1);
  p.openStream(1, 1);
  await arrived(1);
  await create(1);
  const first = p.complete(pushedTo(1)[0] as never);
  for (let i = 0; i < 10; i++) void p.complete(makeKey(1, 99_999));
  await first;
  await arrived(2);
});
