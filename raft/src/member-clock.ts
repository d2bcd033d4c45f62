// The ticks of a member: the core's time, and what is looked at as time passes.
// Guarantees: a member that is alone in its group has no ticks; a process that was stopped makes up for none.
// Leaves to others: what follows from a tick (core/).
import type { RaftEvent } from './core/events.ts';
import type { RaftState } from './core/state.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { MemberRecord } from './member-record.ts';
import { RecoveringMember } from './recovering-member.ts';
import type { Cancel, Timers } from './timers.ts';
import type { WireMessage } from './wire/message-codec.ts';

export interface MemberClockOwner {
  readonly timers: Timers;
  readonly tickMs: number;
  readonly electionMs: number;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly state: RaftState;
  readonly record: MemberRecord;
  readonly watch: DiskWatch;
  isSyncing(): boolean;
  happen(event: RaftEvent): void;
  failed(error: unknown): void;
}

/** Whether the member has nobody to hear from and nobody to lead. */
export function isLoneMember({ id, configuration }: RaftState): boolean {
  const { members, oldMembers } = configuration;
  return oldMembers === null && members.length === 1 && members[0]?.id === id;
}

export class MemberClock {
  readonly #owner: MemberClockOwner;
  #recovering: RecoveringMember | null = null;
  #cancel: Cancel | null = null;

  constructor(owner: MemberClockOwner) {
    this.#owner = owner;
    const { state, timers, electionMs, random } = owner;
    if (state.isRecovering)
      this.#recovering = new RecoveringMember(state, timers, electionMs, random());
  }

  /** Begins or ends the ticks, as the members in force ask for. */
  adjust(): void {
    const { timers, tickMs, state } = this.#owner;
    if (isLoneMember(state)) this.stop();
    else this.#cancel ??= timers.every(tickMs, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  /** A message came in: the answer to a read says where the leader's log ended. */
  heard({ message, lastIndex }: WireMessage): void {
    if (message.kind === 'read-index-answer') this.#recovering?.answered(message.id, lastIndex);
  }

  /** The core found the answer to a read good, or refused it (null). Answers whether the read was the clock's own. */
  readEnded(id: number, index: number | null): boolean {
    return this.#recovering?.readEnded(id, index) ?? false;
  }

  #tick(): void {
    const { watch, isSyncing, happen } = this.#owner;
    watch.tick(isSyncing());
    const event = this.#recovering?.tick() ?? null;
    if (event !== null && (event.kind !== 'recovered' || this.#noteRecovered())) happen(event);
    happen({ kind: 'tick' });
  }

  /** Durable first: a member that votes must not be one that recovers after the next crash. */
  #noteRecovered(): boolean {
    try {
      this.#owner.record.recovered();
    } catch (error) {
      this.#owner.failed(error);
      return false;
    }
    this.#recovering = null;
    return true;
  }
}
