// The model and the variables of the benchmarks: start, one service task, end; half a KB of variables.
import { endEvent, process, serviceTask, startEvent } from '../kit/process-builder.ts';

export const VARIABLES = `{"orderId":"4711","amount":42.5,"pad":"${'x'.repeat(460)}"}`;

export function oneTaskModel(id: string, jobType: string): string {
  return process(id, {
    nodes: [startEvent(), serviceTask('task', jobType), endEvent()],
    flows: [
      ['start', 'task'],
      ['task', 'end'],
    ],
  });
}
