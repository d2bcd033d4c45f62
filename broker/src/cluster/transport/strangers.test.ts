import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FrameKind, headBytes, ownFrame, preludeOf } from './frame-format.ts';
import { greetingBytes } from './handshake.ts';
import { closeAll, helloOf, type Recorder, record } from './testing/recorder.ts';

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 2 });
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await closeAll();
});

const warnings = ({ log }: Recorder) => log.filter((line) => line.startsWith('warn'));

/** Waits until this one has tried that often in vain, so that a line per try would have been seen. */
function triesOf(recorder: Recorder, count: number): Promise<void> {
  const before = recorder.transport.stats().refusals;
  return eventually(() =>
    expect(recorder.transport.stats().refusals).toBeGreaterThanOrEqual(before + count),
  );
}

describe('a process is refused, with one line on each side that names the remedy, when', () => {
  test('it belongs to another cluster', async () => {
    const a = await record('0', { clusterName: 'orders' });
    const b = await record('1', { clusterName: 'invoices', contactPoints: [a.address] });
    await triesOf(b, 4);
    for (const one of [a, b]) {
      expect(warnings(one)).toHaveLength(1);
      expect(warnings(one)[0]).toMatch(/cluster \\"invoices\\".*\\"orders\\".*CLUSTER_CLUSTERNAME/);
      expect(one.events).toEqual([]);
    }
    expect(warnings(a)[0]).toContain('a connection is refused');
    expect(warnings(b)[0]).toContain('the other side refuses');
  });

  test('it speaks no version that is spoken here, whichever side is newer', async () => {
    const a = await record('0', { versions: { lowest: 3, highest: 4 } });
    const b = await record('1', { contactPoints: [a.address] });
    a.transport.addContactPoint(b.address);
    await triesOf(a, 3);
    await triesOf(b, 3);
    for (const one of [a, b]) {
      for (const line of warnings(one)) {
        expect(line).toMatch(/transport versions.*upgrade one release after the other/);
        expect(line).toMatch(/3 to 4/);
        expect(line).toMatch(/release 1\.2\.3/);
      }
      // Both dial: each is refused once and refuses once.
      expect(warnings(one)).toHaveLength(2);
    }
  });

  test('it has the member id of a process that is connected', async () => {
    const a = await record('0');
    const b = await record('1', { contactPoints: [a.address] });
    await eventually(() => expect(a.events).toEqual(['up 1']));
    const c = await record('1', { contactPoints: [a.address] });
    await triesOf(c, 4);
    expect(warnings(a)).toHaveLength(1);
    expect(warnings(c)).toHaveLength(1);
    expect(warnings(c)[0]).toMatch(/held by another process.*CLUSTER_NODEID/);
    expect(c.events).toEqual([]);
    expect(a.events).toEqual(['up 1']);
    // The first one goes: the second one may come.
    await b.transport.close();
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed', 'up 1']));
    await eventually(() => expect(c.events).toEqual(['up 0']));
  });

  test('it has our own member id', async () => {
    const a = await record('0');
    const b = await record('0', { contactPoints: [a.address] });
    await triesOf(b, 4);
    for (const one of [a, b]) {
      expect(warnings(one)).toHaveLength(1);
      expect(warnings(one)[0]).toMatch(/member-id-taken.*CLUSTER_NODEID/);
    }
  });

  test('it has drawn the session of another one, or ours', async () => {
    const a = await record('0', { hello: { session: 77 } });
    const b = await record('1', { hello: { session: 77 }, contactPoints: [a.address] });
    await triesOf(b, 4);
    const c = await record('2', { hello: { session: 88 }, contactPoints: [a.address] });
    await eventually(() => expect(c.events).toEqual(['up 0']));
    const d = await record('gateway-d', { hello: { session: 88 }, contactPoints: [a.address] });
    await triesOf(d, 4);
    expect(warnings(b)).toHaveLength(1);
    expect(warnings(b)[0]).toMatch(/same gateway session 77: restart one of them/);
    expect(warnings(d)).toHaveLength(1);
    expect(warnings(d)[0]).toMatch(/same gateway session 88: restart one of them/);
    await eventually(() => expect(a.events).toEqual(['up 2']));
  });
});

/** A raw connection to a transport, with what came back. */
async function stranger(to: Recorder): Promise<{ socket: Socket; closed: () => boolean }> {
  const socket = connect(to.transport.port, '127.0.0.1');
  sockets.push(socket);
  let closed = false;
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  socket.on('data', () => {});
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return { socket, closed: () => closed };
}

const versions = { lowest: 1, highest: 1 };
const greeting = { ...helloOf('9'), clusterName: 'test', instance: 'stranger' };

describe('bytes of strangers', () => {
  const cases: readonly [string, Buffer | string][] = [
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['TLS', Buffer.from('160301020001000001fc0303', 'hex')],
    ['a prelude with impossible versions', Buffer.from('MLRT\x05\x01')],
    ['a first frame that is too large', Buffer.from('MLRT\x01\x01\xff\xff\xff\x7f\xf5', 'latin1')],
    ['a frame before the handshake', Buffer.concat([preludeOf(1, 1), ownFrame(1)])],
    ['ready before hello', Buffer.concat([preludeOf(1, 1), ownFrame(FrameKind.ready)])],
    ['hello twice', Buffer.concat([hello(), hello().subarray(6)])],
    ['hello that is no JSON', Buffer.concat([preludeOf(1, 1), ownFrame(245, Buffer.from('{'))])],
    ['hello without fields', Buffer.concat([preludeOf(1, 1), ownFrame(245, Buffer.from('{}'))])],
    ['a piece after the handshake that fits nowhere', after(FrameKind.piece, Buffer.alloc(20, 9))],
    ['a report against the direction', after(FrameKind.received, Buffer.alloc(4))],
    ['an unknown frame of the transport', after(255, Buffer.alloc(4))],
  ];

  function hello(): Buffer {
    return greetingBytes(versions, { ...greeting, advertised: { host: '127.0.0.1', port: 1 } });
  }

  function after(kind: number, payload: Buffer): Buffer {
    return Buffer.concat([hello(), ownFrame(FrameKind.ready), ownFrame(kind, payload)]);
  }

  test.each(cases)('%s: the connection is closed, the others go on', async (_, bytes) => {
    const a = await record('0');
    const b = await record('1', { contactPoints: [a.address] });
    await eventually(() => expect([...a.events, ...b.events]).toEqual(['up 1', 'up 0']));
    const { socket, closed } = await stranger(a);
    socket.write(bytes);
    await eventually(() => expect(closed()).toBe(true));
    b.transport.send('0', 1, 'normal', Buffer.from('x'));
    await eventually(() => expect(a.frames).toHaveLength(1));
    expect(a.events).toEqual(['up 1']);
  });

  test('the log says what such a connection may be, once for all tries', async () => {
    const a = await record('0');
    for (let i = 0; i < 3; i++) {
      const { socket, closed } = await stranger(a);
      socket.write(Buffer.from('160301020001000001fc0303', 'hex'));
      await eventually(() => expect(closed()).toBe(true));
    }
    expect(a.transport.stats().damagedConnections).toBe(3);
    expect(warnings(a)).toHaveLength(1);
    expect(warnings(a)[0]).toMatch(/the other side speaks TLS.*NETWORK_SECURITY/);
  });

  test('who says nothing, or half a hello, is closed after the time for the handshake', async () => {
    const a = await record('0', { limits: { handshakeMsMax: 50 } });
    const silent = await stranger(a);
    const half = await stranger(a);
    half.socket.write(hello().subarray(0, 40));
    await eventually(() => expect([silent.closed(), half.closed()]).toEqual([true, true]));
    expect(warnings(a)).toEqual([]);
  });

  test('random bytes, bare and behind a good handshake, change nothing', async () => {
    const a = await record('0');
    const b = await record('1', { contactPoints: [a.address] });
    await eventually(() => expect([...a.events, ...b.events]).toEqual(['up 1', 'up 0']));
    for (let i = 0; i < 60; i++) {
      const { socket, closed } = await stranger(a);
      const noise = Buffer.from(Array.from({ length: 500 }, () => Math.floor(Math.random() * 256)));
      // A frame of ours whose payload ends in the middle, at the end of the connection.
      const half = ownFrame(1, noise).subarray(0, headBytes + 10);
      const ready = Buffer.concat([hello(), ownFrame(FrameKind.ready)]);
      const ends = [noise, Buffer.concat([ready, noise]), Buffer.concat([ready, half])];
      socket.end(ends[i % 3] as Buffer);
      await eventually(() => expect(closed()).toBe(true));
    }
    b.transport.send('0', 1, 'normal', Buffer.from('x'));
    await eventually(() => expect(a.frames).toHaveLength(1));
    expect(a.events).toEqual(['up 1']);
  });

  test('more strangers than may wait in a handshake leave room for others afterwards', async () => {
    const limits = { peersMax: 4, handshakesMax: 4, handshakeMsMax: 300 };
    const a = await record('0', { limits });
    await Promise.all(Array.from({ length: 20 }, () => stranger(a)));
    const b = await record('1', { contactPoints: [a.address] });
    await eventually(() => expect(b.events).toEqual(['up 0']));
  });
});
