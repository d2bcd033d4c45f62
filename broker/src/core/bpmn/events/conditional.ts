// Conditional events: wait until a condition over variables is true. Beyond the reference.
import { VARIABLE_CHANGES } from '../graph.ts';
import type { XmlElement } from '../xml/xml.ts';
import { type EventFamily, NO_THROW } from './event-family.ts';

const EVENTS = 'variableEvents';
const KNOWN: ReadonlySet<string> = new Set(VARIABLE_CHANGES);

/** What zeebe:conditionalFilter lists; nothing means everything. */
const changesOf = ({ attributes }: XmlElement): readonly string[] =>
  (attributes.get(EVENTS) ?? '')
    .split(',')
    .map((change) => change.trim())
    .filter((change) => change !== '');

export const conditional: EventFamily = {
  ...NO_THROW,
  eventType: 'CONDITIONAL',
  judgeCatch({ texts, xml, extensions }, _node, { problems, expressions }) {
    const condition = texts.find((text) => text.xml.name === 'condition');
    expressions.judgeRequiredFeel(condition?.source, condition?.xml ?? xml, problems);
    for (const filter of extensions.get('conditionalFilter') ?? []) {
      const known = changesOf(filter).every((change) => KNOWN.has(change));
      if (!known) problems.add('variable-events', filter, filter.attributes.get(EVENTS) ?? '');
    }
  },
  compileCatch({ texts, extensions }, _node, element, { expressions }) {
    element.condition = expressions.get(
      texts.find((text) => text.xml.name === 'condition')!.source,
    );
    const wanted = new Set((extensions.get('conditionalFilter') ?? []).flatMap(changesOf));
    if (wanted.size > 0)
      element.conditionChanges = VARIABLE_CHANGES.filter((change) => wanted.has(change));
  },
};
