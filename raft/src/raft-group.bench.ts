// Measures a group of three members in one process, over a network in memory (one turn of the event loop each way) and the real
// disk: run it with node, it prints one JSON line per figure.
// Guarantees: uses a temporary folder (or the one given as first argument) and removes what it wrote.
// Leaves to others: judging the figures; the disk's own sync time stands beside them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Member } from './core/state.ts';
import { openRaftNode } from './open-raft-node.ts';
import type { RaftNode } from './raft-node.ts';
import { voters } from './testing/raft-group.ts';

const dir = fs.mkdtempSync(path.join(process.argv[2] ?? os.tmpdir(), 'group-bench-'));

function print(figure: string, values: Record<string, number>): void {
  const rounded = Object.entries(values).map(([name, value]) => [
    name,
    Number(value.toPrecision(4)),
  ]);
  console.log(JSON.stringify({ figure, ...Object.fromEntries(rounded) }));
}

function quantiles(samples: number[]): { p50Ms: number; p99Ms: number; maxMs: number } {
  samples.sort((a, b) => a - b);
  const at = (share: number) => samples[Math.floor(share * (samples.length - 1))] as number;
  return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}

/** A file that was written before, as the log's segments are, for the disk's own time of one small write and its sync. */
class SyncProbe {
  readonly #fd = fs.openSync(path.join(dir, 'probe'), 'w+');
  #at = 0;

  constructor() {
    fs.writeSync(this.#fd, Buffer.alloc(16 * 1024 * 1024));
    fs.fdatasyncSync(this.#fd);
  }

  async take(payload: Buffer): Promise<number> {
    const start = performance.now();
    fs.writeSync(this.#fd, payload, 0, payload.length, this.#at);
    await new Promise<void>((resolve) => fs.fdatasync(this.#fd, () => resolve()));
    this.#at += payload.length;
    return performance.now() - start;
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}

interface Group {
  readonly nodes: RaftNode[];
  readonly leader: RaftNode;
  /** Called whenever the leader has committed more. */
  committed: (upTo: number) => void;
  /** Opens one more member, which waits to be added. */
  join(memberId: number): void;
}

async function openGroup(name: string, segmentBytes = 64 * 1024 * 1024): Promise<Group> {
  const nodes: RaftNode[] = [];
  let committed: (upTo: number) => void = () => {};
  let led: (node: RaftNode) => void = () => {};
  const leading = new Promise<RaftNode>((resolve) => {
    led = resolve;
  });
  const open = (memberId: number, members: readonly Member[]) => {
    nodes[memberId] = openRaftNode({
      dir: path.join(dir, name, String(memberId)),
      memberId,
      members,
      isNewGroup: true,
      segmentBytes,
      timing: { tickMs: 50, heartbeatMs: 250, electionMs: 500 },
      send: (to, bytes) => {
        setImmediate(() => nodes[to]?.receive(memberId, bytes));
      },
      onCommitted(upTo) {
        const node = nodes[memberId] as RaftNode;
        if (node.role !== 'leader') return;
        if (upTo >= (node.firstReadyIndex as number)) led(node);
        committed(upTo);
      },
      onRole() {},
      onFault: (error) => console.error(error),
      onCheckpointInstalled() {
        (nodes[memberId] as RaftNode).close().then(() => open(memberId, []));
      },
    });
  };
  for (const memberId of [0, 1, 2]) open(memberId, voters(0, 1, 2));
  const leader = await leading;
  return {
    nodes,
    leader,
    join: (memberId) => open(memberId, []),
    set committed(callback: (upTo: number) => void) {
      committed = callback;
    },
  };
}

/** Proposes one small entry and waits until it is committed; answers how long that took, ms. */
async function commitOne(group: Group, payload: Buffer): Promise<number> {
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const { index } = group.leader.propose(1, payload);
    group.committed = (upTo) => {
      if (upTo >= index) resolve();
    };
  });
  return performance.now() - start;
}

/** One small entry at a time: from the proposal until it is committed, beside the disk's own time. */
async function latency(): Promise<void> {
  const group = await openGroup('latency');
  const payload = Buffer.alloc(1024, 'x');
  const probe = new SyncProbe();
  const commits: number[] = [];
  const syncs: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    commits.push(await commitOne(group, payload));
    syncs.push(await probe.take(payload));
  }
  probe.close();
  const sync = quantiles(syncs.slice(200));
  print('commit of one 1 KB entry, three members', {
    ...quantiles(commits.slice(200)),
    fdatasyncP50Ms: sync.p50Ms,
    fdatasyncP99Ms: sync.p99Ms,
    mustMs: 3 * sync.p50Ms + 1,
    aimMs: 2 * sync.p50Ms + 0.5,
  });
  await closeAll(group);
}

async function closeAll({ nodes }: Group): Promise<void> {
  for (const node of nodes) await node.close();
}

/** Commits beside a checkpoint on its way to a fourth member. */
async function transfer(megabytes: number): Promise<void> {
  const group = await openGroup('transfer', 1024 * 1024);
  const { leader, nodes } = group;
  const payload = Buffer.alloc(7 * 1024, 'x');
  for (let i = 0; i < 1_000; i++) await commitOne(group, payload);
  const index = leader.commitIndex;
  const term = leader.journal.termAt(index) as number;
  const pending = leader.checkpoints.begin({ index, term, position: index });
  for (let i = 0; i < megabytes / 2; i++) {
    fs.writeFileSync(path.join(pending.path, `${i}.ldb`), Buffer.alloc(2 * 1024 * 1024, i));
  }
  await pending.commit('a bench');
  leader.compact(index);
  const quiet: number[] = [];
  for (let i = 0; i < 500; i++) quiet.push(await commitOne(group, payload));
  group.join(3);
  const start = performance.now();
  await leader.changeMembers([...voters(0, 1, 2), { id: 3, type: 'learner', priority: 1 }]);
  const busy: number[] = [];
  const isThere = () => (nodes[3] as RaftNode).checkpoints.newest() !== null;
  while (!isThere()) busy.push(await commitOne(group, payload));
  const seconds = (performance.now() - start) / 1000;
  const { p50Ms, p99Ms } = quantiles(quiet);
  print(`commit of one 7 KB entry beside a checkpoint of ${megabytes} MB on its way`, {
    ...quantiles(busy),
    quietP50Ms: p50Ms,
    quietP99Ms: p99Ms,
    mbPerSecond: megabytes / seconds,
  });
  await closeAll(group);
}

/** Proposals with so many uncommitted at most, as a partition has its turns. */
async function throughput(name: string, bytes: number, count: number, open: number): Promise<void> {
  const group = await openGroup(name);
  const { leader } = group;
  const payload = Buffer.alloc(bytes, 'x');
  const cpu = process.cpuUsage();
  const start = performance.now();
  let proposed = 0;
  await new Promise<void>((resolve) => {
    const fill = () => {
      while (proposed < count && leader.uncommittedCount < open) {
        leader.propose(1, payload);
        proposed++;
      }
      if (proposed === count && leader.uncommittedCount === 0) resolve();
    };
    group.committed = fill;
    fill();
  });
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  print(`${bytes / 1024} KB entries, ${open} open, three members`, {
    perSecond: count / seconds,
    mbPerSecond: (count * bytes) / seconds / 1e6,
    cpuMicrosecondsPerEntry: (used.user + used.system) / count,
  });
  await closeAll(group);
  fs.rmSync(path.join(dir, name), { recursive: true, force: true });
}

try {
  await latency();
  await throughput('small', 1024, 100_000, 256);
  await throughput('turns', 7 * 1024, 30_000, 8);
  await throughput('large', 100 * 1024, 4_000, 16);
  await transfer(256);
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
