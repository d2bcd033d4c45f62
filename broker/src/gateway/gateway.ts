// The gateway: accepts clients, routes their calls to partitions and brings the answers back.
//
// It runs on the main thread and keeps no state that must survive. Everything it holds for clients is bounded (limits.ts).
import type { Timers } from '@millrace/raft';
import type { Log } from '../ops/log.ts';
import type { ClusterView, PartitionNetwork } from './cluster-view.ts';
import {
  createGatewayService,
  type GatewayService,
  type GatewayServiceOptions,
  type GatewayServices,
} from './gateway-service.ts';
import { startHttp2Server } from './http2-server.ts';
import { DEFAULT_BOUNDS } from './limits.ts';
import type { Partitions } from './partitions/partitions.ts';
import type { GrpcServer } from './server.ts';
import type { JobStreamView } from './service/job-streams.ts';
import { readTlsFiles, type TlsFiles, watchTlsFiles } from './tls-files.ts';

export interface GatewayOptions extends GatewayServiceOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Files of the server's certificate, read again when they change; undefined: cleartext. */
  readonly tls: TlsFiles | undefined;
}

const MIB = 1024 * 1024;

export const GATEWAY_DEFAULTS: GatewayOptions = {
  host: '127.0.0.1',
  port: 26500,
  tls: undefined,
  session: 1,
  maxMessageBytes: 4 * MIB,
  requestTimeoutMs: 15_000,
  longPolling: { enabled: true, timeoutMs: 10_000, probeMs: 10_000 },
  streamCapacity: 256,
  streamBufferBytes: 16 * MIB,
  multiTenancy: false,
  version: '8.6.0',
  bounds: DEFAULT_BOUNDS,
};

const OPEN_TENANTS =
  'multi-tenancy is on, but nobody is asked who they are: any client may name any tenant, and a key names its thing whatever the tenant';

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

/**
 * @param network carries messages to the partitions' replicas
 * @param view who leads them
 * @throws Error when the address cannot be bound or a TLS file cannot be read
 */
export async function startGateway(
  network: PartitionNetwork,
  view: ClusterView,
  options: GatewayOptions,
  services: GatewayServices,
): Promise<Gateway> {
  const { log, timers } = services;
  if (options.multiTenancy) log.warn(OPEN_TENANTS);
  const service = createGatewayService(network, view, options, services);
  const server = await startHttp2Server(service.methods, {
    host: options.host,
    port: options.port,
    maxMessageBytes: options.maxMessageBytes,
    tls: options.tls === undefined ? undefined : readTlsFiles(options.tls),
    receiving: service.partitions.limits.receiving,
    onEnded: service.metrics.callEnded,
  });
  const stopWatching =
    options.tls === undefined
      ? () => {}
      : watchTlsFiles(options.tls, timers, log, (tls) => server.setTls(tls));
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    address: `${host}:${server.port}`,
    port: server.port,
    partitions: service.partitions,
    setServing: () => service.setServing(),
    jobStreams: () => service.jobStreams(),
    close: async (deadlineMs) => {
      stopWatching();
      service.endWaiting();
      await drainWithin(deadlineMs, server, service, timers, log);
    },
  };
}

/** Lets the calls under way end; at the deadline what is left is answered with UNAVAILABLE and cut. */
async function drainWithin(
  deadlineMs: number,
  server: GrpcServer,
  service: GatewayService,
  timers: Timers,
  log: Log,
): Promise<void> {
  const drained = server.drain();
  const late = Promise.withResolvers<'late'>();
  const cancel = timers.after(deadlineMs, () => late.resolve('late'));
  const outcome = await Promise.race([drained, late.promise]);
  cancel();
  service.close();
  if (outcome !== 'late') return;
  log.warn('calls were still under way at the end of the deadline; they are cut');
  await new Promise<void>((resolve) => timers.soon(resolve)); // the answers just given leave first
  await server.destroy();
}
