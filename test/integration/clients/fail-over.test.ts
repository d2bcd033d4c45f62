// Unmodified clients, all at work through one gateway of a cluster, while the leader of a partition is killed and comes back.
//
// What every client must see: its creations go on, what was acknowledged ends, exactly once; the topology has three brokers, then
// two, then three. Clients in other languages join in with MILLRACE_ALL_CLIENTS=1 (client-program.ts).
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Camunda8 } from '@camunda8/sdk';
import { Camunda8 as Camunda86 } from 'camunda8-sdk-8-6';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { ClusterProcess } from '../../kit/cluster-process.ts';
import { oneTaskProcess } from '../../kit/process-builder.ts';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { RecordAudit } from '../cluster/record-audit.ts';
import { buildProgram, languageNames, workByProgram } from './client-program.ts';
import { connectSdk } from './sdk-client.ts';
import { type StartWork, type WorkingClient, workBy, workByZbctl } from './working-client.ts';
import { connectZeebeNode } from './zeebe-node-client.ts';

const perSecond = 6;
/** A job whose push was lost with its leader comes again after this, ms. */
const lockMs = 8_000;
/** Acknowledged creations of each client before the kill, while the broker is away, and after its return. */
const enough = 10;
/** What a leader's death may cost each client. */
const failuresMax = 2;
/** Files with the same model under another name are another version; programs create without a token when they try calls. */
const isExpected = /^(definition \S+ was created twice|the creation {2}made)/;
const phaseMs = 60_000;
/** Programs in other languages, when they are asked for and were not built before. */
const buildMs = 3 * 600_000;

const sdk86 = (address: string) =>
  connectSdk(
    Camunda86 as unknown as typeof Camunda8,
    { ZEEBE_GRPC_ADDRESS: address, CAMUNDA_SECURE_CONNECTION: false },
    { closesStreams: false },
  );
const sdk88 = (address: string) =>
  connectSdk(Camunda8, { ZEEBE_GRPC_ADDRESS: `grpc://${address}` });

describe.skipIf(!brokerExists)('clients of a cluster whose leader is killed', () => {
  let cluster: ClusterProcess;
  let records: RecordAudit;
  const run = randomUUID().slice(0, 8);
  const atWork = new Map<string, WorkingClient>();
  const work: Readonly<Record<string, StartWork>> = {
    'zeebe-node': workBy(connectZeebeNode),
    'sdk-8.6': workBy(sdk86),
    'sdk-8.8, streaming': workBy(sdk88, { pushed: true }),
    zbctl: workByZbctl(async (name, xml) => {
      const file = path.join(cluster.folder, name);
      await writeFile(file, xml);
      return file;
    }),
  };
  const clientNames = [...Object.keys(work), ...languageNames];
  /** Why a client cannot join in. */
  const missing = new Map<string, string>();

  const client = (name: string, context: TestContext): WorkingClient => {
    const reason = missing.get(name);
    if (reason !== undefined) context.skip(reason);
    const found = atWork.get(name);
    if (found === undefined) throw new Error(`${name} is not at work`);
    return found;
  };

  const processIdOf = (name: string): string => `${name.replaceAll(/\W+/g, '-')}-${run}`;

  /** A deployment is answered before it has reached all partitions: here it has, when clients begin. */
  async function deployForAll(address: string, names: readonly string[]): Promise<void> {
    const client = await connectZeebeNode(address);
    const ids = names.flatMap((name) => [processIdOf(name), `${processIdOf(name)}-parked`]);
    for (const id of ids) await client.deploy(`${id}.bpmn`, oneTaskProcess(id, id));
    await client.close();
    const look = () => {
      records.read();
      return ids.every((id) => records.definitions.get(id)?.size === cluster.partitionIds.length);
    };
    await until(look, { within: phaseMs, what: 'the definitions on all partitions' });
  }

  /** Waits until every client has so many more acknowledged creations and sees so many brokers. */
  async function goOn(brokers: number): Promise<void> {
    const begin = new Map([...atWork].map(([name, { created }]) => [name, created.length]));
    const lagging = () =>
      [...atWork].filter(
        ([name, { created, topologies }]) =>
          created.length < (begin.get(name) ?? 0) + enough || topologies.at(-1) !== brokers,
      );
    try {
      await until(() => lagging().length === 0, { within: phaseMs, what: `${brokers} brokers` });
    } catch (error) {
      const each = lagging().map(([name, { created, topologies, failures }]) => {
        const more = created.length - (begin.get(name) ?? 0);
        return `${name}: ${more} more, topologies ${topologies}, failures ${failures.join('; ')}`;
      });
      throw new Error(`${error}\n${each.join('\n')}\n${cluster.story()}`);
    }
  }

  beforeAll(
    async () => {
      const everybody: Record<string, StartWork> = { ...work };
      for (const name of languageNames) {
        const built = await buildProgram(name);
        if (built.kind === 'built') everybody[name] = workByProgram(built.command);
        else missing.set(name, built.reason);
      }
      cluster = await ClusterProcess.start();
      records = new RecordAudit(cluster.nodeIds.map((nodeId) => cluster.recordsOf(nodeId)));
      const victim = await cluster.leaderOf(1);
      const gateway = cluster.nodeIds.find((nodeId) => nodeId !== victim) as number;
      const address = cluster.addresses[gateway] as string;
      await deployForAll(address, Object.keys(everybody));
      const begun = await Promise.allSettled(
        Object.entries(everybody).map(async ([name, start]) => {
          const processId = processIdOf(name);
          atWork.set(name, await start({ address, processId, perSecond, lockMs }));
        }),
      );
      for (const each of begun) if (each.status === 'rejected') throw each.reason;
      await goOn(3);
      await cluster.kill(victim);
      await goOn(2);
      await cluster.startBrokers(victim);
      await goOn(3);
      await Promise.all([...atWork.values()].map((each) => each.stopCreating()));
    },
    buildMs + 5 * phaseMs,
  );
  afterAll(async () => {
    await Promise.all([...atWork.values()].map((each) => each.close()));
    await cluster?.[Symbol.asyncDispose]();
  }, phaseMs);

  test('no creation made two instances, no job was two workers at a time, nothing ended twice', async () => {
    const isWhole = () => {
      records.read();
      return records.gaps().length === 0;
    };
    await until(isWhole, { within: phaseMs / 2, what: 'all records before those that are there' });
    expect(records.violations.filter((each) => !isExpected.test(each))).toEqual([]);
  });

  test.for(clientNames)(
    '%s: what was acknowledged ends',
    { timeout: 2 * phaseMs },
    async (name, context) => {
      const { created } = client(name, context);
      const open = () => {
        records.read();
        return created.filter((key) => records.instances.get(key)?.end === undefined);
      };
      const what = 'the end of all';
      await until(() => open().length === 0, { within: phaseMs, what }).catch((error) => {
        throw new Error(`${error}: ${open()}\n${cluster.story()}`);
      });
      const ends = created.map((key) => records.instances.get(key)?.end);
      expect(new Set(ends)).toEqual(new Set(['ELEMENT_COMPLETED']));
      expect(new Set(created).size).toBe(ends.length);
    },
  );

  test.for(clientNames)(`%s: at most ${failuresMax} creations failed`, (name, context) => {
    expect(client(name, context).failures.slice(failuresMax)).toEqual([]);
  });

  test.for(clientNames)('%s sees three brokers, then two, then three', (name, context) => {
    expect(client(name, context).topologies).toEqual([3, 2, 3]);
  });
});
