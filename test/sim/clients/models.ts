// The processes that the simulated clients run: small, and together the ways that jobs, timers, messages, rounds and calls can take.
// Guarantees: what a worker must answer so that an instance ends stands in `ways`.
// Leaves to others: running them (load.ts, worker.ts).
import {
  type BpmnNode,
  endEvent,
  errorBoundary,
  process,
  serviceTask,
  startEvent,
} from '../../kit/process-builder.ts';
import { EVENT_MODELS } from './event-models.ts';

export interface Model {
  readonly processId: string;
  readonly xml: string;
  /** Job types of its tasks. */
  readonly types: readonly string[];
  /** Whether a worker may throw the error that its boundary event catches. */
  readonly catchesError: boolean;
}

/** Caught by the boundary event of `boundary`. */
export const ERROR_CODE = 'expected';

function sequence(processId: string, tasks: readonly string[]): Model {
  const ids = ['start', ...tasks, 'end'];
  const flows = ids.slice(1).map((id, i) => [ids[i] as string, id] as const);
  const nodes = [startEvent(), ...tasks.map((id) => serviceTask(id)), endEvent()];
  return {
    processId,
    xml: process(processId, { nodes, flows }),
    types: tasks,
    catchesError: false,
  };
}

function gateway(tag: string, id: string, more = ''): BpmnNode {
  return { id, xml: (references) => `<${tag} id="${id}"${more}>${references}</${tag}>` };
}

const fork: Model = {
  processId: 'fork',
  types: ['left', 'right'],
  catchesError: false,
  xml: process('fork', {
    nodes: [
      startEvent(),
      gateway('parallelGateway', 'split'),
      serviceTask('left'),
      serviceTask('right'),
      gateway('parallelGateway', 'join'),
      endEvent(),
    ],
    flows: [
      ['start', 'split'],
      ['split', 'left'],
      ['split', 'right'],
      ['left', 'join'],
      ['right', 'join'],
      ['join', 'end'],
    ],
  }),
};

const boundary: Model = {
  processId: 'boundary',
  types: ['risky', 'mend'],
  catchesError: true,
  xml: process('boundary', {
    nodes: [
      startEvent(),
      serviceTask('risky'),
      errorBoundary('caught', 'risky', 'error-1'),
      serviceTask('mend'),
      endEvent(),
      endEvent('mended'),
    ],
    flows: [
      ['start', 'risky'],
      ['risky', 'end'],
      ['caught', 'mend'],
      ['mend', 'mended'],
    ],
    errors: { 'error-1': ERROR_CODE },
  }),
};

export const MODELS: readonly Model[] = [
  sequence('one', ['work']),
  sequence('three', ['first', 'second', 'third']),
  fork,
  boundary,
  ...EVENT_MODELS,
];

export const JOB_TYPES: readonly string[] = MODELS.flatMap(({ types }) => types);

/** Jobs of these types may end with the error that their element catches. */
export const RISKY_TYPES: readonly string[] = ['risky'];
