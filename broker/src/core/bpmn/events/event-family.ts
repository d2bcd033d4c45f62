// What every kind of event brings along: its name in records, its rules and its part of the graph, when it waits to be
// caught (start, intermediate catch, boundary) and when it is thrown (intermediate throw, end).
import type { BpmnEventType } from '@millrace/protocol';
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { EventDefinition, FlowNode } from '../model.ts';

export interface EventFamily {
  readonly eventType: BpmnEventType;
  /** Which mappings an event that throws it applies (engine-semantics C.9). */
  readonly throwMappings: 'both' | 'outputs' | 'none';
  judgeCatch(definition: EventDefinition, node: FlowNode, context: RuleContext): void;
  compileCatch(
    definition: EventDefinition,
    node: FlowNode,
    element: ElementDraft,
    context: CompileContext,
  ): void;
  judgeThrow(definition: EventDefinition, node: FlowNode, context: RuleContext): void;
  compileThrow(
    definition: EventDefinition,
    node: FlowNode,
    element: ElementDraft,
    context: CompileContext,
  ): void;
}

/** For kinds that exist in one direction only; where the other stands in a model it is refused by its place. */
export const NO_CATCH: Pick<EventFamily, 'judgeCatch' | 'compileCatch'> = {
  judgeCatch() {},
  compileCatch() {},
};
export const NO_THROW: Pick<EventFamily, 'throwMappings' | 'judgeThrow' | 'compileThrow'> = {
  throwMappings: 'none',
  judgeThrow() {},
  compileThrow() {},
};

/** Whether a node is a start event of the process itself, where nothing but the trigger is known. */
export const isProcessStart = (node: FlowNode): boolean =>
  node.kind === 'startEvent' && node.scope.owner === undefined;
