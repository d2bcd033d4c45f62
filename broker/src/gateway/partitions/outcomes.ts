// How requests end that no partition has answered, and in which words. One rule holds for all of them: where the text does
// not say that the outcome is unknown, the request was not executed (broker-operations.md 4.5 and 6.1, gateway-grpc.md 3.1).
import { type Attempt, StatusError } from '../status.ts';
import type { PendingRequest } from './pending-request.ts';

/** The partition of a key or of deployments that the gateway does not know. */
export function unknownPartition(partitionId: number): StatusError {
  return new StatusError(
    'UNAVAILABLE',
    `Expected to execute command on partition ${partitionId}, but either it does not exist, or the gateway is not yet aware of it`,
  );
}

/** The gateway knows no broker. */
export function noTopology(): StatusError {
  return new StatusError(
    'UNAVAILABLE',
    'Expected to send the command to a broker, but the gateway knows no broker of the cluster yet',
  );
}

/** Every replica that is known is dead. */
export function deadPartition(partitionId: number): StatusError {
  return new StatusError(
    'UNAVAILABLE',
    `Expected to execute command on partition ${partitionId}, but it is inactive on every broker that has it`,
  );
}

/** The caller does not wait for a leader. */
export function unreachable(partitionId: number): StatusError {
  return new StatusError(
    'UNAVAILABLE',
    `Expected to execute command on partition ${partitionId}, but its leader is not known or cannot be reached`,
  );
}

/**
 * Between brokers no message may be so large.
 * @param isRepeated a former leader, in this process, may have executed it
 */
export function tooLarge(error: RangeError, isRepeated: boolean): StatusError {
  const text = `Expected to send the command to its partition, but it is too large: ${error.message}`;
  if (isRepeated) return new StatusError('UNAVAILABLE', `${text}; the outcome is unknown`);
  return new StatusError('INVALID_ARGUMENT', text);
}

/** No partition could take what any of them may have (failover kind B). */
export function allFailed(attempts: readonly Attempt[]): StatusError {
  const why = attempts[0]?.message ?? 'no partition has a leader';
  return new StatusError(
    'RESOURCE_EXHAUSTED',
    `Expected to execute the command on one of the partitions, but all failed; try again later (${why})`,
    attempts,
  );
}

/**
 * The request's time is over.
 * @param leader the broker that leads its partition
 * @param address of the broker that has it
 */
export function timedOut(
  request: PendingRequest,
  leader: number | undefined,
  address: string,
): StatusError {
  const { partitionId, patience } = request;
  const time = isoDuration(request.timeoutMs);
  if (!request.wasSent) {
    if (patience === 'anywhere') return allFailed([]);
    return new StatusError(
      'DEADLINE_EXCEEDED',
      `Time out between gateway and broker: no leader of partition ${partitionId} was found in ${time}; the request was not sent`,
    );
  }
  if (request.node !== leader) {
    return new StatusError(
      'UNAVAILABLE',
      `The leader of partition ${partitionId} was lost and no other one took the request in ${time}; the outcome is unknown`,
    );
  }
  const text = `Time out between gateway and broker: Request command-api-${partitionId} to ${address} timed out in ${time}`;
  // An instance that runs longer than its client waits is no fault; the text is the reference's own.
  return new StatusError(
    'DEADLINE_EXCEEDED',
    request.awaitsResult ? text : `${text}; the outcome is unknown`,
  );
}

/** ISO 8601 text of a duration in ms, for example PT1.5S. */
export function isoDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  const text =
    (hours > 0 ? `${hours}H` : '') +
    (minutes > 0 ? `${minutes}M` : '') +
    (seconds > 0 ? `${seconds}S` : '');
  return `PT${text === '' ? '0S' : text}`;
}
