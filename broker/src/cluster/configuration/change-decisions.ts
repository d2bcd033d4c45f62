// Has the next version of the change register decided: asks the voters, answers when it is asked itself.
// Guarantees: what agreement.ts promises; a wish that voters may have accepted is pursued until that version is decided, by
// whomever; one that none has accepted is dropped when no majority answers in time, and never comes true later.
// Leaves to others: what is wished for (request-desk.ts, cluster-configuration-keeper.ts), spreading what was decided.
import type { Cancel, Timers } from '@millrace/raft';
import type { ConfigurationCopy } from './configuration-copy.ts';
import type { ConfigurationLimits } from './configuration-limits.ts';
import {
  type AcceptorAnswer,
  type AcceptorState,
  type AcceptorStep,
  type Ballot,
  majorityOf,
  newProposal,
  onAccept,
  onAgreed,
  onPrepare,
  type Proposal,
  proposedRegister,
  withDecided,
} from './core/agreement.ts';
import { sameDecision } from './core/change.ts';
import type {
  ChangeRegister,
  ClusterConfiguration,
  MemberId,
} from './core/cluster-configuration.ts';
import type { Exchange } from './exchange.ts';
import { type ConfigurationMessage, encodeMessage } from './messages.ts';

export interface DecisionOptions {
  readonly self: MemberId;
  readonly copy: ConfigurationCopy;
  readonly exchange: Exchange;
  readonly timers: Timers;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  readonly limits: ConfigurationLimits;
  /** Something could not be written; it is tried again. */
  readonly problem: (error: unknown) => void;
}

export type DecisionOutcome =
  | 'decided'
  /** Another register was decided under that version, or another attempt of this broker is under way. */
  | 'superseded'
  /** Too few voters answered. Nothing has happened and nothing will. */
  | 'unreachable'
  /** Some voters may have accepted it; it may yet be decided. */
  | 'unknown';

interface Attempt {
  proposal: Proposal;
  /** Some voter may have accepted it, so it is not given up. */
  mayBeAccepted: boolean;
  readonly tell: (outcome: DecisionOutcome) => void;
  readonly stopRepeating: Cancel;
  readonly stopWaiting: Cancel;
  /** A new ballot is to be tried at this moment; undefined: the present one goes on. */
  newBallot: Cancel | undefined;
}

export class ChangeDecisions {
  readonly #options: DecisionOptions;
  #attempt: Attempt | undefined;
  #highestRound = 0;
  #leftOver: AcceptorState | null = null;

  constructor(options: DecisionOptions) {
    this.#options = options;
    options.copy.onChange((now) => this.#concludeAt(now));
  }

  get isBusy(): boolean {
    return this.#attempt !== undefined;
  }

  /**
   * Puts the register forward as the next version. The voters are those that the present version names, or, when an
   * operator says that the others are gone for good, those that remain.
   */
  decide(wish: ChangeRegister, voters: readonly MemberId[]): Promise<DecisionOutcome> {
    const { self, exchange, timers, limits } = this.#options;
    if (this.#attempt !== undefined) return Promise.resolve('superseded');
    const present = new Set([...exchange.reachable(), self]);
    if (voters.filter((voter) => present.has(voter)).length < majorityOf(voters)) {
      return Promise.resolve('unreachable');
    }
    return new Promise((resolve) => {
      const attempt: Attempt = {
        proposal: newProposal(wish, voters, this.#nextBallot()),
        mayBeAccepted: false,
        tell: resolve,
        stopRepeating: timers.every(limits.decisionRetryMs, () => this.#askAgain(attempt)),
        stopWaiting: timers.after(limits.decisionTimeoutMs, () => this.#outOfTime(attempt)),
        newBallot: undefined,
      };
      this.#attempt = attempt;
      this.#askAgain(attempt);
    });
  }

  #askAgain(attempt: Attempt): void {
    try {
      this.#ask(attempt);
    } catch (error) {
      this.#options.problem(error);
    }
  }

  #nextBallot(): Ballot {
    const { copy, self } = this.#options;
    const promised = copy.acceptor?.promised.round ?? 0;
    const round = copy.nextRound(Math.max(this.#highestRound, promised));
    return { round, member: self };
  }

  #outOfTime(attempt: Attempt): void {
    if (attempt.mayBeAccepted) attempt.tell('unknown');
    else this.#end(attempt, 'unreachable');
  }

  #end(attempt: Attempt, outcome: DecisionOutcome): void {
    attempt.stopRepeating();
    attempt.stopWaiting();
    attempt.newBallot?.();
    if (this.#attempt === attempt) this.#attempt = undefined;
    attempt.tell(outcome);
  }

  /** Asks the voters that have not answered in this stage; itself last, because its answer may end the stage. */
  #ask(attempt: Attempt): void {
    const { self, copy, exchange } = this.#options;
    const { proposal } = attempt;
    const { configuration } = copy;
    if (configuration === undefined || attempt.newBallot !== undefined) return;
    if (proposal.stage === 'accept') attempt.mayBeAccepted = true;
    const waiting = proposal.voters.filter((voter) => !proposal.agreed.includes(voter));
    const bytes = encodeMessage(askingMessage(configuration, proposal));
    for (const voter of waiting) if (voter !== self) exchange.send(voter, bytes);
    if (!waiting.includes(self)) return;
    const step = this.#acceptorStep(configuration, proposal);
    copy.setAcceptor(step.acceptor);
    this.onVote(self, proposal.ballot, step.answer);
  }

  #acceptorStep(configuration: ClusterConfiguration, proposal: Proposal): AcceptorStep {
    const { acceptor } = this.#options.copy;
    const { ballot, wish } = proposal;
    return proposal.stage === 'prepare'
      ? onPrepare(acceptor, configuration.version, wish.version, ballot)
      : onAccept(acceptor, configuration.version, { ballot, register: proposedRegister(proposal) });
  }

  /** Another broker asks; its copy has been taken up already. The answer leaves when it is on disk. */
  onAsked(
    from: MemberId,
    message: Extract<ConfigurationMessage, { kind: 'prepare' | 'accept' }>,
  ): void {
    const { copy, exchange } = this.#options;
    const { configuration } = copy;
    if (configuration === undefined) return;
    const { ballot } = message;
    const version = message.kind === 'prepare' ? message.version : message.register.version;
    const step =
      message.kind === 'prepare'
        ? onPrepare(copy.acceptor, configuration.version, version, ballot)
        : onAccept(copy.acceptor, configuration.version, message);
    copy.setAcceptor(step.acceptor);
    const { answer } = step;
    exchange.send(from, encodeMessage({ kind: 'vote', version, ballot, answer, configuration }));
  }

  /** A voter has answered. */
  onVote(from: MemberId, ballot: Ballot, answer: AcceptorAnswer): void {
    const attempt = this.#attempt;
    if (attempt === undefined || attempt.newBallot !== undefined) return;
    const { proposal } = attempt;
    if (ballot.round !== proposal.ballot.round || ballot.member !== proposal.ballot.member) return;
    if (answer.kind === 'outbid') return this.#tryAgain(attempt, answer.promised);
    if (answer.kind !== 'promise' && answer.kind !== 'accepted') return;
    const next = onAgreed(proposal, from, answer);
    attempt.proposal = next;
    if (next.stage === 'decided') this.#decided(proposedRegister(next));
    else if (next.stage !== proposal.stage) this.#ask(attempt);
  }

  /** Two that outbid each other would do so for ever; chance lets one of them go first. */
  #tryAgain(attempt: Attempt, promised: Ballot): void {
    const { timers, random, limits, problem } = this.#options;
    this.#highestRound = Math.max(this.#highestRound, promised.round);
    attempt.newBallot = timers.after(limits.decisionRetryMs * (0.5 + random()), () => {
      attempt.newBallot = undefined;
      const { voters, wish } = attempt.proposal;
      try {
        attempt.proposal = newProposal(wish, voters, this.#nextBallot());
        this.#ask(attempt);
      } catch (error) {
        problem(error);
      }
    });
  }

  #decided(register: ChangeRegister): void {
    const { copy } = this.#options;
    const { configuration } = copy;
    if (configuration?.version === register.version - 1) {
      copy.set(withDecided(configuration, register), 'own');
    }
  }

  /** The version that an attempt is about is decided, here or elsewhere. */
  #concludeAt(now: ClusterConfiguration): void {
    const attempt = this.#attempt;
    if (attempt === undefined || now.version < attempt.proposal.wish.version) return;
    this.#end(attempt, holds(now, attempt.proposal.wish) ? 'decided' : 'superseded');
  }

  /**
   * Called from time to time: goes on with what this broker accepted a while ago without hearing that it was decided, for
   * whoever put it forward may be gone.
   */
  carryOn(): void {
    const { configuration, acceptor } = this.#options.copy;
    const isOld = acceptor === this.#leftOver;
    this.#leftOver = acceptor;
    const accepted = acceptor?.accepted ?? null;
    if (configuration === undefined || accepted === null || !isOld) return;
    if (this.#attempt !== undefined || acceptor?.version !== configuration.version + 1) return;
    this.decide(accepted.register, configuration.voters).catch(this.#options.problem);
  }

  close(): void {
    if (this.#attempt !== undefined) this.#end(this.#attempt, 'unknown');
  }
}

function askingMessage(
  configuration: ClusterConfiguration,
  proposal: Proposal,
): ConfigurationMessage {
  const { ballot, wish, stage } = proposal;
  return stage === 'prepare'
    ? { kind: 'prepare', configuration, version: wish.version, ballot }
    : { kind: 'accept', configuration, ballot, register: proposedRegister(proposal) };
}

/** Whether the wish is what was decided under its version, as far as a later configuration tells. */
function holds(now: ClusterConfiguration, wish: ChangeRegister): boolean {
  if (now.version === wish.version) return sameDecision(now, wish);
  const plan = wish.pendingChange;
  return (
    plan !== null &&
    now.lastChange?.id === plan.id &&
    now.lastChange.startedAtMs === plan.startedAtMs
  );
}
