// Conditional events: wait until a condition over variables is true. Beyond the reference.
import { type EventFamily, NO_THROW } from './event-family.ts';

export const conditional: EventFamily = {
  ...NO_THROW,
  eventType: 'CONDITIONAL',
  judgeCatch({ texts, xml }, _node, { problems, expressions }) {
    const condition = texts.find((text) => text.xml.name === 'condition');
    expressions.judgeRequiredFeel(condition?.source, condition?.xml ?? xml, problems);
  },
  compileCatch({ texts }, _node, element, { expressions }) {
    element.condition = expressions.get(
      texts.find((text) => text.xml.name === 'condition')!.source,
    );
  },
};
