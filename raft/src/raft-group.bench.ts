// Measures a group of three members in one process, over a network in memory (one turn of the event loop each way) and the real
// disk: run it with node, it prints one JSON line per figure.
// Guarantees: uses a temporary folder (or the one given as first argument) and removes what it wrote.
// Leaves to others: judging the figures; the disk's own sync time stands beside them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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

/** How long the disk takes for one small write and its sync, one at a time. */
async function syncTimes(bytes: number): Promise<ReturnType<typeof quantiles>> {
  const payload = Buffer.alloc(bytes, 'x');
  const fd = fs.openSync(path.join(dir, 'probe'), 'w+');
  fs.writeSync(fd, Buffer.alloc(4 * 1024 * 1024));
  fs.fdatasyncSync(fd);
  const samples: number[] = [];
  for (let i = 0; i < 500; i++) {
    const start = performance.now();
    fs.writeSync(fd, payload, 0, payload.length, i * payload.length);
    await new Promise<void>((resolve) => fs.fdatasync(fd, () => resolve()));
    samples.push(performance.now() - start);
  }
  fs.closeSync(fd);
  return quantiles(samples);
}

interface Group {
  readonly nodes: RaftNode[];
  readonly leader: RaftNode;
  /** Called whenever the leader has committed more. */
  committed: (upTo: number) => void;
}

async function openGroup(name: string): Promise<Group> {
  const nodes: RaftNode[] = [];
  let committed: (upTo: number) => void = () => {};
  let led: (node: RaftNode) => void = () => {};
  const leading = new Promise<RaftNode>((resolve) => {
    led = resolve;
  });
  for (const memberId of [0, 1, 2]) {
    nodes.push(
      openRaftNode({
        dir: path.join(dir, name, String(memberId)),
        memberId,
        members: voters(0, 1, 2),
        isNewGroup: true,
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
      }),
    );
  }
  const leader = await leading;
  return {
    nodes,
    leader,
    set committed(callback: (upTo: number) => void) {
      committed = callback;
    },
  };
}

/** One small entry at a time: from the proposal until it is committed. */
async function latency(): Promise<void> {
  const before = await syncTimes(1024);
  const group = await openGroup('latency');
  const payload = Buffer.alloc(1024, 'x');
  const samples: number[] = [];
  for (let i = 0; i < 2_000; i++) {
    const start = performance.now();
    await new Promise<void>((resolve) => {
      const { index } = group.leader.propose(1, payload);
      group.committed = (upTo) => {
        if (upTo >= index) resolve();
      };
    });
    samples.push(performance.now() - start);
  }
  const { p50Ms, p99Ms, maxMs } = quantiles(samples.slice(200));
  const after = await syncTimes(1024);
  print('commit of one 1 KB entry, three members', {
    p50Ms,
    p99Ms,
    maxMs,
    fdatasyncP50Ms: (before.p50Ms + after.p50Ms) / 2,
    fdatasyncP99Ms: (before.p99Ms + after.p99Ms) / 2,
    mustMs: (3 * (before.p50Ms + after.p50Ms)) / 2 + 1,
    aimMs: before.p50Ms + after.p50Ms + 0.5,
  });
  for (const node of group.nodes) await node.close();
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
  for (const node of group.nodes) await node.close();
  fs.rmSync(path.join(dir, name), { recursive: true, force: true });
}

try {
  await latency();
  await throughput('small', 1024, 100_000, 256);
  await throughput('turns', 7 * 1024, 30_000, 8);
  await throughput('large', 100 * 1024, 4_000, 16);
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
