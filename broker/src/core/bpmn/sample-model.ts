// BPMN texts for tests: a process from its elements and a line of flows, and what the reader says to it. Not used by the broker.
import { deployable } from './deployable.ts';

/** `<incoming>` and `<outgoing>` children are added, as modelling tools do. */
export function model(elements: string, flows = '', rest = ''): string {
  return file(process('p', elements, flows), rest);
}

/** One process element; flows are chains such as `start -> gate -[=x > 1]-> a; gate -[default]-> b`, ids `from_to`. */
export function process(
  id: string,
  elements: string,
  flows = '',
  attributes = 'isExecutable="true"',
): string {
  return `<process id="${id}" ${attributes}>${connected(elements, flows)}</process>`;
}

/** A file around process elements. */
export const file = (processes: string, rest = ''): string =>
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"' +
  ` targetNamespace="urn:test" id="definitions">\n${processes}\n${rest}</definitions>`;

/** Elements of a scope with their flows. */
export function connected(elements: string, flows: string): string {
  let xml = '';
  let nodes = elements;
  const add = (id: string, text: string) => {
    const open = new RegExp(
      `<(\\w+)([^<>]* id="${id}"[^<>]*?)(/?)>(<extensionElements>.*?</extensionElements>)?`,
      's',
    );
    nodes = nodes.replace(open, (_, tag, attributes, empty, extensions = '') =>
      empty === '/'
        ? `<${tag}${attributes}>${text}</${tag}>`
        : `<${tag}${attributes}>${extensions}${text}`,
    );
  };
  for (const chain of flows.split(';')) {
    const parts = chain.trim().split(/\s*-(?:\[(.*?)\]-)?>\s*/);
    for (let i = 0; i + 2 < parts.length; i += 2) {
      const [from, condition, to] = parts.slice(i, i + 3);
      const id = `${from}_${to}`;
      add(from!, `<outgoing>${id}</outgoing>`);
      add(to!, `<incoming>${id}</incoming>`);
      if (condition === 'default')
        nodes = nodes.replace(` id="${from}"`, ` default="${id}" id="${from}"`);
      const body =
        condition === undefined || condition === 'default'
          ? ''
          : `<conditionExpression>${escaped(condition)}</conditionExpression>`;
      xml += `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">${body}</sequenceFlow>`;
    }
  }
  return nodes + xml;
}

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

export const START = '<startEvent id="start"/>';
export const END = '<endEvent id="end"/>';
export const extensions = (...elements: readonly string[]): string =>
  `<extensionElements>${elements.join('')}</extensionElements>`;
export const JOB = '<zeebe:taskDefinition type="work"/>';

/** A service task with a job type of its own id and more extension elements. */
export const task = (id: string, ...more: readonly string[]): string =>
  `<serviceTask id="${id}">${extensions(`<zeebe:taskDefinition type="${id}"/>`, ...more)}</serviceTask>`;

/** start -> (the element with id t) -> end */
export const around = (element: string, rest = ''): string =>
  model(START + element + END, 'start -> t -> end', rest);

declare const TextEncoder: new () => { encode(text: string): Uint8Array };

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The refusal without the resource's name, or 'deployed'. */
export const verdict = (text: string): string => {
  const result = deployable('x.bpmn', bytesOf(text));
  return result.ok ? 'deployed' : result.message.replace(/^'x\.bpmn': /, '');
};
export const service = (...parts: readonly string[]) =>
  around(`<serviceTask id="t">${extensions(...parts)}</serviceTask>`);
export const user = (...parts: readonly string[]) =>
  around(`<userTask id="t">${extensions(...parts)}</userTask>`);
export const script = (...parts: readonly string[]) =>
  around(`<scriptTask id="t">${extensions(...parts)}</scriptTask>`);
export const input = (attributes: string) =>
  service(JOB, `<zeebe:ioMapping><zeebe:input ${attributes}/></zeebe:ioMapping>`);
export const output = (attributes: string) =>
  service(JOB, `<zeebe:ioMapping><zeebe:output ${attributes}/></zeebe:ioMapping>`);
export const headers = (...entries: readonly [string, string][]) =>
  service(
    JOB,
    `<zeebe:taskHeaders>${entries.map(([key, value]) => `<zeebe:header key="${key}" value="${value}"/>`).join('')}</zeebe:taskHeaders>`,
  );
export const gateway = (flows: string) =>
  model(`${START}<exclusiveGateway id="g"/>${END}<endEvent id="e2"/>`, `start -> g; ${flows}`);
export const boundary = (definition: string, attributes = '', rest = '') =>
  model(
    `${START}${task('t')}<boundaryEvent id="b" attachedToRef="t" ${attributes}>${definition}</boundaryEvent>${END}`,
    'start -> t -> end; b -> end',
    rest,
  );
export const boundaries = (one: string, two: string, rest = '') =>
  model(
    `${START}${task('t')}<boundaryEvent id="b" attachedToRef="t">${one}</boundaryEvent>` +
      `<boundaryEvent id="c" attachedToRef="t">${two}</boundaryEvent>${END}`,
    'start -> t -> end; b -> end; c -> end',
    rest,
  );
export const endWith = (definition: string, rest = '') =>
  model(`${START}<endEvent id="end">${definition}</endEvent>`, 'start -> end', rest);
export const sub = (inside: string) =>
  model(`${START}<subProcess id="sub">${inside}</subProcess>${END}`, 'start -> sub -> end');
export const at = (element: string, ...errors: readonly string[]) =>
  `- Element: ${element}\n${errors.map((error) => `    - ERROR: ${error}\n`).join('')}`;
export const DEFINITION = 't > extensionElements > taskDefinition';
export const MAPPING_IN = 't > extensionElements > ioMapping > input';
export const MAPPING_OUT = 't > extensionElements > ioMapping > output';
export const HEADERS = 't > extensionElements > taskHeaders';
export const FORM = 't > extensionElements > formDefinition';
export const ASSIGNMENT = 't > extensionElements > assignmentDefinition';
export const SCHEDULE = 't > extensionElements > taskSchedule';
export const NO_EXPRESSION = 'Expected expression but not found.';
export const staticValue = (text: string) =>
  `Expected expression but found static value '${text}'. An expression must start with '=' (e.g. '=${text}').`;
export const pattern = (text: string) =>
  `Expected path expression '${text}' but doesn't match the pattern '[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*'.`;
