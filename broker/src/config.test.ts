// Names, forms, limits and errors of the configuration.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { APPLIES, environmentName, lookUp } from './config/setting-table.ts';
import { ConfigError, loadConfig } from './config.ts';

const load = (env: Record<string, string>, file?: string) => loadConfig({ env, file });
const MIB = 1024 ** 2;

describe('environment', () => {
  test('nothing set: loopback, the known ports, one partition', () => {
    const { config, notices } = load({ PATH: '/bin', HOME: '/root' });
    expect(notices).toEqual([]);
    expect(config).toMatchObject({
      nodeId: 0,
      partitionsCount: 1,
      host: '127.0.0.1',
      commandPort: 26501,
      dataDirectory: path.resolve('data'),
      gateway: {
        host: '127.0.0.1',
        port: 26500,
        advertisedHost: '127.0.0.1',
        maxMessageBytes: 4 * MIB,
        requestTimeoutMs: 15_000,
        tls: undefined,
      },
      management: { host: '127.0.0.1', port: 9600 },
      clockControlled: false,
      backpressure: { enabled: true },
      exporters: [],
    });
  });

  test('what a harness sets', () => {
    const { config } = load({
      ZEEBE_BROKER_DATA_DIRECTORY: '/tmp/data',
      ZEEBE_BROKER_NETWORK_HOST: '0.0.0.0',
      ZEEBE_BROKER_NETWORK_PORTOFFSET: '7',
      ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: '3',
      ZEEBE_CLOCK_CONTROLLED: 'true',
      ZEEBE_BROKER_EXPORTERS_JSONL_CLASSNAME: 'jsonl',
      ZEEBE_BROKER_EXPORTERS_JSONL_ARGS_PATH: '/tmp/records.jsonl',
      ZEEBE_BROKER_BACKPRESSURE_ENABLED: 'false',
      ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '16MB',
      ZEEBE_BROKER_DATA_SNAPSHOTPERIOD: 'PT15M',
      ZEEBE_BROKER_GATEWAY_NETWORK_MINKEEPALIVEINTERVAL: '1s',
    });
    expect(config).toMatchObject({
      dataDirectory: '/tmp/data',
      partitionsCount: 3,
      commandPort: 26571,
      gateway: { host: '0.0.0.0', port: 26570 },
      management: { host: '0.0.0.0', port: 9670 },
      clockControlled: true,
      exporters: [{ id: 'jsonl', className: 'jsonl', args: { PATH: '/tmp/records.jsonl' } }],
      backpressure: { enabled: false },
      logSegmentBytes: 16 * MIB,
      checkpointPeriodMs: 900_000,
    });
  });

  test('a port of its own is shifted too, but neither the management port nor the flag', () => {
    const env = {
      ZEEBE_BROKER_NETWORK_PORTOFFSET: '1',
      ZEEBE_BROKER_GATEWAY_NETWORK_PORT: '30000',
      MANAGEMENT_SERVER_PORT: '9999',
    };
    expect(load(env).config).toMatchObject({
      gateway: { port: 30010 },
      management: { port: 9999 },
    });
    expect(loadConfig({ env, flags: { port: 5, data: '/x', host: '::1' } }).config).toMatchObject({
      gateway: { port: 5, host: '::1' },
      dataDirectory: '/x',
    });
  });

  test('names of the standalone gateway stand for the one inside', () => {
    const { config } = load({
      ZEEBE_GATEWAY_NETWORK_PORT: '30000',
      ZEEBE_GATEWAY_LONGPOLLING_TIMEOUT: '2s',
      ZEEBE_BROKER_GATEWAY_NETWORK_PORT: '30001',
    });
    expect(config.gateway).toMatchObject({ port: 30001, longPollingTimeoutMs: 2000 });
  });

  test.each([
    [{}, false],
    [{ ZEEBE_BROKER_GATEWAY_MULTITENANCY_ENABLED: 'true' }, true],
    [{ ZEEBE_GATEWAY_MULTITENANCY_ENABLED: 'true' }, true],
  ])('multi-tenancy is off unless it is set: %j', (environment, multiTenancy) => {
    expect(load(environment).config.gateway).toMatchObject({ multiTenancy });
  });

  test.each([
    'ZEEBE_BROKER_THREADS_IOTHREADCOUNT',
    'ZEEBE_BROKER_EXPERIMENTAL_ROCKSDB_MEMORYLIMIT',
    'ZEEBE_BROKER_EXPERIMENTAL_ROCKSDB_COLUMNFAMILYOPTIONS_WRITE_BUFFER_SIZE',
    'ZEEBE_BROKER_EXPERIMENTAL_PARTITIONING_FIXED_0_NODES_0_NODEID',
    'ZEEBE_BROKER_GATEWAY_INTERCEPTORS_0_CLASSNAME',
    'ZEEBE_BROKER_CLUSTER_MEMBERSHIP_GOSSIPINTERVAL',
    'ZEEBE_BROKER_CLUSTER_RAFT_FLUSH_ENABLED',
    'ZEEBE_BROKER_FLOWCONTROL_WRITE_THROTTLING_RESOLUTION',
    'ZEEBE_BROKER_EXPORTERS_ES_JARPATH',
    'ZEEBE_GATEWAY_CLUSTER_MEMBERSHIP_PROBEINTERVAL',
    'ZEEBE_BROKER_EXECUTION_METRICS_EXPORTER_ENABLED',
  ])('%s is known and has no effect: one notice', (name) => {
    const className = name.includes('EXPORTERS')
      ? { ZEEBE_BROKER_EXPORTERS_ES_CLASSNAME: 'elasticsearch' }
      : {};
    const { notices } = load({ [name]: '1', ...className } as Record<string, string>);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(new RegExp(`^${name} has no effect: .`));
  });

  test.each([
    ['ZEEBE_BROKER_CLUSTER_PARTITIONCOUNT', 'ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT'],
    ['ZEEBE_BROKER_DATA_DIR', 'ZEEBE_BROKER_DATA_DIRECTORY'],
    ['ZEEBE_GATEWAY_NETWORK_PRT', 'ZEEBE_GATEWAY_NETWORK_PORT'],
    ['MILLRACE_GATEWAY_STREAMCAPACTIY', 'MILLRACE_GATEWAY_STREAMCAPACITY'],
    ['MANAGEMENT_SERVER_PROT', 'MANAGEMENT_SERVER_PORT'],
  ])('%s stops the start and suggests %s', (name, suggestion) => {
    expect(() => load({ [name]: '1' })).toThrow(ConfigError);
    expect(() => load({ [name]: '1' })).toThrow(
      `${name} is not known. Did you mean ${suggestion}?`,
    );
  });

  test.each([
    'ZEEBE_ADDRESS',
    'ZEEBE_CLIENT_ID',
    'ZEEBE_INSECURE_CONNECTION',
    'ZEEBE_LOG_APPENDER',
  ])('%s belongs to somebody else', (name) => {
    expect(load({ [name]: 'x' }).notices).toEqual([]);
  });

  test.each([
    ['ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT', '0', 'from 1 to 255'],
    ['ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT', '256', 'from 1 to 255'],
    ['ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT', 'two', 'a whole number'],
    ['ZEEBE_BROKER_DATA_SNAPSHOTPERIOD', '5s', 'from 60000'],
    ['ZEEBE_BROKER_DATA_SNAPSHOTPERIOD', 'PT', 'a duration such as'],
    ['ZEEBE_BROKER_DATA_LOGSEGMENTSIZE', '12XB', 'a size such as'],
    ['ZEEBE_BROKER_GATEWAY_LONGPOLLING_ENABLED', 'yes', 'true or false'],
    ['ZEEBE_BROKER_NETWORK_PORTOFFSET', '-1', 'from 0'],
    ['ZEEBE_LOG_LEVEL', 'loud', 'one of trace'],
  ])('%s=%s is refused and says what is expected', (name, value, expected) => {
    expect(() => load({ [name]: value })).toThrow(ConfigError);
    expect(() => load({ [name]: value })).toThrow(name);
    expect(() => load({ [name]: value })).toThrow(expected);
    expect(() => load({ [name]: value })).toThrow(`'${value}'`);
  });

  test('settings that contradict each other are refused', () => {
    expect(() =>
      load({
        ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '1GB',
        ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '2GB',
      }),
    ).toThrow('must be larger');
    expect(() => load({ ZEEBE_BROKER_GATEWAY_SECURITY_ENABLED: 'true' })).toThrow('privateKeyPath');
    expect(() => load({ ZEEBE_BROKER_EXPORTERS_X_ARGS_A: '1' })).toThrow(
      'ZEEBE_BROKER_EXPORTERS_X_CLASSNAME',
    );
  });

  test('every setting is found by its environment name', () => {
    for (const name of APPLIES.keys()) {
      expect(lookUp(environmentName(name))).toMatchObject({ kind: 'applies', path: name });
    }
  });
});

describe('a cluster', () => {
  const three = {
    ZEEBE_BROKER_CLUSTER_NODEID: '1',
    ZEEBE_BROKER_CLUSTER_CLUSTERSIZE: '3',
    ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: '3',
    ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: 'a:26502, b:26502,[::1]:26502',
  };

  test('is read by the names of the reference', () => {
    const { cluster } = load({
      ...three,
      ZEEBE_BROKER_CLUSTER_CLUSTERNAME: 'orders',
      ZEEBE_BROKER_CLUSTER_HEARTBEATINTERVAL: '100ms',
      ZEEBE_BROKER_CLUSTER_ELECTIONTIMEOUT: '1s',
      ZEEBE_BROKER_NETWORK_PORTOFFSET: '2',
      ZEEBE_BROKER_NETWORK_INTERNALAPI_ADVERTISEDHOST: 'broker-1',
    }).config;
    expect(cluster).toEqual({
      name: 'orders',
      size: 3,
      replicationFactor: 3,
      contactPoints: ['a:26502', 'b:26502', '[::1]:26502'],
      heartbeatMs: 100,
      electionMs: 1000,
      host: '127.0.0.1',
      port: 26522,
      isPortGiven: true,
      advertisedHost: 'broker-1',
      advertisedPort: 0,
      tls: undefined,
      memberId: '1',
    });
  });

  test('takes contact points one by one, too', () => {
    const { ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: _, ...rest } = three;
    const { config } = load({
      ...rest,
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS_1: 'b:2',
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS_0_: 'a:1',
    });
    expect(config.cluster.contactPoints).toEqual(['a:1', 'b:2']);
  });

  test.each([
    [{ ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: '4' }, 'the cluster has 3 brokers'],
    [{ ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: 'a' }, "it has 'a'"],
    [{ ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: '' }, 'has nobody to ask for the others'],
    [{ ZEEBE_BROKER_CLUSTER_ELECTIONTIMEOUT: '300ms' }, 'at least twice the heartbeat interval'],
    [{ ZEEBE_BROKER_NETWORK_SECURITY_ENABLED: 'true' }, 'needs certificateChainPath'],
  ])('refuses %j', (env, message) => {
    expect(() => load({ ...three, ...env })).toThrow(message);
  });
});

describe('file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'millrace-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (text: string): string => {
    const file = path.join(folder, 'config.yaml');
    writeFileSync(file, text);
    return file;
  };

  test('YAML in any spelling of names; the environment wins', () => {
    const file = write(`
zeebe:
  broker:
    cluster: {partitions-count: 2, node_id: 4}
    data: {disk: {freeSpace: {processing: 512MB, replication: 256MB}}}
    threads: {ioThreadCount: 8}
    exporters:
      Records: {className: jsonl, args: {path: /tmp/a, nested: {more: 1}}}
management: {server: {port: 1234}}
millrace: {gateway: {streamCapacity: 5}}
`);
    const { config, notices } = load({ ZEEBE_BROKER_CLUSTER_NODEID: '5' }, file);
    expect(config).toMatchObject({
      partitionsCount: 2,
      nodeId: 5,
      disk: { freeBytesProcessing: 512 * MIB },
      exporters: [{ id: 'records', args: { path: '/tmp/a', nested: { more: 1 } } }],
      management: { port: 1234 },
      gateway: { streamCapacity: 5 },
    });
    expect(notices).toEqual([
      expect.stringContaining('zeebe.broker.threads.ioThreadCount has no effect'),
    ]);
  });

  test('JSON, and an empty file', () => {
    expect(load({}, write('{"zeebe":{"clock":{"controlled":true}}}')).config.clockControlled).toBe(
      true,
    );
    expect(load({}, write('')).config.partitionsCount).toBe(1);
  });

  test.each([
    ['zeebe: {broker: {clutser: {nodeId: 1}}}', 'Did you mean zeebe.broker.cluster.nodeId?'],
    [
      'zeebe: {broker: {cluster: {nodeId: x}}}',
      "must be a whole number from 0 to 1023, but it is 'x'",
    ],
    ['zeebe: [', 'neither YAML nor JSON'],
    ['- 1', 'must hold a map'],
    ['zeebe: {broker: {exporters: {a: {klass: b}}}}', 'Did you mean className or args'],
    ['zeebe: {broker: {exporters: {a: b}}}', 'must be a map with className'],
  ])('%s is refused', (text, message) => {
    const file = write(text);
    expect(() => load({}, file)).toThrow(ConfigError);
    expect(() => load({}, file)).toThrow(message);
    expect(() => load({}, file)).toThrow(file);
  });

  test('a file that is not there', () => {
    expect(() => load({}, path.join(folder, 'none.yaml'))).toThrow('cannot be read');
  });
});
