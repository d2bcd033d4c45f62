// Which active elements can be migrated as the mappings say, in the reference's texts (engine-semantics.md L.4, observed.md 4).
import type { BpmnElementType, BpmnEventType } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { Migration } from './migration.ts';
import { caughtBy } from './migration-subscriptions.ts';

/** Elements that can wait for something and go on elsewhere. */
const SUPPORTED: ReadonlySet<BpmnElementType> = new Set([
  'PROCESS',
  'SERVICE_TASK',
  'USER_TASK',
  'SEND_TASK',
  'SCRIPT_TASK',
  'BUSINESS_RULE_TASK',
  'RECEIVE_TASK',
  'SUB_PROCESS',
  'EVENT_SUB_PROCESS',
  'CALL_ACTIVITY',
  'INTERMEDIATE_CATCH_EVENT',
  'EXCLUSIVE_GATEWAY',
  'EVENT_BASED_GATEWAY',
  'MULTI_INSTANCE_BODY',
]);

const SUPPORTED_BOUNDARY: ReadonlySet<BpmnEventType> = new Set([
  'MESSAGE',
  'TIMER',
  'SIGNAL',
  'ERROR',
  // Beyond the reference, as conditional events are.
  'CONDITIONAL',
]);

interface Checked {
  readonly c: Context;
  readonly migration: Migration;
  readonly instance: ElementInstance;
  readonly source: ExecutableElement;
  /** What its id is mapped to; of a round, the activity inside. */
  readonly target: ExecutableElement;
}

/** Why the element cannot be migrated; undefined when it can. */
export function elementProblem(
  c: Context,
  migration: Migration,
  instance: ElementInstance,
  source: ExecutableElement,
): string | undefined {
  if (!SUPPORTED.has(source.elementType)) {
    return `active element with id '${source.id}' has an unsupported type. The migration of a ${source.elementType} is not supported.`;
  }
  const targetId = migration.mappings.get(source.id);
  if (targetId === undefined) {
    return `no mapping instruction defined for active element with id '${source.id}'. Elements cannot be migrated without a mapping.`;
  }
  const found = migration.to.elements.get(targetId);
  const isRound = source.scope?.innerActivity === source;
  const target = isRound ? (found?.innerActivity ?? found) : found;
  if (target?.elementType !== source.elementType)
    return typeProblem(source, targetId, target?.elementType ?? 'SEQUENCE_FLOW');
  const checked: Checked = { c, migration, instance, source, target };
  for (const check of CHECKS) {
    const problem = check(checked);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const typeProblem = (source: ExecutableElement, targetId: string, type: string) =>
  `active element with id '${source.id}' and type '${source.elementType}' is mapped to an element with id '${targetId}' and ` +
  `different type '${type}'. Elements must be mapped to elements of the same type.`;

const implementationOf = ({ nativeUserTask }: ExecutableElement) =>
  nativeUserTask === undefined ? 'job worker' : 'zeebe user task';

function userTaskProblem({ source, target }: Checked): string | undefined {
  if (source.elementType !== 'USER_TASK') return undefined;
  const [from, to] = [implementationOf(source), implementationOf(target)];
  if (from === to) return undefined;
  return (
    `active user task with id '${source.id}' and implementation '${from}' is mapped to an user task with id '${target.id}' and ` +
    `different implementation '${to}'. Elements must be mapped to elements of the same implementation.`
  );
}

function loopProblem({ source, target }: Checked): string | undefined {
  if (source.loop?.isSequential === target.loop?.isSequential) return undefined;
  return (
    `active element with id '${source.id}' has a different loop characteristics than the target element with id '${target.id}'. ` +
    'Both elements must have either sequential or parallel loop characteristics.'
  );
}

/** The scope around was migrated before. */
function scopeProblem({ c, instance, source, target }: Checked): string | undefined {
  if (target.scope === undefined) return undefined;
  const scope = c.state.elements.must(instance.value.flowScopeKey);
  if (scope.value.elementId === target.scope.id) return undefined;
  return (
    `the flow scope of active element with id '${source.id}' is changed. The flow scope of the active element is expected to be ` +
    `'${scope.value.elementId}' but was '${target.scope.id}'. The flow scope of an element cannot be changed during migration yet.`
  );
}

const unsupportedBoundaries = ({ boundaryEvents }: ExecutableElement) =>
  [...new Set(boundaryEvents.map(({ eventType }) => eventType))]
    .filter((type) => !SUPPORTED_BOUNDARY.has(type))
    .map((type) => `'${type}'`)
    .join(', ');

function boundaryProblem({ source, target }: Checked): string | undefined {
  const from = unsupportedBoundaries(source);
  if (from !== '') {
    return (
      `active element with id '${source.id}' has one or more boundary events of types ${from}. ` +
      'Migrating active elements with boundary events of these types is not possible yet.'
    );
  }
  const to = unsupportedBoundaries(target);
  if (to === '') return undefined;
  return (
    `target element with id '${target.id}' has one or more boundary events of types ${to}. ` +
    'Migrating target elements with boundary events of these types is not possible yet.'
  );
}

function mergeProblem({ migration, source }: Checked): string | undefined {
  const sources = new Map<string, string[]>();
  for (const { id } of caughtBy(source).toReversed()) {
    const to = migration.mappings.get(id);
    if (to !== undefined) sources.set(to, [...(sources.get(to) ?? []), id]);
  }
  for (const [id, from] of sources) {
    if (from.length < 2) continue;
    return (
      `active element with id '${source.id}' has a catch event attached that is mapped to a catch event with id '${id}'. There are ` +
      `multiple mapping instructions that target this catch event: ${from.map((each) => `'${each}'`).join(', ')}. ` +
      'Catch events cannot be merged by process instance migration. ' +
      'Please ensure the mapping instructions target a catch event only once.'
    );
  }
  return undefined;
}

/** A catch event that waits is its own event; every other one has to stay where it is attached. */
function detachProblem({ migration, source, target }: Checked): string | undefined {
  const attached = source.elementType === 'MULTI_INSTANCE_BODY' ? [] : caughtBy(target);
  for (const { id } of caughtBy(source)) {
    const to = migration.mappings.get(id);
    if (to === undefined || attached.some((event) => event.id === to)) continue;
    return (
      `active element with id '${source.id}' is mapped to an element with id '${target.id}' and has a catch event with id '${id}' ` +
      `that is mapped to a catch event with id '${to}'. These mappings detach the catch event from the element in the target ` +
      'process. Catch events must stay attached to the same element instance.'
    );
  }
  return undefined;
}

function eventTypeProblem({ migration, source, target }: Checked): string | undefined {
  for (const event of caughtBy(source)) {
    const to = migration.mappings.get(event.id);
    const becomes = caughtBy(target).find(({ id }) => id === to);
    if (becomes === undefined || becomes.eventType === event.eventType) continue;
    return (
      `active element with id '${source.id}' has a catch event with id '${event.id}' that is mapped to a catch event with id ` +
      `'${becomes.id}'. These catch events have different event types: '${event.eventType}' and '${becomes.eventType}'. The event ` +
      'type of a catch event cannot be changed by process instance migration. Please ensure the event type of the catch event ' +
      'remains the same or remove the mapping instruction for these catch events.'
    );
  }
  return undefined;
}

/** Something is on its way that knows the old definition. */
function concurrencyProblem({ instance }: Checked): string | undefined {
  if (instance.activeFlows === 0 && instance.triggers.length === 0) return undefined;
  return 'a concurrent command was executed on the process instance. Please retry the migration.';
}

const CHECKS: readonly ((checked: Checked) => string | undefined)[] = [
  userTaskProblem,
  loopProblem,
  scopeProblem,
  boundaryProblem,
  mergeProblem,
  detachProblem,
  eventTypeProblem,
  concurrencyProblem,
];

/**
 * What has completed and can be compensated keeps its id: the target has to compensate it the same way. The reference lets it
 * pass and fails when compensation is thrown.
 */
export function compensationProblem(
  c: Context,
  { root, to, target }: Migration,
): string | undefined {
  for (const { value } of c.state.compensations.subscriptions.scan(root.key)) {
    const { compensableActivityId, compensationHandlerId } = value;
    const becomes = to.elements.get(compensableActivityId);
    const event = becomes?.boundaryEvents.find(({ eventType }) => eventType === 'COMPENSATION');
    if (becomes !== undefined && (event?.compensationHandler?.id ?? '') === compensationHandlerId)
      continue;
    return (
      `its element with id '${compensableActivityId}' has completed and can be compensated, which process ` +
      `'${target.bpmnProcessId}' does not do in the same way. Give it an element with this id and the same compensation handler.`
    );
  }
  return undefined;
}
