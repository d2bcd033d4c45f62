// Two copies of a configuration become one, whichever of them is newer in which part.
// Guarantees: commutative, associative and idempotent, so copies that have heard of the same changes are equal, in whatever
// order, however often and over whomever they heard of them; no part ever goes back to an older version.
// Leaves to others: that a part is not written twice under one version (agreement.ts for changes, the broker itself for its
// own entry). Should it happen all the same, all copies choose the same one.
import { canonicalText, sameData } from './canonical-text.ts';
import type { ClusterConfiguration, MemberState } from './cluster-configuration.ts';

/** Both copies in one; the first itself when the other has nothing newer. They must be of the same cluster. */
export function mergeConfigurations(
  one: ClusterConfiguration,
  other: ClusterConfiguration,
): ClusterConfiguration {
  const newer = newerChange(one, other);
  const members = mergedMembers(one.members, other.members);
  const routing = newerOf(one.routing, other.routing);
  if (newer === one && members === one.members && routing === one.routing) return one;
  const { clusterId, version, voters, lastChange, pendingChange } = newer;
  return { clusterId, version, voters, lastChange, pendingChange, members, routing };
}

/** Whether both say the same. */
export function sameConfiguration(one: ClusterConfiguration, other: ClusterConfiguration): boolean {
  return sameData(one, other);
}

/** A higher version is a later decision; under one version, the plan in which more is done. */
function newerChange(one: ClusterConfiguration, other: ClusterConfiguration): ClusterConfiguration {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  const done = (each: ClusterConfiguration) => each.pendingChange?.version ?? 0;
  if (done(one) !== done(other)) return done(one) > done(other) ? one : other;
  return firstByText(one, other, ({ clusterId, voters, lastChange, pendingChange }) => ({
    clusterId,
    voters,
    lastChange,
    pendingChange,
  }));
}

function mergedMembers(
  one: readonly MemberState[],
  other: readonly MemberState[],
): readonly MemberState[] {
  const merged = new Map(one.map((member) => [member.id, member]));
  let isNewer = false;
  for (const member of other) {
    const known = merged.get(member.id);
    const newer = known === undefined ? member : newerOf(known, member);
    if (newer !== known) isNewer = true;
    merged.set(member.id, newer);
  }
  return isNewer ? [...merged.values()].sort((a, b) => a.id - b.id) : one;
}

function newerOf<T extends { readonly version: number }>(one: T, other: T): T {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  return firstByText(one, other, (each) => each);
}

/** One of two parts of the same version, the same one on every copy; the first when they are equal, as they should be. */
function firstByText<T>(one: T, other: T, part: (each: T) => unknown): T {
  const [first, second] = [part(one), part(other)];
  if (sameData(first, second)) return one;
  return canonicalText(first) >= canonicalText(second) ? one : other;
}
