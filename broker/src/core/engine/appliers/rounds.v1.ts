// Rounds of a multi-instance body: counted as they begin and end (engine-semantics.md C.11).
import type { Key } from '@millrace/protocol';
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
