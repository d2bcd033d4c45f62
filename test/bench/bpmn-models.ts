// Models of the benchmarks beyond one task: chains, forks, rounds, messages and timers; half a KB of variables as everywhere.
import {
  type BpmnNode,
  endEvent,
  process,
  serviceTask,
  startEvent,
} from '../kit/process-builder.ts';
import type { LoopModel } from './closed-loop.ts';

const chain = (ids: readonly string[]) =>
  ids.slice(1).map((id, i) => [ids[i] as string, id] as const);

/** Service tasks in a row. */
export function chainModel(tasks: number): LoopModel {
  const types = Array.from({ length: tasks }, (_, i) => `job-${i + 1}`);
  const xml = process('bench', {
    nodes: [startEvent(), ...types.map((type) => serviceTask(type)), endEvent()],
    flows: chain(['start', ...types, 'end']),
  });
  return { xml, types, jobsOfInstance: tasks };
}

const node = (id: string, tag: string, inner = ''): BpmnNode => ({
  id,
  xml: (references) => `<${tag} id="${id}">${inner}${references}</${tag}>`,
});

/** A parallel gateway to so many tasks of one type, and their join. */
export function forkModel(branches: number): LoopModel {
  const tasks = Array.from({ length: branches }, (_, i) => `task-${i + 1}`);
  const xml = process('bench', {
    nodes: [
      startEvent(),
      node('fork', 'parallelGateway'),
      ...tasks.map((id) => serviceTask(id, 'branch')),
      node('join', 'parallelGateway'),
      endEvent(),
    ],
    flows: [
      ['start', 'fork'],
      ...tasks.map((id) => ['fork', id] as const),
      ...tasks.map((id) => [id, 'join'] as const),
      ['join', 'end'],
    ],
  });
  return { xml, types: ['branch'], jobsOfInstance: branches };
}

/** A task for each number up to the variable `count`: a list as a variable would travel with every job. */
export function roundsModel(): string {
  const loop =
    '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=for i in 1..count return i" inputElement="item"/></extensionElements></multiInstanceLoopCharacteristics>';
  const task = serviceTask('task', 'round');
  const many: BpmnNode = {
    id: 'task',
    xml: (references) => task.xml(references + loop),
  };
  return process('bench', {
    nodes: [startEvent(), many, endEvent()],
    flows: chain(['start', 'task', 'end']),
  });
}

/** Waits for the message `message` under the variable `key`. */
export function messageModel(): string {
  const xml = process('bench', {
    nodes: [
      startEvent(),
      {
        id: 'caught',
        xml: (references) =>
          `<intermediateCatchEvent id="caught">${references}<messageEventDefinition id="m" messageRef="message"/></intermediateCatchEvent>`,
      },
      endEvent(),
    ],
    flows: chain(['start', 'caught', 'end']),
  });
  const message =
    '<message id="message" name="message"><extensionElements><zeebe:subscription correlationKey="=key"/></extensionElements></message>';
  return xml.replace('</definitions>', `${message}</definitions>`);
}

/** Waits for the moment in the variable `moment`, then for a worker. */
export function timerModel(): string {
  return process('bench', {
    nodes: [
      startEvent(),
      {
        id: 'moment',
        xml: (references) =>
          `<intermediateCatchEvent id="moment">${references}<timerEventDefinition><timeDate>=moment</timeDate></timerEventDefinition></intermediateCatchEvent>`,
      },
      serviceTask('after', 'after'),
      endEvent(),
    ],
    flows: chain(['start', 'moment', 'after', 'end']),
  });
}
