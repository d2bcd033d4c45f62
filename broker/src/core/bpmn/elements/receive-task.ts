// Receive task: waits for a message.
import { judgeMessage, judgeSubscription, messageOf } from '../messages.ts';
import type { ElementFamily } from './element-family.ts';

export const receiveTask: ElementFamily = {
  elementType: 'RECEIVE_TASK',
  activity: true,
  mappings: 'both',
  judge(node, context) {
    const found = judgeMessage(node.messageRef, node.xml, context);
    if (found === undefined) return;
    judgeSubscription(found, context);
    if ((found.name ?? '') === '') return;
    const { definitions, process, problems } = context;
    for (const { eventDefinitions } of process.attached.get(node.id) ?? []) {
      const same = eventDefinitions.some(
        ({ kind, ref }) =>
          kind === 'message' && definitions.messages.get(ref ?? '')?.name === found.name,
      );
      if (same) problems.add('receive-boundary', node.xml);
    }
  },
  compile(node, element, context) {
    element.eventType = 'MESSAGE';
    element.message = messageOf(node.messageRef, false, context);
  },
};
