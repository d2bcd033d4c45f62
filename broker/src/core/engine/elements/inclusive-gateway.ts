// Inclusive gateway: takes every flow whose condition is true, else the default one; as a join it waits for what may still
// arrive (steps/joins.ts; engine-semantics.md C.6).
import type { ExecutableFlow } from '../../bpmn/index.ts';
import { evaluateBoolean } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from '../steps/element-context.ts';
import { activated, completing, pathEnded, takeFlow } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { exclusiveGateway } from './exclusive-gateway.ts';

function chooseFlows(c: Context, e: ElementContext): readonly ExecutableFlow[] | Failure {
  const { outgoing, conditionalFlows, defaultFlow } = e.element;
  if (outgoing.length === 0) return outgoing;
  const only = outgoing[0] as ExecutableFlow;
  if (outgoing.length === 1 && only.condition === undefined) return outgoing;
  const feel = c.feel(e.key);
  const chosen: ExecutableFlow[] = [];
  for (const flow of conditionalFlows) {
    if (flow.condition === undefined) continue;
    const result = evaluateBoolean(flow.condition, feel);
    if (!result.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
    if (result.value) chosen.push(flow);
  }
  if (chosen.length > 0) return chosen;
  if (defaultFlow !== undefined) return [defaultFlow];
  return {
    errorType: 'CONDITION_ERROR',
    message: 'Expected at least one condition to evaluate to true, or to have a default flow',
  };
}

export const inclusiveGateway: ElementProcessor = {
  activate(c, e) {
    const flows = chooseFlows(c, e);
    if ('errorType' in flows) return flows;
    activated(c, e);
    completing(c, e);
    c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
    for (const flow of flows) takeFlow(c, e, flow);
    if (flows.length === 0) pathEnded(c, e.value.flowScopeKey);
    return undefined;
  },
  complete: exclusiveGateway.complete,
  terminate: exclusiveGateway.terminate,
};
