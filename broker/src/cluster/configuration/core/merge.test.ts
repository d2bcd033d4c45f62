// Merging keeps its three laws on whatever is merged, and nothing goes back.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, sameData } from './canonical-text.ts';
import type { ClusterConfiguration, MemberState } from './cluster-configuration.ts';
import { mergeConfigurations, sameConfiguration } from './merge.ts';

const version = fc.nat(3);

const member: fc.Arbitrary<Omit<MemberState, 'id'>> = fc.record({
  version,
  updatedAtMs: fc.nat(2),
  state: fc.constantFrom('JOINING', 'ACTIVE', 'LEAVING', 'LEFT'),
  replicas: fc.uniqueArray(
    fc.record({
      partitionId: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom('JOINING' as const, 'ACTIVE' as const),
      priority: fc.integer({ min: 1, max: 2 }),
      exporters: fc.constant([]),
    }),
    { selector: ({ partitionId }) => partitionId, maxLength: 2 },
  ),
});

const configuration: fc.Arbitrary<ClusterConfiguration> = fc.record({
  clusterId: fc.constant('c'),
  version,
  voters: fc.constantFrom([0], [0, 1]),
  lastChange: fc.option(
    fc.record({
      id: version,
      status: fc.constantFrom('COMPLETED' as const, 'CANCELLED' as const),
      startedAtMs: fc.nat(2),
      completedAtMs: fc.nat(2),
    }),
    { nil: null },
  ),
  pendingChange: fc.option(
    fc.record({
      id: version,
      version: fc.integer({ min: 1, max: 3 }),
      startedAtMs: fc.nat(2),
      completed: fc.constant([]),
      pending: fc.array(
        fc.record({ kind: fc.constant('BROKER_ADD' as const), brokerId: fc.nat(2) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { nil: null },
  ),
  members: fc
    .dictionary(fc.constantFrom('0', '1', '2'), member)
    .map((byId) => Object.entries(byId).map(([id, each]) => ({ id: Number(id), ...each }))),
  routing: fc.record({ version, partitionsCount: fc.nat(3), messagePartitionsCount: fc.nat(3) }),
});

function same(one: ClusterConfiguration, other: ClusterConfiguration): void {
  expect(canonicalText(one)).toBe(canonicalText(other));
}

describe('merge', () => {
  test('is commutative', () => {
    fc.assert(
      fc.property(configuration, configuration, (a, b) =>
        same(mergeConfigurations(a, b), mergeConfigurations(b, a)),
      ),
      { numRuns: 2000 },
    );
  });

  test('is associative', () => {
    fc.assert(
      fc.property(configuration, configuration, configuration, (a, b, c) =>
        same(
          mergeConfigurations(mergeConfigurations(a, b), c),
          mergeConfigurations(a, mergeConfigurations(b, c)),
        ),
      ),
      { numRuns: 2000 },
    );
  });

  test('is idempotent', () => {
    fc.assert(
      fc.property(configuration, configuration, (a, b) => {
        same(mergeConfigurations(a, a), a);
        const merged = mergeConfigurations(a, b);
        same(mergeConfigurations(merged, b), merged);
      }),
      { numRuns: 2000 },
    );
  });

  test('no part goes back to an older version', () => {
    fc.assert(
      fc.property(configuration, configuration, (a, b) => {
        const merged = mergeConfigurations(a, b);
        expect(merged.version).toBe(Math.max(a.version, b.version));
        expect(merged.routing.version).toBe(Math.max(a.routing.version, b.routing.version));
        for (const each of [...a.members, ...b.members]) {
          const now = merged.members.find(({ id }) => id === each.id);
          expect(now?.version).toBeGreaterThanOrEqual(each.version);
        }
      }),
    );
  });
});

test('equal data is what has equal text', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(sameData(a, b)).toBe(canonicalText(a) === canonicalText(b));
      expect(sameData(a, structuredClone(a))).toBe(true);
    }),
  );
  expect(sameData([], {})).toBe(false);
  expect(sameData({ a: 1 }, { b: 1 })).toBe(false);
  expect(sameData(null, {})).toBe(false);
});

test('the order of keys makes no difference', () => {
  expect(canonicalText({ a: 1, b: [{ d: 'x', c: null }] })).toBe(
    canonicalText({ b: [{ c: null, d: 'x' }], a: 1 }),
  );
  expect(canonicalText({ a: [1, 2] })).not.toBe(canonicalText({ a: [2, 1] }));
  fc.assert(
    fc.property(configuration, (each) => {
      const reversed = Object.fromEntries(Object.entries(each).reverse());
      expect(sameConfiguration(each, reversed as unknown as ClusterConfiguration)).toBe(true);
    }),
  );
});
