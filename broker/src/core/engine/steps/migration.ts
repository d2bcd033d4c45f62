// An instance goes on as one of another definition (engine-semantics.md L.4, observed.md 4): from outside to inside, scope by
// scope, each element with its job, incidents, user task, variables and subscriptions. What is refused undoes all of it.
import {
  copyJob,
  type Key,
  keyText,
  NO_KEY,
  type ProcessInstanceValue,
  type ProcessValue,
} from '@millrace/protocol';
import type { ExecutableElement, ExecutableProcess } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { compareNames } from '../state/name-order.ts';
import { Refusal } from '../writer.ts';
import { releaseMigratedJob } from './migrated-suspensions.ts';
import { compensationProblem, elementProblem } from './migration-checks.ts';
import { migrateSubscriptions } from './migration-subscriptions.ts';

/** Elements that one migration takes along, so that its turn stays short. */
const MIGRATED_MAX = 1000;

export interface Migration {
  readonly root: ElementInstance;
  readonly target: ProcessValue;
  readonly from: ExecutableProcess;
  readonly to: ExecutableProcess;
  /** Ids of the source to those of the target, the process included. */
  readonly mappings: ReadonlyMap<string, string>;
}

/** An element of the source with what it becomes. */
export interface MigratedElement {
  readonly instance: ElementInstance;
  readonly source: ExecutableElement;
  readonly target: ExecutableElement;
  readonly value: ProcessInstanceValue;
}

/** @throws Refusal */
export function migrateInstance(c: Context, migration: Migration): void {
  const { root } = migration;
  const problem = compensationProblem(c, migration);
  if (problem !== undefined) refuse(root, problem);
  const open: Key[] = [root.key];
  for (let place = 0; place < open.length; place++) {
    const instance = c.state.elements.must(open[place] as Key);
    if (open.length + instance.activeChildren > MIGRATED_MAX) {
      refuse(
        root,
        `it has more than ${MIGRATED_MAX} active elements. Migrate it when fewer of them are active.`,
      );
    }
    migrateElement(c, migration, instance);
    if (instance.activeChildren === 0) continue;
    for (const { suffix } of c.state.elements.children.scan(instance.key)) open.push(suffix);
  }
}

/** @throws Refusal */
export function refuse(root: ElementInstance, problem: string): never {
  throw new Refusal(
    'INVALID_STATE',
    `Expected to migrate process instance '${keyText(root.key)}' but ${problem}`,
  );
}

function migrateElement(c: Context, migration: Migration, instance: ElementInstance): void {
  const { root, target, to, mappings } = migration;
  const source = c.state.processes.elementOf(instance.value);
  const problem = elementProblem(c, migration, instance, source);
  if (problem !== undefined) refuse(root, problem);
  const elementId = mappings.get(source.id) as string;
  const found = to.elements.get(elementId) as ExecutableElement;
  const isRound = source.scope?.innerActivity === source;
  const element = isRound ? (found.innerActivity as ExecutableElement) : found;
  const value: ProcessInstanceValue = {
    ...instance.value,
    elementId,
    bpmnProcessId: target.bpmnProcessId,
    version: target.version,
    processDefinitionKey: target.processDefinitionKey,
  };
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_MIGRATED', instance.key, value);
  const migrated: MigratedElement = { instance, source, target: element, value };
  migrateJob(c, migrated);
  migrateIncident(c, migrated, c.state.incidents.ofElement(instance.key));
  migrateUserTask(c, migrated);
  migrateVariables(c, migrated);
  if (instance.state !== 'ACTIVATING') migrateSubscriptions(c, migration, migrated);
}

function migrateJob(c: Context, migrated: MigratedElement): void {
  const { jobKey } = migrated.instance;
  const job = jobKey === NO_KEY ? undefined : c.state.jobs.get(jobKey);
  if (job === undefined) return;
  const { value } = migrated;
  const next = copyJob(job.value);
  next.elementId = value.elementId;
  next.bpmnProcessId = value.bpmnProcessId;
  next.processDefinitionKey = value.processDefinitionKey;
  next.processDefinitionVersion = value.version;
  c.out.event('JOB', 'MIGRATED', jobKey, next);
  releaseMigratedJob(c, jobKey, job.value.processDefinitionKey);
  migrateIncident(c, migrated, c.state.incidents.ofJob(jobKey));
}

function migrateIncident(c: Context, { value }: MigratedElement, key: Key | undefined): void {
  const incident = key === undefined ? undefined : c.state.incidents.get(key);
  if (key === undefined || incident === undefined) return;
  c.out.event('INCIDENT', 'MIGRATED', key, {
    ...incident,
    elementId: value.elementId,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionKey: value.processDefinitionKey,
  });
}

function migrateUserTask(c: Context, { instance, value }: MigratedElement): void {
  const { userTaskKey } = instance.special;
  const task = userTaskKey === NO_KEY ? undefined : c.state.userTasks.get(userTaskKey);
  if (task === undefined) return;
  c.out.event('USER_TASK', 'MIGRATED', userTaskKey, {
    ...task.value,
    elementId: value.elementId,
    bpmnProcessId: value.bpmnProcessId,
    processDefinitionKey: value.processDefinitionKey,
    processDefinitionVersion: value.version,
  });
}

/** The values themselves are left out, as the reference does. */
function migrateVariables(c: Context, { instance, value }: MigratedElement): void {
  const names = c.state.variables.localNames(instance.key);
  for (const name of names.toSorted(compareNames)) {
    const variable = c.state.variables.local(instance.key, name);
    if (variable === undefined) continue;
    c.out.event('VARIABLE', 'MIGRATED', variable.key, {
      name,
      value: 'null',
      scopeKey: instance.key,
      processInstanceKey: value.processInstanceKey,
      processDefinitionKey: value.processDefinitionKey,
      bpmnProcessId: value.bpmnProcessId,
      tenantId: value.tenantId,
    });
  }
}
