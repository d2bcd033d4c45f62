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
  /** How long the history of finished instances is worth keeping, such as `P30D`; '' when the model does not say. */
  readonly historyTimeToLive: string;
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

export interface MessageDefinition {
  readonly name: Expression;
  /** Undefined for start events of a process. */
  readonly correlationKey: Expression | undefined;
}

export interface TimerDefinition {
  readonly kind: 'date' | 'duration' | 'cycle';
  readonly value: Expression;
}

export interface LoopDefinition {
  readonly isSequential: boolean;
  readonly inputCollection: Expression;
  readonly inputElement: string | undefined;
  readonly outputCollection: string | undefined;
  readonly outputElement: Expression | undefined;
  /** Name of the variable that the output element reads first: it is made null for each round (engine-semantics.md C.11). */
  readonly outputVariable: string | undefined;
  readonly completionCondition: Expression | undefined;
}

export const BINDINGS = ['latest', 'deployment', 'versionTag'] as const;
export type Binding = (typeof BINDINGS)[number];

export interface CalledElement {
  readonly processId: Expression;
  readonly binding: Binding;
  /** '' unless the binding is by tag. */
  readonly versionTag: string;
  readonly propagateAllChildVariables: boolean;
  readonly propagateAllParentVariables: boolean;
}

export interface NativeUserTask {
  readonly properties: UserTaskProperties;
  readonly priority: Expression;
  readonly externalReference: Expression | undefined;
  /** The static task headers as the text of a JSON object. */
  readonly headers: string;
}

export interface ListenerDefinition {
  readonly type: Expression;
  readonly retries: Expression;
}

export const TASK_LISTENER_EVENTS = [
  'creating',
  'assigning',
  'updating',
  'completing',
  'canceling',
] as const;
export type TaskListenerEvent = (typeof TASK_LISTENER_EVENTS)[number];

export interface TaskListenerDefinition extends ListenerDefinition {
  readonly event: TaskListenerEvent;
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
  /** Of an escalation catch event; undefined or '' catches every escalation. */
  readonly escalationCode: string | undefined;
  /** Of an escalation throw or end event. */
  readonly escalationCodeExpression: Expression | undefined;
  /** What a message event or receive task waits for. */
  readonly message: MessageDefinition | undefined;
  /** What a timer event waits for. */
  readonly timer: TimerDefinition | undefined;
  /** Name of the signal that an event waits for or broadcasts. */
  readonly signalName: Expression | undefined;
  /** Of a link throw event: the catch event of the same name in its scope. */
  readonly linkTarget: ExecutableElement | undefined;
  /** Of a conditional event. */
  readonly condition: Expression | undefined;
  /** Changes of variables after which its condition is looked at. */
  readonly conditionChanges: readonly VariableChangeKind[];
  /** Of a process: start events other than the none start event, from the last of the file to the first. */
  readonly triggeredStarts: readonly ExecutableElement[];
  /** Of a scope, in file order; each has its start event in `startEvent`, whose `interrupting` says which kind it is. */
  readonly eventSubProcesses: readonly ExecutableElement[];
  /** Of an event-based gateway: the catch events behind it, in visiting order. */
  readonly gatewayEvents: readonly ExecutableElement[];
  /**
   * Of a multi-instance body (type MULTI_INSTANCE_BODY), which stands in `elements` under the id of its activity: the
   * activity itself. Flows, boundary events and compensation belong to the body; mappings, listeners and what the
   * activity does belong to the activity, whose scope is the body.
   */
  readonly innerActivity: ExecutableElement | undefined;
  readonly loop: LoopDefinition | undefined;
  readonly calledElement: CalledElement | undefined;
  /** Of a native user task (zeebe:userTask). */
  readonly nativeUserTask: NativeUserTask | undefined;
  readonly startListeners: readonly ListenerDefinition[];
  readonly endListeners: readonly ListenerDefinition[];
  readonly taskListeners: readonly TaskListenerDefinition[];
  /** Of a compensation boundary event: what compensates its activity. */
  readonly compensationHandler: ExecutableElement | undefined;
  /** Of a compensation throw or end event that names one activity. */
  readonly compensates: ExecutableElement | undefined;
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
  /** A deployed form, named by its id. */
  readonly form: FormReference | undefined;
}

export interface FormReference {
  readonly id: Expression;
  readonly binding: Binding;
  /** '' unless the binding is by tag. */
  readonly versionTag: string;
}

export const VARIABLE_CHANGES = ['create', 'update'] as const;
export type VariableChangeKind = (typeof VARIABLE_CHANGES)[number];

const NO_LISTENERS: readonly never[] = [];

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
  escalationCode: string | undefined = undefined;
  escalationCodeExpression: Expression | undefined = undefined;
  message: MessageDefinition | undefined = undefined;
  timer: TimerDefinition | undefined = undefined;
  signalName: Expression | undefined = undefined;
  linkTarget: ElementDraft | undefined = undefined;
  condition: Expression | undefined = undefined;
  conditionChanges: readonly VariableChangeKind[] = VARIABLE_CHANGES;
  readonly triggeredStarts: ElementDraft[] = [];
  readonly eventSubProcesses: ElementDraft[] = [];
  readonly gatewayEvents: ElementDraft[] = [];
  innerActivity: ElementDraft | undefined = undefined;
  loop: LoopDefinition | undefined = undefined;
  calledElement: CalledElement | undefined = undefined;
  nativeUserTask: NativeUserTask | undefined = undefined;
  startListeners: readonly ListenerDefinition[] = NO_LISTENERS;
  endListeners: readonly ListenerDefinition[] = NO_LISTENERS;
  taskListeners: readonly TaskListenerDefinition[] = NO_LISTENERS;
  compensationHandler: ElementDraft | undefined = undefined;
  compensates: ElementDraft | undefined = undefined;
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
