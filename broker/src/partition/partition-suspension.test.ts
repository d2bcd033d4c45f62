// Suspending in a whole partition: streams and pollers get nothing of it, also after a restart, and what was put aside comes
// back by itself, in pieces, also when the partition is opened anew in between.
import {
  type DeploymentValue,
  type Key,
  type LogRecord,
  NO_KEY,
  type SuspensionValue,
} from '@millrace/protocol';
import { afterEach, expect, test } from 'vitest';
import { ok, oneTask, PartitionDriver, wordOf } from './testing/partition-driver.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

let p: PartitionDriver;
let folder: string;
let definitionKey: Key;
afterEach(async () => {
  await p.close();
  removeTempFolders();
});

async function opened(): Promise<void> {
  folder = tempFolder();
  p = await PartitionDriver.opened(folder);
  const deployed = (await p.deploy(['p.bpmn', oneTask()])) as LogRecord<'DEPLOYMENT'>;
  const { processesMetadata } = deployed.value as DeploymentValue;
  definitionKey = processesMetadata[0]?.processDefinitionKey ?? NO_KEY;
}

async function openedAnew(): Promise<void> {
  await p.close();
  p = await PartitionDriver.opened(folder);
}

const order = (intent: 'SUSPEND' | 'RESUME', of: Partial<SuspensionValue> = {}) =>
  p.send('SUSPENSION', intent, NO_KEY, {
    scope: 'PROCESS_DEFINITION',
    targetKey: definitionKey,
    jobType: '',
    tenantId: '<default>',
    jobKeys: [],
    timerKeys: [],
    isLast: false,
    ...of,
  });
const create = async (count: number) => {
  for (const answer of await Promise.all(p.createMany(count))) ok(answer);
};
const arrived = (count: number) =>
  p.until(() => p.pushed.length >= count, `${count} jobs were pushed, not ${p.pushed.length}`);

test('a stream gets what was put aside when the definition is resumed', async () => {
  await opened();
  await create(700);
  expect(wordOf(await order('SUSPEND'))).toBe('SUSPENDED');
  p.openStream(1, 2_000);
  await create(100);
  await p.activate('nothing');
  expect(p.pushed).toEqual([]);
  expect(p.partition.metrics().suspensions).toBe(1);
  expect(wordOf(await order('RESUME'))).toBe('RESUMED');
  await arrived(800);
  await p.until(() => p.partition.metrics().suspensions === 0, 'nothing is suspended');
  expect(new Set(p.pushed.map(({ key }) => key)).size).toBe(800);
});

test('what is suspended is so after a restart, and what is being released goes on', async () => {
  await opened();
  await create(900);
  await order('SUSPEND');
  for (let i = 0; i < 6; i++) expect(await p.activate('work')).toEqual([]);
  await openedAnew();
  await create(1);
  expect(await p.activate('work')).toEqual([]);
  expect(wordOf(await order('SUSPEND'))).toBe('INVALID_STATE');
  expect(wordOf(await order('RESUME'))).toBe('RESUMED');
  await openedAnew();
  p.openStream(1, 2_000);
  await arrived(901);
});

test('a stream gets the jobs of a type when that is resumed', async () => {
  await opened();
  const type = { scope: 'JOB_TYPE', targetKey: NO_KEY, jobType: 'work' } as const;
  await create(5);
  await order('SUSPEND', type);
  p.openStream(1, 100);
  await create(5);
  await p.activate('nothing');
  expect(p.pushed).toEqual([]);
  await order('RESUME', type);
  await arrived(10);
});
