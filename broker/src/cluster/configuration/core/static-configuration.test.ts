// What settings become, and how they are compared with a cluster that has changed since.
import { expect, test } from 'vitest';
import { planChange } from './planner.ts';
import { differencesFrom, startedMember, staticConfiguration } from './static-configuration.ts';

const settings = {
  clusterSize: 2,
  partitionsCount: 2,
  replicationFactor: 1,
  exporterIds: ['jsonl'],
};

test('every broker is there with its replicas, and nobody has run yet', () => {
  const exporters = [{ id: 'jsonl', state: 'ENABLED' }];
  const configuration = staticConfiguration(settings, 'c');
  expect(configuration).toEqual({
    clusterId: 'c',
    version: 1,
    voters: [0, 1],
    lastChange: null,
    pendingChange: null,
    members: [0, 1].map((id) => ({
      id,
      version: 0,
      updatedAtMs: 0,
      state: 'ACTIVE',
      replicas: [{ partitionId: id + 1, state: 'ACTIVE', priority: 1, exporters }],
    })),
    routing: { version: 1, partitionsCount: 2, messagePartitionsCount: 2 },
  });
});

test('a listed distribution wins over round robin', () => {
  const fixed = [
    { partitionId: 1, nodes: [{ nodeId: 1, priority: 4 }] },
    { partitionId: 2, nodes: [{ nodeId: 1, priority: 3 }] },
  ];
  const { members } = staticConfiguration({ ...settings, fixed }, 'c');
  expect(members.map(({ replicas }) => replicas.map(({ priority }) => priority))).toEqual([
    [],
    [4, 3],
  ]);
});

test('differences are named', () => {
  const configuration = staticConfiguration(settings, 'c');
  expect(differencesFrom(settings, configuration)).toEqual([]);
  const { after } = planChange(
    configuration,
    { kind: 'patch', add: [2], partitionsCount: 3, replicationFactor: 2 },
    1,
  );
  expect(differencesFrom(settings, after)).toEqual([
    'brokers: settings 0, 1, cluster 0, 1, 2',
    'partitions: settings 2, cluster 3',
    'replication factor: settings 1, cluster 2',
  ]);
});

test('a first run is noted in the own entry, and the exporters of the settings are taken up', () => {
  const member = staticConfiguration(settings, 'c').members[0]!;
  const confirmed = startedMember(member, ['jsonl'], 5);
  expect(confirmed).toEqual({ ...member, version: 1, updatedAtMs: 5 });
  expect(startedMember(confirmed, ['jsonl'], 6)).toBe(confirmed);
  const replicas = confirmed.replicas.map((replica) => ({
    ...replica,
    exporters: [{ id: 'jsonl', state: 'DISABLED' as const }],
  }));
  const disabled = { ...confirmed, replicas };
  expect(startedMember(disabled, ['es', 'jsonl'], 7)).toMatchObject({
    version: 2,
    replicas: [
      {
        exporters: [
          { id: 'es', state: 'ENABLED' },
          { id: 'jsonl', state: 'DISABLED' },
        ],
      },
    ],
  });
  expect(startedMember(disabled, [], 7).replicas[0]?.exporters).toEqual([]);
});
