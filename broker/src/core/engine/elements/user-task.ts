// User task: native (zeebe:userTask), or worked as a job (engine-semantics.md B.1).
import { subscribe } from '../steps/catch-events.ts';
import { activated } from '../steps/transitions.ts';
import { beginTransition, cancelWithListeners } from '../steps/user-task-transitions.ts';
import { cancelUserTask, newUserTask, userTaskProperties } from '../steps/user-tasks.ts';
import type { ElementProcessor } from './element-processor.ts';
import { jobTask } from './job-task.ts';

export const userTask: ElementProcessor = {
  activate(c, e) {
    const { nativeUserTask } = e.element;
    if (nativeUserTask === undefined) return jobTask.activate(c, e);
    const properties = userTaskProperties(c, e, nativeUserTask);
    if ('errorType' in properties) return properties;
    const subscribed = subscribe(c, e, e.element.boundaryEvents);
    if (subscribed !== undefined) return subscribed;
    beginTransition(c, 'CREATING', newUserTask(c, e, nativeUserTask, properties));
    activated(c, e);
    return undefined;
  },
  complete: jobTask.complete,
  terminate(c, e) {
    if (cancelWithListeners(c, e)) return;
    cancelUserTask(c, e);
    jobTask.terminate(c, e);
  },
};
