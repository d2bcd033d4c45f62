// Tasks that are worked as jobs by zeebe:taskDefinition: service, send and business rule task; a part of the script task.
import type { CompileContext, RuleContext } from '../context.ts';
import type { JobDefinition } from '../graph.ts';
import { judgeMessage } from '../messages.ts';
import { type Extensions, extension, type FlowNode } from '../model.ts';
import { compileHeaders } from '../task-headers.ts';
import type { ElementFamily } from './element-family.ts';

const RETRIES = '3';

export const serviceTask: ElementFamily = {
  elementType: 'SERVICE_TASK',
  activity: true,
  mappings: 'both',
  judge(node, context) {
    const count = node.extensions.get('taskDefinition')?.length ?? 0;
    if (count !== 1) context.problems.add('task-definition', node.xml);
    judgeTaskDefinitions(node, context);
  },
  compile(node, element, context) {
    element.job = compileJob(node, context);
  },
};

export const sendTask: ElementFamily = jobOr('SEND_TASK', 'publishMessage');
export const businessRuleTask: ElementFamily = jobOr('BUSINESS_RULE_TASK', 'calledDecision');

function jobOr(
  elementType: 'SEND_TASK' | 'BUSINESS_RULE_TASK',
  other: 'publishMessage' | 'calledDecision',
): ElementFamily {
  return {
    elementType,
    activity: true,
    mappings: 'both',
    judge: (node, context) => judgeEitherOr(node, other, context),
    compile(node, element, context) {
      element.job = compileJob(node, context);
    },
  };
}

/** Exactly one of zeebe:taskDefinition and the other way to execute this kind. */
export const judgeEitherOr = (node: FlowNode, other: string, context: RuleContext): void =>
  judgeJobOr(node, node, other, node.messageRef, context);

/** As judgeEitherOr, the other way being an extension of `owner`; `message` is what zeebe:publishMessage would publish. */
export function judgeJobOr(
  node: FlowNode,
  owner: { readonly extensions: Extensions },
  other: string,
  message: string | undefined,
  context: RuleContext,
): void {
  const jobs = node.extensions.get('taskDefinition')?.length ?? 0;
  const others = owner.extensions.get(other) ?? [];
  if (jobs + others.length !== 1) context.problems.add('task-definition-or', node.xml, other);
  judgeTaskDefinitions(node, context);
  if (other !== 'publishMessage' || others.length === 0) return;
  for (const publish of others) {
    if ((publish.attributes.get('correlationKey') ?? '') === '') {
      context.problems.add('attribute-empty', publish, 'correlationKey');
    }
  }
  judgeMessage(message, node.xml, context);
}

function judgeTaskDefinitions(node: FlowNode, { problems, expressions }: RuleContext): void {
  for (const definition of node.extensions.get('taskDefinition') ?? []) {
    expressions.judgeRequired(definition.attributes.get('type'), definition, problems);
    expressions.judge(definition.attributes.get('retries'), definition, problems);
  }
}

/** The job of a task with zeebe:taskDefinition; undefined when it has none. */
export function compileJob(node: FlowNode, context: CompileContext): JobDefinition | undefined {
  const definition = extension(node, 'taskDefinition');
  if (definition === undefined) return undefined;
  const { expressions } = context;
  const { headers, headerEntries } = compileHeaders(node);
  return {
    type: expressions.get(definition.attributes.get('type')!),
    retries: expressions.get(definition.attributes.get('retries') ?? RETRIES),
    headers,
    headerEntries,
    userTask: undefined,
  };
}
