// An operator ends elements (engine-semantics.md L.3): at once and by events alone, with everything inside them and with the
// scopes around them that have nothing left to do.
import { type Key, keyText, NO_KEY, type TerminateInstruction } from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { isScope } from '../state/scope.ts';
import { Refusal } from '../writer.ts';
import { unsubscribe } from './catch-events.ts';
import { forgetCompensable } from './compensation.ts';
import { resolveIncidentOf } from './incidents.ts';
import { cancelJob } from './jobs.ts';
import { startLockOf, startNext } from './message-starts.ts';
import { expectation } from './modification-checks.ts';
import { UnreadContext } from './transitions.ts';
import { cancelUserTask } from './user-tasks.ts';

/** Elements that one modification ends, so that its turn stays short. */
const TERMINATED_MAX = 500;

/** @param needed scopes that something was activated in @throws Refusal */
export function terminateByOperator(
  c: Context,
  root: ElementInstance,
  instructions: readonly TerminateInstruction[],
  needed: ReadonlySet<Key>,
): void {
  const termination = new Termination(c, root);
  for (const { elementInstanceKey } of instructions) {
    const instance = c.state.elements.get(elementInstanceKey);
    // It is gone with another one, or on its way to its end.
    if (instance === undefined || instance.state === 'TERMINATING') continue;
    termination.end(instance);
    let scope = c.state.elements.get(instance.value.flowScopeKey);
    while (scope !== undefined && isIdle(scope) && !needed.has(scope.key)) {
      termination.end(scope);
      scope = c.state.elements.get(scope.value.flowScopeKey);
    }
  }
  if (c.state.elements.get(root.key) === undefined) return;
  // What is to be activated there would never come, and the scopes around would wait for it.
  for (const key of needed) {
    if (c.state.elements.get(key) !== undefined) continue;
    const why = `the given instructions would terminate the element instance '${keyText(key)}', in which an element is to be activated.`;
    throw new Refusal('INVALID_ARGUMENT', `${expectation(root)} but ${why}`);
  }
}

const isIdle = ({ activeChildren, activeFlows, state }: ElementInstance) =>
  activeChildren === 0 && activeFlows === 0 && state !== 'TERMINATING';

class Termination {
  readonly #c: Context;
  readonly #root: ElementInstance;
  #count = 0;

  constructor(c: Context, root: ElementInstance) {
    this.#c = c;
    this.#root = root;
  }

  /** Ends an element: from outside to inside they begin to end, the newest first, and are gone the other way round. */
  end(instance: ElementInstance): void {
    if (instance.key === this.#root.key && instance.value.parentElementInstanceKey !== NO_KEY) {
      this.#refuse(
        'the given instructions would terminate the instance. The instance was created by a call activity in the parent process. ' +
          'To terminate this instance please modify the parent process instead.',
      );
    }
    const open = [instance];
    const begun: UnreadContext[] = [];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      this.#count++;
      if (this.#count + open.length > TERMINATED_MAX) this.#refuseSize();
      const e = new UnreadContext(this.#c, next);
      if (next.state !== 'TERMINATING') beginEnd(this.#c, e, next);
      begun.push(e);
      this.#pushInside(open, next);
    }
    for (let i = begun.length - 1; i >= 0; i--) ended(this.#c, begun[i] as UnreadContext);
  }

  #pushInside(open: ElementInstance[], { key, activeChildren, special }: ElementInstance): void {
    const { elements } = this.#c.state;
    if (this.#count + open.length + activeChildren > TERMINATED_MAX) this.#refuseSize();
    if (activeChildren > 0)
      for (const { suffix } of elements.children.scan(key)) open.push(elements.must(suffix));
    const called = elements.get(special.calledInstanceKey);
    if (called !== undefined) open.push(called);
  }

  #refuseSize(): never {
    return this.#refuse(
      `the given instructions would terminate more than ${TERMINATED_MAX} element instances at once. ` +
        'Terminate fewer of them in one modification, or cancel the process instance.',
    );
  }

  #refuse(why: string): never {
    throw new Refusal('INVALID_ARGUMENT', `${expectation(this.#root)} but ${why}`);
  }
}

/** TERMINATING, and the end of all that belongs to the element. */
function beginEnd(c: Context, e: UnreadContext, instance: ElementInstance): void {
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', e.key, e.value);
  if (instance.jobKey !== NO_KEY) cancelJob(c, e);
  cancelUserTask(c, e);
  unsubscribe(c, e.key);
  resolveIncidentOf(c, e.key);
  if (isScope(instance.value)) forgetCompensable(c, e);
}

function ended(c: Context, e: UnreadContext): void {
  const lock = startLockOf(c, e.key);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', e.key, e.value);
  if (lock !== undefined) startNext(c, lock);
}
