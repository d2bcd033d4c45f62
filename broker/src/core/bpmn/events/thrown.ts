// What intermediate throw and end events share: the one event that they throw.
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { EventKind, FlowNode } from '../model.ts';
import type { ProblemCode } from '../problems.ts';
import { EVENTS } from './families.ts';

/** Reports definitions that may not stand here and what is wrong with the others. */
export function judgeThrown(
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
      EVENTS[definition.kind].judgeThrow(definition, node, context);
    } else context.problems.add(otherwise, node.xml);
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
