// The gateway: accepts clients, routes their calls to partitions and brings the answers back.
//
// It runs on the main thread and keeps no state that must survive. Everything it holds for clients is bounded (limits.ts).
import type { LogRecord } from '@millrace/protocol';
import type { Log } from '../ops/log.ts';
import type { Metrics } from '../ops/metrics.ts';
import { gatewayMetrics } from './gateway-metrics.ts';
import { startHttp2Server } from './http2-server.ts';
import { DEFAULT_BOUNDS, type GatewayBounds, gatewayLimits } from './limits.ts';
import type { PartitionPort } from './partitions/partition-port.ts';
import { Partitions } from './partitions/partitions.ts';
import type { GrpcServer } from './server.ts';
import { HealthService } from './service/health.ts';
import { JobStreams, type JobStreamView } from './service/job-streams.ts';
import { LongPolling, type LongPollingOptions } from './service/long-polling.ts';
import { gatewayMethods } from './service/methods.ts';
import type { ServiceOptions } from './service/service.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';

export interface GatewayOptions extends ServiceOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Files of the server's certificate; undefined: cleartext. */
  readonly tls: TlsFiles | undefined;
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

const MIB = 1024 * 1024;

export const GATEWAY_DEFAULTS: GatewayOptions = {
  host: '127.0.0.1',
  port: 26500,
  tls: undefined,
  session: 1,
  advertisedHost: '127.0.0.1',
  commandPort: 26501,
  maxMessageBytes: 4 * MIB,
  requestTimeoutMs: 15_000,
  longPolling: { enabled: true, timeoutMs: 10_000, probeMs: 10_000 },
  streamCapacity: 256,
  streamBufferBytes: 16 * MIB,
  nodeId: 0,
  clusterSize: 1,
  replicationFactor: 1,
  version: '8.6.0',
  bounds: DEFAULT_BOUNDS,
};

export interface GatewayServices {
  /** The broker's clock, which tests may control. */
  readonly clock: { now(): number };
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface Gateway {
  /** host:port that clients connect to */
  readonly address: string;
  readonly port: number;
  readonly partitions: Partitions;
  /** From now on the health service says SERVING. */
  setServing(): void;
  jobStreams(): JobStreamView[];
  /**
   * Takes no new calls, ends streams and waiting polls, lets the calls under way end, and cuts what is left after
   * the deadline.
   */
  close(deadlineMs: number): Promise<void>;
}

/** @throws Error when the address cannot be bound or a TLS file cannot be read */
export async function startGateway(
  ports: readonly PartitionPort[],
  options: GatewayOptions,
  services: GatewayServices,
): Promise<Gateway> {
  const { log } = services;
  const limits = gatewayLimits(options.bounds);
  const health = new HealthService();
  const polling = new LongPolling(
    options.longPolling,
    options.maxMessageBytes,
    (partitionId, error) =>
      log.warn(
        { partitionId, code: error.code },
        `a poll for jobs found no answer: ${error.message}`,
      ),
  );
  const streams = new JobStreams({
    capacity: options.streamCapacity,
    bufferBytes: options.streamBufferBytes,
    maxMessageBytes: options.maxMessageBytes,
  });
  const partitions = new Partitions(
    ports,
    {
      requestTimeoutMs: options.requestTimeoutMs,
      session: options.session,
      address: `${options.advertisedHost}:${options.commandPort}`,
    },
    limits,
    () => services.clock.now(),
    {
      pushed: (record: LogRecord, partitionId) => streams.pushedJobs(record, partitionId),
      jobsAvailable: (type) => polling.announce(type),
      settled: () => streams.flush(),
    },
  );
  polling.attach(partitions);
  streams.attach(partitions);
  const metrics = gatewayMetrics(services.metrics, limits, partitions, polling, streams);
  const methods = gatewayMethods({ options, partitions, polling, streams });
  for (const [path, method] of health.methods()) methods.set(path, method);
  const server = await startHttp2Server(methods, {
    host: options.host,
    port: options.port,
    maxMessageBytes: options.maxMessageBytes,
    tls: options.tls === undefined ? undefined : readTlsFiles(options.tls),
    receiving: limits.receiving,
    onEnded: metrics.callEnded,
  });
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    address: `${host}:${server.port}`,
    port: server.port,
    partitions,
    setServing: () => health.setServing(true),
    jobStreams: () => streams.list(),
    close: async (deadlineMs) => {
      health.close();
      streams.close();
      polling.close();
      await drainWithin(deadlineMs, server, partitions, log);
      partitions.flush();
    },
  };
}

/** Lets the calls under way end; at the deadline what is left is answered with UNAVAILABLE and cut. */
async function drainWithin(
  deadlineMs: number,
  server: GrpcServer,
  partitions: Partitions,
  log: Log,
): Promise<void> {
  const drained = server.drain();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), deadlineMs);
  });
  const outcome = await Promise.race([drained, late]);
  clearTimeout(timer);
  partitions.pending.close();
  if (outcome !== 'late') return;
  log.warn('calls were still under way at the end of the deadline; they are cut');
  await new Promise((resolve) => setImmediate(resolve)); // the answers just given leave first
  await server.destroy();
}
