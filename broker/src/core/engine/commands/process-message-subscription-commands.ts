// PROCESS_MESSAGE_SUBSCRIPTION.CREATE, CORRELATE and DELETE: the side of the instance (engine-semantics.md H.4). Commands may
// come twice and late.
import {
  keyText,
  type ProcessMessageSubscriptionValue,
  partitionOf,
  type RejectionType,
} from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import { canTrigger, trigger } from '../steps/catch-events.ts';
import { tellNotTaken, tellTaken } from '../steps/subscription-commands.ts';

type Command = CommandRecord<'PROCESS_MESSAGE_SUBSCRIPTION'>;

const about = ({ elementInstanceKey, messageName }: ProcessMessageSubscriptionValue) =>
  `process message subscription with element key '${keyText(elementInstanceKey)}' and message name '${messageName}'`;

const find = (c: Context, { elementInstanceKey, messageName }: ProcessMessageSubscriptionValue) =>
  c.state.messageSubscriptions.ofInstance(elementInstanceKey, messageName);

/** The message's partition has opened its side. */
export const createProcessMessageSubscription: Processor<'PROCESS_MESSAGE_SUBSCRIPTION'> = (
  c,
  command,
) => {
  const known = find(c, command.value);
  if (known === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to create ${about(command.value)}, but no such subscription was found`,
    );
  }
  if (known.state !== 'CREATING') {
    const state = known.state === 'DELETING' ? 'closing' : 'opened';
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to create ${about(command.value)}, but it is already ${state}`,
    );
  }
  c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATED', known.key, known.value);
};

/** A message is there: the event happens, or the message's partition is told that it cannot. */
export const correlateProcessMessageSubscription: Processor<'PROCESS_MESSAGE_SUBSCRIPTION'> = (
  c,
  command,
) => {
  const { messageKey, variables, correlationKey, elementInstanceKey } = command.value;
  const known = find(c, command.value);
  if (known === undefined) return refuseUnknown(c, command);
  if (known.state === 'DELETING')
    return refuse(c, command, 'INVALID_STATE', 'it is already closing');
  if (known.value.messageKey === messageKey) {
    // Taken before; the word of it was lost.
    c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to correlate a ${about(command.value)}, but the message was correlated before`,
    );
    return tellTaken(c, known.value);
  }
  const scope = c.state.elements.get(elementInstanceKey);
  const { elementId } = known.value;
  const event =
    scope === undefined
      ? undefined
      : c.state.processes.element(scope.value.processDefinitionKey, elementId);
  if (scope === undefined || event === undefined || !canTrigger(c, scope, event))
    return refuse(c, command, 'INVALID_STATE', 'the subscription is not active anymore');
  const taken = { ...known.value, messageKey, variables, correlationKey };
  c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATED', known.key, taken);
  trigger(c, c.state.elements.must(elementInstanceKey), event, variables);
  tellTaken(c, taken);
};

function refuse(c: Context, command: Command, type: RejectionType, why: string): void {
  c.out.reject(command, type, `Expected to correlate a ${about(command.value)}, but ${why}`);
  tellNotTaken(c, command.value);
}

/**
 * The subscription is gone. An interrupting one is closed by its message's partition before it goes, or goes with the message
 * that it takes: a command that comes again from another partition means the latter, and its word was lost.
 */
function refuseUnknown(c: Context, command: Command): void {
  const { value } = command;
  if (partitionOf(value.messageKey) === c.options.partitionId || !value.interrupting)
    return refuse(c, command, 'NOT_FOUND', 'no such subscription was found');
  c.out.reject(
    command,
    'NOT_FOUND',
    `Expected to correlate a ${about(value)}, but no such subscription was found`,
  );
  tellTaken(c, value);
}

/** The message's partition has closed its side. */
export const deleteProcessMessageSubscription: Processor<'PROCESS_MESSAGE_SUBSCRIPTION'> = (
  c,
  command,
) => {
  const known = find(c, command.value);
  if (known === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to delete ${about(command.value)}, but no such subscription was found`,
    );
  }
  c.out.event('PROCESS_MESSAGE_SUBSCRIPTION', 'DELETED', known.key, known.value);
};
