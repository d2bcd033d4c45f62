// The family of every flow node kind that this release executes: a total table.
import type { NodeKind } from '../names.ts';
import { boundaryEvent } from './boundary-event.ts';
import { callActivity } from './call-activity.ts';
import { exclusiveGateway, inclusiveGateway } from './deciding-gateway.ts';
import type { ElementFamily } from './element-family.ts';
import { endEvent } from './end-event.ts';
import { eventBasedGateway } from './event-based-gateway.ts';
import { eventSubProcess } from './event-sub-process.ts';
import { intermediateCatchEvent } from './intermediate-catch-event.ts';
import { intermediateThrowEvent } from './intermediate-throw-event.ts';
import { businessRuleTask, sendTask, serviceTask } from './job-task.ts';
import { parallelGateway } from './parallel-gateway.ts';
import { manualTask, undefinedTask } from './plain-task.ts';
import { receiveTask } from './receive-task.ts';
import { scriptTask } from './script-task.ts';
import { startEvent } from './start-event.ts';
import { subProcess } from './sub-process.ts';
import { userTask } from './user-task.ts';

export const FAMILIES: Readonly<Record<NodeKind, ElementFamily>> = {
  startEvent,
  endEvent,
  boundaryEvent,
  serviceTask,
  sendTask,
  scriptTask,
  businessRuleTask,
  userTask,
  manualTask,
  task: undefinedTask,
  exclusiveGateway,
  parallelGateway,
  inclusiveGateway,
  eventBasedGateway,
  intermediateCatchEvent,
  intermediateThrowEvent,
  subProcess,
  eventSubProcess,
  receiveTask,
  callActivity,
};
