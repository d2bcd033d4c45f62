// What a leader knows of the other members, for operators and for whoever plans changes.
// Guarantees: a copy; nothing of the core's state is given out.
// Leaves to others: what to do about a member that lags.
import type { MemberId, RaftState } from './core/state.ts';

export interface MemberProgress {
  readonly id: MemberId;
  /** `probe`: finding where the logs agree; `replicate`: following; `checkpoint`: being sent one. */
  readonly mode: 'probe' | 'replicate' | 'checkpoint';
  /** Known to be durable there. */
  readonly matchIndex: number;
  readonly lagEntries: number;
  readonly isLearner: boolean;
  /** It lost its data and has not caught up. */
  readonly isRecovering: boolean;
  /** Since it was last heard of, ms. */
  readonly silentMs: number;
}

/** Empty for a member that does not lead. */
export function progressOf(state: RaftState, tickMs: number): MemberProgress[] {
  const { leadership, configuration, log } = state;
  if (leadership === null) return [];
  const lists = [...configuration.members, ...(configuration.oldMembers ?? [])];
  return [...leadership.progress].map(([id, { mode, matchIndex, recovering, silentTicks }]) => ({
    id,
    mode,
    matchIndex,
    lagEntries: log.lastIndex - matchIndex,
    isLearner: lists.find((member) => member.id === id)?.type === 'learner',
    isRecovering: recovering,
    silentMs: silentTicks * tickMs,
  }));
}

/** Of a leader, the voter that has most on its disk, if that is more than the entries up to the index. */
export function voterAhead(
  { leadership, configuration }: RaftState,
  index: number,
): MemberId | null {
  let ahead: MemberId | null = null;
  let most = index;
  for (const { id, type } of configuration.members) {
    const matchIndex = leadership?.progress.get(id)?.matchIndex ?? 0;
    if (type !== 'voter' || matchIndex <= most) continue;
    ahead = id;
    most = matchIndex;
  }
  return ahead;
}
