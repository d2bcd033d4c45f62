// Models whose elements are written as XML text: for scenarios of events and for verdicts, where what stands inside the elements matters.

/**
 * One executable process as BPMN XML.
 * @param {string} id process id
 * @param {string} elements BPMN elements without prefix for the BPMN namespace (it is the default one), `zeebe:` for extensions
 * @param {string} [flows] sequence flows, one chain a line or separated by `;`: `start -> task -> end`,
 *   `gateway -[=x > 1]-> a`, a default flow as `gateway -[default]-> b`. A flow's id is `from_to`.
 * @param {string} [rest] siblings of the process: messages, errors, signals, escalations
 */
export function bpmn(id, elements, flows = '', rest = '') {
  return definitions(processElement(id, elements, flows), rest);
}

/** The process element alone, for files with several processes. */
export function processElement(id, elements, flows = '', attributes = 'isExecutable="true"') {
  const { xml, defaults } = sequenceFlows(flows);
  for (const [from, flow] of defaults) {
    elements = elements.replace(
      new RegExp(`<(\\w+) id="${from}"`),
      `<$1 default="${flow}" id="${from}"`,
    );
  }
  return `<process id="${id}" ${attributes}>${withFlowReferences(elements + xml)}</process>`;
}

/** Adds the `<incoming>` and `<outgoing>` children that the reference broker's validation counts (the flows alone are not enough). */
function withFlowReferences(elements) {
  const flows = [
    ...elements.matchAll(
      /<sequenceFlow\b[^>]*?\sid="([^"]+)"[^>]*?\ssourceRef="([^"]+)"[^>]*?\stargetRef="([^"]+)"/g,
    ),
  ];
  const of = (id) =>
    flows
      .filter(([, , , target]) => target === id)
      .map(([, flow]) => `<incoming>${flow}</incoming>`)
      .join('') +
    flows
      .filter(([, , source]) => source === id)
      .map(([, flow]) => `<outgoing>${flow}</outgoing>`)
      .join('');
  return elements.replace(
    /<(\w+)((?:\s[^<>]*?)?\sid="([^"]+)"[^<>]*?)(?:\/>|>((?:<documentation\b.*?<\/documentation>)?(?:<extensionElements>.*?<\/extensionElements>)?))/gs,
    (whole, tag, attributes, id, before, at, text) => {
      const references = of(id);
      if (
        !references ||
        tag === 'sequenceFlow' ||
        /^<(incoming|outgoing)>/.test(text.slice(at + whole.length))
      )
        return whole;
      return before === undefined
        ? `<${tag}${attributes}>${references}</${tag}>`
        : `<${tag}${attributes}>${before}${references}`;
    },
  );
}

/** Sequence flows of a scope as XML, for use inside a sub-process: `${inner('a -> b -> c')}`. */
export const inner = (flows) => sequenceFlows(flows).xml;

export function definitions(processes, rest = '') {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"' +
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="http://scenario" id="definitions">' +
    `${processes}${rest}</definitions>`
  );
}

function sequenceFlows(text) {
  let xml = '';
  const defaults = [];
  for (const chain of text
    .split(/[;\n]/)
    .map((line) => line.trim())
    .filter(Boolean)) {
    const parts = chain.split(/\s*-(?:\[(.*?)\]-)?>\s*/); // id, condition, id, condition, id ...
    for (let i = 0; i + 2 < parts.length; i += 2) {
      const [from, condition, to] = parts.slice(i, i + 3);
      const id = `${from}_${to}`;
      if (condition === 'default') defaults.push([from, id]);
      const body =
        condition && condition !== 'default'
          ? `<conditionExpression xsi:type="tFormalExpression">${xmlText(condition)}</conditionExpression>`
          : '';
      xml += `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">${body}</sequenceFlow>`;
    }
  }
  return { xml, defaults };
}

export const xmlText = (text) =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** Extension elements around the given Zeebe elements. */
export const ext = (...parts) => `<extensionElements>${parts.join('')}</extensionElements>`;

/** A service task with a job type; more Zeebe extensions and BPMN children as given. */
export const task = (id, type = id, { extensions = '', children = '', retries } = {}) =>
  `<serviceTask id="${id}">${ext(`<zeebe:taskDefinition type="${xmlText(type)}"${retries ? ` retries="${xmlText(retries)}"` : ''}/>`, extensions)}${children}</serviceTask>`;
export const start = (id = 'start', children = '') =>
  `<startEvent id="${id}">${children}</startEvent>`;
export const end = (id = 'end', children = '') => `<endEvent id="${id}">${children}</endEvent>`;
export const ioMapping = ({ inputs = {}, outputs = {} }) =>
  '<zeebe:ioMapping>' +
  Object.entries(inputs)
    .map(([target, source]) => `<zeebe:input source="${xmlText(source)}" target="${target}"/>`)
    .join('') +
  Object.entries(outputs)
    .map(([target, source]) => `<zeebe:output source="${xmlText(source)}" target="${target}"/>`)
    .join('') +
  '</zeebe:ioMapping>';
