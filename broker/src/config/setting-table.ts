// Every setting that this broker knows: those that apply, with their form and limits, and the reference's others, which
// are accepted and named in one line each (broker-operations.md 10.3 and 10.4). The one place where limits are checked.
//
// A path is the name in the file; the environment name is the path in capitals with underscores.
import {
  duration,
  flag,
  integer,
  oneOf,
  type Parser,
  size,
  text,
  texts,
} from './setting-values.ts';

const MB = 1024 ** 2;
const TB = 1024 ** 4;
const DAY_MS = 86_400_000;
const PORT = integer(0, 65_535);

const BROKER = 'zeebe.broker.';
const GATEWAY = 'zeebe.gateway.';

/** Settings that apply, by path. */
export const APPLIES: ReadonlyMap<string, Parser> = new Map([
  ['zeebe.broker.gateway.network.host', text],
  ['zeebe.broker.gateway.network.port', PORT],
  ['zeebe.broker.gateway.network.advertisedHost', text],
  ['zeebe.broker.gateway.network.maxMessageSize', size(1024, 2 ** 30)],
  ['zeebe.broker.gateway.cluster.requestTimeout', duration(1, DAY_MS)],
  ['zeebe.broker.gateway.security.enabled', flag],
  ['zeebe.broker.gateway.security.certificateChainPath', text],
  ['zeebe.broker.gateway.security.privateKeyPath', text],
  ['zeebe.broker.gateway.longPolling.enabled', flag],
  ['zeebe.broker.gateway.longPolling.timeout', duration(1, DAY_MS)],
  ['zeebe.broker.gateway.longPolling.probeTimeout', duration(1, DAY_MS)],
  ['zeebe.broker.gateway.multiTenancy.enabled', flag],
  ['zeebe.broker.network.host', text],
  ['zeebe.broker.network.advertisedHost', text],
  ['zeebe.broker.network.portOffset', integer(0, 3900)],
  ['zeebe.broker.network.maxMessageSize', size(1024, 2 ** 30)],
  ['zeebe.broker.network.internalApi.host', text],
  ['zeebe.broker.network.internalApi.port', PORT],
  ['zeebe.broker.network.internalApi.advertisedHost', text],
  ['zeebe.broker.network.internalApi.advertisedPort', PORT],
  ['zeebe.broker.network.security.enabled', flag],
  ['zeebe.broker.network.security.certificateChainPath', text],
  ['zeebe.broker.network.security.privateKeyPath', text],
  ['zeebe.broker.network.commandApi.advertisedHost', text],
  ['zeebe.broker.network.commandApi.port', PORT],
  ['zeebe.broker.network.commandApi.advertisedPort', PORT],
  ['zeebe.broker.data.directory', text],
  ['zeebe.broker.data.logSegmentSize', size(MB, 2 ** 31)],
  ['zeebe.broker.data.snapshotPeriod', duration(60_000, DAY_MS)],
  ['zeebe.broker.data.disk.enableMonitoring', flag],
  ['zeebe.broker.data.disk.monitoringInterval', duration(10, DAY_MS)],
  ['zeebe.broker.data.disk.freeSpace.processing', size(0, 1024 * TB)],
  ['zeebe.broker.data.disk.freeSpace.replication', size(0, 1024 * TB)],
  ['zeebe.broker.cluster.nodeId', integer(0, 1023)],
  ['zeebe.broker.cluster.partitionsCount', integer(1, 255)],
  ['zeebe.broker.cluster.replicationFactor', integer(1, 1024)],
  ['zeebe.broker.cluster.clusterSize', integer(1, 1024)],
  ['zeebe.broker.cluster.initialContactPoints', texts],
  ['zeebe.broker.cluster.heartbeatInterval', duration(10, 60_000)],
  ['zeebe.broker.cluster.electionTimeout', duration(100, 600_000)],
  ['zeebe.broker.cluster.clusterName', text],
  ['zeebe.broker.threads.cpuThreadCount', integer(1, 1024)],
  ['zeebe.broker.backpressure.enabled', flag],
  ['zeebe.broker.backpressure.fixed.limit', integer(1, 1_000_000)],
  ['zeebe.broker.flowControl.request.enabled', flag],
  ['zeebe.broker.flowControl.request.fixed.limit', integer(1, 1_000_000)],
  ['zeebe.broker.processing.maxCommandsInBatch', integer(1, 100_000)],
  ['zeebe.gateway.network.host', text],
  ['zeebe.gateway.network.port', PORT],
  ['zeebe.gateway.network.advertisedHost', text],
  ['zeebe.gateway.network.maxMessageSize', size(1024, 2 ** 30)],
  ['zeebe.gateway.cluster.requestTimeout', duration(1, DAY_MS)],
  ['zeebe.gateway.cluster.initialContactPoints', texts],
  ['zeebe.gateway.cluster.contactPoint', texts],
  ['zeebe.gateway.cluster.clusterName', text],
  ['zeebe.gateway.cluster.memberId', text],
  ['zeebe.gateway.cluster.host', text],
  ['zeebe.gateway.cluster.port', PORT],
  ['zeebe.gateway.cluster.advertisedHost', text],
  ['zeebe.gateway.cluster.advertisedPort', PORT],
  ['zeebe.gateway.cluster.security.enabled', flag],
  ['zeebe.gateway.cluster.security.certificateChainPath', text],
  ['zeebe.gateway.cluster.security.privateKeyPath', text],
  ['zeebe.gateway.security.enabled', flag],
  ['zeebe.gateway.security.certificateChainPath', text],
  ['zeebe.gateway.security.privateKeyPath', text],
  ['zeebe.gateway.longPolling.enabled', flag],
  ['zeebe.gateway.longPolling.timeout', duration(1, DAY_MS)],
  ['zeebe.gateway.longPolling.probeTimeout', duration(1, DAY_MS)],
  ['zeebe.gateway.multiTenancy.enabled', flag],
  ['zeebe.clock.controlled', flag],
  ['zeebe.log.level', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')],
  ['management.server.port', PORT],
  ['management.server.address', text],
  ['millrace.gateway.streamCapacity', integer(1, 100_000)],
  ['millrace.gateway.streamBuffer', size(64 * 1024, 2 ** 30)],
  ['millrace.shutdownTimeout', duration(0, 3_600_000)],
  ['millrace.partitionThreads', flag],
  ['millrace.storeCache', size(MB, TB)],
]);

const DATABASE = 'the state store is LevelDB';
const THREADS = 'threads are arranged by the runtime';
const CLUSTER = 'membership works differently here';
const SECURITY = 'this release has no authentication yet';
const BACKUP = 'this release has no backups yet';
const JAVA = 'Java classes cannot run here';
const FLOW = 'admission is by fixed limits here';
const INTERNAL = 'works differently here';

/** Settings of the reference that change nothing here: path to reason. `*` stands for any one name, `**` for any rest. */
const IGNORED: readonly (readonly [reason: string, prefix: string, ...paths: string[]])[] = [
  [THREADS, BROKER, 'gateway.threads.**', 'threads.**'],
  [SECURITY, BROKER, 'gateway.security.authentication.**'],
  [JAVA, BROKER, 'gateway.interceptors.**', 'gateway.filters.**', 'exporters.*.jarPath'],
  [
    INTERNAL,
    BROKER,
    'gateway.network.minKeepAliveInterval',
    'gateway.longPolling.minEmptyResponses',
  ],
  [CLUSTER, BROKER, 'gateway.cluster.**', 'network.commandApi.host', 'cluster.raft.**'],
  [JAVA, BROKER, 'network.security.keystore.**'],
  [CLUSTER, BROKER, 'cluster.membership.**', 'cluster.messageCompression'],
  [CLUSTER, BROKER, 'cluster.configManager.**'],
  [DATABASE, BROKER, 'data.runtimeDirectory', 'experimental.rocksdb.**'],
  ['the gateway is always on', BROKER, 'gateway.enable'],
  [INTERNAL, BROKER, 'data.logIndexDensity', 'data.diskUsageMonitoringEnabled'],
  [INTERNAL, BROKER, 'data.diskUsageMonitoringInterval', 'data.diskUsageCommandWatermark'],
  [INTERNAL, BROKER, 'data.diskUsageReplicationWatermark'],
  [BACKUP, BROKER, 'data.backup.**'],
  [FLOW, BROKER, 'backpressure.useWindowed', 'backpressure.algorithm', 'backpressure.aimd.**'],
  [FLOW, BROKER, 'backpressure.vegas.**', 'backpressure.gradient.**', 'backpressure.gradient2.**'],
  [FLOW, BROKER, 'flowControl.request.**', 'flowControl.append.**', 'flowControl.write.**'],
  [INTERNAL, BROKER, 'exporting.skipRecords', 'processing.enableAsyncScheduledTasks'],
  [INTERNAL, BROKER, 'processing.skipPositions', 'executionMetricsExporterEnabled'],
  [INTERNAL, BROKER, 'execution.metrics.exporter.enabled', 'experimental.**'],
  [
    CLUSTER,
    GATEWAY,
    'cluster.membership.**',
    'cluster.messageCompression',
    'cluster.configManager.**',
  ],
  [INTERNAL, GATEWAY, 'network.minKeepAliveInterval'],
  [THREADS, GATEWAY, 'threads.**'],
  [SECURITY, GATEWAY, 'security.authentication.**'],
  [JAVA, GATEWAY, 'interceptors.**', 'filters.**'],
  [INTERNAL, GATEWAY, 'longPolling.minEmptyResponses'],
  ['HTTP other than management is not served yet', '', 'server.**', 'management.server.basePath'],
  ['the log is JSON on standard error', '', 'zeebe.log.appender', 'zeebe.log.stackdriver.**'],
  ['the log has one level, zeebe.log.level', '', 'logging.**'],
  ['the management endpoints are fixed', '', 'management.endpoints.**', 'management.endpoint.**'],
  ['Spring is not used', '', 'spring.**'],
];

interface IgnoredName {
  readonly path: string;
  readonly reason: string;
  readonly pattern: RegExp;
}

/** Compares names as operators write them: without case, dashes, dots and underscores. */
export function canonical(name: string): string {
  return name.replace(/[-_.]/g, '').toLowerCase();
}

function patternOf(path: string): RegExp {
  const words = path.split('.').map((word) => {
    if (word === '**') return '.*';
    return word === '*' ? '.+' : canonical(word);
  });
  return new RegExp(`^${words.join('')}$`);
}

const ignoredNames: readonly IgnoredName[] = IGNORED.flatMap(([reason, prefix, ...paths]) =>
  paths.map((path) => ({ path: prefix + path, reason, pattern: patternOf(prefix + path) })),
);

const appliesByName = new Map([...APPLIES.keys()].map((path) => [canonical(path), path]));

export type Known =
  | { readonly kind: 'applies'; readonly path: string; readonly parse: Parser }
  | { readonly kind: 'ignored'; readonly reason: string };

/** What a name means, however it is written; undefined when nobody knows it. */
export function lookUp(name: string): Known | undefined {
  const bare = canonical(name);
  const path = appliesByName.get(bare);
  if (path !== undefined) {
    return { kind: 'applies', path, parse: APPLIES.get(path) as Parser };
  }
  const ignored = ignoredNames.find(({ pattern }) => pattern.test(bare));
  return ignored === undefined ? undefined : { kind: 'ignored', reason: ignored.reason };
}

/** The environment name of a path. */
export function environmentName(path: string): string {
  return path.replaceAll('.', '_').toUpperCase();
}

/** The known path that is nearest to a name. */
export function nearest(name: string): string {
  const bare = canonical(name);
  const paths = [
    ...APPLIES.keys(),
    ...ignoredNames.map(({ path }) => path.replace(/\.\*\*$/, '')),
    'zeebe.broker.exporters.ID.className',
    'zeebe.broker.exporters.ID.args.NAME',
  ];
  let best = '';
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const path of paths) {
    const between = distance(bare, canonical(path));
    if (between < bestDistance) {
      best = path;
      bestDistance = between;
    }
  }
  return best;
}

/** How many letters must be put in, left out or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
