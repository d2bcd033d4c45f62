import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ProxyLinks } from './proxy-links.ts';
import { until } from './until.ts';

/** What opens a connection of the broker of that number, as far as the links look at it. */
const helloOf = (nodeId: number): string => `{"memberId":"${nodeId}","kind":"broker"}`;
const within = 5_000;

/** A process at one end of a connection. */
interface End {
  readonly socket: Socket;
  text: string;
  isClosed: boolean;
}

function endOf(socket: Socket): End {
  const end: End = { socket, text: '', isClosed: false };
  socket.on('data', (bytes) => {
    end.text += bytes.toString();
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    end.isClosed = true;
  });
  return end;
}

describe('links between brokers', () => {
  let links: ProxyLinks;
  let servers: Server[];
  /** Connections that were accepted, by node id. */
  let accepted: End[][];

  beforeEach(async () => {
    links = new ProxyLinks();
    accepted = [[], [], []];
    servers = accepted.map((ends) => createServer((socket) => ends.push(endOf(socket))));
    const ports: number[] = [];
    for (const server of servers) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      ports.push((server.address() as { port: number }).port);
    }
    await links.open(ports);
  });

  afterEach(async () => {
    await links[Symbol.asyncDispose]();
    for (const ends of accepted) for (const { socket } of ends) socket.destroy();
    for (const server of servers) server.close();
  });

  /** Both ends of a connection that `from` has dialled. */
  async function connected(from: number, to: number): Promise<{ near: End; far: End }> {
    const address = links.environmentOf(to).ZEEBE_BROKER_NETWORK_INTERNALAPI_ADVERTISEDPORT;
    const near = endOf(connect({ host: '127.0.0.1', port: Number(address) }));
    const count = accepted[to]?.length ?? 0;
    near.socket.write(helloOf(from));
    const far = await until(() => accepted[to]?.[count], { within, what: 'a connection' });
    await until(() => far.text === helloOf(from), { within, what: 'a hello' });
    return { near, far };
  }

  const sees = (end: End, text: string) =>
    until(() => end.text.endsWith(text), { within, what: `"${text}" to arrive` });

  test('carry bytes in both directions, and the end', async () => {
    const { near, far } = await connected(0, 1);
    near.socket.write('there');
    await sees(far, 'there');
    far.socket.write('and back');
    await sees(near, 'and back');
    far.socket.destroy();
    await until(() => near.isClosed, { within, what: 'the end' });
  });

  test('hold what is sent while they are cut, in that direction only', async () => {
    const { near, far } = await connected(0, 1);
    const other = await connected(2, 1);
    links.cutOneWay(0, 1);
    near.socket.write('held');
    far.socket.write('back');
    other.near.socket.write('free');
    await sees(near, 'back');
    await sees(other.far, 'free');
    expect(far.text).toBe(helloOf(0));
    links.heal();
    await sees(far, 'held');
  });

  test('rule both connections between two brokers, whoever dialled', async () => {
    const forth = await connected(0, 1);
    const back = await connected(1, 0);
    links.cutOneWay(0, 1);
    forth.near.socket.write('a');
    back.far.socket.write('b');
    back.near.socket.write('c');
    await sees(back.far, 'c');
    expect([forth.far.text, back.near.text]).toEqual([helloOf(0), '']);
    links.heal();
    await sees(forth.far, 'a');
    await sees(back.near, 'b');
  });

  test('hide the end of a process while they are cut', async () => {
    const { near, far } = await connected(0, 1);
    const witness = await connected(2, 1);
    links.isolate(0);
    far.socket.destroy();
    witness.far.socket.destroy();
    await until(() => witness.near.isClosed, { within, what: 'the end where nothing is cut' });
    expect(near.isClosed).toBe(false);
    links.heal();
    await until(() => near.isClosed, { within, what: 'the end' });
  });

  test('take no more than a bounded number of bytes while they are cut', async () => {
    const { near } = await connected(0, 1);
    links.cut(0, 1);
    const block = Buffer.alloc(1024 * 1024);
    // What the sockets of the machine take is some MB; a proxy that kept everything would take it all.
    for (let n = 0; n < 64; n++) near.socket.write(block);
    await until(() => near.socket.writableLength > 32 * block.length, { within, what: 'a jam' });
  });

  test('delay and throttle', async () => {
    const { near, far } = await connected(0, 1);
    links.set(0, 1, { kind: 'slow', delayMs: 100, bytesPerSecond: Number.POSITIVE_INFINITY });
    let begun = performance.now();
    near.socket.write('late');
    await sees(far, 'late');
    expect(performance.now() - begun).toBeGreaterThanOrEqual(100);
    links.set(0, 1, { kind: 'slow', delayMs: 0, bytesPerSecond: 1_000_000 });
    begun = performance.now();
    near.socket.write(`${'x'.repeat(200_000)}end`);
    near.socket.write('of it');
    await sees(far, 'of it');
    // The last piece leaves when those before it have passed.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(50);
  });
});
