// SIGNAL.BROADCAST: everybody who waits for the signal, on every partition (engine-semantics.md I.4).
import { keyText, NO_KEY, partitionOf } from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import { trigger } from '../steps/catch-events.ts';
import { acknowledge, distribute } from '../steps/distribution.ts';
import { startByEvent } from '../steps/start-by-event.ts';

export const broadcastSignal: Processor<'SIGNAL'> = (c, command) => {
  // A throwing event's command has a key of this partition; one of another partition's came from there.
  const isDistributed =
    command.key !== NO_KEY && partitionOf(command.key) !== c.options.partitionId;
  if (isDistributed && c.state.distributions.isSignalTaken(command.key)) {
    const text = `signal ${keyText(command.key)} was broadcast on this partition`;
    c.out.reject(command, 'ALREADY_EXISTS', text);
    return acknowledge(c, command.key, 'SIGNAL', 'BROADCAST');
  }
  const eventKey = isDistributed ? command.key : c.keys.next();
  const broadcasted = c.out.event('SIGNAL', 'BROADCASTED', eventKey, command.value);
  c.out.answer(command.requestId, broadcasted);
  reachSubscriptions(c, command, !isDistributed);
  if (isDistributed) acknowledge(c, command.key, 'SIGNAL', 'BROADCAST');
  else distribute(c, eventKey, '', 'SIGNAL', 'BROADCAST', command.value);
};

/** @param starts whether start events are reached too: that is done once, where the signal was received first */
function reachSubscriptions(c: Context, command: CommandRecord<'SIGNAL'>, starts: boolean): void {
  const { signalName, tenantId, variables } = command.value;
  for (const key of c.state.signals.ofName(signalName, tenantId)) {
    const subscription = c.state.signals.must(key);
    const { processDefinitionKey, catchEventId, catchEventInstanceKey } = subscription;
    const event = c.state.processes.element(processDefinitionKey, catchEventId);
    if (catchEventInstanceKey === NO_KEY) {
      const process = c.state.processes.byKey(processDefinitionKey);
      if (starts && process !== undefined) startByEvent(c, process, event, variables);
      continue;
    }
    const instance = c.state.elements.get(catchEventInstanceKey);
    if (instance !== undefined) trigger(c, instance, event, variables);
  }
}
