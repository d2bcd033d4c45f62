// COMPLETE_EXECUTION_LISTENER: a listener's job is done; the next one works, or the element goes on (engine-semantics.md C.15).
import { keyText, NO_KEY } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { listenAtEnd, listenAtStart, listenerTriggered } from '../steps/execution-listeners.ts';
import { raiseIncident } from '../steps/incidents.ts';
import { contextOf } from '../steps/transitions.ts';
import { mergeLocal } from '../steps/variables.ts';
import { finishActivation, finishCompletion } from './element-commands.ts';

export const completeExecutionListener: Processor<'PROCESS_INSTANCE'> = (c, command) => {
  const instance = c.state.elements.get(command.key);
  if (instance?.state !== 'ACTIVATING' && instance?.state !== 'COMPLETING') {
    const text =
      instance === undefined
        ? `Expected element instance with key '${keyText(command.key)}' to be present in state but not found.`
        : `Expected element instance to be in state 'ELEMENT_ACTIVATING' or 'ELEMENT_COMPLETING' but was 'ELEMENT_${instance.state}'.`;
    return c.out.reject(command, 'INVALID_STATE', text);
  }
  const e = contextOf(c, instance);
  const isStart = instance.state === 'ACTIVATING';
  const trigger = instance.triggers.at(-1);
  if (trigger !== undefined) {
    const { flowScopeKey } = e.value;
    const scopeKey = isStart || flowScopeKey === NO_KEY ? e.key : flowScopeKey;
    mergeLocal(c, e.value, scopeKey, trigger.variables.entries);
    listenerTriggered(c, e, trigger.key);
  }
  const { listenersDone } = instance.special;
  const listening = (isStart ? listenAtStart : listenAtEnd)(c, e, listenersDone);
  if (listening === 'listening') return;
  const failure = listening ?? (isStart ? finishActivation(c, e) : finishCompletion(c, e));
  if (failure !== undefined) raiseIncident(c, e, failure);
};
