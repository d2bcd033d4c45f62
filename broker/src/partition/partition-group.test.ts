// Several replicas: who leads processes, who follows applies, and a change between the two loses and doubles nothing.

import { rmSync } from 'node:fs';
import { deploymentOf, entryHeader, type Key, NO_KEY, requestIdOf } from '@millrace/protocol';
import { type Disk, EntryKind } from '@millrace/raft';
import { afterEach, describe, expect, test } from 'vitest';
import { type Command, creation, oneTask } from './testing/partition-driver.ts';
import { type GroupAnswer, PartitionGroup } from './testing/partition-group.ts';
import { SwitchedDisk } from './testing/switched-disk.ts';
import { removeTempFolders, tempFolder } from './testing/temp-folder.ts';

let group: PartitionGroup;
let dirs: readonly string[];
let count = 0;
const nextId = () => requestIdOf(7, ++count);

afterEach(async () => {
  await group.closeAll();
  removeTempFolders();
});

const deployment: Command = {
  valueType: 'DEPLOYMENT',
  intent: 'CREATE',
  key: NO_KEY,
  value: deploymentOf(
    [{ resourceName: 'p.bpmn', resource: new TextEncoder().encode(oneTask()) }],
    '<default>',
  ),
};

async function started(options = {}, disks: readonly Disk[] = []): Promise<number> {
  dirs = [tempFolder(), tempFolder(), tempFolder()];
  const partsOf = (id: number) => (disks[id] === undefined ? {} : { disk: disks[id] });
  group = new PartitionGroup((id) => dirs[id] as string, options, 2, partsOf);
  await group.start();
  const leader = await group.untilLed();
  const id = nextId();
  group.send(leader, id, deployment);
  expect(wordOf(await group.answer(id))).toBe('CREATED');
  return leader;
}

function wordOf(answer: GroupAnswer): string {
  return answer.kind === 'answer' ? answer.record.intent : `${answer.code} ${answer.retry}`;
}

function instanceOf(answer: GroupAnswer | undefined): Key {
  if (answer?.kind !== 'answer') throw new Error('no instance');
  return (answer.record.value as { processInstanceKey: Key }).processInstanceKey;
}

const untilEqual = () =>
  group.until(() => {
    const positions = [...group.replicas.values()].map((each) => each.status().processedPosition);
    return new Set(positions).size === 1;
  }, 'all replicas are equally far');

async function dump(id: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of group.replica(id).opened?.store.dump() ?? []) lines.push(line);
  return lines;
}

describe('followers', () => {
  test('refuse commands and say that another may take them', async () => {
    const leader = await started();
    const id = nextId();
    group.send((leader + 1) % 3, id, creation('p', '{}'));
    expect(wordOf(await group.answer(id))).toBe('UNAVAILABLE true');
  });

  test('have the state of the leader, byte by byte', async () => {
    const leader = await started();
    const ids = Array.from({ length: 50 }, nextId);
    for (const id of ids) group.send(leader, id, creation('p', `{"n":${id}}`));
    for (const id of ids) await group.answer(id);
    await untilEqual();
    const [first, second, third] = await Promise.all([0, 1, 2].map(dump));
    expect(first?.length).toBeGreaterThan(100);
    expect(second).toEqual(first);
    expect(third).toEqual(first);
  });
});

describe('a change of leader', () => {
  test('loses nothing that was answered, and the group goes on', async () => {
    const leader = await started();
    const before = nextId();
    group.send(leader, before, creation('p', '{}'));
    const instance = instanceOf(await group.answer(before));
    await group.close(leader);
    const next = await group.untilLed();
    expect(group.replica(next).opened?.engine.state.elements.get(instance)).toBeDefined();
    const after = nextId();
    group.send(next, after, creation('p', '{}'));
    expect(wordOf(await group.answer(after))).toBe('CREATED');
  });

  test('a request that was executed is answered by the next leader, not executed again', async () => {
    const leader = await started();
    const id = nextId();
    group.send(leader, id, creation('p', '{}'));
    const instance = instanceOf(await group.answer(id));
    await group.close(leader);
    const next = await group.untilLed();
    const position = group.replica(next).status().processedPosition;
    group.send(next, id, creation('p', '{}'), 100);
    await group.until(() => group.answers.get(id)?.length === 2, 'it is answered again');
    expect(instanceOf(group.answers.get(id)?.[1])).toBe(instance);
    expect(group.replica(next).status().processedPosition).toBe(position);
  });

  test('what a cut-off leader could not commit is dropped there and executed once elsewhere', async () => {
    const leader = await started();
    group.cut(leader);
    const id = nextId();
    group.send(leader, id, creation('p', '{}'));
    const next = await group.untilLed();
    expect(next).not.toBe(leader);
    group.send(next, id, creation('p', '{}'), 1_000);
    await group.until(
      () => group.answers.get(id)?.some((each) => each.kind === 'answer') === true,
      'the new leader has executed it',
    );
    group.heal(leader);
    await group.until(
      () => group.replica(leader).status().role === 'follower',
      'the old leader follows',
    );
    await untilEqual();
    expect(await dump(leader)).toEqual(await dump(next));
    const answers = group.answers.get(id) ?? [];
    expect(answers.filter(({ kind }) => kind === 'answer')).toHaveLength(1);
    expect(answers.find(({ kind }) => kind === 'refused')).toMatchObject({ retry: true });
  });

  test('a request of before the window is not guessed', async () => {
    const leader = await started();
    await group.close(leader);
    const next = await group.untilLed();
    group.replica(next).opened?.requests.startsAt(Date.now());
    const id = nextId();
    group.send(next, id, creation('p', '{}'), 60_000);
    const answer = await group.answer(id);
    expect(wordOf(answer)).toBe('UNAVAILABLE false');
    expect(answer).toMatchObject({ message: expect.stringContaining('the outcome is unknown') });
  });
});

describe('a rolling upgrade', () => {
  const versionOf = (id: number) => {
    const journal = group.replica(id).opened?.raft.journal;
    const newest = journal?.read(journal.lastIndex);
    return newest?.kind === EntryKind.records ? entryHeader(newest.payload).version : undefined;
  };
  const create = async (leader: number) => {
    const id = nextId();
    group.send(leader, id, creation('p', '{}'));
    expect(wordOf(await group.answer(id))).toBe('CREATED');
  };

  test('writes the older form until all have the newer one, and the newer one from then on', async () => {
    dirs = [tempFolder(), tempFolder(), tempFolder()];
    group = new PartitionGroup((id) => dirs[id] as string, {}, 1);
    await group.start();
    const leader = await group.untilLed();
    group.send(leader, nextId(), deployment);
    await create(leader);
    expect(versionOf(leader)).toBe(1);
    group.control(leader, { kind: 'entry-version', version: 2 });
    await create(leader);
    expect(versionOf(leader)).toBe(2);
    await untilEqual();
    await group.close(leader);
    // The next leader was never told, but has entries of version 2 in its log: all read them then.
    const next = await group.untilLed();
    await create(next);
    expect(versionOf(next)).toBe(2);
  });
});

describe('leadership', () => {
  const faults = () => group.notices.filter((notice) => notice.kind === 'log');

  test('is handed over under load: every request is answered, or may be sent to the next leader', async () => {
    let leader = await started();
    for (let round = 0; round < 5; round++) {
      const to = (leader + 1) % 3;
      const ids: number[] = [];
      const send = (count: number) => {
        for (let n = 0; n < count; n++) {
          ids.push(nextId());
          group.send(leader, ids.at(-1) as number, creation('p', '{}'));
        }
      };
      send(20);
      group.control(leader, { kind: 'transfer', requestId: round, to });
      send(20);
      await group.until(() => group.leader === to, 'the other one leads');
      send(20);
      for (const id of ids) expect(await outcomeOf(id)).toBe('CREATED or to be sent again');
      leader = to;
    }
    expect(faults()).toEqual([]);
    await untilEqual();
  });

  test('that nobody takes over stays: what came meanwhile is answered', async () => {
    const leader = await started();
    const to = (leader + 1) % 3;
    group.cut(to);
    group.control(leader, { kind: 'transfer', requestId: 1, to });
    const ids = Array.from({ length: 20 }, nextId);
    for (const id of ids) group.send(leader, id, creation('p', '{}'));
    for (const id of ids) expect(wordOf(await group.answer(id))).toBe('CREATED');
    expect(faults()).toEqual([]);
    group.heal(to);
    await untilEqual();
  });

  const outcomeOf = async (id: number) => {
    const word = wordOf(await group.answer(id));
    return ['CREATED', 'UNAVAILABLE true'].includes(word) ? 'CREATED or to be sent again' : word;
  };

  test('is handed over on request, without a gap', async () => {
    const leader = await started();
    const to = (leader + 1) % 3;
    group.control(leader, { kind: 'transfer', requestId: 1, to });
    await group.until(() => group.leader === to, 'the other one leads');
    await group.until(
      () => group.notices.some((notice) => notice.kind === 'done' && notice.problem === ''),
      'the transfer is told',
    );
    const id = nextId();
    group.send(to, id, creation('p', '{}'));
    expect(wordOf(await group.answer(id))).toBe('CREATED');
  });
});

test('a follower whose disk fails is told as unwell, and is well again as soon as it follows', async () => {
  const disks = [new SwitchedDisk(), new SwitchedDisk(), new SwitchedDisk()];
  const leader = await started({}, disks);
  const unwell = (leader + 1) % 3;
  const disk = disks[unwell] as SwitchedDisk;
  disk.syncFault = 'EIO';
  const create = async () => {
    const id = nextId();
    group.send(leader, id, creation('p', '{}'));
    expect(wordOf(await group.answer(id))).toBe('CREATED');
  };
  await create();
  const status = () => group.replica(unwell).status();
  await group.until(() => status().reason.includes('EIO'), 'it says so');
  expect(status().health).toBe('unhealthy');
  await create();
  disk.syncFault = undefined;
  await group.until(() => status().health === 'healthy', 'it is well again');
  await create();
  await untilEqual();
  expect(await dump(unwell)).toEqual(await dump(leader));
});

test('a replica that lost its folder is rebuilt from the others, by a checkpoint and the log behind it', async () => {
  const leader = await started({ segmentBytes: 64 * 1024 });
  const lost = (leader + 1) % 3;
  const pad = `{"pad":"${'x'.repeat(2_000)}"}`;
  const create = async () => {
    const ids = Array.from({ length: 60 }, nextId);
    for (const id of ids) group.send(leader, id, creation('p', pad));
    for (const id of ids) await group.answer(id);
  };
  await create();
  await group.close(lost);
  rmSync(dirs[lost] as string, { recursive: true, force: true });
  group.control(leader, { kind: 'checkpoint' });
  await group.until(
    () => group.replica(leader).status().checkpointIndex > 0,
    'there is a checkpoint',
  );
  await create();
  group.control(leader, { kind: 'checkpoint' });
  await group.until(
    () => (group.replica(leader).opened?.raft.journal.firstIndex ?? 0) > 1,
    'the log is compacted',
  );
  await create();
  await group.open(lost, false);
  expect(group.replica(lost).status()).toMatchObject({ isRecovering: true, health: 'unhealthy' });
  await untilEqual();
  await group.until(() => !group.replica(lost).status().isRecovering, 'it counts again');
  expect(group.replica(lost).status()).toMatchObject({ health: 'healthy', reason: '' });
  expect(await dump(lost)).toEqual(await dump(leader));
});

test('a replica whose group is lost for good is made its only one, and goes on with all it has', async () => {
  const leader = await started();
  const id = nextId();
  group.send(leader, id, creation('p', '{}'));
  const instance = instanceOf(await group.answer(id));
  await untilEqual();
  const left = (leader + 1) % 3;
  for (const lost of [0, 1, 2].filter((each) => each !== left)) await group.close(lost);
  group.control(left, { kind: 'force-members', requestId: 1, retained: [left] });
  await group.until(() => group.leader === left, 'it leads alone');
  expect(
    group
      .replica(left)
      .status()
      .members.map((member) => member.id),
  ).toEqual([left]);
  expect(group.replica(left).opened?.engine.state.elements.get(instance)).toBeDefined();
  const after = nextId();
  group.send(left, after, creation('p', '{}'));
  expect(wordOf(await group.answer(after))).toBe('CREATED');
  await group.close(left);
  await group.open(left, false);
  await group.until(() => group.leader === left, 'it leads alone after a restart, too');
});
