// Receive task: waits for a message.
import { judgeMessage, messageOf } from '../events/message.ts';
import type { ElementFamily } from './element-family.ts';

export const receiveTask: ElementFamily = {
  elementType: 'RECEIVE_TASK',
  activity: true,
  mappings: 'both',
  judge(node, context) {
    judgeMessage(node.messageRef, node.xml, true, context);
  },
  compile(node, element, context) {
    element.eventType = 'MESSAGE';
    element.message = messageOf(node.messageRef, false, context);
  },
};
