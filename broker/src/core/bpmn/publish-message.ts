// zeebe:publishMessage: read and judged as the reference does, which gives it no behaviour.
import type { RuleContext } from './context.ts';
import type { Extensions } from './model.ts';

export function judgePublishMessage(
  of: { readonly extensions: Extensions },
  { problems, expressions }: RuleContext,
): void {
  for (const publish of of.extensions.get('publishMessage') ?? []) {
    expressions.judgeRequired(publish.attributes.get('correlationKey'), publish, problems);
    expressions.judge(publish.attributes.get('messageId'), publish, problems);
    expressions.judge(publish.attributes.get('timeToLive'), publish, problems);
  }
}
