// What start, intermediate catch and boundary events share: the one event that they wait for.
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { EventDefinition, EventKind, FlowNode } from '../model.ts';
import type { ProblemCode } from '../problems.ts';
import { EVENTS } from './families.ts';

/** Reports definitions that may not stand here and what is wrong with the others. */
export function judgeCaught(
  node: FlowNode,
  allowed: ReadonlySet<EventKind>,
  otherwise: ProblemCode,
  context: RuleContext,
): void {
  for (const definition of node.eventDefinitions) {
    if (definition.kind === 'unknown') {
      context.problems.add('event-unknown', definition.xml);
      context.problems.add(otherwise, node.xml);
    } else if (allowed.has(definition.kind)) {
      EVENTS[definition.kind].judgeCatch(definition, node, context);
    } else context.problems.add(otherwise, node.xml);
  }
}

/** Fills in what the event waits for; NONE when it has no definition. */
export function compileCaught(
  node: FlowNode,
  element: ElementDraft,
  context: CompileContext,
): void {
  const definition = node.eventDefinitions[0];
  element.eventType = 'NONE';
  if (definition === undefined || definition.kind === 'unknown') return;
  const family = EVENTS[definition.kind];
  element.eventType = family.eventType;
  family.compileCatch(definition, node, element, context);
}

/** The definition of a node if it is of one kind. */
export const definitionOf = (node: FlowNode, kind: EventKind): EventDefinition | undefined =>
  node.eventDefinitions.find((definition) => definition.kind === kind);
