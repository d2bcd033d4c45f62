// A partition's folder of every release, as that release wrote it: this one reads the log, comes to the same state, and goes on.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ENTRY_VERSION_MAX, entryHeader } from '@millrace/protocol';
import { EntryKind } from '@millrace/raft';
import { afterEach, describe, expect, test } from 'vitest';
import { PartitionDriver, wordOf } from '../../broker/src/partition/testing/partition-driver.ts';
import { removeTempFolders, tempFolder } from '../../broker/src/partition/testing/temp-folder.ts';

const here = import.meta.dirname;
const folders = readdirSync(here).filter((name) => name.startsWith('data-version-'));

let driver: PartitionDriver | undefined;
afterEach(async () => {
  await driver?.close();
  driver = undefined;
  removeTempFolders();
});

/** The folder as it lay on the disk of that release, without what can be made again. */
function unpack(name: string): string {
  const dir = tempFolder();
  const from = path.join(here, name);
  mkdirSync(path.join(dir, 'log'));
  const log = gunzipSync(readFileSync(path.join(from, 'log.gz')));
  writeFileSync(path.join(dir, 'log/00000000000000000001.log'), log);
  writeFileSync(
    path.join(dir, 'log/journal.notes'),
    readFileSync(path.join(from, 'journal.notes')),
  );
  writeFileSync(path.join(dir, 'vote'), gunzipSync(readFileSync(path.join(from, 'vote.gz'))));
  if (readdirSync(from).includes('member'))
    writeFileSync(path.join(dir, 'member'), readFileSync(path.join(from, 'member')));
  return dir;
}

/** Opened at the time of its records: nothing has become due since. */
async function opened(name: string): Promise<PartitionDriver> {
  const p = new PartitionDriver(unpack(name), { segmentBytes: 256 * 1024, partitionCount: 2 });
  p.partition.clock.control(0, Date.parse('2026-11-21T17:19:30Z'));
  await p.partition.start();
  await p.until(() => p.isLeading, 'the partition leads');
  return p;
}

/** The state without what the store says about itself (family 0: the log index grows with every start). */
async function stateOf(p: PartitionDriver): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of p.partition.opened?.store.dump() ?? [])
    if (!line.startsWith('0000')) lines.push(line);
  return lines;
}

describe.each(folders)('%s', (name) => {
  test('gives the state that the release had', async () => {
    driver = await opened(name);
    const golden = readFileSync(path.join(here, name, 'state.txt'), 'utf8')
      .trimEnd()
      .split('\n');
    const state = await stateOf(driver);
    if (process.env.UPDATE === '1')
      writeFileSync(path.join(here, name, 'state.txt'), `${state.join('\n')}\n`);
    else expect(state).toEqual(golden);
  });

  test('is gone on with, in entries of the newest version', async () => {
    driver = await opened(name);
    const keys = await driver.activate('work');
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(wordOf(await driver.complete(key))).toBe('COMPLETED');
    expect(wordOf(await driver.create())).toBe('CREATED');
    const journal = driver.partition.opened?.raft.journal;
    const newest = journal?.read(journal.lastIndex);
    expect(newest?.kind).toBe(EntryKind.records);
    expect(entryHeader(newest?.payload as Uint8Array).version).toBe(ENTRY_VERSION_MAX);
  });
});

test('there is a folder of every version of the log', () => {
  expect(folders).toHaveLength(ENTRY_VERSION_MAX);
});
