// What the handlers of all RPCs share.
import type { Partitions } from '../partitions/partitions.ts';
import { StatusError } from '../status.ts';
import type { JobStreams } from './job-streams.ts';
import type { LongPolling } from './long-polling.ts';
import type { TenantOptions } from './tenants.ts';

export interface ServiceOptions extends TenantOptions {
  /** Largest message to a client, bytes. */
  readonly maxMessageBytes: number;
  /** Version text of the topology, as clients compare it. */
  readonly version: string;
}

export interface Service {
  readonly options: ServiceOptions;
  readonly partitions: Partitions;
  readonly polling: LongPolling;
  readonly streams: JobStreams;
}

/**
 * The caller's operation reference as records carry it; -1 when none was given.
 * @throws StatusError INVALID_ARGUMENT beyond 2^53 - 1, which records cannot hold
 */
export function operationOf(reference: number | undefined): number {
  if (reference === undefined) return -1;
  if (reference > Number.MAX_SAFE_INTEGER) {
    throw new StatusError(
      'INVALID_ARGUMENT',
      `Expected operationReference to be at most ${Number.MAX_SAFE_INTEGER}, but it was ${BigInt(reference)}`,
    );
  }
  return reference;
}
