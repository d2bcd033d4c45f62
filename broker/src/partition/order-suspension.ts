// An operator's order to suspend or resume something, carried out by the leader of a partition.
//
// Guarantees: answered when what it changes is committed; an order that makes no sense is refused with the reason and
// leaves nothing in the log.
import { NO_KEY, type SuspensionValue } from '@millrace/protocol';
import type { Timers } from '@millrace/raft';
import { isSuspended, suspensionProblem } from '../core/engine/commands/suspension-commands.ts';
import { internalCommand } from '../core/engine/inbound-command.ts';
import { until } from './bring-definitions.ts';
import type { OpenPartition } from './open-partition.ts';

/** How long the order may wait for the commands before it, ms. */
const DONE_WITHIN_MS = 20_000;

/** Rejects with the reason when it did not succeed. */
export async function orderSuspension(
  open: OpenPartition,
  intent: 'SUSPEND' | 'RESUME',
  value: SuspensionValue,
  timers: Timers,
): Promise<void> {
  const { state } = open.engine;
  const problem = suspensionProblem(state, intent, value);
  if (problem !== undefined) throw new Error(problem.reason);
  open.offer(internalCommand('SUSPENSION', intent, NO_KEY, value));
  const deadline = timers.monotonicMs() + DONE_WITHIN_MS;
  const inTime = (isSo: () => boolean) => () => {
    if (timers.monotonicMs() < deadline) return isSo();
    throw new Error(`the partition was not ready within ${DONE_WITHIN_MS} ms; ask again`);
  };
  const isDone = () => !open.hasOpenTurn() && isSuspended(state, value) === (intent === 'SUSPEND');
  await until(open, timers, inTime(isDone));
  const { lastIndex } = open.raft.journal;
  await until(
    open,
    timers,
    inTime(() => open.appliedIndex >= lastIndex),
  );
}
