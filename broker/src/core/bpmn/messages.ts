// Messages that catch events and receive tasks wait for and that others publish.
import type { CompileContext, RuleContext } from './context.ts';
import type { MessageDefinition } from './graph.ts';
import { extension, type Message } from './model.ts';
import type { XmlElement } from './xml/xml.ts';

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

/** Reports a message that is missing or has no name; answers with it unless it is missing. */
export function judgeMessage(
  ref: string | undefined,
  at: XmlElement,
  { definitions, problems, expressions }: RuleContext,
): Message | undefined {
  const found = definitions.messages.get(ref ?? '');
  if (found === undefined) problems.add('message-reference', at);
  else if ((found.name ?? '') === '') problems.add('message-name', found.xml);
  else expressions.judge(found.name, found.xml, problems);
  return found;
}

/** Reports a message that has not exactly one subscription with a correlation key. */
export function judgeSubscription(
  { xml, extensions }: Message,
  { problems, expressions }: RuleContext,
): void {
  const subscriptions = extensions.get('subscription') ?? [];
  if (subscriptions.length !== 1) problems.add('message-subscription', xml);
  for (const subscription of subscriptions) {
    const key = subscription.attributes.get('correlationKey');
    expressions.judgeRequiredFeel(key, subscription, problems);
  }
}
