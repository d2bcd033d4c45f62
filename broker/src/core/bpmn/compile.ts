// Model -> executable graph, once per version. Only models that were judged without findings come here.
import type { BpmnElementType } from '@millrace/protocol';
import type { CompileContext } from './context.ts';
import { FAMILIES } from './elements/families.ts';
import type { ExpressionTable } from './expressions.ts';
import { ElementDraft, type ExecutableFlow, type ExecutableProcess } from './graph.ts';
import { historyTimeToLive } from './history.ts';
import { compileNodeMappings } from './io-mappings.ts';
import { compileListeners } from './listeners.ts';
import { type Definitions, extension, type FlowNode, type Loop, type Process } from './model.ts';
import { compileLoop } from './multi-instance.ts';

/** Compiles one executable process. */
export function compileProcess(
  process: Process,
  definitions: Definitions,
  expressions: ExpressionTable,
): ExecutableProcess {
  const root = new ElementDraft(process.id, process.name, 'PROCESS', undefined);
  const elements = new Map<string, ElementDraft>([[root.id, root]]);
  const activities = new Map<string, ElementDraft>([[root.id, root]]);
  for (const node of process.nodes.values()) {
    const scope = activities.get(node.scope.owner?.id ?? root.id)!;
    const outer =
      node.loop === undefined ? undefined : compileBody(node, node.loop, scope, expressions);
    const element = addElement(node, FAMILIES[node.kind].elementType, outer ?? scope);
    if (outer !== undefined) outer.innerActivity = element;
    elements.set(node.id, outer ?? element);
    activities.set(node.id, element);
  }
  listen(process, root, expressions);
  const flows = connect(process, elements, expressions);
  const context: CompileContext = { definitions, process, expressions, elements, flows };
  for (const node of process.nodes.values()) compileNode(node, activities.get(node.id)!, context);
  return {
    bpmnProcessId: process.id,
    versionTag: extension(process, 'versionTag')?.attributes.get('value') ?? '',
    historyTimeToLive: historyTimeToLive(process),
    root,
    elements,
    flows,
  };
}

function addElement(
  { id, name }: FlowNode,
  elementType: BpmnElementType,
  scope: ElementDraft,
): ElementDraft {
  const element = new ElementDraft(id, name, elementType, scope);
  scope.children.push(element);
  return element;
}

/** The multi-instance body around an activity. */
function compileBody(
  node: FlowNode,
  loop: Loop,
  scope: ElementDraft,
  expressions: ExpressionTable,
): ElementDraft {
  const body = addElement(node, 'MULTI_INSTANCE_BODY', scope);
  body.loop = compileLoop(loop, expressions);
  return body;
}

/** Flows in file order; each element gets its own in visiting order, which is the reverse. */
function connect(
  process: Process,
  elements: ReadonlyMap<string, ElementDraft>,
  expressions: ExpressionTable,
): ReadonlyMap<string, ExecutableFlow> {
  const flows = new Map<string, ExecutableFlow>();
  for (const flow of process.flows.values()) {
    flows.set(flow.id, {
      id: flow.id,
      source: elements.get(flow.source)!,
      target: elements.get(flow.target)!,
      condition: flow.condition === undefined ? undefined : expressions.get(flow.condition.source),
    });
  }
  for (const flow of [...flows.values()].reverse()) {
    elements.get(flow.source.id)!.outgoing.push(flow);
    elements.get(flow.target.id)!.incoming.push(flow);
  }
  return flows;
}

function compileNode(node: FlowNode, element: ElementDraft, context: CompileContext): void {
  const family = FAMILIES[node.kind];
  if (family.mappings === 'both') {
    element.inputMappings = compileNodeMappings(node, 'input', context.expressions);
  }
  if (family.mappings !== 'none') {
    element.outputMappings = compileNodeMappings(node, 'output', context.expressions);
  }
  listen(node, element, context.expressions);
  family.compile(node, element, context);
}

function listen(
  owner: FlowNode | Process,
  element: ElementDraft,
  expressions: ExpressionTable,
): void {
  if (!owner.extensions.has('executionListeners')) return;
  element.startListeners = compileListeners(owner, 'start', expressions);
  element.endListeners = compileListeners(owner, 'end', expressions);
}
