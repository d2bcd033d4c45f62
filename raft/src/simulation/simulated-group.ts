// A group of simulated members and the network between them.
// Guarantees: nothing happens by itself: every delivery, sync and tick is asked for, so that a run is repeated exactly.
// Leaves to others: what is asked for (scenario.ts, random-run.ts) and what must hold (invariants.ts).
import type { RaftEffects } from '../core/effects.ts';
import type { RaftEvent } from '../core/events.ts';
import type { Envelope, RaftMessage } from '../core/messages.ts';
import {
  type Configuration,
  defaultLimits,
  type LogIndex,
  type Member,
  type MemberId,
  type RaftLimits,
  type Term,
} from '../core/state.ts';
import { type SimulatedCheckpoint, SimulatedMember } from './simulated-member.ts';

/** A message on its way; with a checkpoint it carries the whole of it. */
export interface Packet {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly message: RaftMessage;
  readonly checkpoint: SimulatedCheckpoint | null;
}

export interface GroupOptions {
  /** Members that the group begins with. */
  readonly members: readonly Member[];
  /** Members that run and wait to be added. */
  readonly waiting?: readonly MemberId[];
  readonly limits?: Partial<RaftLimits>;
}

export interface GroupObserver {
  stepped?(member: SimulatedMember, event: RaftEvent, effects: RaftEffects): void;
  sent?(packet: Packet): void;
}

export class SimulatedGroup {
  readonly members = new Map<MemberId, SimulatedMember>();
  /** Oldest first. */
  readonly packets: Packet[] = [];
  /** Directed links on which everything is lost, as `from>to`. */
  readonly cut = new Set<string>();
  readonly begin: Configuration;
  readonly #observer: GroupObserver;

  constructor(options: GroupOptions, observer: GroupObserver = {}) {
    this.#observer = observer;
    this.begin = { index: 0, members: options.members, oldMembers: null };
    const nobody: Configuration = { index: 0, members: [], oldMembers: null };
    const limits = { ...defaultLimits, ...options.limits };
    for (const { id } of options.members) this.#add(id, limits, this.begin);
    for (const id of options.waiting ?? []) this.#add(id, limits, nobody);
  }

  #add(id: MemberId, limits: RaftLimits, begin: Configuration): void {
    const member = new SimulatedMember(
      { id, limits, begin },
      (who, event, effects) => this.#observer.stepped?.(who, event, effects),
      (from, envelope, checkpoint) => this.#post(from.id, envelope, checkpoint),
    );
    this.members.set(id, member);
  }

  member(id: MemberId): SimulatedMember {
    const member = this.members.get(id);
    if (member === undefined) throw new Error(`There is no member ${id}.`);
    return member;
  }

  #post(from: MemberId, { to, message }: Envelope, checkpoint: SimulatedCheckpoint | null): void {
    const packet = { from, to, message, checkpoint };
    this.#observer.sent?.(packet);
    if (this.members.has(to) && !this.cut.has(`${from}>${to}`)) this.packets.push(packet);
  }

  /** Takes a packet off the network and hands it over. */
  deliver(packet: Packet): void {
    const at = this.packets.indexOf(packet);
    if (at >= 0) this.packets.splice(at, 1);
    this.handOver(packet);
  }

  /** Hands a packet over, which may stay on the network as well: a duplicate. */
  handOver(packet: Packet): void {
    const { from, to, message, checkpoint } = packet;
    const member = this.member(to);
    const effects = member.happen({ kind: 'received', from, message });
    if (effects?.checkpointPiece !== 'take' || message.kind !== 'checkpoint') return;
    const { index, indexTerm, term } = message;
    if (checkpoint === null) throw new Error('A checkpoint came without its content.');
    if (!member.install(checkpoint, { index, term: indexTerm }, term)) return;
    this.#answerCheckpoint(member, from, index, term);
  }

  #answerCheckpoint(member: SimulatedMember, to: MemberId, index: LogIndex, term: Term): void {
    const message: RaftMessage = { kind: 'checkpoint-answer', term, index, outcome: 'installed' };
    this.#post(member.id, { to, message }, null);
  }

  /** The process ends; those that it was connected to notice, as far as the network lets them. */
  crash(id: MemberId, keep: number): void {
    this.member(id).crash(keep);
    this.loseTraffic(id);
  }

  /** Whatever is on its way to or from the member is lost. */
  loseTraffic(id: MemberId): void {
    const kept = this.packets.filter((packet) => packet.from !== id && packet.to !== id);
    this.packets.splice(0, this.packets.length, ...kept);
  }

  /** The others notice that the member's connections were closed. */
  noticeClosed(by: MemberId): void {
    for (const member of this.members.values()) {
      if (member.id !== by && !member.isPaused && !this.cut.has(`${by}>${member.id}`)) {
        member.happen({ kind: 'connection-closed', by });
      }
    }
  }

  /** Cuts a direction between two members. */
  cutLink(from: MemberId, to: MemberId): void {
    this.cut.add(`${from}>${to}`);
    const kept = this.packets.filter((packet) => packet.from !== from || packet.to !== to);
    this.packets.splice(0, this.packets.length, ...kept);
  }

  /** Every running disk ends the sync that runs, and begins and ends the next one. */
  syncAll(): void {
    for (const member of this.members.values()) {
      if (member.state === null) continue;
      member.endVoteSave();
      member.endSync();
      while (member.beginSync()) member.endSync();
    }
  }
}
