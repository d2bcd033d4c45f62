// The family of every flow node kind that this release executes: a total table.
import type { NodeKind } from '../names.ts';
import { boundaryEvent } from './boundary-event.ts';
import type { ElementFamily } from './element-family.ts';
import { endEvent } from './end-event.ts';
import { exclusiveGateway } from './exclusive-gateway.ts';
import { businessRuleTask, sendTask, serviceTask } from './job-task.ts';
import { parallelGateway } from './parallel-gateway.ts';
import { manualTask, undefinedTask } from './plain-task.ts';
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
  subProcess,
};
