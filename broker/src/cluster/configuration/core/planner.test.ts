// Plans: against those that the reference broker was seen to make, and against their own rules on random clusters.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ClusterConfiguration,
  memberIds,
  type Operation,
  partitionIds,
  replicasOf,
  replicationFactorOf,
} from './cluster-configuration.ts';
import type { ChangeRequest } from './cluster-request.ts';
import { roundRobin } from './distribution.ts';
import { beginOperation, endOperation } from './operation.ts';
import { PlanError, planChange } from './planner.ts';
import { staticConfiguration } from './static-configuration.ts';

const NOW = 1_700_000_000_000;

function cluster(
  clusterSize: number,
  partitionsCount: number,
  replicationFactor: number,
): ClusterConfiguration {
  const settings = { clusterSize, partitionsCount, replicationFactor, exporterIds: ['es'] };
  return staticConfiguration(settings, 'c');
}

/** One line for each operation: its name, its broker, partition and priority. */
function shown(operations: readonly Operation[]): string[] {
  return operations.map((operation) => {
    switch (operation.kind) {
      case 'BROKER_ADD':
      case 'BROKER_REMOVE':
        return `${operation.kind} ${operation.brokerId}`;
      case 'BROKER_FORCE_REMOVE':
        return `${operation.kind} ${operation.removed} by ${operation.brokerId}`;
      case 'PARTITION_LEAVE':
        return `LEAVE ${operation.brokerId} p${operation.partitionId}`;
      case 'PARTITION_JOIN':
      case 'PARTITION_BOOTSTRAP':
      case 'PARTITION_RECONFIGURE_PRIORITY': {
        const name = { PARTITION_JOIN: 'JOIN', PARTITION_BOOTSTRAP: 'BOOTSTRAP' };
        const word = name[operation.kind as keyof typeof name] ?? 'PRIORITY';
        return `${word} ${operation.brokerId} p${operation.partitionId}:${operation.priority}`;
      }
      case 'PARTITION_FORCE_RECONFIGURE':
        return `FORCE ${operation.brokerId} p${operation.partitionId} [${operation.retained}]`;
      default:
        return `${operation.kind} ${operation.brokerId} ${operation.partitionsCount} [${operation.added}]`;
    }
  });
}

const plan = (configuration: ClusterConfiguration, request: ChangeRequest) =>
  shown(planChange(configuration, request, NOW).operations);

/** The configuration with a change of it that a plan made and that was carried out up to some operation. */
function partly(
  configuration: ClusterConfiguration,
  request: ChangeRequest,
  operationsDone: number,
): ClusterConfiguration {
  const { operations } = planChange(configuration, request, NOW);
  const next = operations[operationsDone] as Operation;
  const done = operations
    .slice(0, operationsDone)
    .reduce((so, each) => endOperation(beginOperation(so, each, NOW), each, NOW), configuration);
  return beginOperation(done, next, NOW);
}

describe('as the reference plans it', () => {
  const seven = cluster(3, 7, 3);

  test('one broker more', () => {
    expect(plan(seven, { kind: 'scale', brokers: [0, 1, 2, 3] })).toEqual([
      'BROKER_ADD 3',
      'JOIN 3 p2:1',
      'LEAVE 0 p2',
      'JOIN 3 p3:2',
      'LEAVE 1 p3',
      'PRIORITY 0 p3:1',
      'JOIN 3 p4:3',
      'LEAVE 2 p4',
      'PRIORITY 0 p4:2',
      'PRIORITY 0 p5:3',
      'PRIORITY 1 p5:1',
      'PRIORITY 2 p5:2',
      'JOIN 3 p6:2',
      'LEAVE 0 p6',
      'PRIORITY 1 p6:3',
      'PRIORITY 2 p6:1',
      'JOIN 3 p7:1',
      'LEAVE 1 p7',
      'PRIORITY 0 p7:2',
      'PRIORITY 2 p7:3',
    ]);
  });

  test('the same brokers: nothing to do', () => {
    expect(plan(seven, { kind: 'scale', brokers: [2, 0, 1, 0] })).toEqual([]);
    expect(plan(seven, { kind: 'patch' })).toEqual([]);
    expect(plan(seven, { kind: 'patch', remove: [7] })).toEqual([]);
    expect(plan(seven, { kind: 'patch', add: [1] })).toEqual([]);
    expect(plan(seven, { kind: 'add-broker', broker: 2 })).toEqual([]);
    expect(plan(seven, { kind: 'remove-broker', broker: 3 })).toEqual([]);
  });

  test('fewer brokers and fewer replicas', () => {
    const expected = [
      'LEAVE 2 p1',
      'PRIORITY 0 p1:2',
      'PRIORITY 1 p1:1',
      'LEAVE 2 p2',
      'PRIORITY 1 p2:2',
      'LEAVE 2 p3',
      'LEAVE 2 p4',
      'PRIORITY 0 p4:1',
      'PRIORITY 1 p4:2',
      'LEAVE 2 p5',
      'PRIORITY 1 p5:1',
      'LEAVE 2 p6',
      'LEAVE 2 p7',
      'PRIORITY 0 p7:2',
      'PRIORITY 1 p7:1',
      'BROKER_REMOVE 2',
    ];
    expect(plan(seven, { kind: 'scale', brokers: [0, 1], replicationFactor: 2 })).toEqual(expected);
    expect(plan(seven, { kind: 'patch', brokerCount: 2, replicationFactor: 2 })).toEqual(expected);
    expect(plan(seven, { kind: 'patch', remove: [2], replicationFactor: 2 })).toEqual(expected);
  });

  test('one broker in the place of another', () => {
    const operations = plan(cluster(3, 2, 3), { kind: 'patch', add: [3], remove: [0] });
    expect(operations).toEqual([
      'BROKER_ADD 3',
      'JOIN 3 p1:1',
      'LEAVE 0 p1',
      'PRIORITY 1 p1:3',
      'PRIORITY 2 p1:2',
      'JOIN 3 p2:2',
      'LEAVE 0 p2',
      'PRIORITY 1 p2:1',
      'PRIORITY 2 p2:3',
      'BROKER_REMOVE 0',
    ]);
  });

  test('one replica each', () => {
    expect(plan(cluster(3, 2, 3), { kind: 'patch', replicationFactor: 1 })).toEqual([
      'LEAVE 1 p1',
      'LEAVE 2 p1',
      'PRIORITY 0 p1:1',
      'LEAVE 0 p2',
      'LEAVE 2 p2',
      'PRIORITY 1 p2:1',
    ]);
  });

  test('by force', () => {
    expect(plan(cluster(3, 2, 3), { kind: 'force-scale', brokers: [0, 1] })).toEqual([
      'FORCE 0 p1 [0,1]',
      'FORCE 0 p2 [0,1]',
      'BROKER_FORCE_REMOVE 2 by 0',
    ]);
    expect(plan(cluster(3, 1, 3), { kind: 'patch', remove: [0, 1], force: true })).toEqual([
      'FORCE 2 p1 [2]',
      'BROKER_FORCE_REMOVE 0 by 2',
      'BROKER_FORCE_REMOVE 1 by 2',
    ]);
  });
});

describe('more partitions', () => {
  test('are made, joined, filled, and only then take work', () => {
    expect(plan(cluster(3, 3, 2), { kind: 'patch', partitionsCount: 4 })).toEqual([
      'BOOTSTRAP 0 p4:2',
      'JOIN 1 p4:1',
      'START_PARTITION_SCALE_UP 0 4 [4]',
      'AWAIT_REDISTRIBUTION 0 4 [4]',
      'UPDATE_ROUTING_STATE 0 4 [4]',
    ]);
    const { after } = planChange(cluster(3, 3, 2), { kind: 'patch', partitionsCount: 5 }, NOW);
    expect(after.routing).toEqual({ version: 2, partitionsCount: 5, messagePartitionsCount: 3 });
    expect(replicasOf(after, 5)[0]?.exporters).toEqual([{ id: 'es', state: 'ENABLED' }]);
  });

  test('with brokers that come and go: filled before the others leave', () => {
    expect(plan(cluster(1, 1, 1), { kind: 'patch', add: [1], partitionsCount: 2 })).toEqual([
      'BROKER_ADD 1',
      'BOOTSTRAP 1 p2:1',
      'START_PARTITION_SCALE_UP 0 2 [2]',
      'AWAIT_REDISTRIBUTION 0 2 [2]',
      'UPDATE_ROUTING_STATE 0 2 [2]',
    ]);
    const moved = plan(cluster(1, 1, 1), {
      kind: 'patch',
      add: [1],
      remove: [0],
      partitionsCount: 2,
    });
    expect(moved.at(-1)).toBe('BROKER_REMOVE 0');
    expect(moved).toContain('START_PARTITION_SCALE_UP 1 2 [2]');
  });

  test('what was cut short is taken up again', () => {
    const request = { kind: 'patch', partitionsCount: 4 } as const;
    const base = cluster(3, 3, 2);
    expect(plan(partly(base, request, 0), request)[0]).toBe('BOOTSTRAP 0 p4:2');
    expect(plan(partly(base, request, 1), request)[0]).toBe('JOIN 1 p4:1');
    expect(plan(partly(base, request, 3), request)).toEqual([
      'START_PARTITION_SCALE_UP 0 4 [4]',
      'AWAIT_REDISTRIBUTION 0 4 [4]',
      'UPDATE_ROUTING_STATE 0 4 [4]',
    ]);
  });
});

describe('single steps', () => {
  const base = cluster(3, 3, 2);

  test('join, leave, priority, add and remove', () => {
    const join = { kind: 'join-partition', broker: 2, partitionId: 1, priority: 5 } as const;
    expect(plan(base, join)).toEqual(['JOIN 2 p1:5']);
    expect(plan(base, { kind: 'leave-partition', broker: 0, partitionId: 1 })).toEqual([
      'LEAVE 0 p1',
    ]);
    const priority = { kind: 'change-priority', broker: 0, partitionId: 1 } as const;
    expect(plan(base, { ...priority, priority: 9 })).toEqual(['PRIORITY 0 p1:9']);
    expect(plan(base, { ...priority, priority: 2 })).toEqual([]);
    expect(plan(base, { kind: 'add-broker', broker: 7 })).toEqual(['BROKER_ADD 7']);
    const { after } = planChange(base, { kind: 'add-broker', broker: 7 }, NOW);
    expect(plan(after, { kind: 'remove-broker', broker: 7 })).toEqual(['BROKER_REMOVE 7']);
  });

  test('a join that was cut short can be asked for again, or left', () => {
    const join = { kind: 'join-partition', broker: 2, partitionId: 1, priority: 5 } as const;
    const cut = partly(base, join, 0);
    expect(plan(cut, join)).toEqual(['JOIN 2 p1:5']);
    expect(plan(cut, { kind: 'leave-partition', broker: 2, partitionId: 1 })).toEqual([
      'LEAVE 2 p1',
    ]);
    expect(plan(cut, { kind: 'scale', brokers: [0, 1, 2] })).toEqual(['LEAVE 2 p1']);
  });
});

test('a replica taken away by hand does not lower the replication factor of all', () => {
  const { after } = planChange(
    cluster(3, 3, 3),
    { kind: 'leave-partition', broker: 2, partitionId: 1 },
    NOW,
  );
  expect(replicationFactorOf(after)).toBe(3);
  expect(plan(after, { kind: 'scale', brokers: [0, 1, 2] })).toEqual(['JOIN 2 p1:1']);
});

const refusals: readonly (readonly [ChangeRequest, string])[] = [
  [
    { kind: 'scale', brokers: [0] },
    'Number of brokers [1] is less than the replication factor [2]',
  ],
  [
    { kind: 'scale', brokers: [0, 1, 2], replicationFactor: 4 },
    'is less than the replication factor [4]',
  ],
  [{ kind: 'scale', brokers: [0, 1], replicationFactor: 0 }, 'must be greater than 0'],
  [{ kind: 'scale', brokers: [] }, 'no brokers are named'],
  [{ kind: 'scale', brokers: [0, -1] }, 'the broker id -1 is not'],
  [{ kind: 'scale', brokers: [0, 1024] }, 'the broker id 1024 is not'],
  [{ kind: 'force-scale', brokers: [] }, 'no brokers are named'],
  [{ kind: 'force-scale', brokers: [0, 3] }, 'broker 3 cannot be retained by force'],
  [{ kind: 'force-scale', brokers: [0] }, 'no active replica of the partitions 2, '],
  [{ kind: 'add-broker', broker: 1.5 }, 'the broker id 1.5 is not'],
  [{ kind: 'remove-broker', broker: 2 }, 'broker 2 still has replicas of the partitions 2, 3'],
  [
    { kind: 'join-partition', broker: 0, partitionId: 1, priority: 3 },
    'has a replica of partition 1 already',
  ],
  [
    { kind: 'join-partition', broker: 0, partitionId: 9, priority: 3 },
    'no other broker has an active replica',
  ],
  [{ kind: 'join-partition', broker: 3, partitionId: 1, priority: 3 }, 'broker 3 is not a member'],
  [{ kind: 'join-partition', broker: 2, partitionId: 1, priority: 0 }, 'the priority 0 is not'],
  [
    { kind: 'leave-partition', broker: 2, partitionId: 1 },
    'has no replica of partition 1 to leave',
  ],
  [
    { kind: 'change-priority', broker: 2, partitionId: 1, priority: 1 },
    'has no replica of partition 1',
  ],
  [
    { kind: 'patch', add: [3], brokerCount: 4 },
    'Cannot change brokers count and add/remove brokers',
  ],
  [{ kind: 'patch', add: [3], remove: [3] }, 'broker 3 cannot be added and removed at once'],
  [{ kind: 'patch', brokerCount: 0 }, 'the number of brokers 0 is not'],
  [{ kind: 'patch', partitionsCount: 2 }, 'can only grow, but it is 3 and 2 are asked for'],
  [{ kind: 'patch', partitionsCount: 256 }, 'is above 255'],
  [{ kind: 'patch', add: [3], force: true }, 'Cannot force add brokers'],
  [{ kind: 'patch', brokerCount: 2, force: true }, 'Cannot force change the broker count'],
  [{ kind: 'patch', partitionsCount: 4, force: true }, 'Cannot force change partitions'],
];

describe('refused', () => {
  test.each(refusals)('%j', (request, message) => {
    const attempt = () => planChange(cluster(3, 3, 2), request, NOW);
    expect(attempt).toThrow(PlanError);
    expect(attempt).toThrow(message);
  });

  test('the last replica and the last broker stay', () => {
    const one = cluster(1, 1, 1);
    expect(() => plan(one, { kind: 'leave-partition', broker: 0, partitionId: 1 })).toThrow(
      'has the only active replica of partition 1',
    );
    const empty = { ...one, members: [{ ...one.members[0]!, replicas: [] }] };
    expect(() => plan(empty, { kind: 'remove-broker', broker: 0 })).toThrow('the last broker');
  });
});

test('from any distribution to any other: right at the end, and never without a full replica on the way', () => {
  const size = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.nat(5),
      fc.nat(5),
      size,
      fc.nat(3),
      (from, to, a, b, partitions, more) => {
        const before = cluster(from, partitions, 1 + (a % from));
        const brokers = Array.from({ length: to }, (_, id) => id * 2);
        const replicationFactor = 1 + (b % to);
        const partitionsCount = partitions + more;
        const members = memberIds(before);
        const request: ChangeRequest = {
          kind: 'patch',
          add: brokers.filter((broker) => !members.includes(broker)),
          remove: members.filter((broker) => !brokers.includes(broker)),
          partitionsCount,
          replicationFactor,
        };
        const { operations, after } = planChange(before, request, NOW);
        let now = before;
        for (const operation of operations) {
          now = endOperation(beginOperation(now, operation, NOW), operation, NOW);
          for (const partitionId of partitionIds(before)) {
            const full = replicasOf(now, partitionId).filter(({ state }) => state === 'ACTIVE');
            expect(full.length).toBeGreaterThanOrEqual(Math.min(1 + (a % from), replicationFactor));
          }
        }
        expect(now).toEqual(after);
        expect(memberIds(after)).toEqual(brokers);
        expect(after.routing.partitionsCount).toBe(partitionsCount);
        const placed = roundRobin(brokers, partitionsCount, replicationFactor);
        for (const { partitionId, replicas } of placed) {
          expect(
            replicasOf(after, partitionId).map(({ member, priority }) => ({ member, priority })),
          ).toEqual(replicas);
        }
      },
    ),
    { numRuns: 300 },
  );
});
