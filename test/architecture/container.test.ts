// The container files, checked without a Docker engine: structure, ports, and that what they copy is there.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const top = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(top, file), 'utf8');

interface Service {
  readonly build: { readonly context: string; readonly dockerfile: string };
  readonly ports: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}
const compose = parse(read('docker-compose.yml')) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

/** Instructions of the Dockerfile, continued lines joined. */
const instructions = read('broker/Dockerfile')
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => line.split(/\s+/));
const named = (name: string): string[][] => instructions.filter(([first]) => first === name);

describe('docker-compose.yml', () => {
  const services = Object.entries(compose.services);

  test('has a broker', () => expect(services.map(([name]) => name)).toEqual(['broker']));

  test.each(services)('%s builds from a file that exists', (_, { build }) => {
    expect(existsSync(path.join(top, build.context, build.dockerfile))).toBe(true);
  });

  test.each(services)('%s publishes only ports that its image exposes', (_, { ports }) => {
    const exposed = named('EXPOSE').flatMap((words) => words.slice(1));
    const inside = ports.map((port) => port.split(':').at(-1));
    expect(exposed).toEqual(expect.arrayContaining(inside));
    expect(inside).toEqual(expect.arrayContaining(['26500', '9600']));
  });

  test.each(services)('%s keeps its data directory in a declared volume', (_, service) => {
    const data = service.environment.ZEEBE_BROKER_DATA_DIRECTORY;
    const [volume, target] = (service.volumes[0] ?? '').split(':');
    expect(target).toBe(data);
    expect(Object.keys(compose.volumes)).toContain(volume);
  });

  test.each(services)('%s is asked whether it is ready, by what its image has', (_, service) => {
    expect(service.healthcheck.test.slice(0, 2)).toEqual(['CMD', 'node']);
    expect(service.healthcheck.test.join(' ')).toContain('http://127.0.0.1:9600/ready');
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
