// Where a thrown error is caught (engine-semantics.md C.9): scope by scope upward, exact code before catch-all.
import { type Document, type Key, NO_KEY } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { commandTerminate, contextOf } from './transitions.ts';

export interface ErrorCatch {
  /** The element instance that the catching event belongs to. */
  readonly scope: ElementInstance;
  readonly event: ExecutableElement;
}

export interface NotCaught {
  /** The codes that could have been caught, in the order of the search. */
  readonly codes: readonly string[];
}

/** @param from key of the innermost element instance whose events are looked at */
export function findErrorCatch(c: Context, from: Key, code: string): ErrorCatch | NotCaught {
  const codes: string[] = [];
  for (let key = from; key !== NO_KEY; ) {
    const scope = c.state.elements.must(key);
    if (scope.state === 'ACTIVATED' && !scope.isInterrupted) {
      const { element } = contextOf(c, scope);
      const candidates = element.boundaryEvents.filter((event) => event.eventType === 'ERROR');
      const event =
        candidates.find((candidate) => candidate.errorCode === code) ??
        candidates.find(
          (candidate) => candidate.errorCode === undefined || candidate.errorCode === '',
        );
      if (event !== undefined) return { scope, event };
      for (const candidate of candidates) codes.push(candidate.errorCode as string);
    }
    key = scope.value.flowScopeKey;
  }
  return { codes };
}

/**
 * The event catches: what it belongs to is terminated, then the event goes on with the variables. When another error was
 * faster, this one is lost with the scope that is about to end.
 */
export function throwTo(c: Context, caught: ErrorCatch, variables: Document): void {
  const { scope, event } = caught;
  if (scope.triggers.length > 0) return;
  c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
    scopeKey: scope.key,
    targetElementId: event.id,
    variables,
    processDefinitionKey: scope.value.processDefinitionKey,
    processInstanceKey: scope.value.processInstanceKey,
    tenantId: scope.value.tenantId,
  });
  commandTerminate(c, scope);
}

/** The text of the incident when nothing catches. */
export function notCaughtText(code: string, message: string, notCaught: NotCaught): string {
  const thrown = `Expected to throw an error event with the code '${code}'`;
  const withMessage = message === '' ? '' : ` with message '${message}'`;
  const available =
    notCaught.codes.length === 0
      ? 'No error events are available in the scope.'
      : `Available error events are [${notCaught.codes.join(', ')}]`;
  return `${thrown}${withMessage}, but it was not caught. ${available}`;
}
