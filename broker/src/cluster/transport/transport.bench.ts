// Measures the transport between two processes of this machine: run it with node, it prints one JSON line per figure.
// Guarantees: starts one child, which takes the frames and counts, and ends it.
// Leaves to others: judging the figures. cpuUs is what sender and receiver together cost per frame.
import { type ChildProcess, fork } from 'node:child_process';
import { silentLog } from '../../ops/log.ts';
import { startTransport } from './tcp-transport.ts';
import type { PeerHello, Transport, TransportListener, Urgency } from './transport.ts';

interface Count {
  readonly frames: number;
  readonly bytes: number;
  /** User and system time of the process so far. */
  readonly cpuUs: number;
}

const hello = (nodeId: number): PeerHello => ({
  ...{ memberId: String(nodeId), kind: 'broker', nodeId, session: nodeId },
  ...{ advertised: { host: '127.0.0.1', port: 0 }, release: 'bench', logVersion: 1 },
});

function start(nodeId: number, contactPoints: string[], listener: Partial<TransportListener>) {
  return startTransport(
    {
      ...{ host: '127.0.0.1', port: 0, hello: hello(nodeId), clusterName: 'bench', contactPoints },
      log: silentLog(),
    },
    { peerUp() {}, peerDown() {}, received() {}, ...listener },
  );
}

const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const echo = 3;

/** The child: counts, and sends back what asks for it. */
async function receive(contactPoint: string): Promise<void> {
  let frames = 0;
  let bytes = 0;
  const transport = await start(1, [contactPoint], {
    received(from, kind, payload) {
      frames++;
      bytes += payload.length;
      if (kind === echo) transport.send(from.memberId, echo, 'normal', payload);
    },
  });
  process.on('message', () => process.send?.({ frames, bytes, cpuUs: cpuUs() }));
}

function count(child: ChildProcess): Promise<Count> {
  const { promise, resolve } = Promise.withResolvers<Count>();
  child.once('message', resolve);
  child.send('count');
  return promise;
}

function print(figure: string, values: Record<string, number>): void {
  const rounded = Object.entries(values).map(([name, value]) => [
    name,
    Number(value.toPrecision(4)),
  ]);
  console.log(JSON.stringify({ figure, ...Object.fromEntries(rounded) }));
}

/** Sends so many frames as fast as the queue takes them. */
async function flood(
  transport: Transport,
  child: ChildProcess,
  { size, total, urgency }: { size: number; total: number; urgency: Urgency },
): Promise<void> {
  const payload = Buffer.alloc(size, 'x');
  const before = await count(child);
  const ownCpu = cpuUs();
  const begun = performance.now();
  for (let sent = 0; sent < total; ) {
    let turn = 0;
    while (turn < 512 && sent < total && transport.send('1', 1, urgency, payload)) {
      sent++;
      turn++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  let now = await count(child);
  while (now.frames - before.frames < total) now = await count(child);
  const seconds = (performance.now() - begun) / 1000;
  const cpu = cpuUs() - ownCpu + now.cpuUs - before.cpuUs;
  print(`frames of ${size} bytes, ${urgency}`, {
    framesPerSecond: total / seconds,
    mbPerSecond: (total * size) / seconds / 1e6,
    cpuUsPerFrame: cpu / total,
    cores: cpu / 1e6 / seconds,
  });
}

/** A steady rate, as of a cluster that is not at its limit: what does a frame cost when turns are small? */
async function steady(transport: Transport, child: ChildProcess, perSecond: number): Promise<void> {
  const payload = Buffer.alloc(200, 'x');
  const before = await count(child);
  const ownCpu = cpuUs();
  const begun = performance.now();
  let sent = 0;
  while (performance.now() - begun < 3_000) {
    const due = ((performance.now() - begun) / 1000) * perSecond;
    while (sent < due && transport.send('1', 1, 'normal', payload)) sent++;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  let now = await count(child);
  while (now.frames - before.frames < sent) now = await count(child);
  const seconds = (performance.now() - begun) / 1000;
  const cpu = cpuUs() - ownCpu + now.cpuUs - before.cpuUs;
  print(`${perSecond} frames of 200 bytes a second`, {
    framesPerSecond: sent / seconds,
    cpuUsPerFrame: cpu / sent,
    cores: cpu / 1e6 / seconds,
  });
}

/** There and back, one at a time; with `load` frames of 64 KB wait behind it all the time. */
async function roundTrips(
  answered: { resolve: (() => void) | null },
  transport: Transport,
  load: boolean,
): Promise<void> {
  const payload = Buffer.alloc(200, 'x');
  const bulk = Buffer.alloc(64 * 1024, 'x');
  const samples: number[] = [];
  for (let i = 0; i < (load ? 2_000 : 20_000); i++) {
    while (load && transport.send('1', 1, 'bulk', bulk));
    const begun = performance.now();
    const { promise, resolve } = Promise.withResolvers<void>();
    answered.resolve = resolve;
    transport.send('1', echo, 'urgent', payload);
    await promise;
    samples.push(performance.now() - begun);
  }
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(share * (samples.length - 1))] as number;
  print(load ? 'round trip past 16 MB of bulk' : 'round trip', {
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  });
}

async function measure(): Promise<void> {
  const answered: { resolve: (() => void) | null } = { resolve: null };
  const up = Promise.withResolvers<void>();
  const transport = await start(0, [], {
    peerUp: () => up.resolve(),
    received: () => answered.resolve?.(),
  });
  const child = fork(import.meta.filename, ['receive', `127.0.0.1:${transport.port}`]);
  try {
    await up.promise;
    await flood(transport, child, { size: 200, total: 200_000, urgency: 'normal' }); // warms up
    await flood(transport, child, { size: 200, total: 2_000_000, urgency: 'normal' });
    await flood(transport, child, { size: 4 * 1024, total: 300_000, urgency: 'normal' });
    await flood(transport, child, { size: 8 * 1024, total: 200_000, urgency: 'bulk' });
    await flood(transport, child, { size: 64 * 1024, total: 50_000, urgency: 'bulk' });
    await flood(transport, child, { size: 4 * 1024 * 1024, total: 800, urgency: 'bulk' });
    await steady(transport, child, 10_000);
    await steady(transport, child, 100_000);
    await roundTrips(answered, transport, false);
    await roundTrips(answered, transport, true);
  } finally {
    child.kill();
    await transport.close();
  }
}

if (process.argv[2] === 'receive') await receive(process.argv[3] as string);
else await measure();
