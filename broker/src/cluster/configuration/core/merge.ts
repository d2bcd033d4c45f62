// Two copies of a configuration become one, whichever of them is newer in which part.
// Guarantees: commutative, associative and idempotent, so copies that have heard of the same changes are equal, in whatever
// order, however often and over whomever they heard of them; no part ever goes back to an older version.
// Leaves to others: that a part is not written twice under one version (agreement.ts for changes, the broker itself for its
// own entry). Should it happen all the same, all copies choose the same one.
import { canonicalText } from './canonical-text.ts';
import type { ClusterConfiguration, MemberState } from './cluster-configuration.ts';

/** Both copies in one. They must be of the same cluster. */
export function mergeConfigurations(
  one: ClusterConfiguration,
  other: ClusterConfiguration,
): ClusterConfiguration {
  const newer = newerChange(one, other);
  return {
    clusterId: newer.clusterId,
    version: newer.version,
    voters: newer.voters,
    lastChange: newer.lastChange,
    pendingChange: newer.pendingChange,
    members: mergedMembers(one.members, other.members),
    routing: newerOf(one.routing, other.routing),
  };
}

/** Whether both say the same. */
export function sameConfiguration(one: ClusterConfiguration, other: ClusterConfiguration): boolean {
  return one === other || canonicalText(one) === canonicalText(other);
}

/** A higher version is a later decision; under one version, the plan in which more is done. */
function newerChange(one: ClusterConfiguration, other: ClusterConfiguration): ClusterConfiguration {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  const done = (each: ClusterConfiguration) => each.pendingChange?.version ?? 0;
  if (done(one) !== done(other)) return done(one) > done(other) ? one : other;
  const text = ({ clusterId, voters, lastChange, pendingChange }: ClusterConfiguration) =>
    canonicalText({ clusterId, voters, lastChange, pendingChange });
  return text(one) >= text(other) ? one : other;
}

function mergedMembers(
  one: readonly MemberState[],
  other: readonly MemberState[],
): readonly MemberState[] {
  const merged = new Map(one.map((member) => [member.id, member]));
  for (const member of other) {
    const known = merged.get(member.id);
    merged.set(member.id, known === undefined ? member : newerOf(known, member));
  }
  return [...merged.values()].sort((a, b) => a.id - b.id);
}

function newerOf<T extends { readonly version: number }>(one: T, other: T): T {
  if (one.version !== other.version) return one.version > other.version ? one : other;
  return canonicalText(one) >= canonicalText(other) ? one : other;
}
