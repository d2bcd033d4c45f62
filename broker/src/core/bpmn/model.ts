// What a BPMN file says, as data: before it is judged (elements/, validate.ts) and compiled (compile.ts).
//
// References are still ids. Every part keeps its XML element for messages and for the family files to look closer.
import type { NodeKind } from './names.ts';
import type { XmlElement } from './xml/xml.ts';

export interface Definitions {
  readonly xml: XmlElement;
  /** Executable processes in file order; the others are not looked at. */
  readonly processes: readonly Process[];
  readonly errors: ReadonlyMap<string, ErrorDefinition>;
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
  /** Ids of the flow nodes that were refused: flows to them are no second fault. */
  readonly refused: ReadonlySet<string>;
}

/** A process or embedded sub-process seen as a container. */
export interface Scope {
  /** The sub-process, undefined for the process. */
  readonly owner: FlowNode | undefined;
  readonly nodes: readonly FlowNode[];
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
  readonly interrupting: boolean;
  /** Id of the default flow. */
  readonly defaultFlow: string | undefined;
  /** Sub-processes: what is inside. */
  readonly inner: Scope | undefined;
}

export type EventDefinition =
  | { readonly kind: 'error'; readonly xml: XmlElement; readonly errorRef: string | undefined }
  | { readonly kind: 'terminate'; readonly xml: XmlElement }
  /** A kind that this release does not execute (reported when it was read). */
  | { readonly kind: 'not-executed'; readonly xml: XmlElement };

export interface ErrorDefinition {
  readonly xml: XmlElement;
  readonly code: string | undefined;
}

export interface SequenceFlow {
  readonly xml: XmlElement;
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly condition: Condition | undefined;
}

export interface Condition {
  readonly xml: XmlElement;
  readonly source: string;
}

/** The Zeebe extension elements of one owner, by name, in file order. */
export type Extensions = ReadonlyMap<string, readonly XmlElement[]>;

/** The first extension element of a name. */
export const extension = (of: { readonly extensions: Extensions }, name: string) =>
  of.extensions.get(name)?.[0];
