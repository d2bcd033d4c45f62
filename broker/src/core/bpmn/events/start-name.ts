// The name that a start event of a process waits for: it is needed when the process is deployed, so it may not depend
// on anything.
import { evaluate, typeName } from '../../feel/index.ts';
import type { RuleContext } from '../context.ts';
import type { FlowNode } from '../model.ts';

const NOTHING_KNOWN = { variable: () => undefined, nowMs: 0 };

export function judgeStartName(
  what: 'message' | 'signal',
  name: string | undefined,
  node: FlowNode,
  { expressions, problems }: RuleContext,
): void {
  if (name === undefined || name === '' || !expressions.parses(name)) return;
  const evaluation = evaluate(expressions.get(name), NOTHING_KNOWN);
  const value = evaluation.kind === 'value' ? evaluation.value : null;
  if (typeof value === 'string') return;
  problems.add('start-name', node.xml, what, name, typeName(value));
}
