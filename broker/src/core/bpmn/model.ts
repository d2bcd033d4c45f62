// What a BPMN file says, as data: before it is judged (elements/, validate.ts) and compiled (compile.ts).
//
// References are still ids. Every part keeps its XML element for messages and for the family files to look closer.
import type { NodeKind } from './names.ts';
import type { XmlElement } from './xml/xml.ts';

export interface Definitions {
  readonly xml: XmlElement;
  /** Executable processes in file order; the others are not looked at. */
  readonly processes: readonly Process[];
  readonly errors: ReadonlyMap<string, Coded>;
  readonly escalations: ReadonlyMap<string, Coded>;
  readonly messages: ReadonlyMap<string, Message>;
  readonly signals: ReadonlyMap<string, Signal>;
  /** What is drawn between two elements, of the whole file, by its beginning: leads from a compensation event to its handler. */
  readonly associations: ReadonlyMap<string, readonly string[]>;
}

export interface Process {
  readonly xml: XmlElement;
  readonly id: string;
  readonly name: string;
  readonly extensions: Extensions;
  readonly scope: Scope;
  /** Every flow node of the process, of all scopes, in file order. */
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** Every sequence flow of the process, of all scopes, in file order. */
  readonly flows: ReadonlyMap<string, SequenceFlow>;
  /** The boundary events by the id of their activity, in file order. */
  readonly attached: ReadonlyMap<string, readonly FlowNode[]>;
  /** Ids of the flow nodes that were refused: flows to them are no second fault. */
  readonly refused: ReadonlySet<string>;
}

/** A process or embedded sub-process seen as a container. */
export interface Scope {
  /** The sub-process, undefined for the process. */
  readonly owner: FlowNode | undefined;
  readonly nodes: readonly FlowNode[];
  /** The catch events of links by the name of the link. */
  readonly links: ReadonlyMap<string, FlowNode>;
}

export interface FlowNode {
  readonly kind: NodeKind;
  readonly xml: XmlElement;
  readonly id: string;
  readonly name: string;
  readonly scope: Scope;
  /** Contents of the `<incoming>` and `<outgoing>` children; the reference's rules count these, not the flows. */
  readonly incoming: readonly string[];
  readonly outgoing: readonly string[];
  readonly extensions: Extensions;
  readonly eventDefinitions: readonly EventDefinition[];
  /** Boundary events: the activity's id. */
  readonly attachedTo: string | undefined;
  /** Boundary events and start events of event sub-processes. */
  readonly interrupting: boolean;
  /** Receive tasks: what they wait for. */
  readonly messageRef: string | undefined;
  /** Activities: the multi-instance marker. */
  readonly loop: Loop | undefined;
  /** Activities: only run to compensate another one. */
  readonly isForCompensation: boolean;
  /** Id of the default flow. */
  readonly defaultFlow: string | undefined;
  /** Sub-processes: what is inside. */
  readonly inner: Scope | undefined;
}

/** A kind of event that is executed; what it needs beside its kind is in EventDefinition. */
export type EventKind =
  | 'message'
  | 'timer'
  | 'signal'
  | 'error'
  | 'escalation'
  | 'link'
  | 'terminate'
  | 'compensation'
  | 'conditional';

export interface EventDefinition {
  /** 'unknown': a kind that is not executed. */
  readonly kind: EventKind | 'unknown';
  readonly xml: XmlElement;
  readonly extensions: Extensions;
  /** Id of the message, signal, error, escalation or activity that it names. */
  readonly ref: string | undefined;
  /** Link events. */
  readonly name: string | undefined;
  /** Timer events: `timeDate`, `timeDuration`, `timeCycle`; conditional events: `condition`. */
  readonly texts: readonly ExpressionText[];
}

export interface ExpressionText {
  readonly xml: XmlElement;
  readonly source: string;
}

/** An error or escalation. */
export interface Coded {
  readonly xml: XmlElement;
  readonly code: string | undefined;
}

export interface Message {
  readonly xml: XmlElement;
  readonly name: string | undefined;
  readonly extensions: Extensions;
}

export interface Signal {
  readonly xml: XmlElement;
  readonly name: string | undefined;
}

export interface Loop {
  readonly xml: XmlElement;
  readonly isSequential: boolean;
  readonly extensions: Extensions;
  readonly completionCondition: ExpressionText | undefined;
}

export interface SequenceFlow {
  readonly xml: XmlElement;
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly condition: ExpressionText | undefined;
}

/** The Zeebe extension elements of one owner, by name, in file order. */
export type Extensions = ReadonlyMap<string, readonly XmlElement[]>;

/** The first extension element of a name. */
export const extension = (of: { readonly extensions: Extensions }, name: string) =>
  of.extensions.get(name)?.[0];
