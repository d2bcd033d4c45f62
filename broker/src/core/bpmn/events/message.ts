// Message events. Caught by name and correlation key; thrown as a job (zeebe:publishMessage is read and judged, but an
// event with it does nothing, as with the reference).
import { compileJob, judgeJobOr } from '../elements/job-task.ts';
import { judgeMessage, judgeSubscription, messageOf } from '../messages.ts';
import { type EventFamily, isProcessStart } from './event-family.ts';
import { judgeStartName } from './start-name.ts';

export const message: EventFamily = {
  eventType: 'MESSAGE',
  throwMappings: 'both',
  judgeCatch({ ref, xml }, node, context) {
    const atStart = isProcessStart(node);
    const found = judgeMessage(ref, xml, context);
    if (found === undefined) return;
    if (atStart) judgeStartName('message', found.name, node, context);
    else judgeSubscription(found, context);
  },
  compileCatch({ ref }, node, element, context) {
    element.message = messageOf(ref, isProcessStart(node), context);
  },
  judgeThrow: (definition, node, context) =>
    judgeJobOr(node, definition, 'publishMessage', definition.ref, context),
  compileThrow(_definition, node, element, context) {
    element.job = compileJob(node, context);
    // Without a job the event does nothing, and needs no inputs for that.
    if (element.job === undefined) element.inputMappings = undefined;
  },
};
