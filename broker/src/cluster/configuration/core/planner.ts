// From what an operator asks for to the operations that bring it about, and what the cluster looks like afterwards.
// Guarantees: the same configuration and request give the same plan, dry run or not; every operation of it is possible when
// its turn comes (the whole plan is tried on a copy); a partition gains its new replicas before it loses old ones.
// Leaves to others: starting the plan (change.ts), carrying it out (plan-executor.ts).
//
// Order as the reference plans it: brokers are added; then partition by partition replicas join, leave and get their
// priorities; new partitions are made and filled with the definitions before they take work; then brokers are removed.
import {
  type ClusterConfiguration,
  type MemberId,
  memberIds,
  memberOf,
  type Operation,
  partitionIds,
  replicasOf,
  replicationFactorOf,
} from './cluster-configuration.ts';
import type { ChangeRequest, PatchRequest } from './cluster-request.ts';
import { DistributionError, type PlacedPartition, roundRobin } from './distribution.ts';
import { beginOperation, endOperation, OperationError } from './operation.ts';

/** Largest node id and largest number of brokers, less one: as many as partition ids can tell apart. */
export const BROKER_ID_MAX = 1023;
/** Partitions of one cluster: what keys can hold. */
export const PARTITIONS_MAX = 255;

export interface Plan {
  readonly operations: readonly Operation[];
  readonly after: ClusterConfiguration;
}

/** A request that cannot be fulfilled: what is wrong and what to do. */
export class PlanError extends Error {}

/**
 * Operations for the request, in order; none when everything is as asked for.
 * @throws PlanError
 */
export function planChange(
  configuration: ClusterConfiguration,
  request: ChangeRequest,
  nowMs: number,
): Plan {
  try {
    const operations = operationsFor(configuration, request);
    return { operations, after: afterAll(configuration, operations, nowMs) };
  } catch (error) {
    if (error instanceof OperationError || error instanceof DistributionError) {
      throw new PlanError(error.message);
    }
    throw error;
  }
}

/** The configuration after all operations. @throws OperationError when one of them is impossible */
export function afterAll(
  configuration: ClusterConfiguration,
  operations: readonly Operation[],
  nowMs: number,
): ClusterConfiguration {
  return operations.reduce(
    (before, operation) => endOperation(beginOperation(before, operation, nowMs), operation, nowMs),
    configuration,
  );
}

function operationsFor(
  configuration: ClusterConfiguration,
  request: ChangeRequest,
): readonly Operation[] {
  switch (request.kind) {
    case 'scale':
      return scale(configuration, {
        brokers: request.brokers,
        partitionsCount: partitionIds(configuration).length,
        replicationFactor: request.replicationFactor ?? replicationFactorOf(configuration),
      });
    case 'force-scale':
      return forceScale(configuration, request.brokers);
    case 'patch':
      return patch(configuration, request);
    case 'add-broker':
      return addBrokers(configuration, [request.broker]);
    case 'remove-broker':
      return removeBrokers(configuration, [request.broker]);
    case 'join-partition': {
      const { broker, partitionId, priority } = request;
      const known = replicasOf(configuration, partitionId).find(({ member }) => member === broker);
      if (known?.state === 'ACTIVE') {
        throw new PlanError(
          `broker ${broker} has a replica of partition ${partitionId} already, with priority ${known.priority}; ` +
            'to change its priority, PATCH the same path',
        );
      }
      checkPriority(priority);
      return [{ kind: 'PARTITION_JOIN', brokerId: broker, partitionId, priority }];
    }
    case 'leave-partition': {
      const { broker, partitionId } = request;
      const known = replicasOf(configuration, partitionId).some(({ member }) => member === broker);
      if (!known) {
        throw new PlanError(`broker ${broker} has no replica of partition ${partitionId} to leave`);
      }
      return [{ kind: 'PARTITION_LEAVE', brokerId: broker, partitionId }];
    }
    case 'change-priority': {
      const { broker, partitionId, priority } = request;
      checkPriority(priority);
      const known = replicasOf(configuration, partitionId).find(({ member }) => member === broker);
      if (known?.priority === priority) return [];
      return [{ kind: 'PARTITION_RECONFIGURE_PRIORITY', brokerId: broker, partitionId, priority }];
    }
  }
}

function checkPriority(priority: number): void {
  if (Number.isSafeInteger(priority) && priority >= 1) return;
  throw new PlanError(`the priority ${priority} is not a whole number of 1 or more`);
}

interface Target {
  readonly brokers: readonly MemberId[];
  readonly partitionsCount: number;
  readonly replicationFactor: number;
}

function patch(configuration: ClusterConfiguration, request: PatchRequest): readonly Operation[] {
  const { add = [], remove = [], brokerCount } = request;
  if (brokerCount !== undefined && (add.length > 0 || remove.length > 0)) {
    throw new PlanError(
      'Cannot change brokers count and add/remove brokers at the same time. ' +
        'Specify either the new brokers count or brokers to add and remove.',
    );
  }
  const both = add.find((broker) => remove.includes(broker));
  if (both !== undefined) throw new PlanError(`broker ${both} cannot be added and removed at once`);
  if (request.force === true) return forcePatch(configuration, request, remove);
  const kept = memberIds(configuration).filter((broker) => !remove.includes(broker));
  const brokers =
    brokerCount === undefined
      ? [...new Set([...kept, ...add])]
      : Array.from({ length: checkedBrokerCount(brokerCount) }, (_, id) => id);
  return scale(configuration, {
    brokers,
    partitionsCount: request.partitionsCount ?? partitionIds(configuration).length,
    replicationFactor: request.replicationFactor ?? replicationFactorOf(configuration),
  });
}

function checkedBrokerCount(count: number): number {
  if (count >= 1 && count <= BROKER_ID_MAX + 1) return count;
  throw new PlanError(`the number of brokers ${count} is not within 1 to ${BROKER_ID_MAX + 1}`);
}

function forcePatch(
  configuration: ClusterConfiguration,
  request: PatchRequest,
  remove: readonly MemberId[],
): readonly Operation[] {
  if ((request.add ?? []).length > 0) throw new PlanError('Cannot force add brokers');
  if (request.brokerCount !== undefined) {
    throw new PlanError('Cannot force change the broker count. Name the brokers to remove.');
  }
  if (request.partitionsCount !== undefined || request.replicationFactor !== undefined) {
    throw new PlanError('Cannot force change partitions. Leave out force, or only remove brokers.');
  }
  return forceScale(
    configuration,
    memberIds(configuration).filter((broker) => !remove.includes(broker)),
  );
}

/** To exactly these brokers, so many partitions, so many replicas of each. */
function scale(configuration: ClusterConfiguration, target: Target): readonly Operation[] {
  const brokers = [...new Set(target.brokers)].sort((a, b) => a - b);
  const [first] = brokers;
  if (first === undefined)
    throw new PlanError('no brokers are named; name those that are to remain');
  for (const broker of brokers) checkBrokerId(broker);
  const present = partitionIds(configuration);
  checkPartitionsCount(target.partitionsCount, present.length);
  const placed = roundRobin(brokers, target.partitionsCount, target.replicationFactor);
  const added = placed
    .map(({ partitionId }) => partitionId)
    .filter((partitionId) => partitionId > configuration.routing.partitionsCount);
  const goneBrokers = memberIds(configuration).filter((broker) => !brokers.includes(broker));
  return [
    ...addBrokers(configuration, brokers),
    ...placed.flatMap((partition) =>
      isRunning(configuration, partition.partitionId)
        ? move(configuration, partition)
        : bootstrap(configuration, partition),
    ),
    ...takeIntoService(first, target.partitionsCount, added),
    ...removeBrokers(configuration, goneBrokers),
  ];
}

function checkBrokerId(broker: MemberId): void {
  if (Number.isSafeInteger(broker) && broker >= 0 && broker <= BROKER_ID_MAX) return;
  throw new PlanError(`the broker id ${broker} is not a whole number within 0 to ${BROKER_ID_MAX}`);
}

function checkPartitionsCount(wanted: number, present: number): void {
  if (wanted < present) {
    throw new PlanError(
      `the number of partitions can only grow, but it is ${present} and ${wanted} are asked for`,
    );
  }
  if (wanted > PARTITIONS_MAX) {
    throw new PlanError(`the number of partitions ${wanted} is above ${PARTITIONS_MAX}`);
  }
}

function addBrokers(
  configuration: ClusterConfiguration,
  brokers: readonly MemberId[],
): readonly Operation[] {
  for (const broker of brokers) checkBrokerId(broker);
  return brokers
    .filter((broker) => memberOf(configuration, broker)?.state !== 'ACTIVE')
    .map((brokerId) => ({ kind: 'BROKER_ADD' as const, brokerId }));
}

function removeBrokers(
  configuration: ClusterConfiguration,
  brokers: readonly MemberId[],
): readonly Operation[] {
  return brokers
    .filter((broker) => memberOf(configuration, broker) !== undefined)
    .map((brokerId) => ({ kind: 'BROKER_REMOVE' as const, brokerId }));
}

/** Joins, then leaves, then priorities, each by broker. A replica whose join was cut short joins again. */
function move(configuration: ClusterConfiguration, target: PlacedPartition): readonly Operation[] {
  const { partitionId } = target;
  const present = new Map(
    replicasOf(configuration, partitionId).map((replica) => [replica.member, replica]),
  );
  const joins = target.replicas.filter(({ member }) => present.get(member)?.state !== 'ACTIVE');
  const stays = target.replicas.filter(({ member }) => present.get(member)?.state === 'ACTIVE');
  const leaves = [...present.keys()].filter((member) =>
    target.replicas.every((replica) => replica.member !== member),
  );
  return [
    ...joins.map(({ member, priority }) => ({
      kind: 'PARTITION_JOIN' as const,
      brokerId: member,
      partitionId,
      priority,
    })),
    ...leaves.map((brokerId) => ({ kind: 'PARTITION_LEAVE' as const, brokerId, partitionId })),
    ...stays
      .filter(({ member, priority }) => present.get(member)?.priority !== priority)
      .map(({ member, priority }) => ({
        kind: 'PARTITION_RECONFIGURE_PRIORITY' as const,
        brokerId: member,
        partitionId,
        priority,
      })),
  ];
}

function isRunning(configuration: ClusterConfiguration, partitionId: number): boolean {
  return replicasOf(configuration, partitionId).some(({ state }) => state === 'ACTIVE');
}

/** A new partition: begun by the broker that is to lead it, or that had begun with it, then joined by the others. */
function bootstrap(
  configuration: ClusterConfiguration,
  { partitionId, replicas }: PlacedPartition,
): readonly Operation[] {
  const [begun] = replicasOf(configuration, partitionId);
  const rank = (replica: { readonly member: MemberId; readonly priority: number }) =>
    replica.member === begun?.member ? Number.POSITIVE_INFINITY : replica.priority;
  const byPriority = [...replicas].sort((a, b) => rank(b) - rank(a));
  return byPriority.map(({ member, priority }, place) => ({
    kind: place === 0 ? ('PARTITION_BOOTSTRAP' as const) : ('PARTITION_JOIN' as const),
    brokerId: member,
    partitionId,
    priority,
  }));
}

/** New partitions get all definitions, and only then new instances. Messages stay where they are. */
function takeIntoService(
  brokerId: MemberId,
  partitionsCount: number,
  added: readonly number[],
): readonly Operation[] {
  if (added.length === 0) return [];
  const scaleUp = { brokerId, partitionsCount, added };
  return [
    { kind: 'START_PARTITION_SCALE_UP', ...scaleUp },
    { kind: 'AWAIT_REDISTRIBUTION', ...scaleUp },
    { kind: 'UPDATE_ROUTING_STATE', ...scaleUp },
  ];
}

/** Every partition goes on with the replicas that remain; then the brokers that are gone are struck off. */
function forceScale(
  configuration: ClusterConfiguration,
  brokers: readonly MemberId[],
): readonly Operation[] {
  const retained = [...new Set(brokers)].sort((a, b) => a - b);
  const members = memberIds(configuration);
  const [first] = retained;
  if (first === undefined)
    throw new PlanError('no brokers are named; name those that are to remain');
  const stranger = retained.find((broker) => !members.includes(broker));
  if (stranger !== undefined) {
    throw new PlanError(
      `broker ${stranger} cannot be retained by force, because it is not a member; members are ${members.join(', ')}`,
    );
  }
  const lost: number[] = [];
  const operations: Operation[] = [];
  for (const partitionId of partitionIds(configuration)) {
    const replicas = replicasOf(configuration, partitionId);
    const remaining = replicas.filter(
      ({ member, state }) => retained.includes(member) && state === 'ACTIVE',
    );
    const [leader] = remaining;
    if (leader === undefined) lost.push(partitionId);
    else if (remaining.length < replicas.length) {
      operations.push({
        kind: 'PARTITION_FORCE_RECONFIGURE',
        brokerId: leader.member,
        partitionId,
        retained: remaining.map(({ member }) => member),
      });
    }
  }
  if (lost.length > 0) {
    throw new PlanError(
      `the brokers ${retained.join(', ')} have no active replica of the partitions ${lost.join(', ')}, ` +
        'whose data would be lost; retain a broker that has one',
    );
  }
  const gone = members.filter((broker) => !retained.includes(broker));
  return [
    ...operations,
    ...gone.map((removed) => ({
      kind: 'BROKER_FORCE_REMOVE' as const,
      brokerId: first,
      removed,
    })),
  ];
}
