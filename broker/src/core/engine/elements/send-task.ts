// Send task: a worker sends the message. With zeebe:publishMessage nothing is sent and it goes on; the reference fails there.
import type { ElementProcessor } from './element-processor.ts';
import { jobTask } from './job-task.ts';
import { passThroughTask } from './pass-through-task.ts';

export const sendTask: ElementProcessor = {
  activate: (c, e) => (e.element.job === undefined ? passThroughTask : jobTask).activate(c, e),
  complete: jobTask.complete,
  terminate: jobTask.terminate,
};
