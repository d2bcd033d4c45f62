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
  'receiveTask',
  'callActivity',
  'exclusiveGateway',
  'parallelGateway',
  'inclusiveGateway',
  'eventBasedGateway',
  'intermediateCatchEvent',
  'intermediateThrowEvent',
  'subProcess',
] as const;
export type NodeName = (typeof NODE_KINDS)[number];
/** A sub-process that is triggered by an event is a kind of its own. */
export type NodeKind = NodeName | 'eventSubProcess';

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
    receiveTask: [...ACTIVITY, 'implementation', 'instantiate', 'operationRef', 'messageRef'],
    callActivity: [...ACTIVITY, 'calledElement'],
    inclusiveGateway: [...GATEWAY, 'default'],
    eventBasedGateway: [...GATEWAY, 'instantiate', 'eventGatewayType'],
    intermediateCatchEvent: [...NODE, 'parallelMultiple'],
    intermediateThrowEvent: NODE,
    errorEventDefinition: ['id', 'errorRef'],
    terminateEventDefinition: ['id'],
    messageEventDefinition: ['id', 'messageRef'],
    timerEventDefinition: ['id'],
    signalEventDefinition: ['id', 'signalRef'],
    escalationEventDefinition: ['id', 'escalationRef'],
    linkEventDefinition: NODE,
    compensateEventDefinition: ['id', 'waitForCompletion', 'activityRef'],
    conditionalEventDefinition: ['id'],
    error: [...NODE, 'errorCode', 'structureRef'],
    message: [...NODE, 'itemRef'],
    signal: [...NODE, 'structureRef'],
    escalation: [...NODE, 'escalationCode', 'structureRef'],
    association: ['id', 'sourceRef', 'targetRef', 'associationDirection'],
    multiInstanceLoopCharacteristics: [
      'id',
      'isSequential',
      'behavior',
      'oneBehaviorEventRef',
      'noneBehaviorEventRef',
    ],
  } satisfies Record<NodeName, readonly string[]> & Record<string, readonly string[]>),
);

/** Flow nodes of BPMN that this release refuses by name. */
const NOT_EXECUTED_NODES = [
  'transaction',
  'adHocSubProcess',
  'complexGateway',
  'implicitThrowEvent',
  'event',
  'callChoreography',
  'choreographyTask',
  'subChoreography',
] as const;

/** Those of them that the reference refuses too, with a text of its own. */
export const UNSUPPORTED: ReadonlySet<string> = new Set([
  'transaction',
  'adHocSubProcess',
  'complexGateway',
]);

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

export type ScopeMember = 'node' | 'flow' | 'association' | 'not-executed' | 'silent';

/** What a BPMN child of a process or sub-process is. (Loop markers are judged with their activity, not here.) */
export const SCOPE_MEMBERS: ReadonlyMap<string, ScopeMember> = new Map<string, ScopeMember>([
  ...NODE_KINDS.map((name): [string, ScopeMember] => [name, 'node']),
  ...NOT_EXECUTED_NODES.map((name): [string, ScopeMember] => [name, 'not-executed']),
  ...SILENT.map((name): [string, ScopeMember] => [name, 'silent']),
  ['sequenceFlow', 'flow'],
  ['association', 'association'],
]);

/** Zeebe extension elements that change what happens and that this release refuses, on whatever element they stand. */
export const NOT_EXECUTED_EXTENSIONS: ReadonlySet<string> = new Set([
  'calledDecision',
  'linkedResources',
  'adHoc',
  'jobPriorityDefinition',
]);
