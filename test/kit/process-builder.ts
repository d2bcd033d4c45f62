// Small processes as BPMN text, without files: one line each for what a test is about.
//
// Everything a model needs to be accepted by any broker is there (flow references, executable mark); diagrams are not.

/** A node of a process: prints itself around its flow references. */
export interface BpmnNode {
  readonly id: string;
  xml(flowReferences: string): string;
}

export const startEvent = (id = 'start'): BpmnNode => plain('startEvent', id);
export const endEvent = (id = 'end'): BpmnNode => plain('endEvent', id);

/** A task that a worker does; the job type is the id unless given. */
export function serviceTask(id: string, type = id, retries?: number): BpmnNode {
  const times = retries === undefined ? '' : ` retries="${retries}"`;
  const definition = `<zeebe:taskDefinition type="${type}"${times}/>`;
  return {
    id,
    xml: (references) =>
      `<serviceTask id="${id}"><extensionElements>${definition}</extensionElements>${references}</serviceTask>`,
  };
}

/** An error boundary event on an activity, catching one code. The process must declare the error (see `process`). */
export function errorBoundary(id: string, attachedTo: string, errorId: string): BpmnNode {
  return {
    id,
    xml: (references) =>
      `<boundaryEvent id="${id}" attachedToRef="${attachedTo}">${references}` +
      `<errorEventDefinition errorRef="${errorId}"/></boundaryEvent>`,
  };
}

export interface ProcessParts {
  readonly nodes: readonly BpmnNode[];
  /** Pairs of ids. */
  readonly flows: readonly (readonly [string, string])[];
  /** Error id to error code. */
  readonly errors?: Readonly<Record<string, string>>;
}

/** One executable process as a BPMN file. */
export function process(id: string, { nodes, flows, errors = {} }: ProcessParts): string {
  const references = (node: string): string =>
    flows
      .map(([from, to]) => {
        if (to === node) return `<incoming>${from}_${to}</incoming>`;
        return from === node ? `<outgoing>${from}_${to}</outgoing>` : '';
      })
      .sort()
      .join('');
  const flowXml = flows.map(
    ([from, to]) => `<sequenceFlow id="${from}_${to}" sourceRef="${from}" targetRef="${to}"/>`,
  );
  const errorXml = Object.entries(errors).map(
    ([errorId, code]) => `<error id="${errorId}" errorCode="${code}"/>`,
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<definitions id="definitions" targetNamespace="http://millrace/test"' +
    ' xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"' +
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">' +
    `<process id="${id}" isExecutable="true">` +
    `${nodes.map((node) => node.xml(references(node.id))).join('')}${flowXml.join('')}</process>` +
    `${errorXml.join('')}</definitions>`
  );
}

/** Start, one service task, end. */
export function oneTaskProcess(id: string, type: string, retries?: number): string {
  return process(id, {
    nodes: [startEvent(), serviceTask('work', type, retries), endEvent()],
    flows: [
      ['start', 'work'],
      ['work', 'end'],
    ],
  });
}

function plain(tag: string, id: string): BpmnNode {
  return { id, xml: (references) => `<${tag} id="${id}">${references}</${tag}>` };
}
