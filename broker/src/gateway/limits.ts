// Bounds of everything that the gateway holds on behalf of clients. Each bound has a name, a count, bytes and a gauge;
// a call beyond one is refused with RESOURCE_EXHAUSTED and told which. An empty queue takes any call, whatever its size.
import { StatusError } from './status.ts';

export interface Bound {
  readonly count: number;
  readonly bytes: number;
}

/** Counts what is held under one name. */
export class Limit {
  readonly name: string;
  readonly what: string;
  readonly bound: Bound;
  count = 0;
  bytes = 0;
  /** How many calls it has refused. */
  refused = 0;

  constructor(name: string, what: string, bound: Bound) {
    this.name = name;
    this.what = what;
    this.bound = bound;
  }

  /** @throws StatusError RESOURCE_EXHAUSTED */
  take(bytes: number): void {
    const { bound } = this;
    if (this.count > 0 && (this.count >= bound.count || this.bytes + bytes > bound.bytes)) {
      this.refused++;
      const limit =
        this.count >= bound.count ? `${bound.count} requests` : `${bound.bytes} bytes of requests`;
      throw new StatusError(
        'RESOURCE_EXHAUSTED',
        `The capacity of handled requests is reached: limit '${this.name}' of ${limit} (${this.what}); try again later`,
      );
    }
    this.count++;
    this.bytes += bytes;
  }

  give(bytes: number): void {
    this.count--;
    this.bytes -= bytes;
  }
}

const MIB = 1024 * 1024;

export interface GatewayBounds {
  readonly startingWork: Bound;
  readonly completingWork: Bound;
  readonly awaitedResults: Bound;
  /** Locked jobs on their way back. */
  readonly givingBack: Bound;
  readonly waitingPolls: Bound;
  readonly jobStreams: Bound;
  /** Requests that are still arriving. */
  readonly receiving: Bound;
}

export const DEFAULT_BOUNDS: GatewayBounds = {
  startingWork: { count: 20_000, bytes: 64 * MIB },
  completingWork: { count: 100_000, bytes: 128 * MIB },
  awaitedResults: { count: 20_000, bytes: 64 * MIB },
  givingBack: { count: 100_000, bytes: 16 * MIB },
  waitingPolls: { count: 20_000, bytes: 64 * MIB },
  jobStreams: { count: 10_000, bytes: 64 * MIB },
  receiving: { count: 100_000, bytes: 256 * MIB },
};

export type GatewayLimits = { readonly [K in keyof GatewayBounds]: Limit };

export function gatewayLimits(bounds: GatewayBounds): GatewayLimits {
  return {
    startingWork: new Limit(
      'starting-work',
      'calls that start or ask for work',
      bounds.startingWork,
    ),
    completingWork: new Limit(
      'completing-work',
      'calls that go on with work',
      bounds.completingWork,
    ),
    awaitedResults: new Limit(
      'awaited-results',
      'instances whose result is awaited',
      bounds.awaitedResults,
    ),
    givingBack: new Limit('giving-back', 'jobs that are given back', bounds.givingBack),
    waitingPolls: new Limit(
      'waiting-polls',
      'job activations that wait for jobs',
      bounds.waitingPolls,
    ),
    jobStreams: new Limit('job-streams', 'open job streams', bounds.jobStreams),
    receiving: new Limit('receiving', 'requests that are arriving', bounds.receiving),
  };
}
