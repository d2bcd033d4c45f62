import { type ChildProcess, fork } from 'node:child_process';
import { connect, createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { closeAll, type Recorder, record, shortLimits } from './testing/recorder.ts';

const within = { timeout: 10_000, interval: 2 };
const eventually = (check: () => void) => vi.waitFor(check, within);
const opened: (() => void)[] = [];

afterEach(async () => {
  for (const close of opened.splice(0)) close();
  await closeAll();
});

interface Child {
  readonly process: ChildProcess;
  readonly events: string[];
}

/** Another process with a transport, member 1. */
async function childOf(a: Recorder): Promise<Child> {
  const file = path.join(import.meta.dirname, 'testing/peer.child.ts');
  const child = fork(file, ['1', a.address], { stdio: 'inherit' });
  opened.push(() => child.kill('SIGKILL'));
  const events: string[] = [];
  child.on('message', (event) => events.push(String(event)));
  await eventually(() => expect([a.events.at(-1), events.at(-1)]).toEqual(['up 1', 'up 0']));
  return { process: child, events };
}

describe('a process', () => {
  test('that is killed is down as closed within 100 ms', async () => {
    const a = await record('0');
    const child = await childOf(a);
    const begun = performance.now();
    child.process.kill('SIGKILL');
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed']));
    expect(performance.now() - begun).toBeLessThan(100);
  });

  test('that is killed with much on its way is down as closed too', async () => {
    const a = await record('0');
    const child = await childOf(a);
    while (a.transport.send('1', 1, 'bulk', Buffer.alloc(60_000)));
    child.process.kill('SIGKILL');
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 closed']));
  });

  test('that is stopped is lost after the time-out and not before, and up again when it goes on', async () => {
    const a = await record('0');
    const child = await childOf(a);
    const begun = performance.now();
    child.process.kill('SIGSTOP');
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 lost']));
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan((shortLimits.silenceMsMax ?? 0) - 100);
    expect(took).toBeLessThan(3 * (shortLimits.silenceMsMax ?? 0));
    child.process.kill('SIGCONT');
    await eventually(() => expect(a.events).toEqual(['up 1', 'down 1 lost', 'up 1']));
    // It was told why, so it does not take us for dead.
    await eventually(() => expect(child.events).toEqual(['up 0', 'down 0 lost', 'up 0']));
  });

  test('that was stopped for a moment itself blames nobody', async () => {
    const a = await record('0');
    const child = await childOf(a);
    // Longer than the time-out is not possible without being given up by the other side: its limit is higher.
    const patient = await record('2', {
      contactPoints: [a.address],
      limits: { ...shortLimits, silenceMsMax: 60_000 },
    });
    await eventually(() => expect(child.events).toContain('up 2'));
    await eventually(() => expect(patient.events).toContain('up 1'));
    child.process.kill('SIGSTOP');
    await eventually(() => expect(a.events).toContain('down 1 lost'));
    child.process.kill('SIGCONT');
    await eventually(() => expect(a.events.at(-1)).toBe('up 1'));
    expect(child.events.filter((event) => event.startsWith('down 2'))).toEqual([]);
    expect(patient.events.filter((event) => event.startsWith('down 1'))).toEqual([]);
  });
});

/** Stands between two transports and can stop passing bytes on without closing anything. */
class Wire {
  cut = false;
  address = '';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(targetPort: () => number) {
    this.#server = createServer((near) => {
      const far = connect(targetPort(), '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (bytes) => this.cut || to.write(bytes));
        from.on('end', () => this.cut || to.end());
        from.on('close', () => this.cut || to.destroy());
        from.on('error', () => {});
      }
    });
    opened.push(() => this.close());
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as { port: number };
    this.address = `127.0.0.1:${port}`;
    return port;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

describe('a link', () => {
  /** Two transports; the way from 0 to 1 leads through a wire. */
  async function wired(): Promise<{ a: Recorder; b: Recorder; wire: Wire }> {
    let port = 0;
    const wire = new Wire(() => port);
    const advertised = { host: '127.0.0.1', port: await wire.listen() };
    const a = await record('0');
    const b = await record('1', { contactPoints: [a.address], hello: { advertised } });
    port = b.transport.port;
    await eventually(() => expect([a.events, b.events]).toEqual([['up 1'], ['up 0']]));
    return { a, b, wire };
  }

  test('that is silent in one direction only is lost on both sides, and up again when it heals', async () => {
    const { a, b, wire } = await wired();
    wire.cut = true;
    await eventually(() => {
      expect(a.events.slice(0, 2)).toEqual(['up 1', 'down 1 lost']);
      expect(b.events.slice(0, 2)).toEqual(['up 0', 'down 0 lost']);
    });
    wire.cut = false;
    await eventually(() => {
      expect(a.events).toEqual(['up 1', 'down 1 lost', 'up 1']);
      expect(b.events).toEqual(['up 0', 'down 0 lost', 'up 0']);
    });
    expect(a.transport.send('1', 1, 'normal', Buffer.from('x'))).toBe(true);
    await eventually(() => expect(b.frames).toHaveLength(1));
  });

  test('that takes nothing is lost although much waits, and memory stays bounded', async () => {
    const { a, wire } = await wired();
    wire.cut = true;
    let sent = 0;
    while (a.transport.send('1', 1, 'bulk', Buffer.alloc(60_000))) sent += 60_000;
    expect(sent).toBeLessThan(17 * 1024 * 1024);
    await eventually(() => expect(a.events).toContain('down 1 lost'));
    expect(a.transport.stats().peers[0]?.queuedBytes.bulk).toBe(0);
  });

  test('that only one side can open is never up, and is reported once', async () => {
    const a = await record('0');
    const nowhere = { host: '127.0.0.1', port: 1 };
    const b = await record('1', { contactPoints: [a.address], hello: { advertised: nowhere } });
    const warned = (log: readonly string[], text: string) =>
      log.filter((line) => line.startsWith('warn') && line.includes(text)).length;
    await eventually(() => {
      expect(warned(a.log, 'is not reached at its advertised address')).toBe(1);
      expect(warned(b.log, 'does not dial back')).toBe(1);
    });
    expect([a.events, b.events]).toEqual([[], []]);
  });
});
