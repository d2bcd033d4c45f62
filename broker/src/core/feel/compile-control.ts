// if, for, some, every.
// Facts (observed.md section 3 and seen): a condition that is no boolean counts as false; the lists of all iterators are evaluated before the
// first round and do not see each other's variables; ranges of `for` are numbers and may count down; `partial` is the list of results so far.

import { expectedNumber } from './arithmetic.ts';
import { expectedBoolean } from './compile-operators.ts';
import { nameOf } from './compile-paths.ts';
import { CompileError, type Compiler } from './compiler.ts';
import { displayText } from './display-text.ts';
import { type Code, type Frame, MAX_WORK } from './frame.ts';
import { add, compareNumbers, isFeelNumber, subtract, truncated } from './number.ts';
import type { SyntaxNode } from './parse.ts';
import type { Scope } from './scope.ts';
import { FeelList, FeelRange, type FeelValue } from './values.ts';

export function compileIf(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [first, second, third] = compiler.operands(node);
  if (first === undefined || second === undefined || third === undefined)
    throw new CompileError('"if" needs "then" and "else"', node.from);
  const condition = compiler.compile(first, scope);
  const yes = compiler.compile(second, scope);
  const no = compiler.compile(third, scope);
  return (frame) => {
    const holds = condition(frame);
    if (typeof holds !== 'boolean') expectedBoolean(frame, holds);
    return holds === true ? yes(frame) : no(frame);
  };
}

/** What an iterator runs over: first its operands are evaluated, then (after those of all iterators) they become items. */
interface Iterator {
  readonly slot: number;
  readonly operands: readonly Code[];
}

function compileIterators(
  compiler: Compiler,
  node: SyntaxNode,
  scope: Scope | null,
): { iterators: Iterator[]; inner: Scope | null } {
  const iterators: Iterator[] = [];
  let inner = scope;
  for (const expression of node.getChild('InExpressions')?.getChildren('InExpression') ?? []) {
    const name = expression.getChild('Name');
    const range = expression.getChild('IterationContext');
    if (name === null || range === null) {
      throw new CompileError('expected "name in list"', expression.from);
    }
    const operands = compiler.operands(range).map((operand) => compiler.compile(operand, scope));
    inner = compiler.names.bind(inner, nameOf(compiler, name));
    iterators.push({ slot: inner.slot, operands });
  }
  return { iterators, inner };
}

/** Items of the evaluated operands: one is a list, two are the ends of a range; undefined after a warning. */
function itemsOf(
  frame: Frame,
  [from = null, to]: readonly FeelValue[],
): readonly FeelValue[] | undefined {
  if (to !== undefined) return countedItems(frame, from, to);
  if (from instanceof FeelList) return from.items;
  if (from instanceof FeelRange) return countedItems(frame, from.start, from.end);
  frame.warn('INVALID_TYPE', `Expected list but found '${displayText(from)}'`);
  return undefined;
}

/** The numbers from one to another in steps of one, up or down. */
function countedItems(
  frame: Frame,
  from: FeelValue,
  to: FeelValue,
): readonly FeelValue[] | undefined {
  if (!isFeelNumber(from) || !isFeelNumber(to)) {
    expectedNumber(frame, isFeelNumber(from) ? to : from);
    return undefined;
  }
  const down = compareNumbers(from, to) > 0;
  const distance = subtract(to, from);
  const count = distance === undefined ? MAX_WORK : Math.floor(Math.abs(truncated(distance))) + 1;
  frame.charge(Math.min(count, MAX_WORK + 1));
  const items: FeelValue[] = [];
  let next: FeelValue = from;
  for (let i = 0; i < count; i++) {
    items.push(next);
    next = add(next, down ? -1 : 1) ?? next;
  }
  return items;
}

/** Evaluates all operands, then makes items of them; undefined when one is no list. */
function itemsOfAll(
  frame: Frame,
  iterators: readonly Iterator[],
): (readonly FeelValue[])[] | undefined {
  const values = iterators.map(({ operands }) => operands.map((operand) => operand(frame)));
  const lists = values.map((operands) => itemsOf(frame, operands));
  const found = lists.filter((list) => list !== undefined);
  return found.length === lists.length ? found : undefined;
}

/** Calls `visit` for every combination of items, the last iterator fastest, until it returns false. */
function eachRound(
  frame: Frame,
  iterators: readonly Iterator[],
  lists: readonly (readonly FeelValue[])[],
  visit: () => boolean,
  depth = 0,
): boolean {
  const iterator = iterators[depth];
  if (iterator === undefined) return visit();
  for (const item of lists[depth] ?? []) {
    frame.charge(1);
    frame.locals[iterator.slot] = item;
    if (!eachRound(frame, iterators, lists, visit, depth + 1)) return false;
  }
  return true;
}

export function compileFor(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const { iterators, inner } = compileIterators(compiler, node, scope);
  const bodyNode = compiler.operands(node).at(-1);
  if (bodyNode === undefined) throw new CompileError('"for" needs "return"', node.from);
  const usesPartial = /\bpartial\b/.test(compiler.text(bodyNode));
  const partial = usesPartial ? compiler.names.bind(inner, 'partial') : null;
  const body = compiler.compile(bodyNode, partial ?? inner);
  return (frame) => {
    const lists = itemsOfAll(frame, iterators);
    if (lists === undefined) return null;
    const results: FeelValue[] = [];
    eachRound(frame, iterators, lists, () => {
      if (partial !== null) {
        frame.charge(results.length);
        frame.locals[partial.slot] = new FeelList(results.slice());
      }
      results.push(body(frame));
      return true;
    });
    return new FeelList(results);
  };
}

export function compileQuantified(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const { iterators, inner } = compileIterators(compiler, node, scope);
  const conditionNode = compiler.operands(node).at(-1);
  if (conditionNode === undefined)
    throw new CompileError('"some" and "every" need "satisfies"', node.from);
  const condition = compiler.compile(conditionNode, inner);
  const decisive = node.getChild('some') !== null;
  return (frame) => {
    const lists = itemsOfAll(frame, iterators);
    if (lists === undefined) return null;
    let result: boolean | null = !decisive;
    eachRound(frame, iterators, lists, () => {
      const holds = condition(frame);
      if (holds === decisive) {
        result = decisive;
        return false;
      }
      if (typeof holds !== 'boolean' && result !== null) result = expectedBoolean(frame, holds);
      return true;
    });
    return result;
  };
}
