// PROCESS_INSTANCE_BATCH.ACTIVATE: begins rounds of a parallel multi-instance, a bounded number at a time. All keys of a
// chunk are taken before the first round begins (observed.md 2).
import type { Key } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { commandRound, commandRounds, ROUNDS_AT_ONCE_MAX, roundsToCome } from '../steps/rounds.ts';
import { contextOf } from '../steps/transitions.ts';

/** Rounds of a large multi-instance that one batch begins, so that a turn stays short. */
const CHUNK_MAX = 200;

export const activateRounds: Processor<'PROCESS_INSTANCE_BATCH'> = (c, command) => {
  const body = c.state.elements.get(command.value.batchElementInstanceKey);
  if (body === undefined || body.state !== 'ACTIVATED') return;
  const wanted: number = command.value.index;
  const isLarge = body.special.rounds > 0;
  const rounds = isLarge ? Math.min(wanted, roundsToCome(body)) : wanted;
  const chunk = Math.min(rounds, isLarge ? CHUNK_MAX : ROUNDS_AT_ONCE_MAX);
  const context = contextOf(c, body);
  const keys: Key[] = [];
  for (let i = 0; i < chunk; i++) keys.push(c.keys.next());
  for (const key of keys) commandRound(c, context, key);
  if (rounds > keys.length) commandRounds(c, context, rounds - keys.length);
};
