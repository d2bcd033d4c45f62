// Writes the answer messages of the gateway: from the partition's record straight to a gRPC frame, without an object
// between. Names and numbers are those of protocol/gateway.proto; answers.test.ts reads them back with protobufjs.
import type { DeploymentValue, JobValue, Key, ProcessMetadata } from '@millrace/protocol';
import { ProtoWriter } from './proto-writer.ts';
import { writeUserTaskProperties } from './user-task-properties.ts';

/** One writer for the whole gateway: frames are written and taken without an await between. */
const out = new ProtoWriter();

const KINDS = {
  BPMN_ELEMENT: 0,
  EXECUTION_LISTENER: 1,
  TASK_LISTENER: 2,
  AD_HOC_SUB_PROCESS: 3,
} as const satisfies { readonly [K in JobValue['jobKind']]: number };
/** Jobs without a listener say UNSPECIFIED, which is 6, not 0. */
const LISTENER_EVENTS = {
  ASSIGNING: 0,
  CANCELING: 1,
  COMPLETING: 2,
  CREATING: 3,
  END: 4,
  START: 5,
  UNSPECIFIED: 6,
  UPDATING: 7,
} as const satisfies { readonly [K in JobValue['jobListenerEventType']]: number };

/** The answer without fields. */
export const EMPTY_ANSWER: Uint8Array = Buffer.of(0, 0, 0, 0, 0);

function writeJob(key: Key, job: JobValue): void {
  out.key(1, key);
  out.string(2, job.type);
  out.key(3, job.processInstanceKey);
  out.string(4, job.bpmnProcessId);
  out.int32(5, job.processDefinitionVersion);
  out.key(6, job.processDefinitionKey);
  out.string(7, job.elementId);
  out.key(8, job.elementInstanceKey);
  out.string(9, job.customHeaders);
  out.string(10, job.worker);
  out.int32(11, job.retries);
  out.int64(12, job.deadline);
  out.string(13, job.variables.text);
  out.string(14, job.tenantId);
  writeUserTaskProperties(out, 15, job);
  out.int32(16, KINDS[job.jobKind]);
  out.int32(17, LISTENER_EVENTS[job.jobListenerEventType]);
}

/** ActivatedJob. */
export function jobAnswer(key: Key, job: JobValue): Uint8Array {
  out.begin();
  writeJob(key, job);
  return out.take();
}

/**
 * ActivateJobsResponse with as many jobs from `from` on as stay within `bytesMax`.
 * @returns the frame and the index of the first job that is not in it; no frame when the first one alone is too large
 */
export function jobBatchAnswer(
  keys: readonly Key[],
  jobs: readonly JobValue[],
  from: number,
  bytesMax: number,
): { readonly frame: Uint8Array | undefined; readonly next: number } {
  out.begin();
  const start = out.length;
  let next = from;
  for (; next < jobs.length; next++) {
    const before = out.length;
    const nested = out.beginNested(1);
    writeJob(keys[next] as Key, jobs[next] as JobValue);
    out.endNested(nested);
    if (out.length - start > bytesMax) {
      out.cut(before);
      break;
    }
  }
  if (next === from) {
    out.drop();
    return { frame: undefined, next: from };
  }
  return { frame: out.take(), next };
}

/** What CreateProcessInstance and CreateProcessInstanceWithResult have in common. */
export interface CreatedInstance {
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processInstanceKey: Key;
  readonly tenantId: string;
}

function writeInstance(value: CreatedInstance): void {
  out.key(1, value.processDefinitionKey);
  out.string(2, value.bpmnProcessId);
  out.int32(3, value.version);
  out.key(4, value.processInstanceKey);
}

export function createdAnswer(value: CreatedInstance): Uint8Array {
  out.begin();
  writeInstance(value);
  out.string(5, value.tenantId);
  return out.take();
}

/** @param variables JSON object text */
export function resultAnswer(value: CreatedInstance, variables: string): Uint8Array {
  out.begin();
  writeInstance(value);
  out.string(5, variables);
  out.string(6, value.tenantId);
  return out.take();
}

function writeProcess(process: ProcessMetadata): void {
  out.string(1, process.bpmnProcessId);
  out.int32(2, process.version);
  out.key(3, process.processDefinitionKey);
  out.string(4, process.resourceName);
  out.string(5, process.tenantId);
}

export function deployProcessAnswer(key: Key, value: DeploymentValue): Uint8Array {
  out.begin();
  out.key(1, key);
  for (const process of value.processesMetadata) {
    const nested = out.beginNested(2);
    writeProcess(process);
    out.endNested(nested);
  }
  return out.take();
}

export function deployResourceAnswer(key: Key, value: DeploymentValue): Uint8Array {
  out.begin();
  out.key(1, key);
  for (const process of value.processesMetadata) {
    const deployment = out.beginNested(2);
    const metadata = out.beginNested(1);
    writeProcess(process);
    out.endNested(metadata);
    out.endNested(deployment);
  }
  out.string(3, value.tenantId);
  return out.take();
}

export function keyAnswer(key: Key): Uint8Array {
  out.begin();
  out.key(1, key);
  return out.take();
}

/** PublishMessageResponse and BroadcastSignalResponse. */
export function keyAndTenantAnswer(key: Key, tenantId: string): Uint8Array {
  out.begin();
  out.key(1, key);
  out.string(2, tenantId);
  return out.take();
}

export function deleteResourceAnswer(resourceKeyText: string): Uint8Array {
  out.begin();
  out.string(1, resourceKeyText);
  return out.take();
}

export interface TopologyPartition {
  readonly partitionId: number;
  readonly role: 'leader' | 'follower' | 'inactive';
  readonly health: 'healthy' | 'unhealthy' | 'dead';
}

export interface TopologyBroker {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly version: string;
  readonly partitions: readonly TopologyPartition[];
}

export interface Topology {
  readonly brokers: readonly TopologyBroker[];
  readonly clusterSize: number;
  readonly partitionsCount: number;
  readonly replicationFactor: number;
  readonly gatewayVersion: string;
}

const ROLES = { leader: 0, follower: 1, inactive: 2 } as const;
const HEALTH = { healthy: 0, unhealthy: 1, dead: 2 } as const;

export function topologyAnswer(topology: Topology): Uint8Array {
  out.begin();
  for (const broker of topology.brokers) {
    const nested = out.beginNested(1);
    out.int32(1, broker.nodeId);
    out.string(2, broker.host);
    out.int32(3, broker.port);
    for (const partition of broker.partitions) {
      const inner = out.beginNested(4);
      out.int32(1, partition.partitionId);
      out.int32(2, ROLES[partition.role]);
      out.int32(3, HEALTH[partition.health]);
      out.endNested(inner);
    }
    out.string(5, broker.version);
    out.endNested(nested);
  }
  out.int32(2, topology.clusterSize);
  out.int32(3, topology.partitionsCount);
  out.int32(4, topology.replicationFactor);
  out.string(5, topology.gatewayVersion);
  return out.take();
}

/** grpc.health.v1.HealthCheckResponse: 1 SERVING, 2 NOT_SERVING, 3 SERVICE_UNKNOWN. */
export function healthAnswer(status: 1 | 2 | 3): Uint8Array {
  out.begin();
  out.int32(1, status);
  return out.take();
}

/** google.rpc.Status, not framed: what the trailer `grpc-status-details-bin` carries. */
export function statusDetails(
  code: number,
  message: string,
  attempts: readonly { readonly code: number; readonly message: string }[] = [],
): Buffer {
  out.begin();
  out.int32(1, code);
  out.string(2, message);
  for (const attempt of attempts) {
    const detail = attemptStatus(attempt.code, attempt.message);
    const any = out.beginNested(3);
    out.string(1, 'type.googleapis.com/google.rpc.Status');
    out.blob(2, detail);
    out.endNested(any);
  }
  return out.takeMessage();
}

/** The same without attempts, by a writer of its own as it is written inside another message. */
function attemptStatus(code: number, message: string): Buffer {
  const inner = new ProtoWriter();
  inner.begin();
  inner.int32(1, code);
  inner.string(2, message);
  return inner.takeMessage();
}
