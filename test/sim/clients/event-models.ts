// Processes that wait for more than jobs: time, messages, rounds and other processes.
// Guarantees: as models.ts.
// Leaves to others: publishing the messages (load.ts).
import type { Model } from './models.ts';

/** Published for each instance of `asks` under its token. */
export const ANSWER = 'answer';

const NAMESPACES =
  'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ' +
  'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"';

/** Nodes by what stands between their tags, their tag first; flows as pairs of ids. */
function file(
  processId: string,
  nodes: readonly (readonly [tag: string, id: string, attributes: string, inner: string])[],
  flows: readonly (readonly [string, string])[],
  globals = '',
): string {
  const references = (id: string) =>
    flows
      .map(([from, to]) => {
        if (to === id) return `<incoming>${from}_${to}</incoming>`;
        return from === id ? `<outgoing>${from}_${to}</outgoing>` : '';
      })
      .sort()
      .join('');
  const nodeXml = nodes.map(([tag, id, attributes, inner]) => {
    const extensions = inner.match(/^<extensionElements>.*?<\/extensionElements>/)?.[0] ?? '';
    const rest = inner.replace(extensions, '');
    return `<${tag} id="${id}"${attributes}>${extensions}${references(id)}${rest}</${tag}>`;
  });
  const flowXml = flows.map(
    ([from, to]) => `<sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`,
  );
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<definitions id="definitions" targetNamespace="http://millrace/test" ${NAMESPACES}>` +
    `<process id="${processId}" isExecutable="true">${nodeXml.join('')}${flowXml.join('')}</process>${globals}</definitions>`
  );
}

const job = (type: string) =>
  `<extensionElements><zeebe:taskDefinition type="${type}"/></extensionElements>`;
const duration = (text: string) =>
  `<timerEventDefinition><timeDuration xsi:type="tFormalExpression">${text}</timeDuration></timerEventDefinition>`;

const timed: Model = {
  processId: 'timed',
  types: ['afterwards'],
  catchesError: false,
  xml: file(
    'timed',
    [
      ['startEvent', 'start', '', ''],
      ['intermediateCatchEvent', 'pause', '', duration('PT0.2S')],
      ['serviceTask', 'afterwards', '', job('afterwards')],
      ['boundaryEvent', 'late', ' attachedToRef="afterwards"', duration('PT3S')],
      ['endEvent', 'end', '', ''],
      ['endEvent', 'ended-late', '', ''],
    ],
    [
      ['start', 'pause'],
      ['pause', 'afterwards'],
      ['afterwards', 'end'],
      ['late', 'ended-late'],
    ],
  ),
};

const asks: Model = {
  processId: 'asks',
  types: ['ask'],
  catchesError: false,
  xml: file(
    'asks',
    [
      ['startEvent', 'start', '', ''],
      ['serviceTask', 'ask', '', job('ask')],
      [
        'intermediateCatchEvent',
        'answered',
        '',
        '<messageEventDefinition id="m" messageRef="message"/>',
      ],
      ['endEvent', 'end', '', ''],
    ],
    [
      ['start', 'ask'],
      ['ask', 'answered'],
      ['answered', 'end'],
    ],
    `<message id="message" name="${ANSWER}"><extensionElements><zeebe:subscription correlationKey="=token"/></extensionElements></message>`,
  ),
};

const many: Model = {
  processId: 'many',
  types: ['piece'],
  catchesError: false,
  xml: file(
    'many',
    [
      ['startEvent', 'start', '', ''],
      [
        'serviceTask',
        'piece',
        '',
        `${job('piece')}<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1,2,3]" inputElement="item" outputCollection="results" outputElement="=item"/></extensionElements></multiInstanceLoopCharacteristics>`,
      ],
      ['endEvent', 'end', '', ''],
    ],
    [
      ['start', 'piece'],
      ['piece', 'end'],
    ],
  ),
};

const calls: Model = {
  processId: 'calls',
  types: [],
  catchesError: false,
  xml: file(
    'calls',
    [
      ['startEvent', 'start', '', ''],
      [
        'callActivity',
        'called',
        '',
        '<extensionElements><zeebe:calledElement processId="one"/></extensionElements>',
      ],
      ['endEvent', 'end', '', ''],
    ],
    [
      ['start', 'called'],
      ['called', 'end'],
    ],
  ),
};

export const EVENT_MODELS: readonly Model[] = [timed, asks, many, calls];
