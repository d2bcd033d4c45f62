// Element type -> behaviour. Total over what can be deployed: a type without an entry is refused at deployment.
import type { BpmnElementType } from '@millrace/protocol';
import { boundaryEvent } from './boundary-event.ts';
import { callActivity } from './call-activity.ts';
import type { ElementProcessor } from './element-processor.ts';
import { endEvent } from './end-event.ts';
import { eventBasedGateway } from './event-based-gateway.ts';
import { eventSubProcess } from './event-sub-process.ts';
import { exclusiveGateway } from './exclusive-gateway.ts';
import { inclusiveGateway } from './inclusive-gateway.ts';
import { intermediateCatchEvent } from './intermediate-catch-event.ts';
import { intermediateThrowEvent } from './intermediate-throw-event.ts';
import { jobTask } from './job-task.ts';
import { multiInstanceBody } from './multi-instance-body.ts';
import { parallelGateway } from './parallel-gateway.ts';
import { passThroughTask } from './pass-through-task.ts';
import { process } from './process.ts';
import { receiveTask } from './receive-task.ts';
import { scriptTask } from './script-task.ts';
import { sendTask } from './send-task.ts';
import { startEvent } from './start-event.ts';
import { subProcess } from './sub-process.ts';
import { userTask } from './user-task.ts';

const NOT_EXECUTABLE = undefined;

const table: { readonly [T in BpmnElementType]: ElementProcessor | undefined } = {
  UNSPECIFIED: NOT_EXECUTABLE,
  PROCESS: process,
  SUB_PROCESS: subProcess,
  EVENT_SUB_PROCESS: eventSubProcess,
  START_EVENT: startEvent,
  INTERMEDIATE_CATCH_EVENT: intermediateCatchEvent,
  INTERMEDIATE_THROW_EVENT: intermediateThrowEvent,
  BOUNDARY_EVENT: boundaryEvent,
  END_EVENT: endEvent,
  SERVICE_TASK: jobTask,
  RECEIVE_TASK: receiveTask,
  USER_TASK: userTask,
  MANUAL_TASK: passThroughTask,
  TASK: passThroughTask,
  EXCLUSIVE_GATEWAY: exclusiveGateway,
  PARALLEL_GATEWAY: parallelGateway,
  EVENT_BASED_GATEWAY: eventBasedGateway,
  INCLUSIVE_GATEWAY: inclusiveGateway,
  SEQUENCE_FLOW: NOT_EXECUTABLE,
  MULTI_INSTANCE_BODY: multiInstanceBody,
  CALL_ACTIVITY: callActivity,
  BUSINESS_RULE_TASK: jobTask,
  SCRIPT_TASK: scriptTask,
  SEND_TASK: sendTask,
};

/** @throws when the type cannot be executed, which deployment has ruled out */
export function elementProcessor(type: BpmnElementType): ElementProcessor {
  const processor = table[type];
  if (processor === undefined) throw new Error(`elements of type ${type} cannot be executed`);
  return processor;
}
