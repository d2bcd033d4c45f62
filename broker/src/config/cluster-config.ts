// The part of the configuration that makes a process a member of a cluster: where others reach it, where it finds them, how
// many they are (broker-operations.md 10.3, 10.4).
import { networkInterfaces } from 'node:os';
import { ConfigError } from './setting-sources.ts';

export interface TlsFilesConfig {
  readonly certificateChainPath: string;
  readonly privateKeyPath: string;
}

export interface ClusterConfig {
  /** Default `zeebe-cluster`; processes of another cluster are refused. */
  readonly name: string;
  /** Brokers at the first start. Default 1. */
  readonly size: number;
  /** Replicas of each partition. Default 1. */
  readonly replicationFactor: number;
  /** host:port of members that are asked for the others. Default: none; of a gateway 127.0.0.1:26502. */
  readonly contactPoints: readonly string[];
  /** Raft's heartbeat interval and election time-out, ms. Default 250 and 2500. */
  readonly heartbeatMs: number;
  readonly electionMs: number;
  /** Where other members reach this one. Default: the network's host and 26502 + 10 x port offset. */
  readonly host: string;
  readonly port: number;
  /** Whether the port was chosen by somebody: then no other will do. */
  readonly isPortGiven: boolean;
  readonly advertisedHost: string;
  /** 0: the port that is listened on. */
  readonly advertisedPort: number;
  /** PEM files for mutual TLS between members; undefined: cleartext. */
  readonly tls: TlsFilesConfig | undefined;
  /** Of a stand-alone gateway. Default `gateway`. */
  readonly memberId: string;
}

/** Reads settings of one root (`zeebe.broker` or `zeebe.gateway`) with their default. */
export type ReadSetting = <T>(name: string, missing: T) => T;

/** @throws ConfigError */
export function brokerClusterConfig(
  read: ReadSetting,
  host: string,
  shifted: (port: number) => number,
  nodeId: number,
): ClusterConfig {
  const port = read('network.internalApi.port', -1);
  const size = read('cluster.clusterSize', 1);
  const replicationFactor = read('cluster.replicationFactor', 1);
  if (replicationFactor > size)
    throw new ConfigError(
      `zeebe.broker.cluster.replicationFactor is ${replicationFactor}, but the cluster has ${size} brokers. Raise zeebe.broker.cluster.clusterSize or lower the factor`,
    );
  const contactPoints = read<readonly string[]>('cluster.initialContactPoints', []);
  if (size > 1 && contactPoints.length === 0 && nodeId !== 0)
    throw new ConfigError(
      `broker ${nodeId} of ${size} has nobody to ask for the others. Set zeebe.broker.cluster.initialContactPoints to host:port of one or more of them`,
    );
  const internalHost = read('network.internalApi.host', host);
  return {
    name: read('cluster.clusterName', 'zeebe-cluster'),
    size,
    replicationFactor,
    contactPoints: checked(contactPoints, 'zeebe.broker.cluster.initialContactPoints'),
    ...raftTimes(read),
    host: internalHost,
    port: shifted(port < 0 ? 26502 : port),
    isPortGiven: port >= 0 || size > 1,
    advertisedHost: read(
      'network.internalApi.advertisedHost',
      read('network.advertisedHost', reachable(internalHost)),
    ),
    advertisedPort: read('network.internalApi.advertisedPort', 0),
    tls: tlsOf(read, 'network.security', 'zeebe.broker'),
    memberId: String(nodeId),
  };
}

function raftTimes(read: ReadSetting): { heartbeatMs: number; electionMs: number } {
  const heartbeatMs = read('cluster.heartbeatInterval', 250);
  const electionMs = read('cluster.electionTimeout', 2_500);
  if (electionMs < heartbeatMs * 2)
    throw new ConfigError(
      `zeebe.broker.cluster.electionTimeout must be at least twice the heartbeat interval, but they are ${electionMs} and ${heartbeatMs} ms`,
    );
  return { heartbeatMs, electionMs };
}

/** @throws ConfigError */
export function gatewayClusterConfig(read: ReadSetting): ClusterConfig {
  const host = read('cluster.host', '127.0.0.1');
  const contactPoints = read<readonly string[]>(
    'cluster.initialContactPoints',
    read('cluster.contactPoint', ['127.0.0.1:26502']),
  );
  const port = read('cluster.port', -1);
  return {
    name: read('cluster.clusterName', 'zeebe-cluster'),
    size: 0,
    replicationFactor: 0,
    contactPoints: checked(contactPoints, 'zeebe.gateway.cluster.initialContactPoints'),
    heartbeatMs: 250,
    electionMs: 2_500,
    host,
    port: port < 0 ? 26502 : port,
    isPortGiven: port >= 0,
    advertisedHost: read('cluster.advertisedHost', reachable(host)),
    advertisedPort: read('cluster.advertisedPort', 0),
    tls: tlsOf(read, 'cluster.security', 'zeebe.gateway'),
    memberId: read('cluster.memberId', 'gateway'),
  };
}

function checked(points: readonly string[], name: string): readonly string[] {
  for (const point of points) {
    if (!/^(\[[^\]]+\]|[^:\s]+):\d{1,5}$/.test(point))
      throw new ConfigError(`${name} must hold host:port, but it has '${point}'`);
  }
  return points;
}

function tlsOf(read: ReadSetting, path: string, root: string): TlsFilesConfig | undefined {
  if (!read(`${path}.enabled`, false)) return undefined;
  const certificateChainPath = read(`${path}.certificateChainPath`, '');
  const privateKeyPath = read(`${path}.privateKeyPath`, '');
  if (certificateChainPath === '' || privateKeyPath === '')
    throw new ConfigError(
      `${root}.${path}.enabled needs certificateChainPath and privateKeyPath beside it`,
    );
  return { certificateChainPath, privateKeyPath };
}

/** An address that others can dial: of a host that means "all addresses", the first that is not the loopback. */
export function reachable(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  for (const addresses of Object.values(networkInterfaces())) {
    const outer = addresses?.find(({ internal, family }) => !internal && family === 'IPv4');
    if (outer !== undefined) return outer.address;
  }
  return '127.0.0.1';
}
