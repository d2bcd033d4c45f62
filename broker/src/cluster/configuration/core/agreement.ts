// How brokers decide the next version of the change register, so that two of them that cannot hear each other never start
// two changes: one round of Paxos per version (Lamport, Paxos Made Simple, sections 2.2 and 2.3).
// Guarantees: at most one register is ever decided under one version, whatever is lost, repeated or restarted, as long as
// acceptors keep what they wrote; a register that a majority may have accepted is carried on, not replaced.
// Leaves to others: messages, time-outs, storing the acceptor before it answers (change-decisions.ts).
//
// The brokers that decide a version are the voters named in the version before it, which is itself decided: so all who want
// to decide the same version ask majorities of the same set.
import type { ChangeRegister, ClusterConfiguration, MemberId } from './cluster-configuration.ts';

/** Attempts are ordered by round, then by broker; no two brokers make the same. */
export interface Ballot {
  readonly round: number;
  readonly member: MemberId;
}

export interface AcceptedRegister {
  readonly ballot: Ballot;
  readonly register: ChangeRegister;
}

/** What a broker has promised about one version. Must be durable before it is told. */
export interface AcceptorState {
  /** The version in question. */
  readonly version: number;
  /** Nothing with a lower ballot is accepted any more. */
  readonly promised: Ballot;
  readonly accepted: AcceptedRegister | null;
}

export type AcceptorAnswer =
  | { readonly kind: 'promise'; readonly accepted: AcceptedRegister | null }
  | { readonly kind: 'accepted' }
  /** Another attempt goes first. */
  | { readonly kind: 'outbid'; readonly promised: Ballot }
  /** The version is decided here already; the asker has to catch up. */
  | { readonly kind: 'stale' }
  /** The version before it is not known here yet. */
  | { readonly kind: 'behind' };

export interface AcceptorStep {
  /** To be stored before the answer leaves. */
  readonly acceptor: AcceptorState | null;
  readonly answer: AcceptorAnswer;
}

export function compareBallots(one: Ballot, other: Ballot): number {
  return one.round - other.round || one.member - other.member;
}

/** First phase: may this attempt go ahead? */
export function onPrepare(
  acceptor: AcceptorState | null,
  knownVersion: number,
  version: number,
  ballot: Ballot,
): AcceptorStep {
  const refusal = refusalOf(knownVersion, version);
  if (refusal !== undefined) return { acceptor, answer: refusal };
  const present = acceptor?.version === version ? acceptor : null;
  if (present !== null && compareBallots(ballot, present.promised) < 0) {
    return { acceptor, answer: { kind: 'outbid', promised: present.promised } };
  }
  const accepted = present?.accepted ?? null;
  return {
    acceptor: { version, promised: ballot, accepted },
    answer: { kind: 'promise', accepted },
  };
}

/** Second phase: this register, unless another attempt has been promised to go first. */
export function onAccept(
  acceptor: AcceptorState | null,
  knownVersion: number,
  { ballot, register }: AcceptedRegister,
): AcceptorStep {
  const { version } = register;
  const refusal = refusalOf(knownVersion, version);
  if (refusal !== undefined) return { acceptor, answer: refusal };
  const present = acceptor?.version === version ? acceptor : null;
  if (present !== null && compareBallots(ballot, present.promised) < 0) {
    return { acceptor, answer: { kind: 'outbid', promised: present.promised } };
  }
  const accepted = { ballot, register };
  return { acceptor: { version, promised: ballot, accepted }, answer: { kind: 'accepted' } };
}

function refusalOf(knownVersion: number, version: number): AcceptorAnswer | undefined {
  if (knownVersion >= version) return { kind: 'stale' };
  return knownVersion < version - 1 ? { kind: 'behind' } : undefined;
}

/** One attempt of one broker to have its register decided. */
export interface Proposal {
  readonly ballot: Ballot;
  /** What this broker wants. */
  readonly wish: ChangeRegister;
  /** A majority of these must agree. */
  readonly voters: readonly MemberId[];
  readonly stage: 'prepare' | 'accept' | 'decided';
  /** Voters that agreed in this stage. */
  readonly agreed: readonly MemberId[];
  /** Of what voters had accepted before, that of the highest ballot: it has to be carried on. */
  readonly inherited: AcceptedRegister | null;
}

export function newProposal(
  wish: ChangeRegister,
  voters: readonly MemberId[],
  ballot: Ballot,
): Proposal {
  return { ballot, wish, voters, stage: 'prepare', agreed: [], inherited: null };
}

/** The register that the attempt puts forward: its own, or one that may be decided already. */
export function proposedRegister({ wish, inherited }: Proposal): ChangeRegister {
  return inherited?.register ?? wish;
}

/** The proposal after a voter agreed to its present stage. */
export function onAgreed(
  proposal: Proposal,
  from: MemberId,
  answer: Extract<AcceptorAnswer, { kind: 'promise' | 'accepted' }>,
): Proposal {
  const { stage, voters, agreed } = proposal;
  const fits = answer.kind === 'promise' ? stage === 'prepare' : stage === 'accept';
  if (!fits || !voters.includes(from) || agreed.includes(from)) return proposal;
  const counted = {
    ...proposal,
    agreed: [...agreed, from],
    inherited: inheritedWith(proposal, answer),
  };
  if (counted.agreed.length < majorityOf(voters)) return counted;
  return stage === 'prepare'
    ? { ...counted, stage: 'accept', agreed: [] }
    : { ...counted, stage: 'decided' };
}

function inheritedWith(
  { inherited }: Proposal,
  answer: Extract<AcceptorAnswer, { kind: 'promise' | 'accepted' }>,
): AcceptedRegister | null {
  if (answer.kind === 'accepted' || answer.accepted === null) return inherited;
  if (inherited === null) return answer.accepted;
  return compareBallots(answer.accepted.ballot, inherited.ballot) > 0 ? answer.accepted : inherited;
}

/** How many of these brokers are more than half. */
export function majorityOf(voters: readonly MemberId[]): number {
  return Math.floor(voters.length / 2) + 1;
}

/** The configuration with the decided register in it. */
export function withDecided(
  configuration: ClusterConfiguration,
  register: ChangeRegister,
): ClusterConfiguration {
  const { version, voters, lastChange, pendingChange } = register;
  return { ...configuration, version, voters, lastChange, pendingChange };
}
