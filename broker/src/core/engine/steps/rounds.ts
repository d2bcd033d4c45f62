// The rounds of a multi-instance (engine-semantics.md C.11): how they begin, what a completed one leaves, when they are over.
import { type Document, documentOf, type Key } from '@millrace/protocol';
import { evaluateBoolean, evaluateJson, type FeelEnvironment } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { inputItems, itemsOf } from './input-items.ts';
import {
  commandActivate,
  commandComplete,
  commandTerminateChildren,
  contextOf,
  recordValueOf,
} from './transitions.ts';
import { setLocal } from './variables.ts';

/**
 * Rounds that one batch begins. Where there are more, the body notes how many, and results are kept aside until it completes
 * (state/round-state.ts): with the whole list in each of them, records would grow with the square of the rounds.
 */
export const ROUNDS_AT_ONCE_MAX = 1000;

const extractFailure = (message: string): Failure => ({
  errorType: 'EXTRACT_VALUE_ERROR',
  message,
});

/** A failure that lies in the variables of the body. */
const bodyFailure = (body: ElementContext, message: string): Failure => ({
  errorType: 'EXTRACT_VALUE_ERROR',
  message,
  variableScopeKey: body.key,
});

/** Whether the element is one round of a multi-instance. */
export const isRound = ({ element }: ElementContext): boolean =>
  element.scope?.innerActivity === element;

const bodyOf = (c: Context, e: ElementContext): ElementInstance =>
  c.state.elements.must(e.value.flowScopeKey);

/** A note of the body to itself, for what no other record says (appliers/rounds.v1.ts). */
function note(c: Context, body: ElementContext, variables: Document): void {
  c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
    scopeKey: body.key,
    targetElementId: body.element.id,
    variables,
    processDefinitionKey: body.value.processDefinitionKey,
    processInstanceKey: body.value.processInstanceKey,
    tenantId: body.value.tenantId,
  });
}

/** The activated body begins its rounds; it completes when there are none. */
export function beginRounds(c: Context, body: ElementContext, rounds: number): void {
  const { loop } = body.element;
  if (loop?.outputCollection !== undefined) {
    const json = `[${new Array(rounds).fill('null').join(',')}]`;
    setLocal(c, body.value, body.key, { name: loop.outputCollection, json });
  }
  if (rounds === 0) return commandComplete(c, body.key, body.value);
  if (rounds > ROUNDS_AT_ONCE_MAX)
    note(c, body, documentOf([{ name: 'rounds', json: String(rounds) }]));
  if (loop?.isSequential === true) commandRound(c, body, c.keys.next());
  else commandRounds(c, body, rounds);
}

/** Commands one more round. */
export function commandRound(c: Context, body: ElementContext, key: Key): void {
  const { innerActivity } = body.element;
  if (innerActivity === undefined) throw new Error(`body '${body.element.id}' has no activity`);
  commandActivate(c, recordValueOf(body.value, innerActivity, body.key), key);
}

/** Commands the next rounds of a parallel multi-instance, a bounded number at a time. @param rounds that are to come */
export function commandRounds(c: Context, body: ElementContext, rounds: number): void {
  c.out.command('PROCESS_INSTANCE_BATCH', 'ACTIVATE', c.keys.next(), {
    processInstanceKey: body.value.processInstanceKey,
    batchElementInstanceKey: body.key,
    index: rounds as Key,
    tenantId: body.value.tenantId,
  });
}

/** Sets the variables of a round before anything else happens in it. */
export function prepareRound(c: Context, e: ElementContext): Failure | undefined {
  const body = contextOf(c, bodyOf(c, e));
  const items = inputItems(c, body);
  if ('errorType' in items) return bodyFailure(body, items.message);
  const { loopCounter } = c.state.elements.must(e.key).special;
  const { inputElement, outputVariable } = body.element.loop ?? {};
  if (inputElement !== undefined) {
    const json = items[loopCounter - 1];
    if (json === undefined) return bodyFailure(body, tooShort(e, loopCounter, items.length));
    setLocal(c, e.value, e.key, { name: inputElement, json });
  }
  if (
    outputVariable !== undefined &&
    outputVariable !== inputElement &&
    outputVariable !== 'loopCounter'
  ) {
    setLocal(c, e.value, e.key, { name: outputVariable, json: 'null' });
  }
  setLocal(c, e.value, e.key, { name: 'loopCounter', json: String(loopCounter) });
  return undefined;
}

const tooShort = (e: ElementContext, rounds: number, items: number) =>
  `Expected the input collection of '${e.element.id}' to have an item for each of the ${rounds} rounds that have begun, ` +
  `but it has ${items}. Give it its items back, then resolve the incident.`;

/** What follows from the end of a round. */
export type Next = 'satisfied' | 'round' | 'end';

/** A round is about to complete: its result is stored, the completion condition asked. A failure leaves it COMPLETING. */
export function roundCompleting(c: Context, e: ElementContext): Next | Failure {
  const instance = bodyOf(c, e);
  const body = contextOf(c, instance);
  const failure = storeResult(c, e, body, instance);
  if (failure !== undefined) return failure;
  const condition = body.element.loop?.completionCondition;
  if (condition !== undefined) {
    const result = evaluateBoolean(condition, new RoundEnvironment(c.feel(e.key), instance));
    if (!result.ok) return extractFailure(result.message);
    if (result.value) return 'satisfied';
  }
  if (body.element.loop?.isSequential !== true) return 'end';
  const items = inputItems(c, body);
  if ('errorType' in items) return bodyFailure(body, items.message);
  const { childrenCreated } = instance.special;
  if (items.length < childrenCreated)
    return bodyFailure(body, tooShort(e, childrenCreated, items.length));
  return items.length > childrenCreated ? 'round' : 'end';
}

function storeResult(
  c: Context,
  e: ElementContext,
  body: ElementContext,
  { special }: ElementInstance,
): Failure | undefined {
  const { outputCollection, outputElement } = body.element.loop ?? {};
  if (outputCollection === undefined || outputElement === undefined) return undefined;
  const result = evaluateJson(outputElement, c.feel(e.key));
  if (!result.ok) return extractFailure(result.message);
  const { loopCounter } = c.state.elements.must(e.key).special;
  const unable = `Unable to update an item in output collection '${outputCollection}'`;
  const hint = 'This may happen when multiple BPMN elements write to the same variable.';
  const noPlace = (size: number) =>
    bodyFailure(
      body,
      `${unable} at position ${loopCounter} because the size of the collection is: ${size}. ${hint}`,
    );
  if (special.rounds > 0) {
    if (loopCounter > special.rounds) return noPlace(special.rounds);
    const round = { name: 'loopCounter', json: String(loopCounter) };
    note(c, body, documentOf([round, { name: 'result', json: result.value }]));
    return undefined;
  }
  const list = c.state.variables.local(body.key, outputCollection)?.json ?? 'null';
  if (!list.startsWith('[')) {
    const type = jsonType(list);
    return bodyFailure(
      body,
      `${unable} because the type of the output collection is: ${type}. ${hint}`,
    );
  }
  const items = itemsOf(list);
  if (loopCounter > items.length) return noPlace(items.length);
  items[loopCounter - 1] = result.value;
  setLocal(c, body.value, body.key, { name: outputCollection, json: `[${items.join(',')}]` });
  return undefined;
}

/** The type of a JSON value as the reference's texts name it. */
function jsonType(json: string): string {
  switch (json[0]) {
    case '"':
      return 'STRING';
    case '{':
      return 'OBJECT';
    case 't':
    case 'f':
      return 'BOOLEAN';
    case 'n':
      return 'NIL';
    default:
      return /[.eE]/.test(json) ? 'FLOAT' : 'INTEGER';
  }
}

/** A round's variables, and how many rounds there are as if it had completed. */
class RoundEnvironment implements FeelEnvironment {
  readonly nowMs: number;
  readonly #feel: FeelEnvironment;
  readonly #body: ElementInstance;

  constructor(feel: FeelEnvironment, body: ElementInstance) {
    this.#feel = feel;
    this.#body = body;
    this.nowMs = feel.nowMs;
  }

  variable(name: string): string | undefined {
    const { special, activeChildren } = this.#body;
    switch (name) {
      case 'numberOfInstances':
        return String(special.childrenCreated);
      case 'numberOfActiveInstances':
        return String(activeChildren - 1);
      case 'numberOfCompletedInstances':
        return String(special.childrenCompleted + 1);
      case 'numberOfTerminatedInstances':
        return String(special.childrenTerminated);
      default:
        return this.#feel.variable(name);
    }
  }

  random(): number {
    return this.#feel.random?.() ?? 0;
  }
}

/** A round has completed: the next one begins, or the body completes when all are over. */
export function roundCompleted(c: Context, e: ElementContext, next: Next): void {
  const instance = bodyOf(c, e);
  if (next === 'round') commandRound(c, contextOf(c, instance), c.keys.next());
  else if (next === 'satisfied') endRounds(c, instance);
  else completeAfterRounds(c, instance);
}

/** No more rounds are needed: what runs is terminated, what has not begun never does. */
function endRounds(c: Context, instance: ElementInstance): void {
  const body = contextOf(c, instance);
  if (roundsToCome(instance) > 0) note(c, body, ROUNDS_OVER);
  if (instance.activeChildren > 0) commandTerminateChildren(c, body);
  else commandComplete(c, instance.key, instance.value);
}

const ROUNDS_OVER = documentOf([{ name: 'over', json: 'true' }]);

/** Whether the completion condition has ended a large multi-instance before this round could begin. */
export function areRoundsOver(c: Context, e: ElementContext): boolean {
  return bodyOf(c, e).special.loopCounter > 0;
}

/** Rounds of a large multi-instance that have not begun yet. */
export function roundsToCome({ special }: ElementInstance): number {
  const isOver = special.rounds === 0 || special.loopCounter > 0;
  return isOver ? 0 : Math.max(0, special.rounds - special.childrenCreated);
}

/** The body completes when no round runs and none is to come. */
export function completeAfterRounds(c: Context, instance: ElementInstance): void {
  if (instance.state !== 'ACTIVATED' || instance.activeChildren > 0) return;
  const { loop } = contextOf(c, instance).element;
  // The rounds of a sequential one end when its list does, which may have become shorter.
  if (loop?.isSequential === true || roundsToCome(instance) === 0)
    commandComplete(c, instance.key, instance.value);
}

/** The list of all results; undefined when none is wanted. */
export function resultList(c: Context, body: ElementContext): string | undefined {
  const name = body.element.loop?.outputCollection;
  if (name === undefined) return undefined;
  const { rounds } = c.state.elements.must(body.key).special;
  if (rounds > 0) return c.state.rounds.list(body.key, rounds);
  return c.state.variables.local(body.key, name)?.json;
}
