// The container files, checked without a Docker engine: structure, ports, and that what they copy is there.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, loadGatewayConfig } from '../../broker/src/config.ts';

const top = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(top, file), 'utf8');

interface Service {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
const composed = (file: string): Compose => parse(read(file), { merge: true }) as Compose;
const isGateway = ({ command }: Service): boolean => command?.[0] === 'gateway';
const cluster = 'docker-compose.yml';
const single = 'docker-compose.single.yml';

/** Instructions of the Dockerfile, continued lines joined. */
const instructions = read('broker/Dockerfile')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => line.split(/\s+/));
const named = (name: string): string[][] => instructions.filter(([first]) => first === name);

describe.each([cluster, single])('%s', (file) => {
  const { services: byName, volumes } = composed(file);
  const services = Object.entries(byName);
  const brokers = services.filter(([, service]) => !isGateway(service));

  test.each(services)('%s builds from a file that exists', (_, { build }) => {
    expect(existsSync(path.join(top, build.context, build.dockerfile))).toBe(true);
  });

  test.each(services)('%s publishes only ports that its image exposes', (_, { ports }) => {
    const exposed = named('EXPOSE').flatMap((words) => words.slice(1));
    const inside = ports.map((port) => port.split(':').at(-1));
    expect(exposed).toEqual(expect.arrayContaining(inside));
    expect(inside).toEqual(expect.arrayContaining(['26500', '9600']));
  });

  test('no port of the machine is given twice, and none to other machines', () => {
    const published = services.flatMap(([, { ports }]) => ports);
    expect(published.every((port) => port.startsWith('127.0.0.1:'))).toBe(true);
    const outside = published.map((port) => port.split(':').at(-2));
    expect(new Set(outside).size).toBe(outside.length);
  });

  test('each broker keeps its data directory in a declared volume of its own', () => {
    const used = brokers.map(([, service]) => {
      const [volume, target] = (service.volumes?.[0] ?? '').split(':');
      expect(target).toBe(service.environment.ZEEBE_BROKER_DATA_DIRECTORY);
      return volume;
    });
    expect(used.toSorted()).toEqual(Object.keys(volumes).toSorted());
  });

  test.each(services)('%s is asked whether it is ready, by what its image has', (_, service) => {
    expect(service.healthcheck.test.slice(0, 2)).toEqual(['CMD', 'node']);
    expect(service.healthcheck.test.join(' ')).toContain('http://127.0.0.1:9600/ready');
  });

  test.each(services)('the settings of %s are known, and all of them apply', (_, service) => {
    const load = isGateway(service) ? loadGatewayConfig : loadConfig;
    expect(load({ env: service.environment }).notices).toEqual([]);
  });
});

describe(cluster, () => {
  const services = Object.entries(composed(cluster).services);
  const clusterOf = (service: Service) => {
    const load = isGateway(service) ? loadGatewayConfig : loadConfig;
    return load({ env: service.environment }).config.cluster;
  };
  const brokers = services.filter(([, service]) => !isGateway(service));

  test('has three brokers, each with a number of its own', () => {
    expect(brokers.map(([name]) => name)).toEqual(['broker-0', 'broker-1', 'broker-2']);
    const configs = brokers.map(([, { environment }]) => loadConfig({ env: environment }).config);
    expect(configs.map(({ nodeId }) => nodeId)).toEqual([0, 1, 2]);
    for (const { partitionsCount, cluster: each } of configs)
      expect([partitionsCount, each.size, each.replicationFactor]).toEqual([3, 3, 3]);
  });

  test.each(services)('%s finds the brokers by name and can be found by its own', (name, each) => {
    const { contactPoints, advertisedHost, port, host } = clusterOf(each);
    expect(contactPoints).toEqual(brokers.map(([broker]) => `${broker}:26502`));
    expect([advertisedHost, host, port]).toEqual([name, '0.0.0.0', 26502]);
  });
});

describe(single, () => {
  test('has one broker, which is alone', () => {
    const [[name, { environment }] = ['', { environment: {} }], ...others] = Object.entries(
      composed(single).services,
    );
    expect([name, others]).toEqual(['broker', []]);
    const { config } = loadConfig({ env: environment });
    expect([config.nodeId, config.cluster.size]).toEqual([0, 1]);
  });
});

describe('broker/Dockerfile', () => {
  test('copies only what exists', () => {
    const fromContext = named('COPY').filter(([, second]) => !second?.startsWith('--from'));
    const copied = fromContext.flatMap((words) => words.slice(1, -1));
    expect(copied.filter((file) => !existsSync(path.join(top, file)))).toEqual([]);
  });

  test('installs the manifests of all packages that the broker needs', () => {
    const { dependencies } = JSON.parse(read('broker/package.json'));
    const ours = Object.keys(dependencies).filter((name) => name.startsWith('@millrace/'));
    const copied = named('COPY').map((words) => words[1]);
    const manifests = ours.map((name) => `${name.replace('@millrace/', '')}/package.json`);
    expect(copied).toEqual(expect.arrayContaining(manifests));
  });

  test('runs the program that the package names, and not as root', () => {
    const { bin } = JSON.parse(read('broker/package.json'));
    expect(named('ENTRYPOINT').at(-1)?.join(' ')).toContain(`broker/${bin.millrace}`);
    expect(named('USER').at(-1)).toEqual(['USER', 'node']);
  });
});
