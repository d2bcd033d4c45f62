// What holds for a lone member whatever happens to it, in any order.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryKind } from './entry-kind.ts';
import type { RaftEvent } from './events.ts';
import { LogView } from './log-view.ts';
import { mayStand } from './roles.ts';
import { createRaftState, type RaftState } from './state.ts';
import { step } from './step.ts';

function eventOf(state: RaftState, happening: Happening): RaftEvent {
  if (happening === 'vote-confirmed') {
    return { kind: 'vote-persisted', term: state.term, votedFor: state.votedFor };
  }
  if (!('confirmed' in happening)) return happening;
  const index = Math.ceil(happening.confirmed * state.log.lastIndex);
  return { kind: 'entries-persisted', index, term: state.log.termAt(index) as number };
}

const voter = (id: number) => ({ id, type: 'voter' as const, priority: 1 });

function lone(): RaftState {
  return createRaftState({
    id: 1,
    configurations: [
      { index: 0, members: [{ id: 1, type: 'voter', priority: 1 }], oldMembers: null },
    ],
    term: 0,
    votedFor: null,
    log: new LogView(),
    durableIndex: 0,
    commitIndex: 0,
  });
}

/** What the disk owes at the moment, or an event that may be late, early or wrong. */
type Happening = RaftEvent | 'vote-confirmed' | { readonly confirmed: number };

const event: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Happening>('vote-confirmed') },
  {
    weight: 6,
    arbitrary: fc.record({ confirmed: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  { weight: 3, arbitrary: fc.constant<RaftEvent>({ kind: 'tick' }) },
  { weight: 6, arbitrary: fc.constant<RaftEvent>({ kind: 'propose', entryKind: 1, bytes: 10 }) },
  { weight: 2, arbitrary: fc.nat(9).map<RaftEvent>((id) => ({ kind: 'read', id })) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('vote-persisted' as const),
      term: fc.nat(6),
      votedFor: fc.constantFrom(1, null),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('entries-persisted' as const),
      index: fc.nat(40),
      term: fc.nat(6),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('disk-changed' as const),
      condition: fc.constantFrom(
        'ok' as const,
        'slow' as const,
        'full' as const,
        'failed' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.constant<RaftEvent>({ kind: 'step-down' }) },
);

it('a member that comes back by a checkpoint does not lead by the members of that time', () => {
  const start = {
    id: 1,
    configurations: [{ index: 5, members: [voter(1)], oldMembers: null }],
    term: 1,
    votedFor: null,
    log: new LogView(11, 1),
    durableIndex: 10,
    commitIndex: 10,
  };
  expect(mayStand(createRaftState(start))).toBe(true);
  expect(mayStand(createRaftState({ ...start, standsFrom: 20 }))).toBe(false);
  const later = { index: 20, members: [voter(1), voter(2)], oldMembers: null };
  const configurations = [...start.configurations, later];
  expect(mayStand(createRaftState({ ...start, configurations, standsFrom: 20 }))).toBe(true);
});

describe('a lone member', () => {
  it('never commits what is not durable, never goes back, and never leads without a durable vote', () => {
    let commits = 0;
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 120 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (events, entropy) => {
          const state = lone();
          const votes = new Set<number>();
          step(state, { kind: 'start' }, entropy);
          for (const happening of events) {
            const next = eventOf(state, happening);
            const before = { term: state.term, commit: state.commitIndex, role: state.role };
            if (next.kind === 'vote-persisted') votes.add(next.term);
            const effects = step(state, next, entropy);
            expect(state.term).toBeGreaterThanOrEqual(before.term);
            expect(state.commitIndex).toBeGreaterThanOrEqual(before.commit);
            expect(state.commitIndex).toBeLessThanOrEqual(state.durableIndex);
            expect(state.durableIndex).toBeLessThanOrEqual(state.log.lastIndex);
            if (effects.committedUpTo !== null) {
              commits++;
              expect(state.log.termAt(effects.committedUpTo)).toBe(state.term);
            }
            if (state.role === 'leader') {
              expect(votes.has(state.term)).toBe(true);
              expect(state.disk).not.toBe('failed');
              expect(state.log.lastTerm).toBe(state.term);
            }
            if (effects.accepted !== null) expect(before.role).toBe('leader');
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(commits).toBeGreaterThan(20);
  });

  it('begins each term with an empty entry', () => {
    const state = lone();
    step(state, { kind: 'start' }, 0);
    const { persist } = step(state, { kind: 'vote-persisted', term: 1, votedFor: 1 }, 0);
    expect(persist?.entries).toEqual([{ index: 1, term: 1, kind: EntryKind.empty, bytes: 0 }]);
  });
});

describe('a log view', () => {
  it('answers as a list of terms would', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), raise: fc.nat(2) }),
      fc.record({
        kind: fc.constantFrom('truncate' as const, 'compact' as const),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const view = new LogView(11, 3);
        let first = 11;
        let previous = 3;
        let terms: number[] = [];
        let sizes: number[] = [];
        for (const op of operations) {
          const at = op.kind === 'append' ? 0 : Math.round(op.share * terms.length);
          if (op.kind === 'append') {
            const term = (terms.at(-1) ?? previous) + op.raise;
            terms.push(term);
            sizes.push(terms.length * 1000 + 7);
            view.append(term, terms.length % 4, terms.length * 1000 + 7);
          } else if (op.kind === 'truncate') {
            terms = terms.slice(0, at);
            sizes = sizes.slice(0, at);
            view.truncateAfter(first + at - 1);
          } else {
            view.compactBefore(first + at);
            previous = at === 0 ? previous : (terms[at - 1] as number);
            terms = terms.slice(at);
            sizes = sizes.slice(at);
            first += at;
          }
          for (const one of [view, view.copy()]) {
            expect([one.firstIndex, one.lastIndex]).toEqual([first, first + terms.length - 1]);
            expect(one.lastTerm).toBe(terms.at(-1) ?? previous);
            expect(terms.map((_, i) => one.termAt(first + i))).toEqual(terms);
            expect(sizes.map((_, i) => one.bytesAt(first + i))).toEqual(sizes);
            expect(sizes.map((_, i) => one.kindAt(first + i))).toEqual(
              sizes.map((size) => Math.floor(size / 1000) % 4),
            );
            expect(one.termAt(first - 1)).toBe(previous);
            for (const term of [0, previous, one.lastTerm, one.lastTerm + 1]) {
              const within = terms.findLastIndex((t) => t <= term);
              const none = previous <= term ? first - 1 : first - 2;
              expect(one.lastWithin(one.lastIndex, term)).toBe(within < 0 ? none : first + within);
            }
            expect([one.termAt(first - 2), one.termAt(first + terms.length)]).toEqual([
              undefined,
              undefined,
            ]);
          }
        }
      }),
    );
    expect(() => new LogView(5, 3).append(2)).toThrow(/term 2/);
    expect(() => new LogView(5, 3).compactBefore(9)).toThrow(/above the last/);
  });
});
