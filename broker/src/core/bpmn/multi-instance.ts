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
  for (const at of found) {
    const text = (name: string) => at.attributes.get(name) ?? '';
    expressions.judgeRequiredFeel(text('inputCollection'), at, problems);
    const collection = text('outputCollection');
    const element = text('outputElement');
    if (element === '' && collection !== '') {
      problems.add('loop-output', at, 'outputElement', 'outputCollection');
    } else if (element !== '' && collection === '') {
      problems.add('loop-output', at, 'outputCollection', 'outputElement');
    }
    if (element !== '') expressions.judgeFeel(element, at, problems);
  }
  expressions.judge(loop.completionCondition?.source, loop.xml, problems);
}

export function compileLoop(loop: Loop, expressions: ExpressionTable): LoopDefinition {
  const attributes = extension(loop, 'loopCharacteristics')!.attributes;
  const text = (name: string) => attributes.get(name) || undefined;
  const outputElement = text('outputElement');
  const condition = loop.completionCondition?.source ?? '';
  const compiled = outputElement === undefined ? undefined : expressions.get(outputElement);
  return {
    isSequential: loop.isSequential,
    inputCollection: expressions.get(attributes.get('inputCollection')!),
    inputElement: text('inputElement'),
    outputCollection: text('outputCollection'),
    outputElement: compiled,
    outputVariable:
      compiled !== undefined && PATH.test(compiled.source) ? compiled.variables[0] : undefined,
    completionCondition: condition === '' ? undefined : expressions.get(condition),
  };
}

/** A plain path such as `=order.id`. */
const PATH = /^=\s*[\p{L}_$][\p{L}\p{N}_$]*(?:\s*\.\s*[\p{L}_$][\p{L}\p{N}_$]*)*\s*$/u;
