// What every kind of flow node brings along: its names in records, its rules, its part of the graph.
import type { BpmnElementType } from '@millrace/protocol';
import type { CompileContext, RuleContext } from '../context.ts';
import type { ElementDraft } from '../graph.ts';
import type { FlowNode } from '../model.ts';

export interface ElementFamily {
  readonly elementType: BpmnElementType;
  /** Boundary events may be attached to it. */
  readonly activity: boolean;
  /** Which mappings it applies; those of the others are judged but have no effect (engine-semantics B.1, C.3, C.9). */
  readonly mappings: 'both' | 'outputs' | 'none';
  /** Reports what is wrong with the node; what all nodes share is judged elsewhere. */
  judge(node: FlowNode, context: RuleContext): void;
  /** Fills what only this kind has. Everything that holds for all kinds is filled before. */
  compile(node: FlowNode, element: ElementDraft, context: CompileContext): void;
}
