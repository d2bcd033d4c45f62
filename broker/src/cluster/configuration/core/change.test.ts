// One change from its start to its end, and operations that happen twice or too late.
import { describe, expect, test } from 'vitest';
import { withDecided } from './agreement.ts';
import {
  currentOperation,
  endedChange,
  operationDone,
  type PlanPlace,
  sameDecision,
  startedChange,
} from './change.ts';
import { type ClusterConfiguration, memberOf, replicasOf } from './cluster-configuration.ts';
import type { ChangeRequest } from './cluster-request.ts';
import { beginOperation } from './operation.ts';
import { planChange } from './planner.ts';
import { staticConfiguration } from './static-configuration.ts';

const settings = { clusterSize: 3, partitionsCount: 3, replicationFactor: 2, exporterIds: [] };
const base = staticConfiguration(settings, 'c');

function started(request: ChangeRequest, from = base): ClusterConfiguration {
  return withDecided(from, startedChange(from, planChange(from, request, 5), 5));
}

/** Carries out the operation that is next. */
function oneStep(configuration: ClusterConfiguration, nowMs: number): ClusterConfiguration {
  const current = currentOperation(configuration);
  if (current === undefined) throw new Error('nothing is left to do');
  const begun = beginOperation(configuration, current.operation, nowMs);
  return operationDone(begun, current.operation, current.place, nowMs);
}

const moveReplica = { kind: 'join-partition', broker: 2, partitionId: 1, priority: 7 } as const;

test('a change starts, goes on and is completed', () => {
  const one = started({ kind: 'patch', add: [3] });
  expect(one).toMatchObject({ version: 2, pendingChange: { id: 2, version: 1, startedAtMs: 5 } });
  expect(one.voters).toEqual([0, 1, 2]);
  let now = one;
  while (currentOperation(now) !== undefined) now = oneStep(now, 6);
  expect(now.pendingChange?.pending).toEqual([]);
  expect(now.pendingChange?.completed[0]).toEqual({
    operation: { kind: 'BROKER_ADD', brokerId: 3 },
    completedAtMs: 6,
  });
  expect(sameDecision(now, one)).toBe(true);
  const ended = withDecided(now, endedChange(now, now.pendingChange!, 'COMPLETED', 9));
  expect(ended).toMatchObject({
    version: 3,
    pendingChange: null,
    lastChange: { id: 2, status: 'COMPLETED', startedAtMs: 5, completedAtMs: 9 },
  });
  expect(ended.voters).toEqual([0, 1, 2, 3]);
  expect(started(moveReplica, ended).pendingChange?.id).toBe(4);
});

test('brokers that are removed have no say in how the change ends', () => {
  expect(started({ kind: 'scale', brokers: [1, 2], replicationFactor: 1 }).voters).toEqual([1, 2]);
  expect(started({ kind: 'scale', brokers: [5], replicationFactor: 1 }).voters).toEqual([0, 1, 2]);
});

describe('an operation', () => {
  const place: PlanPlace = { changeId: 2, planVersion: 1 };

  test('that is done twice counts once', () => {
    const begun = started(moveReplica);
    const done = oneStep(begun, 6);
    expect(memberOf(done, 2)?.replicas.find(({ partitionId }) => partitionId === 1)).toEqual({
      partitionId: 1,
      state: 'ACTIVE',
      priority: 7,
      exporters: [],
    });
    const [operation] = begun.pendingChange!.pending;
    const again = operationDone(beginOperation(done, operation!, 7), operation!, place, 7);
    expect(again).toEqual(done);
  });

  test('that begins again after a crash changes nothing more', () => {
    const begun = started(moveReplica);
    const { operation } = currentOperation(begun)!;
    const once = beginOperation(begun, operation, 6);
    expect(memberOf(once, 2)).toMatchObject({ version: 1, updatedAtMs: 6 });
    expect(beginOperation(once, operation, 7)).toBe(once);
  });

  test('that ends after the change was cancelled still is a fact', () => {
    const begun = started(moveReplica);
    const { operation } = currentOperation(begun)!;
    const joining = beginOperation(begun, operation, 6);
    const cancelled = withDecided(
      joining,
      endedChange(joining, joining.pendingChange!, 'CANCELLED', 7),
    );
    expect(cancelled.lastChange?.status).toBe('CANCELLED');
    const late = operationDone(cancelled, operation, place, 8);
    expect(replicasOf(late, 1).find(({ member }) => member === 2)?.state).toBe('ACTIVE');
    expect(late).toMatchObject({ version: 3, pendingChange: null });
  });

  test('by force takes replicas from brokers that are not asked', () => {
    let now = started({ kind: 'force-scale', brokers: [0, 1] });
    while (currentOperation(now) !== undefined) now = oneStep(now, 6);
    expect(memberOf(now, 2)).toBeUndefined();
    expect(now.members[2]).toMatchObject({ id: 2, state: 'LEFT', replicas: [] });
    expect(replicasOf(now, 3).map(({ member }) => member)).toEqual([0]);
    expect(replicasOf(now, 1).map(({ member }) => member)).toEqual([0, 1]);
  });

  test('a broker that left may come back', () => {
    const removed = planChange(base, { kind: 'scale', brokers: [0, 1] }, 6).after;
    expect(memberOf(removed, 2)).toBeUndefined();
    const { after } = planChange(removed, { kind: 'add-broker', broker: 2 }, 7);
    expect(memberOf(after, 2)).toMatchObject({ state: 'ACTIVE', updatedAtMs: 7 });
    expect(memberOf(after, 2)?.version).toBeGreaterThan(removed.members[2]!.version);
  });
});
