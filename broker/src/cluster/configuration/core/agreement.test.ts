// However messages are lost, repeated and reordered and whoever restarts: one version, one decision.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AcceptorAnswer,
  type AcceptorState,
  type AcceptorStep,
  newProposal,
  onAccept,
  onAgreed,
  onPrepare,
  type Proposal,
  proposedRegister,
} from './agreement.ts';
import type { ChangeRegister } from './cluster-configuration.ts';

const register = (version: number, tag = 0): ChangeRegister => ({
  version,
  voters: [0, 1, 2],
  lastChange: { id: tag, status: 'COMPLETED', startedAtMs: 0, completedAtMs: 0 },
  pendingChange: null,
});

describe('an acceptor', () => {
  const first = { round: 1, member: 0 };
  const second = { round: 1, member: 1 };
  const promised = onPrepare(null, 4, 5, second).acceptor;

  test('promises the version that comes next, and only that', () => {
    expect(onPrepare(null, 4, 5, first)).toEqual({
      acceptor: { version: 5, promised: first, accepted: null },
      answer: { kind: 'promise', accepted: null },
    });
    expect(onPrepare(null, 5, 5, first).answer).toEqual({ kind: 'stale' });
    expect(onPrepare(null, 3, 5, first).answer).toEqual({ kind: 'behind' });
    expect(onAccept(null, 3, { ballot: first, register: register(5) }).answer).toEqual({
      kind: 'behind',
    });
  });

  test('keeps its promise against lower attempts', () => {
    const outbid = { kind: 'outbid', promised: second };
    expect(onPrepare(promised, 4, 5, first)).toEqual({ acceptor: promised, answer: outbid });
    const late = { ballot: first, register: register(5) };
    expect(onAccept(promised, 4, late)).toEqual({ acceptor: promised, answer: outbid });
  });

  test('tells a later attempt what it has accepted', () => {
    const accepted = { ballot: second, register: register(5) };
    const step = onAccept(promised, 4, accepted);
    expect(step.answer).toEqual({ kind: 'accepted' });
    const higher = { round: 2, member: 0 };
    expect(onPrepare(step.acceptor, 4, 5, higher).answer).toEqual({ kind: 'promise', accepted });
  });

  test('forgets one version for the next', () => {
    const { acceptor } = onAccept(promised, 4, { ballot: second, register: register(5) });
    expect(onPrepare(acceptor, 5, 6, first)).toEqual({
      acceptor: { version: 6, promised: first, accepted: null },
      answer: { kind: 'promise', accepted: null },
    });
  });
});

describe('a proposal', () => {
  const promise: AcceptorAnswer & { kind: 'promise' } = { kind: 'promise', accepted: null };

  test('needs more than half, each counted once, voters only', () => {
    let proposal = newProposal(register(2), [0, 1, 2], { round: 1, member: 0 });
    proposal = onAgreed(proposal, 0, promise);
    proposal = onAgreed(proposal, 0, promise);
    proposal = onAgreed(proposal, 7, promise);
    proposal = onAgreed(proposal, 1, { kind: 'accepted' });
    expect(proposal).toMatchObject({ stage: 'prepare', agreed: [0] });
    proposal = onAgreed(proposal, 1, promise);
    expect(proposal).toMatchObject({ stage: 'accept', agreed: [] });
    proposal = onAgreed(onAgreed(proposal, 2, { kind: 'accepted' }), 0, { kind: 'accepted' });
    expect(proposal.stage).toBe('decided');
  });

  test('carries on what the highest ballot put forward', () => {
    const old = { ballot: { round: 1, member: 1 }, register: register(2, 11) };
    const later = { ballot: { round: 2, member: 0 }, register: register(2, 12) };
    let proposal = newProposal(register(2, 13), [0, 1, 2, 3, 4], { round: 3, member: 0 });
    proposal = onAgreed(proposal, 0, promise);
    proposal = onAgreed(proposal, 1, { kind: 'promise', accepted: later });
    proposal = onAgreed(proposal, 2, { kind: 'promise', accepted: old });
    expect(proposal.stage).toBe('accept');
    expect(proposedRegister(proposal).lastChange?.id).toBe(12);
  });
});

/** Brokers that want different things, and a network that does what it likes. */
class Chaos {
  readonly #acceptors: (AcceptorState | null)[];
  readonly #proposals = new Map<number, Proposal>();
  readonly decided = new Set<number>();
  readonly #answers: {
    to: number;
    from: number;
    ballot: Proposal['ballot'];
    answer: AcceptorAnswer;
  }[] = [];
  readonly #asked: { to: number; proposal: Proposal }[] = [];
  readonly #voters: readonly number[];

  constructor(size: number) {
    this.#acceptors = Array.from({ length: size }, () => null);
    this.#voters = this.#acceptors.map((_, id) => id);
  }

  attempt(member: number, round: number): void {
    const wish = register(2, member);
    this.#ask(newProposal(wish, this.#voters, { round, member }), this.#voters);
  }

  /** Sends the present stage of a broker's attempt again. */
  repeat(member: number): void {
    const proposal = this.#proposals.get(member);
    if (proposal !== undefined) this.#ask(proposal, this.#voters);
  }

  #ask(proposal: Proposal, to: readonly number[]): void {
    this.#proposals.set(proposal.ballot.member, proposal);
    for (const each of to) this.#asked.push({ to: each, proposal });
  }

  /** One message of those under way arrives; it may arrive again later. */
  deliver(choice: number, keep: boolean): void {
    const all = this.#asked.length + this.#answers.length;
    if (all === 0) return;
    const at = choice % all;
    if (at < this.#asked.length) this.#arrive(at, keep);
    else this.#answered(at - this.#asked.length, keep);
  }

  #arrive(at: number, keep: boolean): void {
    const message = this.#asked[at];
    if (message === undefined) return;
    if (!keep) this.#asked.splice(at, 1);
    const { to, proposal } = message;
    const { ballot } = proposal;
    const present = this.#acceptors[to] ?? null;
    const step: AcceptorStep =
      proposal.stage === 'prepare'
        ? onPrepare(present, 1, 2, ballot)
        : onAccept(present, 1, { ballot, register: proposedRegister(proposal) });
    this.#acceptors[to] = step.acceptor;
    this.#answers.push({ to: ballot.member, from: to, ballot, answer: step.answer });
  }

  #answered(at: number, keep: boolean): void {
    const message = this.#answers[at];
    if (message === undefined) return;
    if (!keep) this.#answers.splice(at, 1);
    const { to, from, ballot, answer } = message;
    const proposal = this.#proposals.get(to);
    if (proposal === undefined || proposal.ballot.round !== ballot.round) return;
    if (answer.kind !== 'promise' && answer.kind !== 'accepted') return;
    const next = onAgreed(proposal, from, answer);
    this.#proposals.set(to, next);
    if (next.stage === 'decided') this.decided.add(proposedRegister(next).lastChange?.id ?? -1);
    else if (next.stage !== proposal.stage) this.#ask(next, this.#voters);
  }
}

test('never two decisions, on any schedule', () => {
  let decisions = 0;
  let contested = 0;
  const event = fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({ attempt: fc.nat(4), round: fc.integer({ min: 1, max: 6 }) }),
    },
    { weight: 1, arbitrary: fc.record({ repeat: fc.nat(4) }) },
    { weight: 12, arbitrary: fc.record({ deliver: fc.nat(200), keep: fc.boolean() }) },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(event, { minLength: 40, maxLength: 300 }),
      (size, events) => {
        const chaos = new Chaos(size);
        const attempts = new Set<string>();
        for (const each of events) {
          if ('attempt' in each) {
            const name = `${each.attempt % size} ${each.round}`;
            if (!attempts.has(name)) chaos.attempt(each.attempt % size, each.round);
            attempts.add(name);
          } else if ('repeat' in each) chaos.repeat(each.repeat % size);
          else chaos.deliver(each.deliver, each.keep);
        }
        expect(chaos.decided.size).toBeLessThanOrEqual(1);
        decisions += chaos.decided.size;
        if (attempts.size > 1) contested += chaos.decided.size;
      },
    ),
    { numRuns: 1500 },
  );
  expect(decisions).toBeGreaterThan(50);
  expect(contested).toBeGreaterThan(20);
});
