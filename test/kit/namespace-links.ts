// The links between the brokers of a cluster as network namespaces: each broker has a network of its own, with a cable to every
// other one and one to the tests. A cut cable loses packets, as a real one does; nobody is told.
//
// Guarantees: nothing of it outlives the process that made it: a namespace is held by a process that ends with this one, and
// its cables end with it.
// Leaves to others: whether the machine allows it: `noNamespaces` says why not.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { ClusterLinks } from './cluster-links.ts';
import { until } from './until.ts';

/** Of the block that is set aside for trying out networks (RFC 2544): 64 blocks of 256 addresses, one for a cluster. */
const blocks = 64;
/** A hardware address that nobody has: packets to it reach nobody. */
const nobody = '02:00:00:00:de:ad';

/** Why there can be no namespaces here; undefined when there can. */
export const noNamespaces: string | undefined = tryNamespace();

function tryNamespace(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  const cable = `mrtry${process.pid}`;
  try {
    execFileSync('unshare', ['--net', 'true'], { stdio: 'ignore' });
    execFileSync('nsenter', ['--version'], { stdio: 'ignore' });
    ip(['link', 'add', cable, 'type', 'veth', 'peer', 'name', `${cable}x`]);
    ip(['link', 'del', cable]);
    return undefined;
  } catch {
    return 'this machine allows no network namespaces, or has no cables between them';
  }
}

function ip(args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

export class NamespaceLinks extends ClusterLinks {
  readonly hosts: string[] = [];
  /** Keeps the broker's namespace alive. */
  readonly #holders: ChildProcess[] = [];
  readonly #block = `198.18.${128 + Math.floor(Math.random() * blocks)}`;
  readonly #name = `mr${Math.random().toString(36).slice(2, 7)}`;
  #ports: readonly number[] = [];
  /** Cut directions: what must be put right again. */
  #cuts: readonly (readonly [from: number, to: number])[] = [];

  async open(ports: readonly number[]): Promise<void> {
    this.#ports = ports;
    for (const nodeId of ports.keys()) {
      const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' });
      this.#holders.push(holder);
      process.once('exit', () => holder.kill('SIGKILL'));
      await until(() => isApart(holder.pid as number), { within: 10_000, what: 'a namespace' });
      this.#connectToTests(nodeId);
    }
    for (const a of ports.keys()) for (let b = a + 1; b < ports.length; b++) this.#connect(a, b);
  }

  /** A cable to the network of this process; its far end has the broker's address. */
  #connectToTests(nodeId: number): void {
    const near = `${this.#name}t${nodeId}`;
    const [ours, its] = [`${this.#block}.${nodeId * 4 + 1}`, `${this.#block}.${nodeId * 4 + 2}`];
    const pid = String(this.#holders[nodeId]?.pid);
    ip(['link', 'add', near, 'type', 'veth', 'peer', 'name', 'tests', 'netns', pid]);
    ip(['address', 'add', `${ours}/30`, 'dev', near]);
    ip(['link', 'set', near, 'up']);
    this.#inside(nodeId, ['link', 'set', 'lo', 'up']);
    this.#inside(nodeId, ['address', 'add', `${its}/30`, 'dev', 'tests']);
    this.#inside(nodeId, ['link', 'set', 'tests', 'up']);
    this.hosts.push(its);
  }

  #connect(a: number, b: number): void {
    const pid = String(this.#holders[b]?.pid);
    this.#inside(a, ['link', 'add', `to${b}`, 'type', 'veth', 'peer', `to${a}`, 'netns', pid]);
    for (const [here, there] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#inside(here, ['address', 'add', `${this.#end(here, there)}/30`, 'dev', `to${there}`]);
      this.#inside(here, ['link', 'set', `to${there}`, 'up']);
    }
    for (const [here, there] of [
      [a, b],
      [b, a],
    ] as const) {
      const route = [`${this.hosts[there]}/32`, 'via', this.#end(there, here)];
      this.#inside(here, ['route', 'add', ...route, 'dev', `to${there}`]);
    }
  }

  /** The address of `here` on its cable to `there`. */
  #end(here: number, there: number): string {
    const cable = Math.max(here, there) * (this.#ports.length + 1) + Math.min(here, there);
    return `${this.#block}.${128 + cable * 4 + (here < there ? 1 : 2)}`;
  }

  #inside(nodeId: number, args: readonly string[]): void {
    const pid = String(this.#holders[nodeId]?.pid);
    execFileSync('nsenter', ['--target', pid, '--net', 'ip', ...args], { stdio: 'pipe' });
  }

  environmentOf(nodeId: number): Record<string, string> {
    const points = this.hosts.map((host, other) => `${host}:${this.#ports[other]}`);
    return {
      ZEEBE_BROKER_NETWORK_HOST: this.hosts[nodeId] as string,
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: points.join(),
    };
  }

  override wrapperOf(nodeId: number): readonly string[] {
    return ['nsenter', '--target', String(this.#holders[nodeId]?.pid), '--net'];
  }

  cutOneWay(from: number, to: number): void {
    this.#cuts = [...this.#cuts, [from, to]];
    const neighbour = [this.#end(to, from), 'lladdr', nobody, 'nud', 'permanent'];
    this.#inside(from, ['neighbour', 'replace', ...neighbour, 'dev', `to${to}`]);
  }

  heal(): void {
    const cuts = new Map(this.#cuts.map(([from, to]) => [`${from} ${to}`, [from, to] as const]));
    for (const [from, to] of cuts.values())
      this.#inside(from, ['neighbour', 'del', this.#end(to, from), 'dev', `to${to}`]);
    this.#cuts = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const holder of this.#holders) holder.kill('SIGKILL');
  }
}

/** Whether the process has a network of its own by now. */
function isApart(pid: number): boolean {
  const mine = readlinkSync('/proc/self/ns/net');
  return readlinkSync(`/proc/${pid}/ns/net`) !== mine;
}
