// A port where nobody listens may answer itself: TCP joins a socket with itself when the system draws the dialled port.
import { type AddressInfo, connect, createServer } from 'node:net';
import { systemTimers } from '@millrace/raft';
import { expect, test } from 'vitest';
import { createLog } from '../../ops/log.ts';
import { Sockets } from './sockets.ts';
import { transportLimits } from './transport.ts';

/** A port of the range that the system takes ports of outgoing connections from. */
async function outgoingPort(): Promise<number> {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port: listened } = server.address() as AddressInfo;
  const socket = connect(listened, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const port = socket.localPort as number;
  socket.resetAndDestroy();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('is told as nobody being there', async () => {
  const sockets = new Sockets({
    tls: null,
    limits: transportLimits,
    timers: systemTimers,
    log: createLog('silent'),
    accept: () => {},
    distrusted: () => {},
  });
  const port = await outgoingPort();
  let connections = 0;
  let refusals = 0;
  const dial = () =>
    new Promise<void>((resolve) => {
      const socket = sockets.connect('127.0.0.1', port, () => {
        connections++;
        socket.destroy();
      });
      socket.on('error', () => refusals++);
      socket.once('close', () => resolve());
    });
  for (let round = 0; round < 300; round++) await Promise.all(Array.from({ length: 100 }, dial));
  expect({ connections, refusals }).toEqual({ connections: 0, refusals: 30_000 });
}, 60_000);
