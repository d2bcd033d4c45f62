// SIGNAL.BROADCAST: everybody who waits for the signal, on every partition (engine-semantics.md I.4).
import {
  type Document,
  type Key,
  keyText,
  NO_KEY,
  partitionOf,
  type SignalSubscriptionValue,
  type SignalValue,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { ownerOf } from '../state/signal-state.ts';
import { trigger } from '../steps/catch-events.ts';
import { acknowledge, distribute } from '../steps/distribution.ts';
import { startByEvent } from '../steps/start-by-event.ts';

/** Subscribers that are reached in one turn, and about how many bytes of records, so that it stays short. */
const SUBSCRIBERS_MAX = 200;
const BATCH_BYTES_MAX = 1024 * 1024;

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
  reachSubscribers(c, command.value, !isDistributed);
  if (isDistributed) acknowledge(c, command.key, 'SIGNAL', 'BROADCAST');
  else distribute(c, eventKey, '', 'SIGNAL', 'BROADCAST', command.value);
};

/** A signal that has more subscribers than one turn reaches goes on to the next ones. */
export const reachMore: Processor<'SIGNAL_BATCH'> = (c, { key, value }) => {
  const { ownerKey, subscriptionKey } = value;
  reachSubscribers(c, value, value.starts, { ownerKey, key: subscriptionKey, before: key });
};

/** Where a signal goes on. */
interface Progress {
  /** The last subscription that was reached, and whose it is. */
  readonly key: Key;
  readonly ownerKey: Key;
  /** Subscriptions with this key or a higher one are younger than the signal. */
  readonly before: Key;
}

/** @param starts whether start events are reached too: that is done once, where the signal was received first */
function reachSubscribers(c: Context, signal: SignalValue, starts: boolean, from?: Progress): void {
  const { signalName, tenantId, variables } = signal;
  const { signals } = c.state;
  const bytesMax = c.out.turn.length + BATCH_BYTES_MAX;
  const page = signals.ofName(signalName, tenantId, SUBSCRIBERS_MAX + 1, from);
  let last: Omit<Progress, 'before'> | undefined;
  let reached = 0;
  for (const key of page) {
    if (reached === SUBSCRIBERS_MAX || (reached > 0 && c.out.turn.length > bytesMax)) break;
    reached++;
    // One that was reached before may have ended others.
    const subscription = signals.subscriptions.get(key);
    if (subscription === undefined) continue;
    const ownerKey = ownerOf(subscription);
    // It began to wait after the signal, and so did all that follow.
    if (from !== undefined && ownerKey > from.before) return;
    last = { key, ownerKey };
    if (from === undefined || key < from.before) reach(c, subscription, variables, starts);
  }
  if (reached === page.length || last === undefined) return;
  const { ownerKey, key: subscriptionKey } = last;
  const value = { signalName, variables, tenantId, starts, ownerKey, subscriptionKey };
  c.out.command('SIGNAL_BATCH', 'REACH', from?.before ?? c.keys.next(), value);
}

function reach(
  c: Context,
  { processDefinitionKey, catchEventId, catchEventInstanceKey }: SignalSubscriptionValue,
  variables: Document,
  starts: boolean,
): void {
  const event = c.state.processes.element(processDefinitionKey, catchEventId);
  if (catchEventInstanceKey === NO_KEY) {
    const process = c.state.processes.byKey(processDefinitionKey);
    if (starts && process !== undefined) startByEvent(c, process, event, variables);
    return;
  }
  const instance = c.state.elements.get(catchEventInstanceKey);
  if (instance !== undefined) trigger(c, instance, event, variables);
}
