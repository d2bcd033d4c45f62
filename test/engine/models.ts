// BPMN models of engine tests as lists of nodes and lines of flows, in the way of the oracle's scenarios.
//
// A flow line is `start -> work -> end`; `choice -> yes ? =x > 1` puts a condition on its first flow, `? else` makes it
// the default one. A flow's id is `from_to`, with `_2` for a twin.

export interface ModelNode {
  readonly tag: string;
  readonly id: string;
  readonly attributes: string;
  readonly extensions: string;
  readonly inside: string;
  readonly nodes?: readonly ModelNode[];
  readonly flows?: string;
}

export interface Parts {
  /** Target to source of input mappings. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  /** Job type or its expression; the id unless given. */
  readonly type?: string;
  readonly retries?: string | number;
  readonly extensions?: string;
}

const text = (value: string): string =>
  value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

function mappings({ inputs = {}, outputs = {} }: Parts): string {
  const list = (tag: string, pairs: Readonly<Record<string, string>>) =>
    Object.entries(pairs)
      .map(([target, source]) => `<zeebe:${tag} source="${text(source)}" target="${target}"/>`)
      .join('');
  const all = list('input', inputs) + list('output', outputs);
  return all === '' ? '' : `<zeebe:ioMapping>${all}</zeebe:ioMapping>`;
}

export function node(
  tag: string,
  id: string,
  parts: Parts = {},
  inside = '',
  attributes = '',
): ModelNode {
  return {
    tag,
    id,
    attributes,
    extensions: (parts.extensions ?? '') + mappings(parts),
    inside,
  };
}

/** A task that a worker does. */
export function job(id: string, parts: Parts = {}, tag = 'serviceTask'): ModelNode {
  const { type = id, retries } = parts;
  const times = retries === undefined ? '' : ` retries="${text(String(retries))}"`;
  const definition = `<zeebe:taskDefinition type="${text(type)}"${times}/>`;
  return node(tag, id, { ...parts, extensions: definition + (parts.extensions ?? '') });
}

export const script = (id: string, expression: string, result = id): ModelNode =>
  node('scriptTask', id, {
    extensions: `<zeebe:script expression="${text(expression)}" resultVariable="${result}"/>`,
  });
export const user = (id: string, parts?: Parts): ModelNode => node('userTask', id, parts);
export const start = (id = 'start', parts?: Parts): ModelNode => node('startEvent', id, parts);
export const end = (id = 'end', parts?: Parts): ModelNode => node('endEvent', id, parts);
export const pass = (id: string): ModelNode => node('task', id);
export const manual = (id: string): ModelNode => node('manualTask', id);
export const xor = (id: string): ModelNode => node('exclusiveGateway', id);
export const and = (id: string): ModelNode => node('parallelGateway', id);

/** An embedded sub-process. */
export const sub = (
  id: string,
  nodes: readonly ModelNode[],
  flows: string,
  parts?: Parts,
): ModelNode => ({ ...node('subProcess', id, parts), nodes, flows });

/** An end event that terminates its scope. */
export const stop = (id = 'stop'): ModelNode =>
  node('endEvent', id, {}, '<terminateEventDefinition/>');
/** An end event that throws the error with this id. */
export const fail = (id: string, errorId: string): ModelNode =>
  node('endEvent', id, {}, `<errorEventDefinition errorRef="${errorId}"/>`);
/** An error boundary event; without an error id it catches everything. */
export function caught(id: string, attachedTo: string, errorId?: string, parts?: Parts): ModelNode {
  const reference = errorId === undefined ? '' : ` errorRef="${errorId}"`;
  const definition = `<errorEventDefinition${reference}/>`;
  return node('boundaryEvent', id, parts, definition, ` attachedToRef="${attachedTo}"`);
}

/** Declares an error whose code is its id unless another is given. */
export const error = (id: string, code = id): string =>
  `<error id="${id}" errorCode="${text(code)}"/>`;

interface Flow {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly condition: string | undefined;
}

function readFlows(lines: string): Flow[] {
  const flows: Flow[] = [];
  for (const line of lines.split(/[;\n]/).map((part) => part.trim())) {
    const [chain = '', condition] = line.split(' ? ');
    const ids = chain.split('->').map((id) => id.trim());
    for (let i = 0; i + 1 < ids.length; i++) {
      const from = ids[i] as string;
      const to = ids[i + 1] as string;
      const twins = flows.filter((flow) => flow.from === from && flow.to === to).length;
      const id = `${from}_${to}${twins > 0 ? `_${twins + 1}` : ''}`;
      flows.push({ id, from, to, condition: i === 0 ? condition : undefined });
    }
  }
  return flows;
}

function printScope(nodes: readonly ModelNode[], lines: string): string {
  const flows = readFlows(lines);
  return nodes.map((each) => printNode(each, flows)).join('') + flows.map(printFlow).join('');
}

function printNode(each: ModelNode, flows: readonly Flow[]): string {
  const standard = flows.find((flow) => flow.from === each.id && flow.condition === 'else');
  const preset = standard === undefined ? '' : ` default="${standard.id}"`;
  const extensions =
    each.extensions === '' ? '' : `<extensionElements>${each.extensions}</extensionElements>`;
  const incoming = flows.filter((flow) => flow.to === each.id);
  const outgoing = flows.filter((flow) => flow.from === each.id);
  const references =
    incoming.map((flow) => `<incoming>${flow.id}</incoming>`).join('') +
    outgoing.map((flow) => `<outgoing>${flow.id}</outgoing>`).join('');
  const children = each.nodes === undefined ? '' : printScope(each.nodes, each.flows ?? '');
  return (
    `<${each.tag} id="${each.id}"${preset}${each.attributes}>${extensions}${references}` +
    `${each.inside}${children}</${each.tag}>`
  );
}

function printFlow({ id, from, to, condition }: Flow): string {
  const head = `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">`;
  if (condition === undefined || condition === 'else') return `${head}</sequenceFlow>`;
  return `${head}<conditionExpression>${text(condition)}</conditionExpression></sequenceFlow>`;
}

/** One process element, for files that hold several. */
export const processXml = (id: string, nodes: readonly ModelNode[], flows: string): string =>
  `<process id="${id}" isExecutable="true">${printScope(nodes, flows)}</process>`;

/** A BPMN file of process elements and errors. */
export const file = (...parts: readonly string[]): string =>
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<definitions id="definitions" targetNamespace="urn:test"' +
  ' xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"' +
  ` xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">${parts.join('')}</definitions>`;

/** A BPMN file of one executable process; `rest` stands beside it. */
export const bpmn = (id: string, nodes: readonly ModelNode[], flows: string, rest = ''): string =>
  file(processXml(id, nodes, flows), rest);

/** Start, one job task `work`, end. */
export const oneTask = (id = 'p', parts?: Parts): string =>
  bpmn(id, [start(), job('work', parts), end()], 'start -> work -> end');
