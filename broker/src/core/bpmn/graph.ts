// The executable graph: one process version as plain objects with everything resolved.
//
// Built once by compile.ts, then never changed; while instances run nothing is looked up by text or parsed. Every object
// has every field, in one order, so that the engine's reads stay monomorphic.
import type { BpmnElementType, BpmnEventType } from '@millrace/protocol';
import type { CompiledMappings, Expression } from '../feel/index.ts';

export interface ExecutableProcess {
  readonly bpmnProcessId: string;
  /** '' when the model has none. */
  readonly versionTag: string;
  /** The process itself: type PROCESS, id = process id. */
  readonly root: ExecutableElement;
  /** Every element by id, root included, sequence flows excluded; in file order. */
  readonly elements: ReadonlyMap<string, ExecutableElement>;
  readonly flows: ReadonlyMap<string, ExecutableFlow>;
}

export interface ExecutableFlow {
  readonly id: string;
  readonly source: ExecutableElement;
  readonly target: ExecutableElement;
  readonly condition: Expression | undefined;
}

/** A script task that is evaluated here (zeebe:script). */
export interface ScriptDefinition {
  readonly expression: Expression;
  readonly resultVariable: string;
}

export interface ExecutableElement {
  readonly id: string;
  /** '' when the model gives none. */
  readonly name: string;
  readonly elementType: BpmnElementType;
  readonly eventType: BpmnEventType;
  /** The flow scope; undefined for the process. */
  readonly scope: ExecutableElement | undefined;
  /** In visiting order: from the last sequenceFlow element of the file to the first (observed.md section 2). */
  readonly outgoing: readonly ExecutableFlow[];
  readonly incoming: readonly ExecutableFlow[];
  /** Undefined where the element kind applies none, whatever the model says. */
  readonly inputMappings: CompiledMappings | undefined;
  readonly outputMappings: CompiledMappings | undefined;
  /** Of a process or sub-process: its none start event. */
  readonly startEvent: ExecutableElement | undefined;
  /** In visiting order: from the last of the file to the first. */
  readonly boundaryEvents: readonly ExecutableElement[];
  /** Of a boundary event: its activity. */
  readonly attachedTo: ExecutableElement | undefined;
  /** Of a boundary event; true for everything else. */
  readonly interrupting: boolean;
  /** Exclusive gateways only, as is the next one. */
  readonly defaultFlow: ExecutableFlow | undefined;
  /** The flows with a condition in visiting order, the default flow left out. */
  readonly conditionalFlows: readonly ExecutableFlow[];
  readonly job: JobDefinition | undefined;
  readonly script: ScriptDefinition | undefined;
  /** Of an error catch event; undefined or '' catches every error. */
  readonly errorCode: string | undefined;
  /** Of an error end event. */
  readonly errorCodeExpression: Expression | undefined;
  /** Elements whose flow scope this is, in file order. */
  readonly children: readonly ExecutableElement[];
}

export interface JobDefinition {
  readonly type: Expression;
  readonly retries: Expression;
  /** The static task headers as the text of a JSON object. */
  readonly headers: string;
  readonly headerEntries: readonly (readonly [key: string, value: string])[];
  /** Of a user task; the engine evaluates it into reserved headers. */
  readonly userTask: UserTaskProperties | undefined;
}

export interface UserTaskProperties {
  readonly assignee: Expression | undefined;
  /** Yields a list of texts, also when the model has a comma-separated static value. */
  readonly candidateGroups: Expression | undefined;
  readonly candidateUsers: Expression | undefined;
  readonly dueDate: Expression | undefined;
  readonly followUpDate: Expression | undefined;
  /** As written, never evaluated; an embedded form is named `camunda-forms:bpmn:<form id>`. */
  readonly formKey: string | undefined;
}

/** An element under construction: compile.ts fills it, everyone else sees it as ExecutableElement. */
export class ElementDraft implements ExecutableElement {
  readonly id: string;
  readonly name: string;
  readonly elementType: BpmnElementType;
  eventType: BpmnEventType = 'UNSPECIFIED';
  readonly scope: ElementDraft | undefined;
  readonly outgoing: ExecutableFlow[] = [];
  readonly incoming: ExecutableFlow[] = [];
  inputMappings: CompiledMappings | undefined = undefined;
  outputMappings: CompiledMappings | undefined = undefined;
  startEvent: ElementDraft | undefined = undefined;
  readonly boundaryEvents: ElementDraft[] = [];
  attachedTo: ElementDraft | undefined = undefined;
  interrupting = true;
  defaultFlow: ExecutableFlow | undefined = undefined;
  readonly conditionalFlows: ExecutableFlow[] = [];
  job: JobDefinition | undefined = undefined;
  script: ScriptDefinition | undefined = undefined;
  errorCode: string | undefined = undefined;
  errorCodeExpression: Expression | undefined = undefined;
  readonly children: ElementDraft[] = [];

  constructor(
    id: string,
    name: string,
    elementType: BpmnElementType,
    scope: ElementDraft | undefined,
  ) {
    this.id = id;
    this.name = name;
    this.elementType = elementType;
    this.scope = scope;
  }
}
