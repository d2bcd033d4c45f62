// kill -9 at random moments under load: nothing acknowledged is lost, nothing is done twice, and the state on disk is
// what the log says.
//
// MILLRACE_KILL_ROUNDS sets the number of crashes (`npm run kill`: 100), MILLRACE_SEED repeats their moments.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFailed, test } from 'vitest';
import { BrokerProcess } from '../kit/broker-process.ts';
import { freePortOffset } from '../kit/free-ports.ts';
import { checkOffline } from '../kit/offline-check.ts';
import { oneTaskProcess } from '../kit/process-builder.ts';
import { between, randomFrom, runSeed } from '../kit/random.ts';
import { type ExportedRecord, RecordFile } from '../kit/record-file.ts';
import { compareStateWithLog, type ReplayComparison } from '../kit/state-from-log.ts';
import { until } from '../kit/until.ts';
import { brokerExists } from './broker-under-test.ts';
import { Books, Load } from './load.ts';

const rounds = Number(process.env.MILLRACE_KILL_ROUNDS ?? 5);
const roundMs = 20_000;
/** Rounds between two replays of the whole log, which grows: long runs look less often. */
const compareEvery = Math.ceil(rounds / 20);
const jobTimeoutMs = 2_000;
/** Acknowledged calls of a round before the kill. */
const callsMax = 600;

/** Short runs have most of their rounds with one partition, some with several. */
const shares = [
  { partitions: 1, crashes: Math.ceil(rounds * 0.6) },
  { partitions: 3, crashes: Math.floor(rounds * 0.4) },
].filter(({ crashes }) => crashes > 0);

describe.skipIf(!brokerExists)('a broker that is killed under load', () => {
  test.each(shares)(
    'keeps what it acknowledged: $crashes crashes, $partitions partitions',
    { timeout: rounds * roundMs + 60_000 },
    async ({ partitions, crashes }) => {
      onTestFailed(() => console.error(`repeat with MILLRACE_SEED=${runSeed}`));
      const random = randomFrom(runSeed + partitions);
      const folder = await mkdtemp(path.join(tmpdir(), 'millrace-kill-'));
      const recordFile = path.join(folder, 'records.jsonl');
      const portOffset = await freePortOffset();
      const data = path.join(folder, 'data');
      const start = () =>
        BrokerProcess.start({
          dataDirectory: data,
          portOffset,
          env: {
            ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(partitions),
            ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
            ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: recordFile,
          },
        });
      const books = new Books();
      const loadOn = (address: string, creators: number) =>
        new Load(books, {
          address,
          processId: 'killed',
          jobType: 'killed',
          creators,
          workers: 3,
          jobTimeout: jobTimeoutMs,
        });

      for (let round = 0; round < crashes; round++) {
        await using broker = await start();
        const load = loadOn(broker.address, 16);
        if (round === 0) await load.deploy('killed.bpmn', oneTaskProcess('killed', 'killed'));
        load.start();
        const enough = books.size + between(random, 1, callsMax);
        await until(() => books.size >= enough, { within: roundMs, what: 'acknowledged calls' });
        await broker.kill();
        await load.stop();
        await checkOffline(data);
        if (round % compareEvery === 0) await expectStateOfLog(data);
      }

      await using broker = await start();
      const rest = loadOn(broker.address, 0);
      rest.start();
      const records = new RecordFile(recordFile);
      await until(() => missing(books, records).length === 0, {
        within: 30_000,
        what: 'the end of every acknowledged instance',
        every: 200,
      }).catch(() => expect(missing(books, records)).toEqual([]));
      await rest.stop();
      expect(await broker.stop()).toEqual({ code: 0, signal: null });
      expectOnce(books, records);
      await checkOffline(data);
      const compared = await expectStateOfLog(data);
      expect(Math.min(...compared.map(({ appliedIndex }) => appliedIndex))).toBeGreaterThan(0);
      await rm(folder, { recursive: true, force: true });
    },
  );
});

async function expectStateOfLog(data: string): Promise<readonly ReplayComparison[]> {
  const compared = await compareStateWithLog(data);
  for (const { differences } of compared) expect(differences).toEqual([]);
  return compared;
}

/** Positions may be written to the file again after a crash: each counts once. */
function distinct(records: RecordFile): readonly ExportedRecord[] {
  const seen = new Map<string, ExportedRecord>();
  for (const record of records.read()) seen.set(`${record.partitionId}/${record.position}`, record);
  return [...seen.values()];
}

function keysOf(records: readonly ExportedRecord[], valueType: string, intent: string): string[] {
  return records
    .filter((record) => record.recordType === 'EVENT' && record.valueType === valueType)
    .filter((record) => record.intent === intent)
    .filter(({ value }) => valueType !== 'PROCESS_INSTANCE' || value.bpmnElementType === 'PROCESS')
    .map(({ key }) => String(key));
}

/** Acknowledged instances and jobs whose end is not among the records. */
function missing(books: Books, records: RecordFile): string[] {
  const all = distinct(records);
  const ended = new Set([
    ...keysOf(all, 'PROCESS_INSTANCE', 'ELEMENT_COMPLETED'),
    ...keysOf(all, 'JOB', 'COMPLETED'),
  ]);
  return [...books.created, ...books.completed.keys()].filter((key) => !ended.has(key));
}

function expectOnce(books: Books, records: RecordFile): void {
  const all = distinct(records);
  const doubled = (keys: readonly string[]): string[] =>
    keys.filter((key, index) => keys.indexOf(key) !== index);
  expect(books.doubled).toEqual([]);
  expect(doubled(keysOf(all, 'JOB', 'COMPLETED'))).toEqual([]);
  expect(doubled(keysOf(all, 'PROCESS_INSTANCE', 'ELEMENT_COMPLETED'))).toEqual([]);
  expect(missing(books, records)).toEqual([]);
  const instances = new Set(keysOf(all, 'PROCESS_INSTANCE', 'ELEMENT_COMPLETED'));
  expect([...books.completed.values()].filter((key) => !instances.has(key))).toEqual([]);
}
