// Asks the front end where each kind of event may stand: the smallest model that has it there is deployed or refused.
// Guarantees: what is answered is the verdict of the reader and the judges themselves, no second list beside them.
// Leaves to others: how the answers are printed.
import { deployable } from '../../broker/src/core/bpmn/deployable.ts';
import { bpmn, file, type ModelNode, node, processXml } from '../engine/models.ts';

export type Verdict = 'yes' | 'no';

/** Where an event can stand. `around` makes a model of the event's definition. */
export interface EventPosition {
  readonly name: string;
  readonly model: (definition: string, beside: string) => string;
}

const REFERRED =
  '<message id="m" name="m"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message>' +
  '<signal id="g" name="g"/><error id="r" errorCode="r"/><escalation id="c" escalationCode="c"/>';

/** The definition of each kind of event as modelling tools write it. Kinds that BPMN has and no table knows stand here too. */
export const DEFINITIONS: Readonly<Record<string, string>> = {
  none: '',
  message: '<messageEventDefinition messageRef="m"/>',
  timer: '<timerEventDefinition><timeDuration>PT1S</timeDuration></timerEventDefinition>',
  'timer cycle': '<timerEventDefinition><timeCycle>R3/PT1S</timeCycle></timerEventDefinition>',
  signal: '<signalEventDefinition signalRef="g"/>',
  error: '<errorEventDefinition errorRef="r"/>',
  escalation: '<escalationEventDefinition escalationRef="c"/>',
  link: '<linkEventDefinition name="l"/>',
  terminate: '<terminateEventDefinition/>',
  compensation: '<compensateEventDefinition/>',
  conditional:
    '<conditionalEventDefinition><condition>=x > 1</condition></conditionalEventDefinition>',
  cancel: '<cancelEventDefinition/>',
  multiple: '<signalEventDefinition signalRef="g"/><escalationEventDefinition escalationRef="c"/>',
};

const JOB = '<zeebe:taskDefinition type="work"/>';
const event = (tag: string, definition: string, attributes = '', extensions = ''): ModelNode =>
  node(tag, 'e', { extensions }, definition, attributes);
const start = node('startEvent', 's');
const end = node('endEvent', 'z');
const scope: ModelNode = {
  ...node('subProcess', 'a'),
  nodes: [node('startEvent', 'i')],
  flows: '',
};
const handler = node('task', 'h', {}, '', ' isForCompensation="true"');
const compensated = (definition: string) => definition.includes('compensate');
const linked = (definition: string) => definition.includes('link');

const boundary = (attributes: string) => (definition: string, beside: string) => {
  const attached = event('boundaryEvent', definition, ` attachedToRef="a"${attributes}`);
  if (!compensated(definition))
    return bpmn('p', [start, scope, attached, end], 's -> a -> z;e -> z', beside);
  const association = '<association id="n" sourceRef="e" targetRef="h"/>';
  const process = processXml('p', [start, scope, attached, handler, end], 's -> a -> z');
  return file(process.replace('</process>', `${association}</process>`), beside);
};

const eventSubProcess = (attributes: string) => (definition: string, beside: string) => {
  const inside: ModelNode = {
    ...node('subProcess', 'a', {}, '', ' triggeredByEvent="true"'),
    nodes: [event('startEvent', definition, attributes)],
    flows: '',
  };
  const outer: ModelNode = { ...scope, id: 'o', nodes: [node('startEvent', 'i'), inside] };
  return bpmn('p', [start, outer, end], 's -> o -> z', beside);
};

export const POSITIONS: readonly EventPosition[] = [
  {
    name: 'start of a process',
    model: (definition, beside) =>
      bpmn('p', [event('startEvent', definition), end], 'e -> z', beside),
  },
  {
    name: 'start of a sub-process',
    model(definition, beside) {
      const inside: ModelNode = { ...scope, nodes: [event('startEvent', definition)] };
      return bpmn('p', [start, inside, end], 's -> a -> z', beside);
    },
  },
  { name: 'start of an event sub-process, interrupting', model: eventSubProcess('') },
  {
    name: 'start of an event sub-process, not interrupting',
    model: eventSubProcess(' isInterrupting="false"'),
  },
  {
    name: 'intermediate catch',
    model: (definition, beside) =>
      bpmn('p', [start, event('intermediateCatchEvent', definition), end], 's -> e -> z', beside),
  },
  { name: 'boundary, interrupting', model: boundary('') },
  { name: 'boundary, not interrupting', model: boundary(' cancelActivity="false"') },
  {
    name: 'intermediate throw',
    model(definition, beside) {
      const isJob = definition.includes('message') ? JOB : '';
      const thrown = event('intermediateThrowEvent', definition, '', isJob);
      if (!linked(definition)) return bpmn('p', [start, thrown, end], 's -> e -> z', beside);
      const target = node('intermediateCatchEvent', 't', {}, definition);
      return bpmn('p', [start, thrown, target, end], 's -> e;t -> z', beside);
    },
  },
  {
    name: 'end',
    model(definition, beside) {
      const isJob = definition.includes('message') ? JOB : '';
      return bpmn('p', [start, event('endEvent', definition, '', isJob)], 's -> e', beside);
    },
  },
];

/** What the front end says to the event in this place. */
export function verdictOf(position: EventPosition, definition: string): Verdict {
  const xml = position.model(definition, REFERRED);
  return deployable('probe.bpmn', new TextEncoder().encode(xml)).ok ? 'yes' : 'no';
}
