// Message events. Caught by name and correlation key; thrown as a job (zeebe:publishMessage is read and judged, but an
// event with it does nothing, as with the reference).
import type { CompileContext, RuleContext } from '../context.ts';
import { compileJob, judgeJobOr } from '../elements/job-task.ts';
import type { MessageDefinition } from '../graph.ts';
import { extension, type Message } from '../model.ts';
import { judgePublishMessage } from '../publish-message.ts';
import type { XmlElement } from '../xml/xml.ts';
import { type EventFamily, isProcessStart } from './event-family.ts';

export const message: EventFamily = {
  eventType: 'MESSAGE',
  throwMappings: 'both',
  judgeCatch({ ref, xml }, node, context) {
    judgeMessage(ref, xml, !isProcessStart(node), context);
  },
  compileCatch({ ref }, node, element, context) {
    element.message = messageOf(ref, isProcessStart(node), context);
  },
  judgeThrow(definition, node, context) {
    judgeJobOr(node, definition, 'publishMessage', context);
    if (!definition.extensions.has('publishMessage')) return;
    judgeMessage(definition.ref, definition.xml, false, context);
    judgePublishMessage(definition, context);
  },
  compileThrow(_definition, node, element, context) {
    element.job = compileJob(node, context);
  },
};

/** What a catch event or receive task waits for. */
export function messageOf(
  ref: string | undefined,
  nameAlone: boolean,
  { definitions, expressions }: CompileContext,
): MessageDefinition {
  const found = definitions.messages.get(ref ?? '')!;
  const key = extension(found, 'subscription')?.attributes.get('correlationKey');
  return {
    name: expressions.get(found.name!),
    correlationKey: nameAlone ? undefined : expressions.get(key!),
  };
}

/** Reports a message that is missing, has no name, or not exactly one subscription where it needs one. */
export function judgeMessage(
  ref: string | undefined,
  at: XmlElement,
  subscribed: boolean,
  { definitions, problems, expressions }: RuleContext,
): void {
  const found = definitions.messages.get(ref ?? '');
  if (found === undefined) {
    problems.add('message-reference', at);
    return;
  }
  if ((found.name ?? '') === '') problems.add('message-name', found.xml);
  else expressions.judge(found.name, found.xml, problems);
  if (subscribed) judgeSubscription(found, { problems, expressions });
}

function judgeSubscription(
  { xml, extensions }: Message,
  { problems, expressions }: Pick<RuleContext, 'problems' | 'expressions'>,
): void {
  const subscriptions = extensions.get('subscription') ?? [];
  if (subscriptions.length !== 1) problems.add('message-subscription', xml);
  for (const subscription of subscriptions) {
    const key = subscription.attributes.get('correlationKey');
    expressions.judgeRequiredFeel(key, subscription, problems);
  }
}
