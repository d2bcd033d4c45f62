// Messages that wait for somebody to take them, and their end (engine-semantics.md H.4, H.6).
import { EMPTY_DOCUMENT, type Key, type MessageValue } from '@millrace/protocol';
import type { Context } from '../context.ts';

/** Messages that are looked at with one read of the state. */
const PAGE = 100;

/** The oldest message at a meeting point that is not past its deadline and has not gone to the process id. */
export function oldestMessage(
  c: Context,
  point: string,
  bpmnProcessId: string,
): { readonly key: Key; readonly message: MessageValue } | undefined {
  for (let after: Key | undefined; ; ) {
    const page = c.state.messages.waiting(point, after, PAGE);
    for (const { suffix: key } of page) {
      if (c.state.messages.hasCorrelated(key, bpmnProcessId)) continue;
      const message = c.state.messages.get(key);
      if (message !== undefined && message.deadline > c.now) return { key, message };
    }
    if (page.length < PAGE) return undefined;
    after = page.at(-1)?.suffix;
  }
}

/** MESSAGE.EXPIRED of a message that was swept: only its key is told (observed.md 6). */
export function expireSwept(c: Context, key: Key): void {
  c.out.event('MESSAGE', 'EXPIRED', key, {
    name: '',
    correlationKey: '',
    timeToLive: -1,
    deadline: -1,
    variables: EMPTY_DOCUMENT,
    messageId: '',
    tenantId: '<default>',
  });
}
