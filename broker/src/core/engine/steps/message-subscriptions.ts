// Subscriptions of element instances to messages (engine-semantics.md H.4).
import type { Key } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';

/** What the expressions of a message event gave. */
export interface MessageTarget {
  readonly name: string;
  readonly correlationKey: string;
}

/** Name and correlation key that the event of this element instance waits for. */
export function evaluateMessage(
  _c: Context,
  _e: ElementContext,
  event: ExecutableElement,
): MessageTarget | Failure {
  throw new Error(`message events are not executed yet: '${event.id}'`);
}

export function openMessageSubscription(
  _c: Context,
  _e: ElementContext,
  _event: ExecutableElement,
  _target: MessageTarget,
): void {}

/** @param isOf which of the events, by their ids; all without it */
export function closeMessageSubscriptions(
  _c: Context,
  _elementInstanceKey: Key,
  _isOf?: (elementId: string) => boolean,
): void {}
