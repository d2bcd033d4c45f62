// MESSAGE_SUBSCRIPTION.CREATE, CORRELATE, REJECT and DELETE: the side of the message (engine-semantics.md H.4). Commands may
// come twice and late: each says which subscription, and where it matters which message, it means.
import { keyText, type MessageSubscriptionValue, NO_KEY } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { correlateBuffered, correlateToAnother } from '../steps/message-correlation.ts';
import { tellCreated, tellDeleted } from '../steps/subscription-commands.ts';

const about = ({ elementInstanceKey, messageName }: MessageSubscriptionValue) =>
  `for element with key '${keyText(elementInstanceKey)}' and message name '${messageName}'`;

export const createMessageSubscription: Processor<'MESSAGE_SUBSCRIPTION'> = (c, command) => {
  const { value } = command;
  const { elementInstanceKey, messageName } = value;
  if (c.state.messageSubscriptions.get(elementInstanceKey, messageName) !== undefined) {
    tellCreated(c, value);
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to open a new message subscription ${about(value)}, but there is already a message subscription for that ` +
        'element key and message name opened',
    );
  }
  const key = c.keys.next();
  c.out.event('MESSAGE_SUBSCRIPTION', 'CREATED', key, value);
  const subscription = c.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (subscription === undefined || !correlateBuffered(c, subscription)) tellCreated(c, value);
};

/** The instance has taken the message: the subscription has done its work, or waits for the next one. */
export const correlateMessageSubscription: Processor<'MESSAGE_SUBSCRIPTION'> = (c, command) => {
  const { elementInstanceKey, messageName, messageKey } = command.value;
  const known = c.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (known === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to correlate subscription ${about(command.value)}, but no such message subscription exists`,
    );
  }
  if (!known.isCorrelating || known.value.messageKey !== messageKey) {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to correlate subscription ${about(command.value)}, but it does not correlate message '${keyText(messageKey)}'`,
    );
  }
  c.out.event('MESSAGE_SUBSCRIPTION', 'CORRELATED', known.key, known.value);
  if (known.value.interrupting) return;
  const open = c.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (open !== undefined) correlateBuffered(c, open);
};

/** The instance did not take the message: another one of its process id may. */
export const rejectMessageSubscription: Processor<'MESSAGE_SUBSCRIPTION'> = (c, command) => {
  c.out.event('MESSAGE_SUBSCRIPTION', 'REJECTED', NO_KEY, command.value);
  correlateToAnother(c, command.value);
};

export const deleteMessageSubscription: Processor<'MESSAGE_SUBSCRIPTION'> = (c, command) => {
  const { value } = command;
  const known = c.state.messageSubscriptions.get(value.elementInstanceKey, value.messageName);
  if (known !== undefined) c.out.event('MESSAGE_SUBSCRIPTION', 'DELETED', known.key, known.value);
  else {
    c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to close message subscription ${about(value)}, but no such message subscription exists`,
    );
  }
  tellDeleted(c, value);
};
