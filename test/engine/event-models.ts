// Timer, signal and error events, gateways and event sub-processes for models of engine tests.
import { Document, type LogRecord, NO_KEY } from '@millrace/protocol';
import type { ModelNode, Parts } from './models.ts';
import type { Scenario } from './scenario.ts';

/** An event definition as XML. */
export const after = (duration: string): string =>
  `<timerEventDefinition><timeDuration>${duration}</timeDuration></timerEventDefinition>`;
export const at = (date: string): string =>
  `<timerEventDefinition><timeDate>${date}</timeDate></timerEventDefinition>`;
export const every = (cycle: string): string =>
  `<timerEventDefinition><timeCycle>${cycle}</timeCycle></timerEventDefinition>`;
export const onSignal = (id: string): string => `<signalEventDefinition signalRef="${id}"/>`;
export const onError = (id: string): string => `<errorEventDefinition errorRef="${id}"/>`;

/** Declares a signal whose name is its id unless another is given. */
export const signal = (id: string, name = id): string => `<signal id="${id}" name="${name}"/>`;

const extensionsOf = ({ inputs = {}, outputs = {} }: Parts): string => {
  const list = (tag: string, pairs: Readonly<Record<string, string>>) =>
    Object.entries(pairs)
      .map(([target, source]) => `<zeebe:${tag} source="${source}" target="${target}"/>`)
      .join('');
  const all = list('input', inputs) + list('output', outputs);
  return all === '' ? '' : `<zeebe:ioMapping>${all}</zeebe:ioMapping>`;
};

const event = (
  tag: string,
  id: string,
  inside: string,
  attributes = '',
  parts: Parts = {},
): ModelNode => ({ tag, id, attributes, extensions: extensionsOf(parts), inside });

export const startWhen = (id: string, definition: string, parts?: Parts): ModelNode =>
  event('startEvent', id, definition, '', parts);
export const wait = (id: string, definition: string, parts?: Parts): ModelNode =>
  event('intermediateCatchEvent', id, definition, '', parts);
export const throws = (id: string, definition: string, parts?: Parts): ModelNode =>
  event('intermediateThrowEvent', id, definition, '', parts);
export const endWith = (id: string, definition: string): ModelNode =>
  event('endEvent', id, definition);
export const race = (id: string): ModelNode => event('eventBasedGateway', id, '');

/** An interrupting boundary event. */
export const leave = (
  id: string,
  attachedTo: string,
  definition: string,
  parts?: Parts,
): ModelNode => event('boundaryEvent', id, definition, ` attachedToRef="${attachedTo}"`, parts);
/** A boundary event that interrupts nothing. */
export const note = (
  id: string,
  attachedTo: string,
  definition: string,
  parts?: Parts,
): ModelNode =>
  event(
    'boundaryEvent',
    id,
    definition,
    ` attachedToRef="${attachedTo}" cancelActivity="false"`,
    parts,
  );

/** An event sub-process with the start event `<id>Start`. */
export function handler(
  id: string,
  definition: string,
  nodes: readonly ModelNode[],
  flows: string,
  interrupting = true,
): ModelNode {
  const attributes = interrupting ? '' : ' isInterrupting="false"';
  const start = event('startEvent', `${id}Start`, definition, attributes);
  return {
    tag: 'subProcess',
    id,
    attributes: ' triggeredByEvent="true"',
    extensions: '',
    inside: '',
    nodes: [start, ...nodes],
    flows: `${id}Start -> ${flows}`,
  };
}

export function broadcast(
  engine: Scenario,
  signalName: string,
  variables = '{}',
): LogRecord | undefined {
  return engine.run('SIGNAL', 'BROADCAST', NO_KEY, {
    signalName,
    variables: new Document(variables),
    tenantId: '<default>',
  });
}

/** Due date, repetitions and target of every timer that is open, in the order of their dates. */
export function openTimers(engine: Scenario): string[] {
  const { timers } = engine.engine.state;
  return engine
    .loading(() => timers.due(Number.MAX_SAFE_INTEGER, 1000))
    .map((key) => {
      const { dueDate, repetitions, targetElementId } = timers.must(key);
      return `${targetElementId} in ${(dueDate - engine.now) / 1000} s, ${repetitions}`;
    });
}
