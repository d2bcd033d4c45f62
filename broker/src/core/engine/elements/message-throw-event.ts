// Message throw and end events: a worker sends the message. With zeebe:publishMessage nothing is sent, as by the reference.
import type { ElementProcessor } from './element-processor.ts';
import { jobTask } from './job-task.ts';
import { passThroughEvent } from './pass-through-event.ts';

export const messageThrowEvent: ElementProcessor = {
  activate: (c, e) => (e.element.job === undefined ? passThroughEvent : jobTask).activate(c, e),
  complete: jobTask.complete,
  terminate: jobTask.terminate,
};
