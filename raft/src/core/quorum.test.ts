// Majorities, compared with a slow and obvious way to find them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasMajority, majorityReached, votingOf } from './quorum.ts';
import type { Member } from './state.ts';

const memberList = fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 7 }).chain((ids) =>
  fc.tuple(
    ...ids.map((id) =>
      fc.record<Member>({
        id: fc.constant(id),
        type: fc.constantFrom('voter', 'voter', 'voter', 'learner'),
        priority: fc.constant(1),
      }),
    ),
  ),
);

/** The value in the place that a majority has reached, once all are in order. */
function reachedBySorting(list: readonly Member[], values: readonly number[]): number {
  const own = list
    .filter((m) => m.type === 'voter')
    .map((m) => values[m.id] as number)
    .sort((a, b) => b - a);
  return own[Math.floor(own.length / 2)] ?? 0;
}

it('is reached where a sorted list says so, in both lists', () => {
  const values = fc.array(fc.nat(8), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(memberList, fc.option(memberList), values, (members, oldMembers, reached) => {
      const voting = votingOf({ members, oldMembers });
      const here = reachedBySorting(members, reached);
      const expected =
        oldMembers === null ? here : Math.min(here, reachedBySorting(oldMembers, reached));
      const found = majorityReached(voting, (id) => reached[id] as number);
      expect(found).toBe(expected);
      // What a majority has reached is what a majority says yes to, and nothing above it.
      const isVoted = (least: number) =>
        hasMajority(voting, (id) => (reached[id] as number) >= least);
      if (found > 0) expect(isVoted(found)).toBe(true);
      expect(isVoted(found + 1)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

it('shares a member with every other majority, also of the configuration that follows', () => {
  const supporters = fc.uniqueArray(fc.integer({ min: 1, max: 9 }));
  fc.assert(
    fc.property(memberList, memberList, supporters, supporters, (before, after, some, others) => {
      const joint = votingOf({ members: after, oldMembers: before });
      for (const next of [
        joint,
        votingOf({ members: before, oldMembers: null }),
        votingOf({ members: after, oldMembers: null }),
      ]) {
        const isBoth =
          hasMajority(joint, (id) => some.includes(id)) &&
          hasMajority(next, (id) => others.includes(id));
        if (isBoth) expect(some.some((id) => others.includes(id))).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});
