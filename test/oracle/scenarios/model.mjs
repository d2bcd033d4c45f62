// Builds the BPMN files of the scenarios from lists of nodes and lines of flows.
// A node is plain data until `bpmn` or `processes` prints it; each scope prints its own flows, and every node gets the
// `<incoming>` and `<outgoing>` children of its flows, which the reference broker's validation counts.
// Nothing here checks the model: scenarios need wrong ones too.

/** Text as it may stand inside an attribute or an element. */
export const xmlText = (text) =>
  String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');

const attributesOf = (values) =>
  Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join('');

/** An empty element with attributes; those that are undefined are left out. */
export const tag = (name, attributes = {}) => `<${name}${attributesOf(attributes)}/>`;

/**
 * A flow node.
 * @param {string} name BPMN element name
 * @param {string} id
 * @param {{at?: object, ext?: string|string[], io?: object, inside?: string, nodes?: object[], flows?: string}} parts
 *   attributes, extension elements, mappings, further children, and for a scope its own nodes and flows
 */
export function node(name, id, { at = {}, ext = [], io, inside = '', nodes, flows = '' } = {}) {
  const extensions = [ext].flat();
  if (io) extensions.push(mappings(io));
  return { name, id, at, extensions, inside, nodes, flows };
}

/** `zeebe:ioMapping` from [target, source] pairs or an object, in that order. */
export function mappings({ inputs = {}, outputs = {} }) {
  const list = (kind, pairs) =>
    (Array.isArray(pairs) ? pairs : Object.entries(pairs))
      .map(([target, source]) => tag(`zeebe:${kind}`, { source, target }))
      .join('');
  return `<zeebe:ioMapping>${list('input', inputs)}${list('output', outputs)}</zeebe:ioMapping>`;
}

/** `zeebe:taskHeaders` from [key, value] pairs. */
export const headers = (...pairs) =>
  `<zeebe:taskHeaders>${pairs.map(([key, value]) => tag('zeebe:header', { key, value })).join('')}</zeebe:taskHeaders>`;

const withDefinition = (type, retries) => tag('zeebe:taskDefinition', { type, retries });

/** A task that a worker does; `kind` is the element's name. */
export const job = (id, { type = id, retries, kind = 'serviceTask', ext = [], ...parts } = {}) =>
  node(kind, id, { ...parts, ext: [withDefinition(type, retries), ...[ext].flat()] });

/** A script task with a FEEL expression. */
export const script = (id, expression, resultVariable = id, { ext = [], ...parts } = {}) =>
  node('scriptTask', id, {
    ...parts,
    ext: [tag('zeebe:script', { expression, resultVariable }), ...[ext].flat()],
  });

export const user = (id, parts) => node('userTask', id, parts);
export const start = (id = 'start', parts) => node('startEvent', id, parts);
export const end = (id = 'end', parts) => node('endEvent', id, parts);
export const pass = (id, parts) => node('task', id, parts);
export const xor = (id, parts) => node('exclusiveGateway', id, parts);
export const and = (id, parts) => node('parallelGateway', id, parts);
export const sub = (id, nodes, flows, parts) => node('subProcess', id, { ...parts, nodes, flows });

/** An end event that terminates its scope. */
export const stop = (id = 'stop') => end(id, { inside: '<terminateEventDefinition/>' });
/** An end event that throws the error `ref`. */
export const fail = (id, ref, parts) => end(id, { ...parts, inside: onError(ref) });
/** An error boundary event; without `ref` it catches everything. */
export const caught = (id, attachedToRef, ref, parts) =>
  node('boundaryEvent', id, { ...parts, at: { attachedToRef }, inside: onError(ref) });

export const onError = (errorRef) => tag('errorEventDefinition', { errorRef });
/** Declares an error beside the process; its id is its code unless another is given. */
export const error = (id, errorCode = id) => tag('error', { id, errorCode });

/**
 * The sequence flows of a scope. One chain a line (or separated by `;`): `start -> work -> end`. A condition or `else`
 * after `?` belongs to the chain's first flow: `choice -> yes -> end ? =x > 1`. A flow's id is `from_to`.
 */
function readFlows(text) {
  const flows = [];
  for (const line of text
    .split(/[;\n]/)
    .map((part) => part.trim())
    .filter(Boolean)) {
    const cut = line.indexOf(' ? ');
    const condition = cut < 0 ? undefined : line.slice(cut + 3);
    const ids = (cut < 0 ? line : line.slice(0, cut)).split('->').map((id) => id.trim());
    for (let i = 0; i + 1 < ids.length; i++) {
      const [from, to] = [ids[i], ids[i + 1]];
      const twins = flows.filter((flow) => flow.from === from && flow.to === to).length;
      flows.push({
        id: `${from}_${to}${twins > 0 ? `_${twins + 1}` : ''}`,
        from,
        to,
        condition: i === 0 ? condition : undefined,
      });
    }
  }
  return flows;
}

/** Associations go last: the schema wants artifacts behind all flow elements. */
function printScope(nodes, text) {
  const flows = readFlows(text);
  const isArtifact = (each) => typeof each === 'string' && each.startsWith('<association');
  const artifacts = nodes.filter(isArtifact).join('');
  const elements = nodes.filter((each) => !isArtifact(each)).map((each) => printNode(each, flows));
  return elements.join('') + flows.map(printFlow).join('') + artifacts;
}

function printNode(each, flows) {
  if (typeof each === 'string') return each;
  const standard = flows.find((flow) => flow.from === each.id && flow.condition === 'else');
  const at = { id: each.id, default: standard?.id, ...each.at };
  const extensions = each.extensions.filter(Boolean).join('');
  const references =
    flows
      .filter((flow) => flow.to === each.id)
      .map((flow) => `<incoming>${flow.id}</incoming>`)
      .join('') +
    flows
      .filter((flow) => flow.from === each.id)
      .map((flow) => `<outgoing>${flow.id}</outgoing>`)
      .join('');
  return (
    `<${each.name}${attributesOf(at)}>` +
    (extensions && `<extensionElements>${extensions}</extensionElements>`) +
    references +
    each.inside +
    (each.nodes ? printScope(each.nodes, each.flows) : '') +
    `</${each.name}>`
  );
}

function printFlow({ id, from, to, condition }) {
  const open = `<sequenceFlow id="${id}" sourceRef="${from}" targetRef="${to}">`;
  if (condition === undefined || condition === 'else') return `${open}</sequenceFlow>`;
  return `${open}<conditionExpression xsi:type="tFormalExpression">${xmlText(condition)}</conditionExpression></sequenceFlow>`;
}

/** One process element, for files that hold several. */
export const processElement = (id, nodes, flows = '', { at = {}, ext = '' } = {}) =>
  `<process${attributesOf({ id, isExecutable: 'true', ...at })}>` +
  (ext && `<extensionElements>${ext}</extensionElements>`) +
  `${printScope(nodes, flows)}</process>`;

/** A BPMN file of the given parts: process elements, errors. */
export const file = (...parts) =>
  '<?xml version="1.0" encoding="UTF-8"?>' +
  '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"' +
  ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"' +
  ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
  ` id="definitions" targetNamespace="urn:scenario">${parts.join('')}</definitions>`;

/** A BPMN file of one executable process; `rest` stands beside it. */
export const bpmn = (id, nodes, flows = '', rest = '', parts = {}) =>
  file(processElement(id, nodes, flows, parts), rest);

/** Deploys one process as `<id>.bpmn`. */
export const deploy = (t, id, nodes, flows, rest, parts) =>
  t.deploy({ [`${id}.bpmn`]: bpmn(id, nodes, flows, rest, parts) });

/** Deploys one process of one job task `work` of the type `<id>-work`. */
export const deployTask = (t, id, parts = {}) =>
  deploy(
    t,
    id,
    [start(), job('work', { type: `${id}-work`, ...parts }), end()],
    'start -> work -> end',
  );

/** The newest incident's key. */
export const incident = (t) => t.last('INCIDENT', 'CREATED')?.key;
/** The keys of all incidents of the scenario, oldest first. */
export const incidents = (t) =>
  t.records
    .filter((r) => r.recordType === 'EVENT' && r.valueType === 'INCIDENT' && r.intent === 'CREATED')
    .map((r) => r.key);
/** A key of this partition that nothing has. */
export const unknownKey = String(2n ** 51n + 99_999_999n);
