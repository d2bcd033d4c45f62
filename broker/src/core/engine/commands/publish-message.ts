// MESSAGE.PUBLISH and EXPIRE, MESSAGE_BATCH.EXPIRE: messages come, reach whom they can, and go (engine-semantics.md H.2, H.6).
import { keyText, type MessageValue } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { momentAfter } from '../state/job-state.ts';
import { expireSwept } from '../steps/buffered-messages.ts';
import { correlateMessage } from '../steps/message-correlation.ts';

export const publishMessage: Processor<'MESSAGE'> = (c, command) => {
  const { value } = command;
  if (value.messageId !== '' && c.state.messages.hasSameId(value)) {
    return c.out.reject(
      command,
      'ALREADY_EXISTS',
      `Expected to publish a new message with id '${value.messageId}', but a message with that id was already published`,
    );
  }
  const key = c.keys.next();
  const message: MessageValue = { ...value, deadline: momentAfter(c.now, value.timeToLive) };
  c.out.answer(command.requestId, c.out.event('MESSAGE', 'PUBLISHED', key, message));
  correlateMessage(c, key, message);
  if (message.timeToLive <= 0) c.out.event('MESSAGE', 'EXPIRED', key, message);
  else c.out.turn.effects.push({ kind: 'due', timeMs: message.deadline });
};

export const expireMessage: Processor<'MESSAGE'> = (c, command) => {
  const message = c.state.messages.get(command.key);
  if (message === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to expire message with key '${keyText(command.key)}', but no such message exists`,
    );
  }
  c.out.event('MESSAGE', 'EXPIRED', command.key, message);
};

/** What is gone by now is passed over: its end is in the log already. */
export const expireMessages: Processor<'MESSAGE_BATCH'> = (c, command) => {
  let expired = 0;
  for (const key of command.value.messageKeys) {
    if (c.state.messages.get(key) === undefined) continue;
    expireSwept(c, key);
    expired++;
  }
  if (expired === 0)
    c.out.reject(command, 'NOT_FOUND', 'Expected to expire messages, but they are gone already');
};
