// BroadcastSignal: one partition receives the signal, its engine passes it on to all others (gateway-grpc.md 2).
import type { SignalValue } from '@millrace/protocol';
import { keyAndTenantAnswer } from '../wire/answers.ts';
import type { BroadcastSignalRequest } from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import type { Service } from './service.ts';
import { tenantOf } from './tenants.ts';

export async function broadcastSignal(
  service: Service,
  request: BroadcastSignalRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const value: SignalValue = {
    signalName: request.signalName,
    variables: clientDocument(request.variables),
    tenantId: tenantOf(service.options, 'BroadcastSignal', request.tenantId),
  };
  const limit = partitions.limits.startingWork;
  const record = await partitions.executeAnywhere('SIGNAL', 'BROADCAST', value, limit, bytes, call);
  return keyAndTenantAnswer(record.key, value.tenantId);
}
