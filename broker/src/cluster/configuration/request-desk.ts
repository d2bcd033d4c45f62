// Operators' requests: decided here or passed on to the broker that decides, and answered in any case.
// Guarantees: a request is answered within its time, with the plan that was decided or with why there is none; a dry run
// answers as the real request would and changes nothing.
// Leaves to others: the plan (core/planner.ts), the decision (change-decisions.ts), carrying it out (plan-executor.ts).
import type { Cancel, Timers } from '@millrace/raft';
import type { ChangeDecisions, DecisionOutcome } from './change-decisions.ts';
import type { ConfigurationCopy } from './configuration-copy.ts';
import type { ConfigurationLimits } from './configuration-limits.ts';
import { majorityOf } from './core/agreement.ts';
import { endedChange, startedChange } from './core/change.ts';
import {
  type ClusterConfiguration,
  type MemberId,
  memberIds,
} from './core/cluster-configuration.ts';
import type {
  ChangeRequest,
  ClusterAnswer,
  ClusterRequest,
  RefusalReason,
} from './core/cluster-request.ts';
import { type Plan, PlanError, planChange } from './core/planner.ts';
import type { Exchange } from './exchange.ts';
import { encodeMessage } from './messages.ts';

export interface DeskOptions {
  readonly self: MemberId;
  readonly copy: ConfigurationCopy;
  readonly decisions: ChangeDecisions;
  readonly exchange: Exchange;
  readonly timers: Timers;
  readonly limits: ConfigurationLimits;
}

/** Looks at the configuration again that often, when others decided something meanwhile. */
const ATTEMPTS_MAX = 3;

interface Forwarded {
  readonly to: MemberId;
  readonly end: (answer: ClusterAnswer) => void;
}

export class RequestDesk {
  readonly #options: DeskOptions;
  readonly #forwarded = new Map<number, Forwarded>();
  #nextId: number;

  /** @param firstId where the numbers of passed-on requests begin; should differ from life to life of the broker */
  constructor(options: DeskOptions, firstId: number) {
    this.#options = options;
    this.#nextId = firstId;
  }

  /** Never rejects. */
  request(request: ClusterRequest): Promise<ClusterAnswer> {
    const { self, copy } = this.#options;
    const { configuration } = copy;
    if (configuration === undefined) return Promise.resolve(refused('UNKNOWN', UNKNOWN_MESSAGE));
    const decider = this.#deciderOf(configuration, request);
    return decider === self ? this.handle(request) : this.#forward(decider, request);
  }

  /** The coordinator: the lowest broker that is a member and can be reached; by force, of those that remain. */
  #deciderOf(configuration: ClusterConfiguration, request: ClusterRequest): MemberId {
    const { self, exchange } = this.#options;
    const members = memberIds(configuration);
    const present = new Set([...exchange.reachable(), self]);
    const retained =
      request.kind === 'change' ? retainedByForce(request.change, members) : undefined;
    const decider = (retained ?? members).find((member) => present.has(member));
    return decider ?? self;
  }

  #forward(to: MemberId, request: ClusterRequest): Promise<ClusterAnswer> {
    const { exchange, timers, limits } = this.#options;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      let cancel: Cancel = () => {};
      const end = (answer: ClusterAnswer): void => {
        cancel();
        this.#forwarded.delete(id);
        resolve(answer);
      };
      cancel = timers.after(limits.requestTimeoutMs, () =>
        end(
          refused(
            'TIMEOUT',
            `broker ${to}, which decides changes, did not answer within ${limits.requestTimeoutMs / 1000} s. ` +
              'The change may have been started: see GET /actuator/cluster.',
          ),
        ),
      );
      this.#forwarded.set(id, { to, end });
      exchange.send(to, encodeMessage({ kind: 'request', id, request }));
    });
  }

  /** Another broker answers what was passed on to it. */
  onAnswer(from: MemberId, id: number, answer: ClusterAnswer): void {
    const forwarded = this.#forwarded.get(id);
    if (forwarded?.to === from) forwarded.end(answer);
  }

  /** A broker cannot be reached any more: it will not answer. */
  onDown(member: MemberId): void {
    for (const { to, end } of [...this.#forwarded.values()]) {
      if (to !== member) continue;
      end(
        refused(
          'TIMEOUT',
          `broker ${member}, which decides changes, went away before it answered. ` +
            'The change may have been started: see GET /actuator/cluster.',
        ),
      );
    }
  }

  /** Decides the request here. Never rejects. */
  async handle(request: ClusterRequest): Promise<ClusterAnswer> {
    try {
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        const answer =
          request.kind === 'cancel'
            ? await this.#cancel(request.changeId)
            : await this.#change(request.change, request.dryRun);
        if (answer !== 'superseded') return answer;
      }
      return refused('CONCURRENT', 'another change is being decided; try again when it is done');
    } catch (error) {
      if (error instanceof PlanError) return refused('INVALID', error.message);
      return refused('FAILED', error instanceof Error ? error.message : String(error));
    }
  }

  async #change(change: ChangeRequest, dryRun: boolean): Promise<ClusterAnswer | 'superseded'> {
    const { copy, decisions, timers } = this.#options;
    const before = copy.configuration;
    if (before === undefined) return refused('UNKNOWN', UNKNOWN_MESSAGE);
    const busy = before.pendingChange;
    const retained = retainedByForce(change, memberIds(before));
    if (busy !== null && retained === undefined) {
      return refused(
        'CONCURRENT',
        `change ${busy.id} is under way, and only one change runs at a time. Wait for it (GET /actuator/cluster), ` +
          `or cancel it if it is stuck (DELETE /actuator/cluster/changes/${busy.id}).`,
      );
    }
    const nowMs = timers.wallMs();
    const plan = planChange(before, change, nowMs);
    if (plan.operations.length === 0) return planned(before, plan, 0);
    if (dryRun) return planned(before, plan, before.version + 1);
    const register = startedChange(before, plan, nowMs);
    const voters = retained ?? before.voters;
    const outcome = await decisions.decide(register, voters);
    return outcome === 'decided'
      ? planned(before, plan, register.version)
      : this.#undecided(outcome, voters);
  }

  async #cancel(changeId: number): Promise<ClusterAnswer | 'superseded'> {
    const { copy, decisions, timers } = this.#options;
    const { configuration } = copy;
    if (configuration === undefined) return refused('UNKNOWN', UNKNOWN_MESSAGE);
    const plan = configuration.pendingChange;
    if (plan?.id !== changeId) {
      const why =
        plan === null ? 'no change is in progress' : `change ${plan.id} is the current one`;
      return refused('INVALID', `Cannot cancel change ${changeId} because ${why}`);
    }
    const register = endedChange(configuration, plan, 'CANCELLED', timers.wallMs());
    const outcome = await decisions.decide(register, configuration.voters);
    if (outcome !== 'decided') return this.#undecided(outcome, configuration.voters);
    return { kind: 'cancelled', configuration: copy.configuration ?? configuration };
  }

  #undecided(
    outcome: Exclude<DecisionOutcome, 'decided'>,
    voters: readonly MemberId[],
  ): ClusterAnswer | 'superseded' {
    if (outcome === 'superseded') return outcome;
    if (outcome === 'unknown') {
      return refused(
        'TIMEOUT',
        'too few brokers answered in time. The change may yet be started: see GET /actuator/cluster.',
      );
    }
    return refused(
      'UNREACHABLE',
      `a change needs ${majorityOf(voters)} of the brokers ${voters.join(', ')}, and too few of them can be reached; ` +
        'nothing has been started. Start them again; if they are gone for good, remove them by force ' +
        '(POST /actuator/cluster/brokers?force=true with the brokers that remain).',
    );
  }

  close(): void {
    for (const { end } of [...this.#forwarded.values()]) {
      end(
        refused(
          'TIMEOUT',
          'this broker is stopping. The change may have been started: see GET /actuator/cluster of another one.',
        ),
      );
    }
  }
}

const UNKNOWN_MESSAGE =
  'this broker does not know the configuration of the cluster yet; try again when it has found the others';

function refused(reason: RefusalReason, message: string): ClusterAnswer {
  return { kind: 'refused', reason, message };
}

function planned(before: ClusterConfiguration, plan: Plan, changeId: number): ClusterAnswer {
  return { kind: 'planned', changeId, before, operations: plan.operations, after: plan.after };
}

/** The brokers that remain, when the request strikes others off without asking them. */
function retainedByForce(
  change: ChangeRequest,
  members: readonly MemberId[],
): readonly MemberId[] | undefined {
  if (change.kind === 'force-scale') {
    return members.filter((member) => change.brokers.includes(member));
  }
  if (change.kind !== 'patch' || change.force !== true) return undefined;
  return members.filter((member) => !change.remove?.includes(member));
}
