// A whole group in one thread, for tests: real members over a network in memory.
// Guarantees: messages to and from a member that is cut off or dead are lost; what each member told its application is kept, and
// a committed entry that differs between two members is an error at once.
// Leaves to others: the disks and the clock, which the test brings.
import type { Member, MemberId } from '../core/state.ts';
import type { Disk } from '../disk/disk.ts';
import { openRaftNode } from '../open-raft-node.ts';
import type { RaftNode } from '../raft-node.ts';
import type { RaftNodeOptions } from '../raft-node-options.ts';
import type { Timers } from '../timers.ts';
import { decodeMessage, type WireMessage } from '../wire/message-codec.ts';
import type { Urgency } from '../wire/outbox.ts';

export interface GroupOptions {
  readonly timers: Timers;
  readonly disk: (id: MemberId) => Disk;
  readonly dir?: (id: MemberId) => string;
  readonly options?: Partial<RaftNodeOptions>;
  readonly latencyMs?: number;
  readonly random?: () => number;
}

/** One member and what it told. */
export class GroupMember {
  readonly id: MemberId;
  readonly told: string[] = [];
  /** Texts of the committed entries of kind 1, by index. */
  readonly committed = new Map<number, string>();
  node: RaftNode;
  fault: Error | null = null;
  isAlive = true;
  /** How many checkpoints were installed and the member opened again. */
  installs = 0;
  #committedUpTo = 0;
  readonly #group: RaftGroup;

  constructor(group: RaftGroup, id: MemberId, node: (member: GroupMember) => RaftNode) {
    this.#group = group;
    this.id = id;
    this.node = node(this);
  }

  /** The application follows: it reads what is committed. */
  follow(upTo: number): void {
    this.told.push(`committed ${upTo}`);
    const from = Math.max(this.#committedUpTo + 1, this.node.journal.firstIndex);
    for (const entry of this.node.journal.readFrom(from, Number.MAX_SAFE_INTEGER)) {
      if (entry.index > upTo) break;
      this.#committedUpTo = entry.index;
      if (entry.kind !== 1) continue;
      const text = new TextDecoder().decode(entry.payload);
      this.committed.set(entry.index, text);
      this.#group.agree(this.id, entry.index, `${entry.term} ${text}`);
    }
  }

  forgetPosition(): void {
    this.#committedUpTo = 0;
  }

  propose(text: string): number {
    return this.node.propose(1, new TextEncoder().encode(text)).index;
  }
}

export class RaftGroup {
  readonly members = new Map<MemberId, GroupMember>();
  /** Pairs `from>to` whose messages are lost. */
  readonly cuts = new Set<string>();
  /** Looks at each message; false loses it. */
  pass: (from: MemberId, to: MemberId, wire: WireMessage) => boolean = () => true;
  onSend: (from: MemberId, to: MemberId, bytes: Uint8Array, urgency: Urgency) => void = () => {};
  readonly #options: GroupOptions;
  readonly #log = new Map<number, string>();

  constructor(options: GroupOptions) {
    this.#options = options;
  }

  get(id: MemberId): GroupMember {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  /** The living member that leads in the highest term. */
  get leader(): GroupMember | undefined {
    return [...this.members.values()]
      .filter((member) => member.isAlive && member.node.role === 'leader')
      .sort((a, b) => b.node.term - a.node.term)[0];
  }

  /** Opens a member with whatever its disk holds. */
  open(id: MemberId, list: readonly Member[], more: Partial<RaftNodeOptions> = {}): GroupMember {
    const before = this.members.get(id);
    if (before?.isAlive) throw new Error(`member ${id} is open`);
    const open = (member: GroupMember): RaftNode =>
      this.#openNode(member, list, { ...this.#options.options, ...more });
    const member = new GroupMember(this, id, open);
    if (before !== undefined) {
      member.told.push(...before.told, 'opened');
      member.installs = before.installs;
    }
    this.members.set(id, member);
    return member;
  }

  /** The process is gone from one moment to the next; the others notice, unless told otherwise. */
  kill(id: MemberId, isNoticed = true): void {
    this.get(id).isAlive = false;
    for (const other of this.members.values()) {
      if (isNoticed && other.isAlive) other.node.connectionClosed(id);
    }
  }

  cutOff(id: MemberId): void {
    for (const other of this.members.keys()) {
      this.cuts.add(`${id}>${other}`);
      this.cuts.add(`${other}>${id}`);
    }
  }

  heal(): void {
    this.cuts.clear();
  }

  async close(): Promise<void> {
    for (const member of this.members.values()) {
      if (!member.isAlive) continue;
      member.isAlive = false;
      await member.node.close();
    }
  }

  agree(id: MemberId, index: number, text: string): void {
    const known = this.#log.get(index);
    if (known !== undefined && known !== text) {
      throw new Error(`member ${id} committed "${text}" as entry ${index}, others "${known}"`);
    }
    this.#log.set(index, text);
  }

  #openNode(
    member: GroupMember,
    list: readonly Member[],
    more: Partial<RaftNodeOptions>,
  ): RaftNode {
    const { id } = member;
    const { timers, disk, dir, random } = this.#options;
    return openRaftNode({
      dir: dir?.(id) ?? `/member-${id}`,
      disk: disk(id),
      memberId: id,
      members: list,
      segmentBytes: 64 * 1024,
      timers: mortal(timers, () => member.isAlive && this.members.get(id) === member),
      ...(random === undefined ? {} : { random }),
      send: (to, bytes, urgency) => this.#carry(member, to, bytes, urgency),
      onCommitted: (index) => member.follow(index),
      onRole: (role, term, leader) => member.told.push(`${role} ${term} ${leader ?? '-'}`),
      onFault: (error) => {
        member.fault = error;
        member.told.push('fault');
      },
      onConfiguration: ({ index, members, oldMembers }) => {
        const ids = (all: readonly Member[]) =>
          all.map((m) => `${m.id}${m.type === 'learner' ? 'L' : ''}`).join(',');
        const old = oldMembers === null ? '' : ` before ${ids(oldMembers)}`;
        member.told.push(`members ${ids(members)}${old} at ${index}`);
      },
      onCheckpointInstalled: () => {
        member.told.push('installed');
        this.#reopen(member, list, more).catch((error) => {
          member.fault = error;
          member.told.push('fault');
        });
      },
      ...more,
    });
  }

  /** The application closes what stands on the old checkpoint, and opens it again. */
  async #reopen(
    member: GroupMember,
    list: readonly Member[],
    more: Partial<RaftNodeOptions>,
  ): Promise<void> {
    await member.node.close();
    if (!member.isAlive) return;
    member.forgetPosition();
    member.node = this.#openNode(member, list, more);
    member.installs++;
  }

  #carry(from: GroupMember, to: MemberId, bytes: Uint8Array, urgency: Urgency): void {
    if (!from.isAlive) return;
    this.onSend(from.id, to, bytes, urgency);
    const { timers, latencyMs } = this.#options;
    timers.after(latencyMs ?? 1, () => {
      const member = this.members.get(to);
      if (member === undefined || !member.isAlive || this.cuts.has(`${from.id}>${to}`)) return;
      const wire = decodeMessage(bytes);
      if (wire === null || this.pass(from.id, to, wire)) member.node.receive(from.id, bytes);
    });
  }
}

/** Timers that fall silent when the process is gone. */
function mortal(timers: Timers, isAlive: () => boolean): Timers {
  const living = (callback: () => void) => () => {
    if (isAlive()) callback();
  };
  return {
    wallMs: () => timers.wallMs(),
    monotonicMs: () => timers.monotonicMs(),
    after: (ms, callback) => timers.after(ms, living(callback)),
    every: (ms, callback) => timers.every(ms, living(callback)),
    soon: (callback) => timers.soon(living(callback)),
  };
}

/** Voters with equal priorities. */
export function voters(...ids: MemberId[]): Member[] {
  return ids.map((id) => ({ id, type: 'voter', priority: 1 }));
}
