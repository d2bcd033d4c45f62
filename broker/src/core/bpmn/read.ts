// Element tree -> BPMN model: picks out what execution needs, and reports what this release does not execute.
//
// Processes that are not executable are not looked at. Never skips anything that changes how a process runs.
import type {
  Definitions,
  ExpressionText,
  Extensions,
  FlowNode,
  Loop,
  Process,
  Scope,
  SequenceFlow,
} from './model.ts';
import {
  BPMN,
  NOT_EXECUTED_EXTENSIONS,
  type NodeKind,
  SCOPE_MEMBERS,
  UNSUPPORTED,
  ZEEBE,
} from './names.ts';
import type { Problems } from './problems.ts';
import { eventDefinitions, expressionText, ReferredReader } from './read-events.ts';
import { attribute, isTrue, localName, reference } from './references.ts';
import type { XmlElement } from './xml/xml.ts';

/** Reads the model of a file whose schema was checked. */
export function readDefinitions(root: XmlElement, problems: Problems): Definitions {
  const processes: Process[] = [];
  const referred = new ReferredReader();
  for (const child of root.children) {
    if (child.namespace !== BPMN) continue;
    if (child.name === 'process' && attribute(child, 'isExecutable') === 'true') {
      processes.push(new ProcessReader(child, problems, referred).process());
    } else referred.read(child, (owner) => readExtensions(owner, problems));
  }
  if (processes.length === 0) problems.add('process-none-executable', root);
  const { errors, escalations, messages, signals, associations } = referred;
  return { xml: root, processes, errors, escalations, messages, signals, associations };
}

/** A node while its inside is read. */
interface FlowNodeDraft extends FlowNode {
  inner: Scope | undefined;
}

class ProcessReader {
  readonly #xml: XmlElement;
  readonly #problems: Problems;
  readonly #referred: ReferredReader;
  readonly #nodes = new Map<string, FlowNode>();
  readonly #flows = new Map<string, SequenceFlow>();
  readonly #attached = new Map<string, FlowNode[]>();
  readonly #refused = new Set<string>();

  constructor(xml: XmlElement, problems: Problems, referred: ReferredReader) {
    this.#xml = xml;
    this.#problems = problems;
    this.#referred = referred;
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
      attached: this.#attached,
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
    const links = new Map<string, FlowNode>();
    const scope: Scope = { owner, nodes, links };
    for (const child of xml.children) {
      if (child.namespace !== BPMN) continue;
      const member = SCOPE_MEMBERS.get(child.name);
      if (member === 'node') {
        const node = this.#node(child, child.name as NodeKind, scope);
        nodes.push(node);
        addLinks(node, links);
      } else if (member === 'flow') this.#flow(child);
      else if (member === 'association') this.#referred.associate(child);
      else if (member === 'not-executed') this.#refuse(child, child.name);
    }
    return scope;
  }

  #refuse(xml: XmlElement, what: string): void {
    if (UNSUPPORTED.has(what)) {
      const type = `${what[0]!.toUpperCase()}${what.slice(1)}`;
      this.#problems.add('element-unsupported', xml, type);
    } else this.#notExecuted(xml, what);
    const id = attribute(xml, 'id');
    if (id !== undefined) this.#refused.add(id);
  }

  #node(xml: XmlElement, name: NodeKind, scope: Scope): FlowNode {
    const triggered = name === 'subProcess' && isTrue(attribute(xml, 'triggeredByEvent'));
    const kind = triggered ? 'eventSubProcess' : name;
    const extensions = (owner: XmlElement) => this.#extensions(owner);
    const interrupting = kind === 'startEvent' ? 'isInterrupting' : 'cancelActivity';
    const node: FlowNodeDraft = {
      kind,
      xml,
      id: this.#id(xml),
      name: xml.attributes.get('name') ?? '',
      scope,
      incoming: references(xml, 'incoming'),
      outgoing: references(xml, 'outgoing'),
      extensions: extensions(xml),
      eventDefinitions: kind.endsWith('Event') ? eventDefinitions(xml, extensions) : [],
      attachedTo: kind === 'boundaryEvent' ? reference(xml, 'attachedToRef') : undefined,
      interrupting: isTrue(attribute(xml, interrupting) ?? 'true'),
      messageRef: reference(xml, 'messageRef'),
      loop: this.#loop(xml),
      isForCompensation: isTrue(attribute(xml, 'isForCompensation')),
      defaultFlow: attribute(xml, 'default'),
      inner: undefined,
    };
    this.#nodes.set(node.id, node);
    if (node.attachedTo !== undefined) this.#attach(node, node.attachedTo);
    if (name === 'subProcess') node.inner = this.#scope(xml, node);
    return node;
  }

  #attach(event: FlowNode, activity: string): void {
    const events = this.#attached.get(activity);
    if (events === undefined) this.#attached.set(activity, [event]);
    else events.push(event);
  }

  /** The multi-instance marker. A standard loop has no meaning, as with the reference: the activity runs once. */
  #loop(owner: XmlElement): Loop | undefined {
    const xml = childOf(owner, 'multiInstanceLoopCharacteristics');
    if (xml === undefined) return undefined;
    const condition = childOf(xml, 'completionCondition');
    return {
      xml,
      isSequential: isTrue(attribute(xml, 'isSequential')),
      extensions: this.#extensions(xml),
      completionCondition: condition && expressionText(condition),
    };
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
    return readExtensions(owner, this.#problems);
  }
}

function readExtensions(owner: XmlElement, problems: Problems): Extensions {
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
        problems.add('not-executed', owner, `zeebe:${element.name} of ${owner.name} '${id}'`);
      }
    }
  }
  return extensions;
}

/** Whether an extension element asks for something that this release does not do; an empty list asks for nothing. */
const changesExecution = ({ name, children }: XmlElement): boolean =>
  NOT_EXECUTED_EXTENSIONS.has(name) && (children.length > 0 || !LISTS.has(name));

const LISTS: ReadonlySet<string> = new Set(['linkedResources']);

function references(xml: XmlElement, name: string): readonly string[] {
  const found: string[] = [];
  for (const child of xml.children) {
    if (child.namespace === BPMN && child.name === name) found.push(localName(child.text.trim()));
  }
  return found;
}

/** Where links lead: the first catch event of a name. */
function addLinks(node: FlowNode, links: Map<string, FlowNode>): void {
  if (node.kind !== 'intermediateCatchEvent') return;
  for (const { kind, name } of node.eventDefinitions) {
    if (kind === 'link' && name !== undefined && !links.has(name)) links.set(name, node);
  }
}

const childOf = (xml: XmlElement, name: string): XmlElement | undefined =>
  xml.children.find((child) => child.namespace === BPMN && child.name === name);

function condition(xml: XmlElement): ExpressionText | undefined {
  const found = childOf(xml, 'conditionExpression');
  return found && expressionText(found);
}
