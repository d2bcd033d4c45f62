// CONDITIONAL_SUBSCRIPTION.TRIGGER: a condition has become true (engine-semantics.md C.13).
import { EMPTY_DOCUMENT, keyText } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { canTrigger, trigger } from '../steps/catch-events.ts';

export const triggerCondition: Processor<'CONDITIONAL_SUBSCRIPTION'> = (c, command) => {
  const { elementInstanceKey } = command.value;
  const subscription = c.state.conditions.get(elementInstanceKey, command.key);
  const instance = c.state.elements.get(elementInstanceKey);
  if (subscription === undefined || instance === undefined) {
    const text = `Expected to trigger conditional subscription with key '${keyText(command.key)}', but no such subscription was found`;
    return c.out.reject(command, 'NOT_FOUND', text);
  }
  const { processDefinitionKey, catchEventId } = subscription;
  const event = c.state.processes.element(processDefinitionKey, catchEventId);
  if (!canTrigger(c, instance, event)) {
    const text = `Expected to trigger conditional subscription with key '${keyText(command.key)}', but the event cannot happen any more`;
    return c.out.reject(command, 'INVALID_STATE', text);
  }
  c.out.event('CONDITIONAL_SUBSCRIPTION', 'TRIGGERED', command.key, subscription);
  trigger(c, instance, event, EMPTY_DOCUMENT);
};
