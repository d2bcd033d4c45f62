// The table of all RPCs: method path to handler. An RPC whose command does not exist yet says so by name.
import { StatusError } from '../status.ts';
import type { RequestCodec } from '../wire/fields.ts';
import { WireError } from '../wire/proto-reader.ts';
import * as requests from '../wire/requests.ts';
import type { CallContext, Method, ResponseStream } from './call.ts';
import {
  createProcessInstance,
  createProcessInstanceWithResult,
} from './create-process-instance.ts';
import { deployProcess, deployResource } from './deploy.ts';
import {
  cancelProcessInstance,
  deleteResource,
  resolveIncident,
  setVariables,
} from './instance-commands.ts';
import {
  completeJob,
  failJob,
  throwError,
  updateJobRetries,
  updateJobTimeout,
} from './job-commands.ts';
import { publishMessage } from './messages.ts';
import { migrateProcessInstance } from './migrate-process-instance.ts';
import { modifyProcessInstance } from './modify-process-instance.ts';
import type { Service } from './service.ts';
import { broadcastSignal } from './signals.ts';
import { topology } from './topology.ts';

export const GATEWAY_SERVICE = 'gateway_protocol.Gateway';

export const RPC_NAMES = [
  'ActivateJobs',
  'StreamActivatedJobs',
  'CancelProcessInstance',
  'CompleteJob',
  'CreateProcessInstance',
  'CreateProcessInstanceWithResult',
  'EvaluateDecision',
  'DeployProcess',
  'DeployResource',
  'FailJob',
  'PublishMessage',
  'ResolveIncident',
  'SetVariables',
  'ThrowError',
  'Topology',
  'UpdateJobRetries',
  'ModifyProcessInstance',
  'MigrateProcessInstance',
  'UpdateJobTimeout',
  'DeleteResource',
  'BroadcastSignal',
  'EvaluateConditional',
] as const;
export type RpcName = (typeof RPC_NAMES)[number];

type UnaryHandler<T> = (
  service: Service,
  request: T,
  bytes: number,
  call: CallContext,
) => Promise<Uint8Array>;

/** @throws StatusError INVALID_ARGUMENT naming the field */
function decode<T>(codec: RequestCodec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (error instanceof WireError) throw new StatusError('INVALID_ARGUMENT', error.message);
    throw error;
  }
}

type Entry = (name: RpcName, service: Service) => Method;

function unary<T>(codec: RequestCodec<T>, handler: UnaryHandler<T>): Entry {
  return (name, service) => ({
    kind: 'unary',
    name,
    handle: async (bytes, call) => handler(service, decode(codec, bytes), bytes.length, call),
  });
}

function streaming<T>(
  codec: RequestCodec<T>,
  handler: (service: Service, request: T, bytes: number, call: ResponseStream) => Promise<void>,
): Entry {
  return (name, service) => ({
    kind: 'streaming',
    name,
    handle: async (bytes, call) => handler(service, decode(codec, bytes), bytes.length, call),
  });
}

const notYet: Entry = (name) => ({
  kind: 'unary',
  name,
  handle: async () => {
    throw new StatusError('UNIMPLEMENTED', `${name} is not implemented by this release`);
  },
});

const TABLE: { readonly [N in RpcName]: Entry } = {
  ActivateJobs: streaming(requests.activateJobsRequest, (service, request, bytes, call) =>
    service.polling.activate(request, bytes, call),
  ),
  StreamActivatedJobs: streaming(
    requests.streamActivatedJobsRequest,
    (service, request, bytes, call) => service.streams.open(request, bytes, call),
  ),
  CancelProcessInstance: unary(requests.cancelProcessInstanceRequest, cancelProcessInstance),
  CompleteJob: unary(requests.completeJobRequest, completeJob),
  CreateProcessInstance: unary(requests.createProcessInstanceRequest, createProcessInstance),
  CreateProcessInstanceWithResult: unary(
    requests.createProcessInstanceWithResultRequest,
    createProcessInstanceWithResult,
  ),
  EvaluateDecision: notYet,
  DeployProcess: unary(requests.deployProcessRequest, deployProcess),
  DeployResource: unary(requests.deployResourceRequest, deployResource),
  FailJob: unary(requests.failJobRequest, failJob),
  PublishMessage: unary(requests.publishMessageRequest, publishMessage),
  ResolveIncident: unary(requests.resolveIncidentRequest, resolveIncident),
  SetVariables: unary(requests.setVariablesRequest, setVariables),
  ThrowError: unary(requests.throwErrorRequest, throwError),
  Topology: unary(requests.topologyRequest, topology),
  UpdateJobRetries: unary(requests.updateJobRetriesRequest, updateJobRetries),
  ModifyProcessInstance: unary(requests.modifyProcessInstanceRequest, modifyProcessInstance),
  MigrateProcessInstance: unary(requests.migrateProcessInstanceRequest, migrateProcessInstance),
  UpdateJobTimeout: unary(requests.updateJobTimeoutRequest, updateJobTimeout),
  DeleteResource: unary(requests.deleteResourceRequest, deleteResource),
  BroadcastSignal: unary(requests.broadcastSignalRequest, broadcastSignal),
  EvaluateConditional: notYet,
};

/** Path to method, for all RPCs of the gateway. */
export function gatewayMethods(service: Service): Map<string, Method> {
  return new Map(
    RPC_NAMES.map((name) => [`/${GATEWAY_SERVICE}/${name}`, TABLE[name](name, service)]),
  );
}
