// What start, intermediate catch and boundary events share: the one event that they wait for.
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { EventDefinition, EventKind, FlowNode } from '../model.ts';
import { EVENTS } from './families.ts';

/** Reports definitions that may not stand here (`refused`) and what is wrong with the others. */
export function judgeCaught(
  node: FlowNode,
  allowed: ReadonlySet<EventKind>,
  refused: (definition: EventDefinition) => void,
  context: RuleContext,
): void {
  for (const definition of node.eventDefinitions) {
    if (definition.kind === 'unknown') context.problems.add('event-unknown', definition.xml);
    if (definition.kind === 'unknown' || !allowed.has(definition.kind)) refused(definition);
    else EVENTS[definition.kind].judgeCatch(definition, node, context);
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
