// PROCESS_INSTANCE_MIGRATION.MIGRATE: a running instance goes on as an instance of another definition (engine-semantics.md L.4).
import {
  type Key,
  keyText,
  type MappingInstruction,
  NO_KEY,
  type ProcessInstanceMigrationValue,
  type ProcessValue,
} from '@millrace/protocol';
import type { ExecutableProcess } from '../../bpmn/index.ts';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { migrateInstance } from '../steps/migration.ts';

type Command = CommandRecord<'PROCESS_INSTANCE_MIGRATION'>;

export const migrateProcessInstance: Processor<'PROCESS_INSTANCE_MIGRATION'> = (c, command) => {
  const { key, value } = command;
  const root = runningInstance(c, key);
  if (root === undefined) {
    const reason = `Expected to migrate process instance but no process instance found with key '${keyText(key)}'`;
    return c.out.reject(command, 'NOT_FOUND', reason);
  }
  const target = targetDefinition(c, root, value);
  if (target === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      'Expected to migrate process instance to process definition but no process definition found with key ' +
        `'${keyText(value.targetProcessDefinitionKey)}'`,
    );
  }
  const from = c.state.processes.graph(root.value.processDefinitionKey);
  const to = c.state.processes.graph(target.processDefinitionKey);
  const problem = mappingProblem(value.mappingInstructions, from, to);
  if (problem !== undefined) return refuse(c, command, problem);
  const mappings = new Map(
    value.mappingInstructions.map((each) => [each.sourceElementId, each.targetElementId]),
  );
  mappings.set(from.bpmnProcessId, to.bpmnProcessId);
  migrateInstance(c, { root, target, from, to, mappings });
  c.out.answer(
    command.requestId,
    c.out.event('PROCESS_INSTANCE_MIGRATION', 'MIGRATED', key, value),
  );
};

/** Only instances as a whole: a single element would be in a scope of another definition. */
function runningInstance(c: Context, key: Key): ElementInstance | undefined {
  const instance = c.state.elements.get(key);
  if (instance?.value.flowScopeKey !== NO_KEY || instance.state === 'TERMINATING') return undefined;
  return instance;
}

function targetDefinition(
  c: Context,
  root: ElementInstance,
  { targetProcessDefinitionKey }: ProcessInstanceMigrationValue,
): ProcessValue | undefined {
  const target = c.state.processes.byKey(targetProcessDefinitionKey);
  return target?.tenantId === root.value.tenantId ? target : undefined;
}

function refuse(c: Context, command: Command, problem: string): void {
  const instance = keyText(command.key);
  c.out.reject(
    command,
    'INVALID_ARGUMENT',
    `Expected to migrate process instance '${instance}' but ${problem}`,
  );
}

function mappingProblem(
  instructions: readonly MappingInstruction[],
  from: ExecutableProcess,
  to: ExecutableProcess,
): string | undefined {
  const ids = instructions.map(({ sourceElementId }) => sourceElementId);
  const doubled = new Set(ids.filter((id, place) => ids.indexOf(id) !== place));
  if (doubled.size > 0)
    return `the mapping instructions contain duplicate source element ids '[${[...doubled].join(', ')}]'.`;
  for (const { sourceElementId, targetElementId } of instructions) {
    if (!has(from, sourceElementId)) return notThere('source', sourceElementId);
    if (!has(to, targetElementId)) return notThere('target', targetElementId);
  }
  return undefined;
}

const has = ({ elements, flows }: ExecutableProcess, id: string) =>
  elements.has(id) || flows.has(id);

const notThere = (side: 'source' | 'target', id: string) =>
  `mapping instructions contain a non-existing ${side} element id '${id}'. ` +
  `Elements provided in mapping instructions must exist in the ${side} process definition.`;
