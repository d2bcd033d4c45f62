// /actuator/cluster: shows the cluster and changes it (broker-operations.md 7.4).
// Guarantees: a change that is answered with 202 is decided and goes on by itself; every other answer says what is wrong
// and what to do; a dry run changes nothing.
// Leaves to others: plans and decisions (cluster/configuration).
import type {
  ChangeRequest,
  ClusterAnswer,
  ClusterRequest,
  RefusalReason,
} from '../../cluster/configuration/index.ts';
import type { ClusterAccess, ManagementHooks } from '../management-hooks.ts';
import {
  type Answer,
  BadRequest,
  fieldsOf,
  flagOf,
  type Handler,
  type ManagementRequest,
  notOffered,
  pathNumber,
  type Routes,
  wholeNumber,
} from '../route.ts';
import { brokersView, configurationView, operationView } from './cluster-view.ts';

const ROOT = '/actuator/cluster';

const statusOf: Readonly<Record<RefusalReason, number>> = {
  INVALID: 400,
  CONCURRENT: 409,
  FAILED: 500,
  UNREACHABLE: 502,
  UNKNOWN: 503,
  TIMEOUT: 504,
};

export function clusterRoutes(routes: Routes, hooks: ManagementHooks): void {
  const { cluster } = hooks;
  if (cluster === undefined) {
    routes.set('GET', ROOT, () => notOffered('this process keeps no configuration; ask a broker'));
    return;
  }
  const changes = (changeOf: (request: ManagementRequest) => ChangeRequest): Handler =>
    checked((request) =>
      ask(cluster, {
        kind: 'change',
        change: changeOf(request),
        dryRun: flagOf(request, 'dryRun'),
      }),
    );
  routes.set('GET', ROOT, () => show(cluster));
  routes.set('PATCH', ROOT, changes(patchOf));
  routes.set('POST', `${ROOT}/brokers`, changes(scaleOf));
  const add = changes((request) => ({ kind: 'add-broker', broker: pathNumber(request, 'broker') }));
  const remove = changes((request) => ({
    kind: 'remove-broker',
    broker: pathNumber(request, 'broker'),
  }));
  routes.set('POST', `${ROOT}/brokers/{broker}`, add);
  routes.set('DELETE', `${ROOT}/brokers/{broker}`, remove);
  for (const replica of [
    'brokers/{broker}/partitions/{partition}',
    'partitions/{partition}/brokers/{broker}',
  ]) {
    routes.set('POST', `${ROOT}/${replica}`, changes(joinOf));
    routes.set('DELETE', `${ROOT}/${replica}`, changes(leaveOf));
    routes.set('PATCH', `${ROOT}/${replica}`, changes(priorityOf));
  }
  const cancel = checked((request) =>
    ask(cluster, { kind: 'cancel', changeId: pathNumber(request, 'change') }),
  );
  routes.set('DELETE', `${ROOT}/changes/{change}`, cancel);
  notOfferedRoutes(routes);
}

/** What other releases of the reference have and this one does not, with what to use instead. */
function notOfferedRoutes(routes: Routes): void {
  const partitions = () =>
    notOffered(
      'single partitions cannot be added or removed; to have more of them PATCH /actuator/cluster ' +
        'with {"partitions":{"count":...}}',
    );
  routes.set('POST', `${ROOT}/partitions/{partition}`, partitions);
  routes.set('DELETE', `${ROOT}/partitions/{partition}`, partitions);
  routes.set('POST', `${ROOT}/purge`, () =>
    notOffered('all data is removed by stopping the brokers and emptying their data directories'),
  );
  routes.set('PATCH', `${ROOT}/routing-state`, () =>
    notOffered(
      'where work goes follows from the partitions; PATCH /actuator/cluster to change them',
    ),
  );
}

/** Refusals of this API have a message and nothing else. */
function checked(handler: Handler): Handler {
  return async (request) => {
    try {
      return await handler(request);
    } catch (error) {
      if (!(error instanceof BadRequest)) throw error;
      return { status: 400, body: { message: error.message } };
    }
  };
}

function show(cluster: ClusterAccess): Answer {
  const configuration = cluster.current();
  if (configuration !== undefined) return { status: 200, body: configurationView(configuration) };
  const message =
    'this broker does not know the configuration of the cluster yet; try again when it has found the others';
  return { status: statusOf.UNKNOWN, body: { message } };
}

async function ask(cluster: ClusterAccess, request: ClusterRequest): Promise<Answer> {
  return answerView(await cluster.request(request));
}

function answerView(answer: ClusterAnswer): Answer {
  switch (answer.kind) {
    case 'refused':
      return { status: statusOf[answer.reason], body: { message: answer.message } };
    case 'cancelled':
      return { status: 200, body: configurationView(answer.configuration) };
    case 'planned':
      return {
        status: 202,
        body: {
          changeId: answer.changeId,
          currentTopology: brokersView(answer.before),
          plannedChanges: answer.operations.map(operationView),
          expectedTopology: brokersView(answer.after),
        },
      };
  }
}

function scaleOf(request: ManagementRequest): ChangeRequest {
  const brokers = idList(request.body, 'the body', 'such as [0,1,2]');
  const factor = request.query.get('replicationFactor');
  if (flagOf(request, 'force')) {
    if (factor !== null) throw new BadRequest("'replicationFactor' cannot be changed by force");
    return { kind: 'force-scale', brokers };
  }
  const replicationFactor = factor === null ? undefined : Number(factor);
  if (replicationFactor !== undefined && !/^-?\d{1,9}$/.test(factor ?? '')) {
    throw new BadRequest(`'replicationFactor' must be a whole number, not '${factor}'`);
  }
  return { kind: 'scale', brokers, replicationFactor };
}

function idList(value: unknown, name: string, example: string): readonly number[] {
  const isList = Array.isArray(value) && value.every((id) => Number.isSafeInteger(id) && id >= 0);
  if (!isList) throw new BadRequest(`${name} must be a JSON list of broker ids, ${example}`);
  return value as number[];
}

function replicaOf(request: ManagementRequest) {
  return { broker: pathNumber(request, 'broker'), partitionId: pathNumber(request, 'partition') };
}

/** Without a priority the replica is the last to be elected. */
function joinOf(request: ManagementRequest): ChangeRequest {
  const priority = wholeNumber(fieldsOf(request).priority ?? 1, 'priority');
  return { kind: 'join-partition', ...replicaOf(request), priority };
}

function leaveOf(request: ManagementRequest): ChangeRequest {
  return { kind: 'leave-partition', ...replicaOf(request) };
}

function priorityOf(request: ManagementRequest): ChangeRequest {
  const priority = wholeNumber(fieldsOf(request).priority, 'priority');
  return { kind: 'change-priority', ...replicaOf(request), priority };
}

function patchOf(request: ManagementRequest): ChangeRequest {
  const fields = fieldsOf(request);
  knownOnly(fields, ['brokers', 'partitions'], 'the body');
  const brokers = partOf(fields, 'brokers', ['add', 'remove', 'count']);
  const partitions = partOf(fields, 'partitions', ['count', 'replicationFactor']);
  const optional = (value: unknown, name: string) =>
    value === undefined || value === null ? undefined : wholeNumber(value, name);
  const ids = (name: 'add' | 'remove') =>
    idList(brokers[name] ?? [], `'brokers.${name}'`, 'such as [3,4]');
  return {
    kind: 'patch',
    add: ids('add'),
    remove: ids('remove'),
    brokerCount: optional(brokers.count, 'brokers.count'),
    partitionsCount: optional(partitions.count, 'partitions.count'),
    replicationFactor: optional(partitions.replicationFactor, 'partitions.replicationFactor'),
    force: flagOf(request, 'force'),
  };
}

function partOf(
  fields: Readonly<Record<string, unknown>>,
  name: string,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  const value = fields[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BadRequest(`'${name}' must be a JSON object with ${known.join(', ')}`);
  }
  knownOnly(value as Record<string, unknown>, known, `'${name}'`);
  return value as Record<string, unknown>;
}

function knownOnly(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
): void {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new BadRequest(
    `${where} has the unknown field '${unknown}'; it may have ${known.join(', ')}`,
  );
}
