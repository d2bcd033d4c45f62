// The end of a turn that is not in the log and never will be: nothing of it has happened, and whoever waits for it is told so.
//
// Whoever awaits the result of an instance that was created before goes on waiting: the instance goes on, too.
import { NO_REQUEST } from '@millrace/protocol';
import type { Effect } from '../core/engine/effects.ts';
import type { Refusal } from './command-intake.ts';
import type { PartitionNotice } from './messages.ts';

/**
 * A refusal for each request of the turn.
 * @param isTaken whether an earlier turn has executed the request
 * @param running the request whose command has not ended; NO_REQUEST when there is none
 */
export function refuseTurn(
  effects: readonly Effect[],
  running: number,
  refusal: Refusal,
  isTaken: (requestId: number) => boolean,
): PartitionNotice[] {
  const requestIds = new Set<number>();
  for (const effect of effects)
    if (effect.kind === 'answer' || effect.kind === 'taken') requestIds.add(effect.requestId);
  if (running !== NO_REQUEST) requestIds.add(running);
  return [...requestIds]
    .filter((requestId) => !isTaken(requestId))
    .map((requestId) => ({ kind: 'refused', requestId, ...refusal }));
}
