// The life of one change: it starts, its operations are done one by one, it is completed or cancelled.
// Guarantees: one change at a time; whatever happens counts a version up, so that copies can tell which is later.
// Leaves to others: deciding start and end between brokers (agreement.ts), what an operation does (operation.ts).
import { canonicalText } from './canonical-text.ts';
import {
  type ChangePlan,
  type ChangeRegister,
  type ClusterConfiguration,
  type CompletedChange,
  memberIds,
  type Operation,
} from './cluster-configuration.ts';
import { endOperation } from './operation.ts';
import type { Plan } from './planner.ts';

/**
 * The decision that starts a change. Its end is decided by the brokers that stay, so that those that it removes may be
 * switched off at any time; if none stays, by those that are there now.
 */
export function startedChange(
  configuration: ClusterConfiguration,
  { operations, after }: Plan,
  nowMs: number,
): ChangeRegister {
  const id = configuration.version + 1;
  const members = memberIds(configuration);
  const staying = members.filter((member) => memberIds(after).includes(member));
  return {
    version: id,
    voters: staying.length > 0 ? staying : members,
    lastChange: lastChangeBefore(configuration, nowMs),
    pendingChange: { id, version: 1, startedAtMs: nowMs, completed: [], pending: operations },
  };
}

/** A change that starts by force takes the place of one that is under way, which thereby is cancelled. */
function lastChangeBefore(
  { lastChange, pendingChange }: ClusterConfiguration,
  nowMs: number,
): CompletedChange | null {
  if (pendingChange === null) return lastChange;
  const { id, startedAtMs } = pendingChange;
  return { id, status: 'CANCELLED', startedAtMs, completedAtMs: nowMs };
}

/**
 * The decision that ends the change under way: completed when all its operations are done, cancelled without the
 * remaining ones. What is done stays done.
 */
export function endedChange(
  configuration: ClusterConfiguration,
  plan: ChangePlan,
  status: 'COMPLETED' | 'CANCELLED',
  nowMs: number,
): ChangeRegister {
  const { id, startedAtMs } = plan;
  return {
    version: configuration.version + 1,
    voters: memberIds(configuration),
    lastChange: { id, status, startedAtMs, completedAtMs: nowMs },
    pendingChange: null,
  };
}

/** Whether both are the same decision, however far its operations have come. */
export function sameDecision(one: ChangeRegister, other: ChangeRegister): boolean {
  return (
    one.version === other.version && canonicalText(decision(one)) === canonicalText(decision(other))
  );
}

function decision({ lastChange, pendingChange }: ChangeRegister): unknown {
  if (pendingChange === null) return { lastChange };
  const { id, startedAtMs, completed, pending } = pendingChange;
  const operations = [...completed.map(({ operation }) => operation), ...pending];
  return { lastChange, id, startedAtMs, operations };
}

/** Where in which change an operation stands, to see later whether the change has ended or gone on meanwhile. */
export interface PlanPlace {
  readonly changeId: number;
  /** Version of the plan while the operation is the first pending one. */
  readonly planVersion: number;
}

/** The operation that is to be done now, and its place; undefined when there is none. */
export function currentOperation(
  configuration: ClusterConfiguration,
): { readonly operation: Operation; readonly place: PlanPlace } | undefined {
  const plan = configuration.pendingChange;
  const operation = plan?.pending[0];
  if (plan === null || operation === undefined) return undefined;
  return { operation, place: { changeId: plan.id, planVersion: plan.version } };
}

/**
 * The configuration with the operation done. When the change has been cancelled meanwhile only the replica's or broker's
 * own state follows, because it is a fact; the plan is not touched.
 */
export function operationDone(
  configuration: ClusterConfiguration,
  operation: Operation,
  place: PlanPlace,
  nowMs: number,
): ClusterConfiguration {
  const ended = endOperation(configuration, operation, nowMs);
  const plan = ended.pendingChange;
  if (plan === null || plan.id !== place.changeId || plan.version !== place.planVersion) {
    return ended;
  }
  const pendingChange = {
    ...plan,
    version: plan.version + 1,
    completed: [...plan.completed, { operation, completedAtMs: nowMs }],
    pending: plan.pending.slice(1),
  };
  return { ...ended, pendingChange };
}
