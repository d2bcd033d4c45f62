// Judges a model: the rules of every element kind, those that all flow nodes share, and those of whole scopes.
//
// Facts: engine-semantics E.3 and B.5, observed.md section 3. Nothing is thrown; findings go to the problems.

import type { RuleContext } from './context.ts';
import { FAMILIES } from './elements/families.ts';
import type { ExpressionTable } from './expressions.ts';
import { judgeHistory } from './history.ts';
import { judgeMappings } from './io-mappings.ts';
import { judgeListeners, listensTo } from './listeners.ts';
import type { Definitions, FlowNode, Process, SequenceFlow } from './model.ts';
import { judgeLoop } from './multi-instance.ts';
import { notExecuted } from './not-executed.ts';
import type { Problems } from './problems.ts';
import { judgeHeaders } from './task-headers.ts';
import { judgeMessageStarts, judgeUniqueness } from './uniqueness.ts';

/** Extension elements that an owner may have once. */
const SINGLE = [
  'ioMapping',
  'taskHeaders',
  'formDefinition',
  'assignmentDefinition',
  'taskSchedule',
  'versionTag',
  'userTask',
  'priorityDefinition',
  'executionListeners',
  'taskListeners',
];

/** Judges every executable process of a file. */
export function validate(
  definitions: Definitions,
  expressions: ExpressionTable,
  problems: Problems,
): void {
  for (const process of definitions.processes) {
    const context: RuleContext = { definitions, process, problems, expressions };
    judgeProcess(process, context);
    judgeListeners(process, context);
    judgeHistory(process, context);
    for (const node of process.nodes.values()) judgeNode(node, context);
    for (const flow of process.flows.values()) judgeFlow(flow, context);
    judgeUniqueness(context);
  }
  judgeMessageStarts(definitions, problems);
}

function judgeProcess(process: Process, { problems }: RuleContext): void {
  const starts = process.scope.nodes.filter((node) => node.kind === 'startEvent');
  if (starts.length === 0) problems.add('start-missing', process.xml);
  if (starts.filter((start) => start.eventDefinitions.length === 0).length > 1) {
    problems.add('start-none-several', process.xml);
  }
  for (const form of process.extensions.get('userTaskForm') ?? []) {
    if (form.text.trim() === '') problems.add('form-text', form);
  }
  judgeSingle(process, problems);
}

function judgeSingle(owner: Process | FlowNode, problems: Problems): void {
  for (const name of SINGLE) {
    if ((owner.extensions.get(name)?.length ?? 0) > 1) {
      problems.add('extension-twice', owner.xml, name);
    }
  }
}

function judgeNode(node: FlowNode, context: RuleContext): void {
  const { process, problems } = context;
  FAMILIES[node.kind].judge(node, context);
  judgeSingle(node, problems);
  judgeLoop(node, context);
  judgeMappings(node, context);
  judgeHeaders(node, context);
  judgeListeners(node, context);
  judgeListened(node, context);
  if (node.isForCompensation) judgeHandler(node, context);
  for (const id of [...node.incoming, ...node.outgoing]) {
    if (process.flows.has(id)) continue;
    problems.add('reference-unknown', node.xml, 'incoming/outgoing', id, 'a sequence flow');
  }
  const conditional = node.outgoing.some((id) => process.flows.get(id)?.condition !== undefined);
  if (conditional && node.kind !== 'exclusiveGateway' && node.kind !== 'inclusiveGateway') {
    problems.add('flow-condition-place', node.xml);
  }
  if (node.kind === 'boundaryEvent') judgeAttachment(node, context);
  if (node.loop !== undefined && !FAMILIES[node.kind].activity) {
    notExecuted(node.loop.xml.name, node, context);
  }
}

function judgeAttachment(node: FlowNode, { process, problems }: RuleContext): void {
  const id = node.attachedTo ?? '';
  const activity = process.nodes.get(id);
  if (activity === undefined || !FAMILIES[activity.kind].activity) {
    if (process.refused.has(id)) return;
    problems.add('reference-unknown', node.xml, 'attachedToRef', id, 'an activity');
  } else if (activity.scope !== node.scope) problems.add('attached-scope', node.xml, id);
}

function judgeFlow(flow: SequenceFlow, { process, problems, expressions }: RuleContext): void {
  const source = process.nodes.get(flow.source);
  const target = process.nodes.get(flow.target);
  if (source === undefined && !process.refused.has(flow.source)) {
    problems.add('reference-unknown', flow.xml, 'sourceRef', flow.source, 'a flow node');
  }
  if (target === undefined && !process.refused.has(flow.target)) {
    problems.add('reference-unknown', flow.xml, 'targetRef', flow.target, 'a flow node');
  }
  if (source !== undefined && target !== undefined && source.scope !== target.scope) {
    problems.add('scope-crossed', flow.xml);
  }
  const { condition } = flow;
  if (condition !== undefined) expressions.judgeFeel(condition.source, condition.xml, problems);
}

/** What only compensates stands outside of all flows. */
function judgeHandler(node: FlowNode, { process, problems }: RuleContext): void {
  if (node.incoming.length > 0) problems.add('handler-incoming', node.xml);
  if (node.outgoing.length > 0) problems.add('handler-outgoing', node.xml);
  if (process.attached.has(node.id)) problems.add('handler-boundary', node.xml);
}

/** Listeners that could never be run where they stand. */
function judgeListened(node: FlowNode, { problems }: RuleContext): void {
  const kinds = new Set(node.eventDefinitions.map(({ kind }) => kind));
  const { xml } = node;
  const starts = listensTo(node, 'start');
  const ends = listensTo(node, 'end');
  if (node.kind === 'boundaryEvent' && kinds.has('compensation')) {
    if (starts || ends) problems.add('listener-compensation', xml);
    return;
  }
  if (starts && node.kind === 'startEvent') problems.add('listener-start', xml, 'start');
  if (starts && node.kind === 'boundaryEvent') problems.add('listener-start', xml, 'boundary');
  if (ends && node.kind.endsWith('Gateway')) problems.add('listener-end-gateway', xml);
  if (ends && node.kind === 'endEvent' && kinds.has('error'))
    problems.add('listener-end-error', xml);
}
