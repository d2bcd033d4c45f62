// MESSAGE_SUBSCRIPTION.MIGRATE: the subscription of a migrated instance goes on under the ids of the other definition
// (engine-semantics.md L.4). From another partition it comes until it is acknowledged, also when the subscription is gone.
import { keyText, partitionOf } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { acknowledge } from '../steps/distribution.ts';

export const migrateMessageSubscription: Processor<'MESSAGE_SUBSCRIPTION'> = (c, command) => {
  const { elementInstanceKey, messageName, bpmnProcessId, interrupting } = command.value;
  const known = c.state.messageSubscriptions.get(elementInstanceKey, messageName);
  if (known === undefined) {
    c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to migrate message subscription for element with key '${keyText(elementInstanceKey)}' and message name ` +
        `'${messageName}', but no such message subscription exists`,
    );
  } else {
    const next = { ...known.value, bpmnProcessId, interrupting };
    c.out.event('MESSAGE_SUBSCRIPTION', 'MIGRATED', known.key, next);
  }
  if (partitionOf(command.key) !== c.options.partitionId)
    acknowledge(c, command.key, 'MESSAGE_SUBSCRIPTION', 'MIGRATE');
};
