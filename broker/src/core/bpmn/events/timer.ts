// Timer events: a date, a duration or a cycle. What is known before anything runs is evaluated when the model is judged.
import { evaluateTimer } from '../../timer/index.ts';
import type { RuleContext } from '../context.ts';
import { isFeel } from '../expressions.ts';
import type { TimerDefinition } from '../graph.ts';
import type { EventDefinition, FlowNode } from '../model.ts';
import { type EventFamily, isProcessStart, NO_THROW } from './event-family.ts';

const KINDS: Readonly<Record<string, TimerDefinition['kind']>> = {
  timeDate: 'date',
  timeDuration: 'duration',
  timeCycle: 'cycle',
};

/** Without variables; the time does not matter, for no due date comes of it. */
const NOTHING_KNOWN = { variable: () => undefined, nowMs: 0 };

/** Which way of the three a definition uses; undefined unless it is exactly one. */
const timerKind = ({ texts }: EventDefinition): TimerDefinition['kind'] | undefined =>
  texts.length === 1 ? KINDS[texts[0]!.xml.name] : undefined;

export const timer: EventFamily = {
  ...NO_THROW,
  eventType: 'TIMER',
  judgeCatch(definition, node, context) {
    const kind = timerKind(definition);
    if (kind === undefined) context.problems.add('timer-definition', definition.xml);
    else judgeValue(definition, kind, node, context);
    judgeKind(kind, node, context);
  },
  compileCatch(definition, _node, element, { expressions }) {
    element.timer = {
      kind: timerKind(definition)!,
      value: expressions.get(definition.texts[0]!.source),
    };
  },
};

function judgeValue(
  { texts, xml }: EventDefinition,
  kind: TimerDefinition['kind'],
  node: FlowNode,
  { expressions, problems }: RuleContext,
): void {
  const { source } = texts[0]!;
  if (isFeel(source)) {
    if (!expressions.judge(source, xml, problems) || !isProcessStart(node)) return;
  }
  const schedule = evaluateTimer(kind, expressions.get(source), NOTHING_KNOWN);
  if (!schedule.ok) problems.add('timer-value', node.xml, kind, schedule.message);
}

/** A cycle needs an event that stays after it has happened. */
function judgeKind(
  kind: TimerDefinition['kind'] | undefined,
  node: FlowNode,
  { problems }: RuleContext,
): void {
  if (node.kind === 'intermediateCatchEvent') {
    if (kind === undefined || kind === 'cycle') problems.add('timer-catch', node.xml);
  } else if (kind === 'cycle' && node.interrupting && !isProcessStart(node)) {
    const at = node.kind === 'startEvent' ? node.scope.owner! : node;
    problems.add('timer-cycle-interrupting', at.xml);
  }
}
