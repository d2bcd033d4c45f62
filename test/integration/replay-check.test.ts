// `millrace inspect --replay` on what a real broker left behind: it agrees after crash and stop, from the first entry and
// from a checkpoint, changes nothing, and finds a single changed byte.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PartitionReport } from '../../broker/src/inspect/inspect-messages.ts';
import { inspectTo } from '../../broker/src/inspect.ts';
import { BrokerProcess, brokerMain } from '../kit/broker-process.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { Books, Load } from './load.ts';

const partitions = 2;

describe.skipIf(!brokerExists)('the replay of the log', () => {
  let folder: string;
  let data: string;

  const worked = async (end: 'stop' | 'kill') => {
    await using broker = await BrokerProcess.start({
      dataDirectory: data,
      env: { ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(partitions) },
    });
    const books = new Books();
    const load = new Load(books, {
      address: broker.address,
      processId: 'replayed',
      jobType: 'replayed',
      creators: 4,
      workers: 2,
      jobTimeout: 5_000,
    });
    await load.deploy('replayed.bpmn', oneTaskProcess('replayed', 'replayed'));
    load.start();
    await until(() => books.size > 200, { within: 20_000, what: 'a load that runs' });
    if (end === 'kill') await broker.kill();
    await load.stop();
    await broker.stop();
  };

  const reports = async (): Promise<readonly PartitionReport[]> => {
    const lines: string[] = [];
    const sink = {
      line: (text: string) => lines.push(text),
      isClosed: false,
      settle: async () => {},
    };
    await inspectTo(data, { json: true, replay: true }, sink, sink);
    return lines.map((line) => JSON.parse(line) as PartitionReport);
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'millrace-replay-check-'));
    data = path.join(folder, 'data');
    await worked('stop');
    await worked('kill');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('gives the live state, from the first entry and from the checkpoint', async () => {
    const before = await contents(data);
    const found = await reports();
    expect(found.map(({ partitionId }) => partitionId)).toEqual([1, 2]);
    for (const { replays, problems, log, checkpoints } of found) {
      expect(problems).toEqual([]);
      const newest = checkpoints.at(-1);
      expect(replays.map(({ from }) => from)).toEqual([
        'the first entry',
        `checkpoint ${newest?.id}`,
      ]);
      for (const each of replays)
        expect(each).toMatchObject({ index: log.lastIndex, differing: 0 });
      expect(newest?.index).toBeLessThan(log.lastIndex);
      expect(replays[0]?.keys).toBeGreaterThan(10);
    }
    expect(await contents(data)).toEqual(before);
  });

  test('is a flag of the program', async () => {
    const args = [brokerMain, 'inspect', data, '--replay', '--partition', '1'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(
      / {2}replay {6}from the first entry to entry \d+ against the live state: \d+ keys, all equal\n/,
    );
  });

  test('differs from a live state with one changed byte', async () => {
    const level = new ClassicLevel<Uint8Array, Uint8Array>(path.join(data, 'partitions/2/state'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
    });
    // The key of a process version: commands read it, a replay does not.
    const [found] = await level.iterator({ gte: Uint8Array.of(0, 12), limit: 1 }).all();
    const [key, value] = found ?? [];
    if (key === undefined || value === undefined) throw new Error('the state holds no process');
    await level.put(key, Uint8Array.of(...value.slice(0, -1), (value.at(-1) ?? 0) ^ 1));
    await level.close();
    const [sound, damaged] = await reports();
    expect(sound?.problems).toEqual([]);
    expect(damaged?.replays.map(({ differing }) => differing)).toEqual([1, 1]);
    expect(damaged?.problems[0]?.text).toMatch(
      /differs from the replay from the first entry in 1 keys/,
    );
    expect(damaged?.problems[1]?.text).toContain(Buffer.from(key).toString('hex'));
  });
});

async function contents(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines = files
    .filter((each) => each.isFile())
    .map(async (each) => {
      const file = path.join(each.parentPath, each.name);
      const { mtimeMs, size } = await stat(file);
      const head = (await readFile(file)).subarray(0, 4096).toString('base64');
      return `${file} ${mtimeMs} ${size} ${head}`;
    });
  return (await Promise.all(lines)).sort();
}
