// Names of BPMN and of the Zeebe extension that the reader knows, as total tables: what each means to this release.
//
// An element of a scope that is not in the table is no BPMN: the file is refused. One that this release does not
// execute is refused by name; nothing is skipped but what has no meaning for execution.

export const BPMN = 'http://www.omg.org/spec/BPMN/20100524/MODEL';
export const ZEEBE = 'http://camunda.org/schema/zeebe/1.0';

/** The flow nodes that this release executes. */
export const NODE_KINDS = [
  'startEvent',
  'endEvent',
  'boundaryEvent',
  'serviceTask',
  'sendTask',
  'scriptTask',
  'businessRuleTask',
  'userTask',
  'manualTask',
  'task',
  'exclusiveGateway',
  'parallelGateway',
  'subProcess',
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

/** Attributes without prefix that the BPMN schema allows on the elements that are executed; a misspelt one is refused. */
const NODE = ['id', 'name'];
const ACTIVITY = [...NODE, 'isForCompensation', 'startQuantity', 'completionQuantity', 'default'];
const GATEWAY = [...NODE, 'gatewayDirection'];

export const ATTRIBUTES: ReadonlyMap<string, readonly string[]> = new Map<
  string,
  readonly string[]
>(
  Object.entries({
    process: [...NODE, 'processType', 'isClosed', 'isExecutable', 'definitionalCollaborationRef'],
    sequenceFlow: [...NODE, 'sourceRef', 'targetRef', 'isImmediate'],
    startEvent: [...NODE, 'isInterrupting', 'parallelMultiple'],
    endEvent: NODE,
    boundaryEvent: [...NODE, 'attachedToRef', 'cancelActivity', 'parallelMultiple'],
    serviceTask: [...ACTIVITY, 'implementation', 'operationRef'],
    sendTask: [...ACTIVITY, 'implementation', 'operationRef', 'messageRef'],
    scriptTask: [...ACTIVITY, 'scriptFormat'],
    businessRuleTask: [...ACTIVITY, 'implementation'],
    userTask: [...ACTIVITY, 'implementation'],
    manualTask: ACTIVITY,
    task: ACTIVITY,
    exclusiveGateway: [...GATEWAY, 'default'],
    parallelGateway: GATEWAY,
    subProcess: [...ACTIVITY, 'triggeredByEvent'],
    errorEventDefinition: ['id', 'errorRef'],
    terminateEventDefinition: ['id'],
    error: [...NODE, 'errorCode', 'structureRef'],
  } satisfies Record<NodeKind, readonly string[]> & Record<string, readonly string[]>),
);

/** Flow nodes of BPMN that this release refuses by name. */
const NOT_EXECUTED_NODES = [
  'receiveTask',
  'callActivity',
  'transaction',
  'adHocSubProcess',
  'inclusiveGateway',
  'eventBasedGateway',
  'complexGateway',
  'intermediateCatchEvent',
  'intermediateThrowEvent',
  'implicitThrowEvent',
  'event',
  'callChoreography',
  'choreographyTask',
  'subChoreography',
] as const;

/** Children of a process or sub-process that say nothing about execution. */
const SILENT = [
  'documentation',
  'extensionElements',
  'supportedInterfaceRef',
  'ioSpecification',
  'ioBinding',
  'auditing',
  'monitoring',
  'property',
  'laneSet',
  'dataObject',
  'dataObjectReference',
  'dataStoreReference',
  'association',
  'group',
  'textAnnotation',
  'categoryValueRef',
  'incoming',
  'outgoing',
  'dataInputAssociation',
  'dataOutputAssociation',
  'resourceRole',
  'performer',
  'humanPerformer',
  'potentialOwner',
  'correlationSubscription',
  'supports',
  'multiInstanceLoopCharacteristics',
  'standardLoopCharacteristics',
] as const;

export type ScopeMember = 'node' | 'flow' | 'not-executed' | 'silent';

/** What a BPMN child of a process or sub-process is. (Loop markers are judged with their activity, not here.) */
export const SCOPE_MEMBERS: ReadonlyMap<string, ScopeMember> = new Map<string, ScopeMember>([
  ...NODE_KINDS.map((name): [string, ScopeMember] => [name, 'node']),
  ...NOT_EXECUTED_NODES.map((name): [string, ScopeMember] => [name, 'not-executed']),
  ...SILENT.map((name): [string, ScopeMember] => [name, 'silent']),
  ['sequenceFlow', 'flow'],
]);

/** Children of an activity that change how it runs and that this release refuses. */
export const NOT_EXECUTED_MARKERS: ReadonlySet<string> = new Set([
  'multiInstanceLoopCharacteristics',
  'standardLoopCharacteristics',
]);

/** Zeebe extension elements that change what happens and that this release refuses, on whatever element they stand. */
export const NOT_EXECUTED_EXTENSIONS: ReadonlySet<string> = new Set([
  'publishMessage',
  'calledDecision',
  'calledElement',
  'loopCharacteristics',
  'userTask',
  'executionListeners',
  'taskListeners',
  'linkedResources',
  'adHoc',
  'jobPriorityDefinition',
]);
