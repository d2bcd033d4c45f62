// Gateways that decide by conditions. Exclusive: takes the first flow whose condition is true, else the default flow.
// Inclusive: takes every flow whose condition is true, else the default flow; joins what can still reach it.
import type { RuleContext } from '../context.ts';
import type { FlowNode } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

export const exclusiveGateway: ElementFamily = deciding(
  'flow-condition-missing',
  'EXCLUSIVE_GATEWAY',
);
export const inclusiveGateway: ElementFamily = deciding(
  'flow-condition-missing-inclusive',
  'INCLUSIVE_GATEWAY',
);

function deciding(
  missing: 'flow-condition-missing' | 'flow-condition-missing-inclusive',
  elementType: 'EXCLUSIVE_GATEWAY' | 'INCLUSIVE_GATEWAY',
): ElementFamily {
  return {
    elementType,
    activity: false,
    mappings: 'none',
    judge(node, context) {
      judgeDefaultFlow(node, context);
      if (node.outgoing.length < 2) return;
      for (const id of node.outgoing) {
        const flow = context.process.flows.get(id);
        if (flow === undefined || flow.condition !== undefined || id === node.defaultFlow) continue;
        context.problems.add(missing, flow.xml);
      }
    },
    compile(node, element) {
      for (const flow of element.outgoing) {
        if (flow.id === node.defaultFlow) element.defaultFlow = flow;
        else if (flow.condition !== undefined) element.conditionalFlows.push(flow);
      }
    },
  };
}

function judgeDefaultFlow(node: FlowNode, { process, problems }: RuleContext): void {
  if (node.defaultFlow === undefined) return;
  const flow = process.flows.get(node.defaultFlow);
  if (flow === undefined) {
    problems.add('reference-unknown', node.xml, 'default', node.defaultFlow, 'a sequence flow');
  } else if (flow.source !== node.id) problems.add('flow-default-source', node.xml);
}
