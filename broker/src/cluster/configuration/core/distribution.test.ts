// Round robin against the rule of broker-operations.md 7.2 and against distributions seen at the reference broker.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DistributionError, fixedDistribution, roundRobin } from './distribution.ts';

/** `broker:priority` of each replica, by partition. */
function shown(brokers: readonly number[], partitions: number, replicas: number): string[] {
  return roundRobin(brokers, partitions, replicas).map((partition) =>
    partition.replicas.map(({ member, priority }) => `${member}:${priority}`).join(' '),
  );
}

describe('round robin', () => {
  test('three brokers, seven partitions, three replicas, as the reference starts', () => {
    expect(shown([0, 1, 2], 7, 3)).toEqual([
      '0:3 1:2 2:1',
      '0:1 1:3 2:2',
      '0:2 1:1 2:3',
      '0:3 1:1 2:2',
      '0:2 1:3 2:1',
      '0:1 1:2 2:3',
      '0:3 1:2 2:1',
    ]);
  });

  test('four brokers, as the reference plans it', () => {
    expect(shown([0, 1, 2, 3], 7, 3)).toEqual([
      '0:3 1:2 2:1',
      '1:3 2:2 3:1',
      '0:1 2:3 3:2',
      '0:2 1:1 3:3',
      '0:3 1:1 2:2',
      '1:3 2:1 3:2',
      '0:2 2:3 3:1',
    ]);
  });

  test('the place in the list counts, not the id', () => {
    expect(shown([4, 0, 3], 4, 3)).toEqual([
      '0:3 3:2 4:1',
      '0:1 3:3 4:2',
      '0:2 3:1 4:3',
      '0:3 3:1 4:2',
    ]);
  });

  test('brokers from ten on stand in the order of numbers, not of text', () => {
    const brokers = Array.from({ length: 12 }, (_, id) => id);
    expect(shown(brokers, 13, 2).slice(8)).toEqual([
      '8:2 9:1',
      '9:2 10:1',
      '10:2 11:1',
      '0:1 11:2',
      '0:2 1:1',
    ]);
  });

  test('every partition has its replicas on different brokers, with priorities 1 to their number', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 99 }), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(8),
        (brokers, partitions, more) => {
          const replicas = 1 + (more % brokers.length);
          const placed = roundRobin(brokers, partitions, replicas);
          expect(placed.map(({ partitionId }) => partitionId)).toEqual(
            Array.from({ length: partitions }, (_, index) => index + 1),
          );
          const load = new Map<number, number>();
          for (const { replicas: each } of placed) {
            expect(new Set(each.map(({ member }) => member)).size).toBe(replicas);
            expect(each.map(({ priority }) => priority).sort((a, b) => a - b)).toEqual(
              Array.from({ length: replicas }, (_, index) => index + 1),
            );
            for (const { member } of each) load.set(member, (load.get(member) ?? 0) + 1);
          }
          const counts = brokers.map((broker) => load.get(broker) ?? 0);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(replicas);
        },
      ),
    );
  });

  test.each([
    [2, 3, 'Number of brokers [2] is less than the replication factor [3]'],
    [2, 0, 'Replication factor [0] must be greater than 0'],
  ])('%i brokers cannot hold %i replicas', (brokers, replicas, message) => {
    const ids = Array.from({ length: brokers }, (_, id) => id);
    expect(() => roundRobin(ids, 1, replicas)).toThrow(DistributionError);
    expect(() => roundRobin(ids, 1, replicas)).toThrow(message);
  });
});

describe('fixed', () => {
  const node = (nodeId: number, priority: number) => ({ nodeId, priority });
  const first = { partitionId: 1, nodes: [node(2, 1), node(0, 5)] };
  const second = { partitionId: 2, nodes: [node(1, 2), node(2, 1)] };

  test('is taken as it is listed', () => {
    expect(fixedDistribution([second, first], [0, 1, 2], 2, 2)).toEqual([
      {
        partitionId: 1,
        replicas: [
          { member: 0, priority: 5 },
          { member: 2, priority: 1 },
        ],
      },
      {
        partitionId: 2,
        replicas: [
          { member: 1, priority: 2 },
          { member: 2, priority: 1 },
        ],
      },
    ]);
  });

  test.each([
    [[first], 'partition 2 is not listed'],
    [[first, first, second], 'partition 1 is listed twice'],
    [
      [first, second, { partitionId: 3, nodes: [] }],
      'partition 3 is listed, but partitions are 1 to 2',
    ],
    [
      [first, { partitionId: 2, nodes: [node(1, 1)] }],
      'lists 1 nodes, but the replication factor is 2',
    ],
    [[first, { partitionId: 2, nodes: [node(1, 1), node(1, 2)] }], 'names a node twice'],
    [[first, { partitionId: 2, nodes: [node(1, 1), node(2, 1)] }], 'two nodes the same priority'],
    [
      [first, { partitionId: 2, nodes: [node(1, 1), node(3, 2)] }],
      'names node 3, but nodes are 0, 1, 2',
    ],
    [[first, { partitionId: 2, nodes: [node(1, 0), node(2, 2)] }], 'the priority 0; use 1 or more'],
  ])('%j is refused', (listed, message) => {
    expect(() => fixedDistribution(listed, [0, 1, 2], 2, 2)).toThrow(message);
  });
});
