// Element tree -> BPMN model: picks out what execution needs, and reports what this release does not execute.
//
// Processes that are not executable are not looked at. Never skips anything that changes how a process runs.
import type {
  Condition,
  Definitions,
  ErrorDefinition,
  EventDefinition,
  Extensions,
  FlowNode,
  Process,
  Scope,
  SequenceFlow,
} from './model.ts';
import {
  BPMN,
  NOT_EXECUTED_EXTENSIONS,
  NOT_EXECUTED_MARKERS,
  type NodeKind,
  SCOPE_MEMBERS,
  ZEEBE,
} from './names.ts';
import type { Problems } from './problems.ts';
import type { XmlElement } from './xml/xml.ts';

/** Reads the model of a file whose schema was checked. */
export function readDefinitions(root: XmlElement, problems: Problems): Definitions {
  const processes: Process[] = [];
  const errors = new Map<string, ErrorDefinition>();
  for (const child of root.children) {
    if (child.namespace !== BPMN) continue;
    if (child.name === 'process' && child.attributes.get('isExecutable')?.trim() === 'true') {
      processes.push(new ProcessReader(child, problems).process());
    } else if (child.name === 'error') {
      const id = attribute(child, 'id');
      if (id !== undefined) errors.set(id, { xml: child, code: child.attributes.get('errorCode') });
    }
  }
  if (processes.length === 0) problems.add('process-none-executable', root);
  return { xml: root, processes, errors };
}

/** An id or a reference to one: surrounding white space does not count. */
const attribute = (xml: XmlElement, name: string): string | undefined =>
  xml.attributes.get(name)?.trim();

/** As attribute(), for references that may carry a prefix. */
function reference(xml: XmlElement, name: string): string | undefined {
  const value = attribute(xml, name);
  return value === undefined ? undefined : localName(value);
}

const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1';

const localName = (reference: string): string => reference.slice(reference.indexOf(':') + 1);

/** A node while its inside is read. */
interface FlowNodeDraft extends FlowNode {
  inner: Scope | undefined;
}

class ProcessReader {
  readonly #xml: XmlElement;
  readonly #problems: Problems;
  readonly #nodes = new Map<string, FlowNode>();
  readonly #flows = new Map<string, SequenceFlow>();
  readonly #refused = new Set<string>();

  constructor(xml: XmlElement, problems: Problems) {
    this.#xml = xml;
    this.#problems = problems;
  }

  process(): Process {
    const xml = this.#xml;
    return {
      xml,
      id: this.#id(xml),
      name: xml.attributes.get('name') ?? '',
      extensions: this.#extensions(xml),
      scope: this.#scope(xml, undefined),
      nodes: this.#nodes,
      flows: this.#flows,
      refused: this.#refused,
    };
  }

  #id(xml: XmlElement): string {
    const id = attribute(xml, 'id');
    if (id === undefined) this.#problems.add('id-missing', xml, xml.name);
    return id ?? '';
  }

  #notExecuted(xml: XmlElement, what: string): void {
    const id = attribute(xml, 'id');
    this.#problems.add('not-executed', xml, id === undefined ? what : `${what} '${id}'`);
  }

  #scope(xml: XmlElement, owner: FlowNode | undefined): Scope {
    const nodes: FlowNode[] = [];
    const scope: Scope = { owner, nodes };
    for (const child of xml.children) {
      if (child.namespace !== BPMN) continue;
      const member = SCOPE_MEMBERS.get(child.name);
      if (member === 'node') {
        const node = this.#node(child, child.name as NodeKind, scope);
        if (node !== undefined) nodes.push(node);
      } else if (member === 'flow') this.#flow(child);
      else if (member === 'not-executed') this.#refuse(child, child.name);
    }
    return scope;
  }

  #refuse(xml: XmlElement, what: string): void {
    this.#notExecuted(xml, what);
    const id = attribute(xml, 'id');
    if (id !== undefined) this.#refused.add(id);
  }

  #node(xml: XmlElement, kind: NodeKind, scope: Scope): FlowNode | undefined {
    if (kind === 'subProcess' && isTrue(attribute(xml, 'triggeredByEvent'))) {
      this.#refuse(xml, 'event sub-process');
      return undefined;
    }
    const node: FlowNodeDraft = {
      kind,
      xml,
      id: this.#id(xml),
      name: xml.attributes.get('name') ?? '',
      scope,
      incoming: references(xml, 'incoming'),
      outgoing: references(xml, 'outgoing'),
      extensions: this.#extensions(xml),
      eventDefinitions: kind.endsWith('Event') ? this.#eventDefinitions(xml) : [],
      attachedTo: kind === 'boundaryEvent' ? attribute(xml, 'attachedToRef') : undefined,
      interrupting: isTrue(attribute(xml, 'cancelActivity') ?? 'true'),
      defaultFlow: attribute(xml, 'default'),
      inner: undefined,
    };
    this.#markers(node);
    this.#nodes.set(node.id, node);
    if (kind === 'subProcess') node.inner = this.#scope(xml, node);
    return node;
  }

  #markers(node: FlowNode): void {
    if (isTrue(attribute(node.xml, 'isForCompensation'))) {
      this.#notExecuted(node.xml, `compensation handler (${node.kind})`);
    }
    for (const child of node.xml.children) {
      if (child.namespace === BPMN && NOT_EXECUTED_MARKERS.has(child.name)) {
        this.#problems.add('not-executed', node.xml, `${child.name} of ${node.kind} '${node.id}'`);
      }
    }
  }

  #eventDefinitions(xml: XmlElement): readonly EventDefinition[] {
    const definitions: EventDefinition[] = [];
    for (const child of xml.children) {
      if (child.namespace !== BPMN || !/^eventDefinitionRef$|EventDefinition$/.test(child.name))
        continue;
      if (child.name === 'errorEventDefinition') {
        definitions.push({ kind: 'error', xml: child, errorRef: reference(child, 'errorRef') });
      } else if (child.name === 'terminateEventDefinition') {
        definitions.push({ kind: 'terminate', xml: child });
      } else {
        definitions.push({ kind: 'not-executed', xml: child });
        const owner = `${xml.name} '${attribute(xml, 'id') ?? ''}'`;
        this.#problems.add('not-executed', xml, `${child.name} of ${owner}`);
      }
    }
    return definitions;
  }

  #flow(xml: XmlElement): void {
    const flow: SequenceFlow = {
      xml,
      id: this.#id(xml),
      source: attribute(xml, 'sourceRef') ?? '',
      target: attribute(xml, 'targetRef') ?? '',
      condition: condition(xml),
    };
    this.#flows.set(flow.id, flow);
  }

  #extensions(owner: XmlElement): Extensions {
    const extensions = new Map<string, XmlElement[]>();
    for (const child of owner.children) {
      if (child.namespace !== BPMN || child.name !== 'extensionElements') continue;
      for (const element of child.children) {
        if (element.namespace !== ZEEBE) continue;
        const same = extensions.get(element.name);
        if (same === undefined) extensions.set(element.name, [element]);
        else same.push(element);
        if (changesExecution(element)) {
          const id = attribute(owner, 'id') ?? '';
          const what = `zeebe:${element.name} of ${owner.name} '${id}'`;
          this.#problems.add('not-executed', owner, what);
        }
      }
    }
    return extensions;
  }
}

/** Whether an extension element asks for something that this release does not do; an empty list asks for nothing. */
const changesExecution = ({ name, children }: XmlElement): boolean =>
  NOT_EXECUTED_EXTENSIONS.has(name) && (children.length > 0 || !LISTS.has(name));

const LISTS: ReadonlySet<string> = new Set([
  'executionListeners',
  'taskListeners',
  'linkedResources',
]);

function references(xml: XmlElement, name: string): readonly string[] {
  const found: string[] = [];
  for (const child of xml.children) {
    if (child.namespace === BPMN && child.name === name) found.push(localName(child.text.trim()));
  }
  return found;
}

function condition(xml: XmlElement): Condition | undefined {
  for (const child of xml.children) {
    if (child.namespace === BPMN && child.name === 'conditionExpression') {
      return { xml: child, source: child.text.trim() };
    }
  }
  return undefined;
}
