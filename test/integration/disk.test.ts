// A disk that is full, or read-only: a clear state, no crash loop, and the broker recovers by itself.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { Books, Load } from './load.ts';
import { makeWritable, noSmallDisk, onReadOnlyDisk, onSmallDisk, SmallDisk } from './small-disk.ts';

const diskMegabytes = 64;
const segments = { ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '4MB' };
/** The free space is watched: work is refused before the disk is full. */
const watched = {
  ...segments,
  ZEEBE_BROKER_DATA_DISK_MONITORINGINTERVAL: '100ms',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '16MB',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '8MB',
};
/** Nothing is watched: writes fail. */
const unwatched = { ...segments, ZEEBE_BROKER_DATA_DISK_ENABLEMONITORING: 'false' };

describe.skipIf(!brokerExists || noSmallDisk !== undefined)(
  `a broker on a small disk${noSmallDisk === undefined ? '' : ` (skipped: ${noSmallDisk})`}`,
  () => {
    let folder: string;
    let mounted: string;

    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'millrace-disk-'));
      mounted = path.join(folder, 'disk');
      await mkdir(mounted);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    const startBroker = (env: Readonly<Record<string, string>>) =>
      BrokerProcess.start({
        dataDirectory: path.join(mounted, 'data'),
        wrapper: onSmallDisk(mounted, diskMegabytes),
        env,
      });

    test.each([
      ['watched', watched],
      ['not watched', unwatched],
    ])(
      'refuses work while the disk, %s, is full and goes on when there is room',
      async (_, env) => {
        await using broker = await startBroker(env);
        const disk = new SmallDisk(broker, mounted);
        await expectTrouble(
          broker,
          () => disk.fill(),
          () => disk.free(),
        );
      },
    );

    test('is not ready on a read-only disk, says why, and begins when it is writable', async () => {
      const dataDirectory = path.join(mounted, 'data');
      const books = new Books();
      const start = (wrapper: readonly string[] = []) =>
        BrokerProcess.spawn({ dataDirectory, wrapper, env: segments });
      {
        await using broker = await start();
        await broker.ready();
        const load = loadOn(broker, books);
        await load.deploy('disk.bpmn', oneTaskProcess('disk', 'disk'));
        await load.stop();
        await broker.stop();
      }
      await using broker = await start(onReadOnlyDisk(mounted));
      await until(async () => (await unhealthy(broker))?.body.includes(dataDirectory), {
        within: 15_000,
        what: 'the reason, in /health',
      });
      expect((await broker.get('/ready')).status).toBe(503);
      expect(broker.running).toBe(true);

      makeWritable(broker, mounted);
      await broker.ready();
      const load = loadOn(broker, books);
      load.start();
      await until(() => books.size > 10, { within: 20_000, what: 'work after the trouble' });
      await load.stop();
    });
  },
);

function loadOn(broker: BrokerProcess, books: Books): Load {
  return new Load(books, {
    address: broker.address,
    processId: 'disk',
    jobType: 'disk',
    creators: 8,
    workers: 2,
    jobTimeout: 5_000,
  });
}

async function expectTrouble(
  broker: BrokerProcess,
  begin: () => void,
  end: () => void,
): Promise<void> {
  const books = new Books();
  const load = loadOn(broker, books);
  await load.deploy('disk.bpmn', oneTaskProcess('disk', 'disk'));
  load.start();
  await until(() => books.size > 100, { within: 20_000, what: 'a load that runs' });

  begin();
  await until(() => load.refusals.length > 0, { within: 30_000, what: 'a refusal' });
  expect(load.refusals.at(-1)).toMatch(/RESOURCE_EXHAUSTED|UNAVAILABLE/);
  expect(broker.running).toBe(true);
  const health = await until(() => unhealthy(broker), { within: 15_000, what: 'bad health' });
  expect(health.body.length).toBeGreaterThan(2);

  end();
  const before = books.size;
  await until(() => books.size > before + 50, { within: 30_000, what: 'work after the trouble' });
  await until(async () => (await broker.get('/health')).status === 200, {
    within: 15_000,
    what: 'a healthy /health',
  });
  await load.stop();
  expect(await broker.stop()).toEqual({ code: 0, signal: null });
}

/** What /health says when it is not well; undefined while it is, or while nobody listens. */
async function unhealthy(broker: BrokerProcess): Promise<{ readonly body: string } | undefined> {
  const answer = await broker.get('/health').catch(() => undefined);
  return answer?.status === 503 ? answer : undefined;
}
