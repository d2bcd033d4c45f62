// A disk that is full, or turns read-only: a clear state, no crash loop, and the broker recovers by itself.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { Books, Load } from './load.ts';
import { noSmallDisk, onSmallDisk, SmallDisk } from './small-disk.ts';

const diskMegabytes = 64;
const env = {
  ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '4MB',
  // The whole disk is smaller than the usual reserve: the real limit is to be met.
  ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '0MB',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '0MB',
};

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

    const startBroker = () =>
      BrokerProcess.start({
        dataDirectory: path.join(mounted, 'data'),
        wrapper: onSmallDisk(mounted, diskMegabytes),
        env,
      });

    test('refuses work while the disk is full and goes on when there is room', async () => {
      await using broker = await startBroker();
      const disk = new SmallDisk(broker, mounted);
      await expectTrouble(
        broker,
        () => disk.fill(),
        () => disk.free(),
      );
    });

    test('refuses work while the disk is read-only and goes on when it is not', async () => {
      await using broker = await startBroker();
      const disk = new SmallDisk(broker, mounted);
      await expectTrouble(
        broker,
        () => disk.remount('ro'),
        () => disk.remount('rw'),
      );
    });
  },
);

async function expectTrouble(
  broker: BrokerProcess,
  begin: () => void,
  end: () => void,
): Promise<void> {
  const books = new Books();
  const load = new Load(books, {
    address: broker.address,
    processId: 'disk',
    jobType: 'disk',
    creators: 8,
    workers: 2,
    jobTimeout: 5_000,
  });
  await load.deploy('disk.bpmn', oneTaskProcess('disk', 'disk'));
  load.start();
  await until(() => books.size > 100, { within: 20_000, what: 'a load that runs' });

  begin();
  await until(() => load.refusals.length > 0, { within: 30_000, what: 'a refusal' });
  expect(load.refusals.at(-1)).toMatch(/RESOURCE_EXHAUSTED|UNAVAILABLE/);
  expect(broker.running).toBe(true);
  const health = await until(
    async () => {
      const answer = await broker.get('/health');
      return answer.status === 503 ? answer : undefined;
    },
    { within: 15_000, what: 'an unhealthy /health' },
  );
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
