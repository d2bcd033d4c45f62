// The end of a turn that is not in the log and never will be: nothing of it has happened, and whoever waits for it is told so.
import { NO_REQUEST } from '@millrace/protocol';
import type { Effect } from '../core/engine/effects.ts';
import type { Refusal } from './command-intake.ts';
import type { PartitionNotice } from './messages.ts';

/**
 * A refusal for each request of the turn.
 * @param running the request whose command has not ended; NO_REQUEST when there is none
 */
export function refuseTurn(
  effects: readonly Effect[],
  running: number,
  refusal: Refusal,
): PartitionNotice[] {
  const requestIds = new Set<number>();
  for (const effect of effects)
    if (effect.kind === 'answer' || effect.kind === 'taken') requestIds.add(effect.requestId);
  if (running !== NO_REQUEST) requestIds.add(running);
  return [...requestIds].map((requestId) => ({ kind: 'refused', requestId, ...refusal }));
}
