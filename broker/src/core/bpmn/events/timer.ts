// Timer events: a date, a duration or a cycle.
import type { TimerDefinition } from '../graph.ts';
import type { EventDefinition } from '../model.ts';
import { type EventFamily, NO_THROW } from './event-family.ts';

const KINDS: Readonly<Record<string, TimerDefinition['kind']>> = {
  timeDate: 'date',
  timeDuration: 'duration',
  timeCycle: 'cycle',
};

/** Which way of the three a definition uses; undefined unless it is exactly one. */
export const timerKind = ({ texts }: EventDefinition): TimerDefinition['kind'] | undefined =>
  texts.length === 1 ? KINDS[texts[0]!.xml.name] : undefined;

export const timer: EventFamily = {
  ...NO_THROW,
  eventType: 'TIMER',
  judgeCatch(definition, _node, { problems, expressions }) {
    if (timerKind(definition) === undefined) problems.add('timer-definition', definition.xml);
    for (const { xml, source } of definition.texts)
      expressions.judgeRequired(source, xml, problems);
  },
  compileCatch(definition, _node, element, { expressions }) {
    element.timer = {
      kind: timerKind(definition)!,
      value: expressions.get(definition.texts[0]!.source),
    };
  },
};
