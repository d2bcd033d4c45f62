// Arithmetic, comparison and logic.
// Facts (observed.md section 3): logic is three-valued and takes the first operand that decides; an operand that is no boolean counts as null,
// with one warning. `between` is the conjunction of its two comparisons, warnings included. A chain `1 < 2 < 3` is refused.
import { dividedBy, minus, negated, plus, raised, times } from './arithmetic.ts';
import { equality, notComparable, order } from './comparison.ts';
import { compileIn } from './compile-unary-tests.ts';
import { CompileError, type Compiler } from './compiler.ts';
import { displayText } from './display-text.ts';
import type { Code, Frame } from './frame.ts';
import type { SyntaxNode } from './parse.ts';
import type { Scope } from './scope.ts';
import type { FeelValue } from './values.ts';

type Operator = (frame: Frame, a: FeelValue, b: FeelValue) => FeelValue;

const ARITHMETIC: ReadonlyMap<string, Operator> = new Map([
  ['+', plus],
  ['-', minus],
  ['*', times],
  ['/', dividedBy],
  ['**', raised],
]);

export function compileArithmetic(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [first, second] = compiler.operands(node);
  const symbol = compiler.text(node.getChild('ArithOp') ?? node);
  if (first === undefined) throw new CompileError('expected an operand', node.from);
  const untyped = first.name === 'InstanceOfExpression' ? first : undefined;
  if (untyped !== undefined) throw new CompileError(`unexpected "${symbol}"`, untyped.to);
  const left = compiler.compile(first, scope);
  if (second === undefined) {
    if (symbol !== '-')
      throw new CompileError(`"${symbol}" needs an operand on its left`, node.from);
    return (frame) => negated(frame, left(frame));
  }
  const operator = ARITHMETIC.get(symbol);
  if (operator === undefined) throw new CompileError(`unknown operator "${symbol}"`, node.from);
  const right = compiler.compile(second, scope);
  if (symbol === '+') return addition(left, right);
  return (frame) => operator(frame, left(frame), right(frame));
}

const addition =
  (left: Code, right: Code): Code =>
  (frame) => {
    const a = left(frame);
    const b = right(frame);
    if (typeof a === 'number' && typeof b === 'number') {
      const sum = a + b;
      if (Number.isSafeInteger(sum)) return sum;
    }
    return plus(frame, a, b);
  };

type Comparison = (frame: Frame, a: FeelValue, b: FeelValue) => boolean | null;

const equals: Comparison = (frame, a, b) => equality(frame, a, b) ?? notComparable(frame, a, b);
const differs: Comparison = (frame, a, b) => {
  const result = equals(frame, a, b);
  return result === null ? expectedBoolean(frame, null) : !result;
};
const ordered =
  (holds: (order: number) => boolean): Comparison =>
  (frame, a, b) => {
    const result = order(a, b);
    return result === undefined ? notComparable(frame, a, b) : holds(result);
  };

/** The comparison operators by symbol. */
export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['=', equals],
  ['!=', differs],
  ['<', ordered((result) => result < 0)],
  ['<=', ordered((result) => result <= 0)],
  ['>', ordered((result) => result > 0)],
  ['>=', ordered((result) => result >= 0)],
]);

export function compileComparison(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  if (node.getChild('in') !== null) return compileIn(compiler, node, scope);
  const operands = compiler.operands(node);
  const [first, second, third] = operands;
  if (first === undefined || second === undefined)
    throw new CompileError('expected two operands', node.from);
  const chained = operands.find((operand) => operand.name === 'Comparison');
  if (chained !== undefined)
    throw new CompileError('comparisons cannot be chained; use "and" or parentheses', chained.from);
  const value = compiler.compile(first, scope);
  const low = compiler.compile(second, scope);
  if (node.getChild('between') !== null && third !== undefined) {
    const high = compiler.compile(third, scope);
    const atLeast = comparison('>=', value, low);
    return conjunction(atLeast, comparison('<=', value, high));
  }
  return comparison(compiler.text(node.getChild('CompareOp') ?? node), value, low);
}

/** Code of a comparison. Two integers are compared without a call. */
export function comparison(symbol: string, left: Code, right: Code): Code {
  const slow = COMPARISONS.get(symbol);
  if (slow === undefined) throw new CompileError(`unknown comparison "${symbol}"`, 0);
  const general: Code = (frame) => slow(frame, left(frame), right(frame));
  switch (symbol) {
    case '=':
      return fast(left, right, slow, (a, b) => a === b);
    case '<':
      return fast(left, right, slow, (a, b) => a < b);
    case '<=':
      return fast(left, right, slow, (a, b) => a <= b);
    case '>':
      return fast(left, right, slow, (a, b) => a > b);
    case '>=':
      return fast(left, right, slow, (a, b) => a >= b);
    default:
      return general;
  }
}

const fast =
  (left: Code, right: Code, slow: Comparison, integers: (a: number, b: number) => boolean): Code =>
  (frame) => {
    const a = left(frame);
    const b = right(frame);
    return typeof a === 'number' && typeof b === 'number' ? integers(a, b) : slow(frame, a, b);
  };

export const expectedBoolean = (frame: Frame, value: FeelValue): null =>
  frame.warn('INVALID_TYPE', `Expected boolean but found '${displayText(value)}'`);

/** Conjunction (`decisive` false) or disjunction (true): `decisive` is the operand that decides at once. */
export const logic =
  (left: Code, right: Code, decisive: boolean): Code =>
  (frame) => {
    const a = left(frame);
    if (a === decisive) return decisive;
    if (typeof a !== 'boolean') {
      expectedBoolean(frame, a);
      return right(frame) === decisive ? decisive : null;
    }
    const b = right(frame);
    return typeof b === 'boolean' ? b : expectedBoolean(frame, b);
  };

export const conjunction = (left: Code, right: Code): Code => logic(left, right, false);

export function compileLogic(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [left, right] = compiler.operands(node);
  if (left === undefined || right === undefined)
    throw new CompileError('expected two operands', node.from);
  return logic(
    compiler.compile(left, scope),
    compiler.compile(right, scope),
    node.name === 'Disjunction',
  );
}
