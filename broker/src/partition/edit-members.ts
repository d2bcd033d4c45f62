// Changes of a partition's replicas, as its leader makes them: one at a time, and again without harm.
import type { Member, Timers } from '@millrace/raft';
import type { OpenPartition } from './open-partition.ts';

/** Between two looks at a learner, ms. */
const LOOK_MS = 50;
/** A learner that lacks at most so many entries becomes a voter. */
const LAG_ENTRIES_MAX = 100;

/** The replica becomes a voter of this priority: a learner first, until it has caught up. Rejects when this is no leader. */
export async function joinMember(
  open: OpenPartition,
  id: number,
  priority: number,
  timers: Timers,
): Promise<void> {
  const known = memberOf(open, id);
  if (known?.type === 'voter') {
    if (known.priority !== priority) await change(open, { id, type: 'voter', priority });
    return;
  }
  if (known === undefined) await change(open, { id, type: 'learner', priority });
  while (!hasCaughtUp(open, id)) {
    if (open.raft.role !== 'leader') throw new Error('this replica of the partition does not lead');
    await new Promise<void>((resolve) => {
      timers.after(LOOK_MS, resolve);
    });
  }
  await change(open, { id, type: 'voter', priority });
}

/** The replica belongs to the group no more. */
export async function leaveMember(open: OpenPartition, id: number): Promise<void> {
  if (memberOf(open, id) === undefined) return;
  await open.raft.changeMembers(open.raft.configuration.members.filter((each) => each.id !== id));
}

function memberOf(open: OpenPartition, id: number): Member | undefined {
  return open.raft.configuration.members.find((member) => member.id === id);
}

function change(open: OpenPartition, member: Member): Promise<void> {
  const others = open.raft.configuration.members.filter(({ id }) => id !== member.id);
  return open.raft.changeMembers([...others, member]);
}

function hasCaughtUp(open: OpenPartition, id: number): boolean {
  const progress = open.raft.progress().find((each) => each.id === id);
  return (
    progress?.mode === 'replicate' &&
    !progress.isRecovering &&
    progress.lagEntries <= LAG_ENTRIES_MAX
  );
}
