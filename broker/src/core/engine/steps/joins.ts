// When a joining gateway goes on: a parallel one with a token on every flow, an inclusive one also when nothing else in its
// scope can get there any more (engine-semantics.md C.5, C.6).
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { flowsWithToken } from '../state/tokens.ts';

/** Why the gateway does not go on yet; undefined when it does. */
export function joinProblem(
  c: Context,
  gateway: ExecutableElement,
  scope: ElementInstance,
): string | undefined {
  const taken = flowsWithToken(scope, gateway.id);
  if (taken === gateway.incoming.length) return undefined;
  if (gateway.elementType === 'PARALLEL_GATEWAY') {
    return `Expected to be able to activate parallel gateway '${gateway.id}', but not all sequence flows have been taken.`;
  }
  // Its tokens were used by the command before: two of them had arrived at once.
  if (taken === 0)
    return `Expected to be able to activate inclusive gateway '${gateway.id}', but the inclusive gateway way already activated.`;
  if (!mayArrive(c, gateway, scope)) return undefined;
  return `Expected to be able to activate inclusive gateway '${gateway.id}', but not all satisfied sequence flows have been taken.`;
}

/** Whether a token may still arrive on a flow that has none. */
function mayArrive(c: Context, gateway: ExecutableElement, scope: ElementInstance): boolean {
  const taken = new Set<string>();
  const begin: ExecutableElement[] = [];
  const { processDefinitionKey } = scope.value;
  const element = (id: string) => c.state.processes.element(processDefinitionKey, id);
  for (const { gatewayId, flowId } of scope.joins) {
    if (gatewayId === gateway.id) taken.add(flowId);
    else begin.push(element(gatewayId));
  }
  for (const { suffix } of c.state.elements.children.scan(scope.key)) {
    begin.push(element(c.state.elements.must(suffix).value.elementId));
  }
  return reaches(begin, gateway, taken);
}

/** Looks for the gateway from these elements along flows, boundary events and links. */
function reaches(
  begin: readonly ExecutableElement[],
  gateway: ExecutableElement,
  taken: ReadonlySet<string>,
): boolean {
  const open = [...begin];
  const seen = new Set(open);
  for (let element = open.pop(); element !== undefined; element = open.pop()) {
    const next: ExecutableElement[] = [...element.boundaryEvents];
    if (element.linkTarget !== undefined) next.push(element.linkTarget);
    for (const flow of element.outgoing) {
      if (flow.target !== gateway) next.push(flow.target);
      else if (!taken.has(flow.id)) return true;
    }
    for (const each of next) {
      if (seen.has(each)) continue;
      seen.add(each);
      open.push(each);
    }
  }
  return false;
}
