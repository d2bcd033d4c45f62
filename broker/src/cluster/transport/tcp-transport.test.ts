import { afterEach, describe, expect, test, vi } from 'vitest';
import { closeAll, type Recorder, type RecorderOptions, record } from './testing/recorder.ts';

afterEach(closeAll);

const within = { timeout: 5_000, interval: 2 };
const bytes = (...values: number[]) => Uint8Array.from(values);

/** Two that know each other. */
async function pair(options: RecorderOptions = {}): Promise<[Recorder, Recorder]> {
  const a = await record('0', options);
  const b = await record('1', { ...options, contactPoints: [a.address] });
  await eventually(() => expect([...a.events, ...b.events]).toEqual(['up 1', 'up 0']));
  return [a, b];
}

const eventually = (check: () => void) => vi.waitFor(check, within);

describe('peers', () => {
  test('are up on both sides when one knows the other, and send both ways', async () => {
    const [a, b] = await pair();
    expect(a.transport.send('1', 7, 'normal', bytes(1), bytes(2, 3))).toBe(true);
    expect(b.transport.send('0', 239, 'urgent')).toBe(true);
    await eventually(() => expect([a.frames.length, b.frames.length]).toEqual([1, 1]));
    expect(b.frames).toMatchObject([{ from: '0', kind: 7 }]);
    expect([...(b.frames[0]?.payload ?? [])]).toEqual([1, 2, 3]);
    expect(a.frames).toMatchObject([{ from: '1', kind: 239, payload: { length: 0 } }]);
  });

  test('are told as they presented themselves, with the port that was filled in', async () => {
    const a = await record('0', { hello: { session: 4711, logVersion: 9, release: '9.9.9' } });
    const b = await record('gateway-x', { contactPoints: [a.address] });
    await eventually(() => expect(b.ups).toHaveLength(1));
    expect(b.transport.peers()).toMatchObject([
      {
        ...{ memberId: '0', kind: 'broker', nodeId: 0, session: 4711, logVersion: 9 },
        ...{ release: '9.9.9', advertised: { host: '127.0.0.1', port: a.transport.port } },
      },
    ]);
    await eventually(() => expect(a.ups).toMatchObject([{ kind: 'gateway', nodeId: -1 }]));
  });

  test('that all know one contact point find each other', async () => {
    const a = await record('0');
    const others = await Promise.all(
      ['1', '2', '3'].map((id) => record(id, { contactPoints: [a.address] })),
    );
    await eventually(() => {
      for (const one of [a, ...others]) expect(one.transport.peers()).toHaveLength(3);
    });
    for (const one of [a, ...others]) expect(one.events).toHaveLength(3);
  });

  test('a gateway that knows one broker learns of those that come after it', async () => {
    const a = await record('0');
    const gateway = await record('gateway-g', { contactPoints: [a.address] });
    await eventually(() => expect(gateway.events).toEqual(['up 0']));
    await record('1', { contactPoints: [a.address] });
    await eventually(() => expect(gateway.events).toEqual(['up 0', 'up 1']));
  });

  test('may all list everybody, themselves included', async () => {
    const first = await record('0');
    const second = await record('1', { contactPoints: [first.address] });
    second.transport.addContactPoint(second.address);
    const name = `localhost:${first.transport.port}`;
    for (const address of [first.address, second.address, name]) {
      first.transport.addContactPoint(address);
      second.transport.addContactPoint(address);
    }
    await eventually(() => expect(first.transport.peers()).toHaveLength(1));
    await eventually(() => expect(second.transport.peers()).toHaveLength(1));
    expect(first.events).toEqual(['up 1']);
    expect(second.events).toEqual(['up 0']);
    expect(first.log.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('are down as closed when their transport closes, and up again when it is back', async () => {
    const [a, b] = await pair();
    const { port } = b.transport;
    await b.transport.close();
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed']));
    expect(a.transport.send('1', 1, 'normal', bytes(1))).toBe(false);
    expect(a.transport.peers()).toEqual([]);
    const again = await record('1', { port });
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed', 'up 1']));
    await eventually(() => expect(again.events).toEqual(['up 0']));
    expect(b.events).toEqual(['up 0']);
  });

  test('that have left are not dialled any more', async () => {
    const [a, b] = await pair();
    await b.transport.close();
    await eventually(() => expect(a.events).toContain('down 1 closed'));
    a.transport.disconnect('1');
    const failed = a.transport.stats().failedDials;
    const again = await record('1', { port: b.transport.port });
    await eventually(() => expect(again.transport.stats().failedDials).toBe(0));
    expect(a.transport.stats().failedDials - failed).toBeLessThanOrEqual(1);
    again.transport.addContactPoint(a.address);
    await eventually(() => expect(a.events.at(-1)).toBe('up 1'));
  });

  test('are told down as closed when we disconnect them', async () => {
    const [a] = await pair();
    a.transport.disconnect('1');
    expect(a.events.slice(0, 2)).toEqual(['up 1', 'down 1 closed']);
    a.transport.disconnect('nobody');
  });
});

describe('frames', () => {
  test('of one urgency arrive in order, large and small', async () => {
    const [a, b] = await pair();
    const sizes = [0, 1, 5_000, 65_536, 65_537, 300_000, 10, 4_000_000, 3];
    for (const [index, size] of sizes.entries()) {
      expect(a.transport.send('1', index, 'bulk', Buffer.alloc(size, index))).toBe(true);
    }
    await eventually(() => expect(b.frames).toHaveLength(sizes.length));
    expect(b.frames.map(({ kind, payload }) => [kind, payload.length])).toEqual([
      ...sizes.entries(),
    ]);
    const wrong = b.frames.filter(({ kind, payload }) => payload.some((byte) => byte !== kind));
    expect(wrong).toEqual([]);
  });

  test('of the largest size arrive', async () => {
    const [a, b] = await pair();
    const size = 64 * 1024 * 1024;
    expect(a.transport.send('1', 1, 'bulk', Buffer.alloc(size, 1))).toBe(true);
    await eventually(() => expect(b.frames).toHaveLength(1));
    expect(b.frames[0]?.payload.length).toBe(size);
    expect(() => a.transport.send('1', 1, 'bulk', Buffer.alloc(size + 65_537))).toThrow(RangeError);
    expect(() => a.transport.send('1', 240, 'bulk')).toThrow(RangeError);
  });

  test('that are urgent pass the bulk that waits', async () => {
    const arrived: string[] = [];
    const a = await record('0');
    await record('1', {
      contactPoints: [a.address],
      onFrame: ({ kind }) => arrived.push(kind === 1 ? 'bulk' : kind === 2 ? 'normal' : 'urgent'),
    });
    await eventually(() => expect(a.events).toEqual(['up 1']));
    const bulk = Buffer.alloc(64 * 1024);
    let sent = 0;
    while (a.transport.send('1', 1, 'bulk', bulk)) sent++;
    expect(sent).toBeGreaterThan(200);
    await eventually(() => expect(arrived.length).toBeGreaterThan(2));
    for (; a.transport.send('1', 1, 'bulk', bulk); sent++);
    const before = arrived.length;
    a.transport.send('1', 2, 'normal', bytes(1));
    a.transport.send('1', 3, 'urgent', bytes(1));
    await eventually(() => expect(arrived.filter((one) => one === 'bulk')).toHaveLength(sent));
    const urgent = arrived.indexOf('urgent');
    // Only what was under way comes first: at most 2 MB, and what one turn reads.
    expect((urgent - before) * bulk.length).toBeLessThan(4 * 1024 * 1024);
    expect(arrived.indexOf('normal')).toBe(urgent + 1);
  });

  test('beyond the bound of their lane are shed and counted; other lanes go on', async () => {
    const limits = { bulkQueueBytesMax: 100_000, normalQueueBytesMax: 1_000_000 };
    const [a, b] = await pair({ limits });
    const sent = { bulk: 0, normal: 0 };
    for (let i = 0; i < 50; i++) {
      if (a.transport.send('1', 1, 'bulk', Buffer.alloc(10_000))) sent.bulk++;
      if (a.transport.send('1', 2, 'normal', Buffer.alloc(10_000))) sent.normal++;
    }
    expect(sent).toEqual({ bulk: 9, normal: 50 });
    const stats = a.transport.stats().peers[0];
    expect(stats?.shedFrames).toEqual({ urgent: 0, normal: 0, bulk: 41 });
    expect(stats?.queuedBytes).toEqual({ urgent: 0, normal: 500_250, bulk: 90_045 });
    await eventually(() => expect(b.frames).toHaveLength(59));
    await eventually(() =>
      expect(a.transport.stats().peers[0]).toMatchObject({
        ...{ memberId: '1', up: true, sentFrames: 59 },
        queuedBytes: { urgent: 0, normal: 0, bulk: 0 },
        inFlightBytes: 0,
      }),
    );
    expect(b.transport.stats().peers[0]).toMatchObject({
      ...{ receivedFrames: 59, receivedBytes: 59 * 10_005 },
    });
  });

  test('that wait when the transport closes are still sent', async () => {
    const [a, b] = await pair();
    a.transport.send('1', 1, 'normal', Buffer.alloc(500_000));
    a.transport.send('1', 2, 'normal', bytes(1));
    await a.transport.close();
    await eventually(() => expect(b.events).toEqual(['up 0', 'down 0 closed']));
    expect(b.frames.map(({ kind }) => kind)).toEqual([1, 2]);
    expect(a.transport.send('1', 1, 'normal')).toBe(false);
  });

  test('that come in while the transport closes are not told any more', async () => {
    const [a, b] = await pair();
    for (let i = 0; i < 100; i++) b.transport.send('0', 1, 'normal', Buffer.alloc(50_000));
    a.transport.send('1', 2, 'normal', Buffer.alloc(1_000_000));
    const closed = a.transport.close();
    const told = a.frames.length;
    await closed;
    expect([a.frames.length, a.events]).toEqual([told, ['up 1']]);
    await eventually(() => expect(b.events).toEqual(['up 0', 'down 0 closed']));
    expect(b.frames).toHaveLength(1);
  });

  test('to somebody who is not there are refused', async () => {
    const a = await record('0');
    expect(a.transport.send('1', 1, 'normal', bytes(1))).toBe(false);
    expect(a.transport.send('0', 1, 'normal', bytes(1))).toBe(false);
  });

  test('whose handling throws cost the connection, which comes back', async () => {
    const a = await record('0');
    const b = await record('1', {
      contactPoints: [a.address],
      onFrame({ kind }) {
        if (kind === 66) throw new Error('this frame is poison');
      },
    });
    await eventually(() => expect(a.events).toEqual(['up 1']));
    a.transport.send('1', 66, 'normal', bytes(1));
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 lost', 'up 1']));
    await eventually(() => expect(b.events).toEqual(['up 0', 'down 0 lost', 'up 0']));
    expect(b.log.some((line) => line.includes('a frame could not be handled'))).toBe(true);
  });
});

describe('start', () => {
  test('fails with words when the port is taken, or an address is none', async () => {
    const a = await record('0');
    await expect(record('1', { port: a.transport.port })).rejects.toThrow(/EADDRINUSE/);
    await expect(record('1', { contactPoints: ['http://x'] })).rejects.toThrow(/is no address/);
    await expect(record('1', { clusterName: 'x'.repeat(300) })).rejects.toThrow(/clusterName/);
  });

  test('and close leave nothing open, with peers and dials under way', async () => {
    const [a, b] = await pair();
    a.transport.addContactPoint('127.0.0.1:1');
    await Promise.all([a.transport.close(), a.transport.close(), b.transport.close()]);
    const again = await record('5', { port: a.transport.port });
    expect(again.transport.port).toBe(a.transport.port);
  });
});
