// zeebe:ioMapping: what goes into an element's scope and what comes out of it.
import { type CompiledMappings, compileMappings } from '../feel/index.ts';
import type { RuleContext } from './context.ts';
import type { ExpressionTable } from './expressions.ts';
import { extension, type FlowNode } from './model.ts';
import type { XmlElement } from './xml/xml.ts';

const PATH = /^[a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*$/;
const RESERVED = [
  'null',
  'true',
  'false',
  'function',
  'if',
  'then',
  'else',
  'for',
  'between',
  'instance',
  'of',
];

/** Reports sources that are missing or do not parse (an output's must be FEEL) and targets that are no path. */
export function judgeMappings(node: FlowNode, { problems, expressions }: RuleContext): void {
  for (const mapping of node.extensions.get('ioMapping') ?? []) {
    for (const entry of mapping.children) {
      const source = entry.attributes.get('source');
      if (entry.name === 'input') expressions.judgeRequired(source, entry, problems);
      else if (entry.name === 'output') expressions.judgeRequiredFeel(source, entry, problems);
      else continue;
      const target = entry.attributes.get('target') ?? '';
      if (target === '') problems.add('path-missing', entry);
      else if (!PATH.test(target)) problems.add('path-pattern', entry, target);
      else if (RESERVED.includes(target)) {
        problems.add('path-reserved', entry, target, RESERVED.join(', '));
      }
    }
  }
}

/** The mappings of one direction, undefined when the element has none. */
export function compileNodeMappings(
  node: FlowNode,
  kind: 'input' | 'output',
  expressions: ExpressionTable,
): CompiledMappings | undefined {
  const entries =
    extension(node, 'ioMapping')?.children.filter((entry) => entry.name === kind) ?? [];
  if (entries.length === 0) return undefined;
  const mapping = (entry: XmlElement) => ({
    source: expressions.get(entry.attributes.get('source')!),
    target: entry.attributes.get('target')!,
  });
  return compileMappings(kind, entries.map(mapping));
}
