// Finds a port offset at which a broker can listen: all of its ports are free at that moment.
//
// Offsets are drawn at random, so that test runs side by side rarely meet; a broker that loses the race says
// "address in use" and ends, which its starter reports.
import { createServer } from 'node:net';

/** Ports of a broker at offset 0: gateway, command and internal API, REST, management. */
const basePorts = [26500, 26501, 26502, 8080, 9600] as const;
/** Below the range from which systems take ports for outgoing connections (32768 upwards on Linux): those come and go. */
const offsetMin = 60;
const offsetMax = 600;

/** A port offset n: the broker's ports are its usual ones plus ten times n. */
export async function freePortOffset(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const offset = offsetMin + Math.floor(Math.random() * (offsetMax - offsetMin));
    const free = await Promise.all(basePorts.map((port) => isFree(port + 10 * offset)));
    if (free.every(Boolean)) return offset;
  }
  throw new Error('no free ports for a broker in 100 tries');
}

/** Several, all different. */
export async function freePortOffsets(count: number): Promise<readonly number[]> {
  const offsets = new Set<number>();
  while (offsets.size < count) offsets.add(await freePortOffset());
  return [...offsets];
}

/** The first of so many offsets in a row. */
export async function freePortRow(count: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const first = await freePortOffset();
    const others = Array.from({ length: count - 1 }, (_, i) => first + 1 + i);
    const ports = others.flatMap((offset) => basePorts.map((port) => port + 10 * offset));
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return first;
  }
  throw new Error(`no free ports for ${count} brokers in a row in 100 tries`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
