// The gateway without sockets: everything from a decoded call to the partitions and back. The gRPC server stands in front of it
// (gateway.ts); a simulation calls it directly.
//
// Guarantees: nothing here asks the machine for time or chance but through the given services, and nothing is awaited but
// answers of partitions and clients.
import type { Timers } from '@millrace/raft';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import type { ClusterView, PartitionNetwork } from './cluster-view.ts';
import { type GatewayMetrics, gatewayMetrics } from './gateway-metrics.ts';
import { type GatewayBounds, gatewayLimits } from './limits.ts';
import { Partitions } from './partitions/partitions.ts';
import { RequestNumbers } from './partitions/request-numbers.ts';
import type { Method } from './service/call.ts';
import { HealthService } from './service/health.ts';
import { JobStreams, type JobStreamView } from './service/job-streams.ts';
import { LongPolling, type LongPollingOptions } from './service/long-polling.ts';
import { gatewayMethods } from './service/methods.ts';
import type { Service, ServiceOptions } from './service/service.ts';

export interface GatewayServiceOptions extends ServiceOptions {
  /** Drawn when the process starts: no two living gateways may have the same. */
  readonly session: number;
  /** How long a command may take, ms. */
  readonly requestTimeoutMs: number;
  readonly longPolling: LongPollingOptions;
  /** Pushed, unfinished jobs of one client stream. */
  readonly streamCapacity: number;
  /** Bytes of pushed jobs that wait for a slow client. */
  readonly streamBufferBytes: number;
  readonly bounds: GatewayBounds;
}

export interface GatewayServices {
  /** The broker's clock, which tests may control. */
  readonly clock: { now(): number };
  readonly timers: Timers;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface GatewayService {
  /** What the handlers of service/ take beside a decoded request. */
  readonly service: Service;
  /** Full method path to method: from the bytes of a request to a gRPC frame. */
  readonly methods: ReadonlyMap<string, Method>;
  readonly partitions: Partitions;
  readonly metrics: GatewayMetrics;
  /** From now on the health service says SERVING. */
  setServing(): void;
  jobStreams(): JobStreamView[];
  /** Ends streams and waiting polls; what they had goes back. Commands under way go on. */
  endWaiting(): void;
  /** Sends what waits to leave, then ends every call that has no answer yet. */
  close(): void;
}

export function createGatewayService(
  network: PartitionNetwork,
  view: ClusterView,
  options: GatewayServiceOptions,
  services: GatewayServices,
): GatewayService {
  const { log, timers } = services;
  const { maxMessageBytes, multiTenancy } = options;
  const limits = gatewayLimits(options.bounds);
  const health = new HealthService();
  const polling = new LongPolling(
    options.longPolling,
    maxMessageBytes,
    timers,
    options,
    (partitionId, error) =>
      log.warn(
        { partitionId, code: error.code },
        `a poll for jobs found no answer: ${error.message}`,
      ),
  );
  const streams = new JobStreams({
    capacity: options.streamCapacity,
    bufferBytes: options.streamBufferBytes,
    maxMessageBytes,
    multiTenancy,
  });
  const numbers = new RequestNumbers(options.session, services.random);
  numbers.onRenewed = () => timers.soon(() => streams.renumber());
  const partitions = new Partitions(
    {
      network,
      view,
      timers,
      numbers,
      limits,
      requestTimeoutMs: options.requestTimeoutMs,
      now: () => services.clock.now(),
    },
    {
      pushed: (record, partitionId) => streams.pushedJobs(record, partitionId),
      jobsAvailable: (type) => polling.announce(type),
      reachable: () => polling.announceAll(),
      openStreams: () => streams.openStreams(),
      settled: () => streams.flush(),
    },
  );
  polling.attach(partitions);
  streams.attach(partitions);
  const service: Service = { options, partitions, polling, streams };
  const methods = gatewayMethods(service);
  for (const [path, method] of health.methods()) methods.set(path, method);
  return {
    service,
    methods,
    partitions,
    metrics: gatewayMetrics(services.metrics, limits, partitions, polling, streams),
    setServing: () => health.setServing(true),
    jobStreams: () => streams.list(),
    endWaiting: () => {
      health.close();
      streams.close();
      polling.close();
    },
    close: () => {
      partitions.flush();
      partitions.close();
    },
  };
}
