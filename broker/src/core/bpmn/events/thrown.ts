// What intermediate throw and end events share: the one event that they throw.
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { EventDefinition, EventKind, FlowNode } from '../model.ts';
import { EVENTS } from './families.ts';

/** Reports definitions that may not stand here (`refused`) and what is wrong with the others. */
export function judgeThrown(
  node: FlowNode,
  allowed: ReadonlySet<EventKind>,
  refused: (definition: EventDefinition) => void,
  context: RuleContext,
): void {
  for (const definition of node.eventDefinitions) {
    const { kind, xml } = definition;
    if (kind === 'unknown' || kind === 'conditional') context.problems.add('event-unknown', xml);
    if (kind === 'unknown' || !allowed.has(kind)) refused(definition);
    else EVENTS[kind].judgeThrow(definition, node, context);
  }
}

/** Fills in what the event throws, NONE when it has no definition, and drops mappings that it does not apply. */
export function compileThrown(
  node: FlowNode,
  element: ElementDraft,
  context: CompileContext,
): void {
  const definition = node.eventDefinitions[0];
  const kind = definition?.kind ?? 'unknown';
  const family = kind === 'unknown' ? undefined : EVENTS[kind];
  const mappings = family?.throwMappings ?? 'outputs';
  if (mappings !== 'both') element.inputMappings = undefined;
  if (mappings === 'none') element.outputMappings = undefined;
  element.eventType = family?.eventType ?? 'NONE';
  if (definition !== undefined) family?.compileThrow(definition, node, element, context);
}
