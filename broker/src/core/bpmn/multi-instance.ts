// Multi-instance activities: zeebe:loopCharacteristics and the completion condition.
import type { RuleContext } from './context.ts';
import type { ExpressionTable } from './expressions.ts';
import type { LoopDefinition } from './graph.ts';
import { extension, type FlowNode, type Loop } from './model.ts';

export function judgeLoop(
  { loop }: FlowNode,
  { problems, expressions }: Pick<RuleContext, 'problems' | 'expressions'>,
): void {
  if (loop === undefined) return;
  const found = loop.extensions.get('loopCharacteristics') ?? [];
  if (found.length !== 1) problems.add('loop-characteristics', loop.xml);
  for (const { attributes } of found) {
    const at = found[0]!;
    expressions.judgeRequiredFeel(attributes.get('inputCollection'), at, problems);
    const collection = attributes.get('outputCollection') ?? '';
    const element = attributes.get('outputElement') ?? '';
    if ((collection === '') !== (element === '')) problems.add('loop-output', at);
    if (element !== '') expressions.judgeFeel(element, at, problems);
  }
  const condition = loop.completionCondition;
  if (condition !== undefined) expressions.judgeFeel(condition.source, condition.xml, problems);
}

export function compileLoop(loop: Loop, expressions: ExpressionTable): LoopDefinition {
  const attributes = extension(loop, 'loopCharacteristics')!.attributes;
  const text = (name: string) => attributes.get(name) || undefined;
  const outputElement = text('outputElement');
  const compiled = outputElement === undefined ? undefined : expressions.get(outputElement);
  return {
    isSequential: loop.isSequential,
    inputCollection: expressions.get(attributes.get('inputCollection')!),
    inputElement: text('inputElement'),
    outputCollection: text('outputCollection'),
    outputElement: compiled,
    outputVariable:
      compiled !== undefined && PATH.test(compiled.source) ? compiled.variables[0] : undefined,
    completionCondition:
      loop.completionCondition && expressions.get(loop.completionCondition.source),
  };
}

/** A plain path such as `=order.id`. */
const PATH = /^=\s*[\p{L}_$][\p{L}\p{N}_$]*(?:\s*\.\s*[\p{L}_$][\p{L}\p{N}_$]*)*\s*$/u;
