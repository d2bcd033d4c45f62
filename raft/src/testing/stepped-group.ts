// A group over simulated disks and a stepped clock: tests in virtual time, from one seed.
// Guarantees: the same test gives the same run.
// Leaves to others: what goes wrong when.
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { RaftNodeOptions } from '../raft-node-options.ts';
import { type GroupMember, RaftGroup, voters } from './raft-group.ts';
import { SteppedTimers } from './stepped-timers.ts';

export class SteppedGroup extends RaftGroup {
  readonly timers: SteppedTimers;
  readonly disks: Map<number, SimulatedDisk>;
  readonly random: () => number;

  constructor(seed = 7, options: Partial<RaftNodeOptions> = {}) {
    const timers = new SteppedTimers();
    const disks = new Map<number, SimulatedDisk>();
    const diskOf = (id: number) => {
      const disk = disks.get(id) ?? new SimulatedDisk();
      disks.set(id, disk);
      return disk;
    };
    const random = randomOf(seed);
    super({ timers, random, disk: diskOf, options: { isNewGroup: true, ...options } });
    this.timers = timers;
    this.disks = disks;
    this.random = random;
  }

  /** Three voters with a leader that is ready. */
  static async ofThree(seed = 7, options: Partial<RaftNodeOptions> = {}): Promise<SteppedGroup> {
    const group = new SteppedGroup(seed, options);
    for (const id of [0, 1, 2]) group.open(id, voters(0, 1, 2));
    await group.led();
    return group;
  }

  disk(id: number): SimulatedDisk {
    return this.disks.get(id) as SimulatedDisk;
  }

  get living(): GroupMember[] {
    return [...this.members.values()].filter((member) => member.isAlive);
  }

  get followers(): GroupMember[] {
    const { leader } = this;
    return this.living.filter((member) => member !== leader);
  }

  /** A leader whose first entry is committed, perhaps another than this one. */
  async led(other?: GroupMember): Promise<GroupMember> {
    await this.until('a leader', () => {
      const { leader } = this;
      if (leader === undefined || leader === other) return false;
      return leader.node.commitIndex >= (leader.node.firstReadyIndex as number);
    });
    return this.leader as GroupMember;
  }

  async until(what: string, isSo: () => boolean, withinMs = 60_000): Promise<void> {
    if (await this.timers.runUntil(isSo, withinMs)) return;
    const told = [...this.members.values()].map((m) => `${m.id}: ${m.told.slice(-8).join(', ')}`);
    throw new Error(`waited in vain for ${what}\n${told.join('\n')}`);
  }

  run(ms: number): Promise<void> {
    return this.timers.run(ms);
  }

  /** These members, all living ones unless said otherwise, have committed so far. */
  async allAt(index: number, members?: readonly GroupMember[]): Promise<void> {
    await this.until(`entry ${index} everywhere`, () =>
      (members ?? this.living).every((member) => member.node.commitIndex >= index),
    );
  }

  /** The machine of a member stops: its disk keeps what was synced, and perhaps more. */
  crash(id: number, isNoticed = true): void {
    this.kill(id, isNoticed);
    this.disk(id).crash(this.random);
  }

  /** Its data are gone, as if its folder was deleted. */
  loseFolder(id: number): void {
    this.disks.set(id, new SimulatedDisk());
  }

  /** Proposes so many entries of that size, and waits until all living members have committed them. */
  async fill(count: number, bytes = 2_000): Promise<number> {
    let last = 0;
    for (let i = 0; i < count; i++) {
      last = (await this.led()).propose(`${i} `.padEnd(bytes, 'x'));
      if (i % 10 === 9) await this.led();
    }
    await this.allAt(last);
    return last;
  }

  /** Makes a checkpoint of all that a member has committed, and compacts its log behind it. */
  async checkpoint(member: GroupMember, text = 'state', keep = 0): Promise<number> {
    const { node } = member;
    const index = node.commitIndex;
    const term = node.journal.termAt(index) as number;
    const pending = node.checkpoints.begin({ index, term, position: index });
    const disk = this.disk(member.id);
    disk.makeFolder(`${pending.path}/tables`);
    for (const [name, content] of [
      ['CURRENT', text],
      ['tables/1.ldb', text.repeat(3_000)],
      ['tables/2.ldb', ''],
      ['tables/3.ldb', `end of ${text}`],
    ] as const) {
      const file = disk.open(`${pending.path}/${name}`, 'create');
      file.write(new TextEncoder().encode(content), 0);
      file.close();
    }
    await pending.commit('a test');
    node.compact(index + 1 - keep);
    return index;
  }

  /** The text of the newest checkpoint's first file. */
  stateOf(member: GroupMember): string {
    const newest = member.node.checkpoints.newest();
    if (newest === null) return 'none';
    const bytes = this.disk(member.id).bytesOf(`${newest.path}/CURRENT`);
    return new TextDecoder().decode(bytes);
  }
}

export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
