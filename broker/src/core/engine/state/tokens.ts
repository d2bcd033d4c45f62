// Tokens of a scope: flows that were taken and whose target was not activated yet (engine-semantics.md C.4-C.6).
//
// A scope counts them all. Which ones they are is kept only where somebody asks: at joining gateways, by flow; and in
// scopes with a joining inclusive gateway, which must know what may still arrive, also those on their way to elements.
import type { ProcessInstanceValue } from '@millrace/protocol';
import type { ExecutableElement, ExecutableFlow } from '../../bpmn/index.ts';
import type { ElementInstance, JoinCount } from './element-instance.ts';
import type { ProcessState } from './process-state.ts';

/** Names no flow: of a token on its way to an element that joins nothing. */
const ANY_FLOW = '';

/** Names no flow either: of an element that an operator activates. Its variables may be there before it is. */
const BY_OPERATOR = '*';

/** Whether the element waits for tokens of several flows. */
export function isJoin(element: ExecutableElement): boolean {
  return (
    element.incoming.length > 1 &&
    (element.elementType === 'PARALLEL_GATEWAY' || element.elementType === 'INCLUSIVE_GATEWAY')
  );
}

const scopesWithInclusiveJoin = new WeakMap<ExecutableElement, boolean>();

function hasInclusiveJoin(scope: ExecutableElement | undefined): boolean {
  if (scope === undefined) return false;
  const known = scopesWithInclusiveJoin.get(scope);
  if (known !== undefined) return known;
  const found = scope.children.some(
    (child) => child.elementType === 'INCLUSIVE_GATEWAY' && isJoin(child),
  );
  scopesWithInclusiveJoin.set(scope, found);
  return found;
}

/** The scope after a token has set off to an element by a flow, or by a link. */
export function withToken(
  scope: ElementInstance,
  target: ExecutableElement,
  flow: ExecutableFlow | undefined,
): ElementInstance {
  const next = scope.withCounts(scope.activeChildren, scope.activeFlows + 1);
  if (isJoin(target) && flow !== undefined) {
    return next.withJoins(addToken(scope.joins, target.id, flow.id));
  }
  if (!hasInclusiveJoin(target.scope)) return next;
  return next.withJoins(addToken(scope.joins, target.id, ANY_FLOW));
}

function addToken(
  joins: readonly JoinCount[],
  gatewayId: string,
  flowId: string,
): readonly JoinCount[] {
  const place = joins.findIndex((join) => join.gatewayId === gatewayId && join.flowId === flowId);
  const known = joins[place];
  if (known === undefined) return [...joins, { gatewayId, flowId, count: 1 }];
  return joins.with(place, { gatewayId, flowId, count: known.count + 1 });
}

/** The scope after an operator has commanded an element: a join counts as reached on all its flows (engine-semantics.md L.3). */
export function withAwaited(scope: ElementInstance, element: ExecutableElement): ElementInstance {
  if (element.elementType === 'EVENT_SUB_PROCESS') return scope;
  if (element.elementType === 'PARALLEL_GATEWAY' && element.incoming.length === 0) return scope;
  if (!isJoin(element)) {
    const next = scope.withCounts(scope.activeChildren, scope.activeFlows + 1);
    return next.withJoins(addToken(scope.joins, element.id, BY_OPERATOR));
  }
  let next = scope;
  for (const flow of element.incoming) {
    const has = scope.joins.some(
      ({ gatewayId, flowId }) => gatewayId === element.id && flowId === flow.id,
    );
    if (!has) next = withToken(next, element, flow);
  }
  return next;
}

/** Whether the element was commanded by an operator and has not begun. */
export function isAwaited(scope: ElementInstance, elementId: string): boolean {
  return scope.joins.some(
    ({ gatewayId, flowId }) => gatewayId === elementId && flowId === BY_OPERATOR,
  );
}

/** Flows of a join that have a token. */
export function flowsWithToken(scope: ElementInstance, gatewayId: string): number {
  let flows = 0;
  for (const join of scope.joins) if (join.gatewayId === gatewayId && join.count > 0) flows++;
  return flows;
}

/** How many flows the activation of a child uses up (engine-semantics.md C.4). */
function flowsUsed(
  scope: ElementInstance,
  value: ProcessInstanceValue,
  processes: ProcessState,
): number {
  switch (value.bpmnElementType) {
    case 'START_EVENT':
    case 'BOUNDARY_EVENT':
    case 'EVENT_SUB_PROCESS':
      return 0;
    case 'PARALLEL_GATEWAY':
      return processes.elementOf(value).incoming.length;
    case 'INCLUSIVE_GATEWAY':
      return isJoin(processes.elementOf(value)) ? flowsWithToken(scope, value.elementId) : 1;
    case 'INTERMEDIATE_CATCH_EVENT':
      return isBehindGateway(processes.elementOf(value)) ? 0 : 1;
    default:
      // A handler is called, not reached.
      if (isCompensationHandler(value)) return 0;
      return scope.value.bpmnElementType === 'MULTI_INSTANCE_BODY' ? 0 : 1;
  }
}

/** An event behind an event-based gateway begins without a flow being taken. */
export const isBehindGateway = (event: ExecutableElement) =>
  event.incoming[0]?.source.elementType === 'EVENT_BASED_GATEWAY';

/** Whether the record is of an activity that compensates another one. */
export function isCompensationHandler(value: ProcessInstanceValue): boolean {
  return (
    value.bpmnEventType === 'COMPENSATION' &&
    value.bpmnElementType !== 'INTERMEDIATE_THROW_EVENT' &&
    value.bpmnElementType !== 'END_EVENT' &&
    value.bpmnElementType !== 'BOUNDARY_EVENT'
  );
}

/** The scope with one more child, which has used its tokens up. */
export function withActivatedChild(
  scope: ElementInstance,
  value: ProcessInstanceValue,
  processes: ProcessState,
): ElementInstance {
  const flows = Math.max(0, scope.activeFlows - flowsUsed(scope, value, processes));
  const next = scope.withCounts(scope.activeChildren + 1, flows);
  if (scope.joins.length === 0) return next;
  return next.withJoins(useTokens(scope.joins, value.elementId));
}

/** One token of each flow is used; what more there is stays for the next round. */
function useTokens(joins: readonly JoinCount[], elementId: string): readonly JoinCount[] {
  if (joins.every((join) => join.gatewayId !== elementId)) return joins;
  const left: JoinCount[] = [];
  for (const join of joins) {
    const { gatewayId, flowId, count } = join;
    if (gatewayId !== elementId) left.push(join);
    else if (count > 1) left.push({ gatewayId, flowId, count: count - 1 });
  }
  return left;
}
