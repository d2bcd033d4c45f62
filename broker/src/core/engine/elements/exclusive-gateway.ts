// Exclusive gateway: takes the first flow whose condition is true, else the default one (engine-semantics.md B.3).

import type { ExecutableFlow } from '../../bpmn/index.ts';
import { evaluateBoolean } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from '../steps/element-context.ts';
import { activated, completing, pathEnded, takeFlow } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

function chooseFlow(c: Context, e: ElementContext): ExecutableFlow | Failure | undefined {
  const { outgoing, conditionalFlows, defaultFlow } = e.element;
  if (outgoing.length === 0) return undefined;
  const only = outgoing[0] as ExecutableFlow;
  if (outgoing.length === 1 && only.condition === undefined) return only;
  const feel = c.feel(e.key);
  for (const flow of conditionalFlows) {
    if (flow.condition === undefined) continue;
    const result = evaluateBoolean(flow.condition, feel);
    if (!result.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
    if (result.value) return flow;
  }
  return (
    defaultFlow ?? {
      errorType: 'CONDITION_ERROR',
      message: 'Expected at least one condition to evaluate to true, or to have a default flow',
    }
  );
}

export const exclusiveGateway: ElementProcessor = {
  activate(c, e) {
    const flow = chooseFlow(c, e);
    if (flow !== undefined && 'errorType' in flow) return flow;
    activated(c, e);
    completing(c, e);
    c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
    if (flow !== undefined) takeFlow(c, e, flow);
    else pathEnded(c, e.value.flowScopeKey);
    return undefined;
  },
  complete() {
    throw new Error('gateways are completed with their activation');
  },
  terminate: passThroughTask.terminate,
};
