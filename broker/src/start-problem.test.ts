import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startProblem } from './start-problem.ts';

async function failureOf(host: string, port: number): Promise<Error> {
  const server = createServer();
  const [error] = await Promise.race([
    once(server.listen(port, host), 'listening').then(() => [new Error('it listens')]),
    once(server, 'error'),
  ]).catch((reason: Error) => [reason]);
  server.close();
  return error;
}

test('a port that is taken is named with the remedy', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const error = await failureOf('127.0.0.1', port);
  expect(startProblem(error)).toBe(
    `another program listens on 127.0.0.1:${port}; end it, or move all ports with ZEEBE_BROKER_NETWORK_PORTOFFSET (ten for each one)`,
  );
  other.close();
});

test('a gateway has other settings than a broker', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const error = await failureOf('127.0.0.1', port);
  expect(startProblem(error, 'gateway')).toContain('ZEEBE_GATEWAY_CLUSTER_PORT');
  other.close();
});

test('an address of another machine is named with the remedy', async () => {
  expect(startProblem(await failureOf('203.0.113.1', 26500))).toBe(
    '203.0.113.1:26500 is no address of this machine; set ZEEBE_BROKER_NETWORK_HOST to one that is',
  );
});

test('other errors speak for themselves', () => {
  expect(startProblem(new Error('the disk is on fire'))).toBe('the disk is on fire');
});
