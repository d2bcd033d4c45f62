// The comparison of state and log that the kill test relies on: shown to agree on a sound broker, and to bite.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrokerProcess } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { compareStateWithLog } from '../kit/state-from-log.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { Books, Load } from './load.ts';

describe.skipIf(!brokerExists)('the state on disk and the replay of the log', () => {
  let folder: string;
  let data: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-replay-'));
    data = path.join(folder, 'data');
    await using broker = await BrokerProcess.start({ dataDirectory: data });
    const books = new Books();
    const load = new Load(books, {
      address: broker.address,
      processId: 'replayed',
      jobType: 'replayed',
      creators: 4,
      workers: 1,
      jobTimeout: 5_000,
    });
    await load.deploy('replayed.bpmn', oneTaskProcess('replayed', 'replayed'));
    load.start();
    await until(() => books.size > 100, { within: 20_000, what: 'a load that runs' });
    await load.stop();
    await broker.stop();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('are the same after a graceful stop', async () => {
    const [comparison] = await compareStateWithLog(data);
    expect(comparison).toMatchObject({ partitionId: 1, compacted: false, differences: [] });
    expect(comparison?.appliedIndex).toBeGreaterThan(0);
    expect(comparison?.keys).toBeGreaterThan(0);
  });

  test('differ when one byte of the state is another', async () => {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(path.join(data, 'partitions/1/state'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    const [last] = await level.iterator({ reverse: true, limit: 1 }).all();
    const [key, value] = last ?? [];
    if (key === undefined || value === undefined) throw new Error('the state is empty');
    await level.put(key, Uint8Array.of(...value.slice(0, -1), (value.at(-1) ?? 0) ^ 1));
    await level.close();
    const [comparison] = await compareStateWithLog(data);
    expect(comparison?.differences).toHaveLength(1);
  });
});
