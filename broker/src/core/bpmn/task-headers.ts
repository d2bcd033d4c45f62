// zeebe:taskHeaders: static texts that travel with every job of an element.
import type { RuleContext } from './context.ts';
import { extension, type FlowNode } from './model.ts';
import type { XmlElement } from './xml/xml.ts';

const RESERVED = 'io.camunda.zeebe:';

/** Reports reserved keys, one by one, and each key that occurs more than once. */
export function judgeHeaders(node: FlowNode, { problems }: RuleContext): void {
  for (const headers of node.extensions.get('taskHeaders') ?? []) {
    const seen = new Map<string, number>();
    for (const header of headers.children) {
      const key = keyOf(header);
      if (key === '') continue;
      if (key.startsWith(RESERVED)) problems.add('header-reserved', headers, key);
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    for (const [key, count] of seen) {
      if (count > 1) problems.add('header-twice', headers, key);
    }
  }
}

/** Key and value texts in file order, those without key or value left out, and the same as a JSON object. */
export function compileHeaders(node: FlowNode): {
  readonly headers: string;
  readonly headerEntries: readonly (readonly [string, string])[];
} {
  const headerEntries: (readonly [string, string])[] = [];
  for (const header of extension(node, 'taskHeaders')?.children ?? []) {
    const value = header.attributes.get('value') ?? '';
    if (keyOf(header) !== '' && value !== '') headerEntries.push([keyOf(header), value]);
  }
  const members = headerEntries.map(
    ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
  );
  return { headers: `{${members.join(',')}}`, headerEntries };
}

const keyOf = (header: XmlElement): string =>
  header.name === 'header' ? (header.attributes.get('key') ?? '') : '';
