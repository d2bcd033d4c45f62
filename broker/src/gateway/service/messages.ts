// PublishMessage: the correlation key names the partition (gateway-grpc.md 2).
import { type MessageValue, messagePartition, NO_KEY } from '@millrace/protocol';
import { noTopology } from '../partitions/outcomes.ts';
import { keyAndTenantAnswer } from '../wire/answers.ts';
import type { PublishMessageRequest } from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import { clientDocument } from './documents.ts';
import type { Service } from './service.ts';
import { tenantOf } from './tenants.ts';

export async function publishMessage(
  service: Service,
  request: PublishMessageRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const { partitions } = service;
  const { name, correlationKey, timeToLive, messageId } = request;
  const value: MessageValue = {
    name,
    correlationKey,
    timeToLive,
    deadline: -1,
    variables: clientDocument(request.variables),
    messageId,
    tenantId: tenantOf(service.options, 'PublishMessage', request.tenantId),
  };
  // It stays as it was in the beginning when partitions are added: whoever waits is found.
  const { messagePartitionsCount } = partitions.view;
  if (messagePartitionsCount === 0) throw noTopology();
  const record = await partitions.execute(
    messagePartition(correlationKey, messagePartitionsCount),
    'MESSAGE',
    'PUBLISH',
    NO_KEY,
    value,
    partitions.limits.startingWork,
    bytes,
    call,
  );
  return keyAndTenantAnswer(record.key, value.tenantId);
}
