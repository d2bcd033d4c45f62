// Rounds of a multi-instance body: counted as they begin and end (engine-semantics.md C.11).
import type { Document, Key } from '@millrace/protocol';
import type { ElementInstance } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';

/** The body with one more round, which learns its number. */
export function withRound(state: EngineState, key: Key, body: ElementInstance): ElementInstance {
  const { elements } = state;
  const loopCounter = body.special.childrenCreated + 1;
  elements.instances.update(key, elements.must(key).withSpecial({ loopCounter }));
  return body.withSpecial({ childrenCreated: loopCounter });
}

export function withEndedRound(body: ElementInstance, isCompleted: boolean): ElementInstance {
  const { childrenCompleted, childrenTerminated } = body.special;
  return isCompleted
    ? body.withSpecial({ childrenCompleted: childrenCompleted + 1 })
    : body.withSpecial({ childrenTerminated: childrenTerminated + 1 });
}

/**
 * What the body of a large multi-instance notes (steps/rounds.ts): how many rounds there will be, the result of one, that no
 * more are needed.
 */
export function roundsNoted(state: EngineState, body: ElementInstance, note: Document): void {
  const { instances } = state.elements;
  const of = (name: string) => note.entries.find((entry) => entry.name === name)?.json;
  const rounds = of('rounds');
  const result = of('result');
  if (rounds !== undefined) {
    state.rounds.fresh(body.key);
    instances.update(body.key, body.withSpecial({ rounds: Number(rounds) }));
  } else if (result !== undefined) {
    state.rounds.put(body.key, Number(of('loopCounter')) - 1, result);
  } else if (of('over') !== undefined) {
    instances.update(body.key, body.withSpecial({ loopCounter: 1 }));
  }
}
