// Which version of what a process refers to is meant: the latest, the one of the same deployment, or the one with a tag.
import { BINDINGS, type Binding } from './graph.ts';
import type { Problems } from './problems.ts';
import type { XmlElement } from './xml/xml.ts';

/** Reports an unknown binding, a tag that is missing and one that would not be used. */
export function judgeBinding(at: XmlElement, problems: Problems): void {
  const binding = at.attributes.get('bindingType') ?? '';
  const tag = at.attributes.get('versionTag') ?? '';
  if (binding === 'versionTag') {
    if (tag.trim() === '') problems.add('binding-tag-missing', at);
  } else if (binding !== '' && !BINDINGS.some((known) => known === binding)) {
    problems.add('binding-unknown', at);
  } else if (tag.trim() !== '') problems.add('binding-tag-unused', at);
}

export function bindingOf(at: XmlElement): { readonly binding: Binding; readonly tag: string } {
  const text = at.attributes.get('bindingType') ?? '';
  const binding = BINDINGS.find((known) => known === text) ?? 'latest';
  return { binding, tag: binding === 'versionTag' ? (at.attributes.get('versionTag') ?? '') : '' };
}
