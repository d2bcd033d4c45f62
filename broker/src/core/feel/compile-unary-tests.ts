// `in` and the unary tests on its right side: comparisons (`> 5`), ranges, lists, values.
// Facts (observed.md section 3 and seen): a test whose value is true holds; any other value must equal the input; a list holds what it contains.
// The grammar takes `x in > 1 and y` as `x in (> 1 and y)`; the language means `(x in > 1) and y`, so the tree is re-arranged here.
import { equality, inRange, notComparable, same } from './comparison.ts';
import { COMPARISONS, expectedBoolean, logic } from './compile-operators.ts';
import { CompileError, type Compiler } from './compiler.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import type { Code, Frame } from './frame.ts';
import type { SyntaxNode } from './parse.ts';
import type { Scope } from './scope.ts';
import { FeelList, FeelRange, type FeelValue } from './values.ts';

/** Name of the slot that holds the input of the unary tests around an expression; no variable can have it. */
const INPUT = '?';

type Test = (frame: Frame, input: FeelValue) => boolean | null;

export function compileIn(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [inputNode] = compiler.operands(node);
  if (inputNode === undefined) throw new CompileError('expected a value before "in"', node.from);
  if (inputNode.name === 'Comparison')
    throw new CompileError('comparisons cannot be chained; use parentheses', inputNode.from);
  const input = compiler.compile(inputNode, scope);
  const bound = compiler.names.bind(scope, INPUT);
  const several = node.getChild('PositiveUnaryTests');
  if (several !== null) {
    const tests = several
      .getChildren('PositiveUnaryTest')
      .map((test) => compileTest(compiler, only(compiler, test), bound));
    return withInput(input, bound.slot, anyTest(tests));
  }
  const single = node.getChild('PositiveUnaryTest');
  if (single === null) throw new CompileError('expected a test after "in"', node.from);
  return splitLogic(compiler, only(compiler, single), scope, (test, symbol) =>
    withInput(input, bound.slot, compileTest(compiler, test, bound, symbol)),
  );
}

function only(compiler: Compiler, node: SyntaxNode): SyntaxNode {
  const [child] = compiler.operands(node);
  if (child === undefined) throw new CompileError('expected a test', node.from);
  return child;
}

const withInput =
  (input: Code, slot: number, test: Test): Code =>
  (frame) => {
    const value = input(frame);
    frame.locals[slot] = value;
    return test(frame, value);
  };

const anyTest =
  (tests: readonly Test[]): Test =>
  (frame, input) => {
    let unknown = false;
    for (const [index, test] of tests.entries()) {
      const result = test(frame, input);
      if (result === true) return true;
      if (result !== null) continue;
      if (!unknown && index < tests.length - 1) expectedBoolean(frame, null);
      unknown = true;
    }
    return unknown ? null : false;
  };

/** Compiles one test; `symbol` is a comparison that stands before the node in the text. */
type CompileTest = (test: SyntaxNode, symbol: string | null) => Code;

const isLogic = (node: SyntaxNode): boolean =>
  node.name === 'Conjunction' || node.name === 'Disjunction';

/** `x in T and y` is `(x in T) and y`: compiles the leftmost operand as the test and the rest as it stands. */
function splitLogic(
  compiler: Compiler,
  node: SyntaxNode,
  scope: Scope | null,
  compileOne: CompileTest,
  symbol: string | null = null,
): Code {
  if (symbol === null && node.name === 'SimplePositiveUnaryTest') {
    const [operand] = compiler.operands(node);
    const operator = node.getChild('CompareOp');
    if (operand !== undefined && operator !== null && isLogic(operand)) {
      return splitLogic(compiler, operand, scope, compileOne, compiler.text(operator));
    }
  }
  if (!isLogic(node)) return compileOne(node, symbol);
  const [left, right] = compiler.operands(node);
  if (left === undefined || right === undefined) {
    throw new CompileError('expected two operands', node.from);
  }
  const first = splitLogic(compiler, left, scope, compileOne, symbol);
  return logic(first, compiler.compile(right, scope), node.name === 'Disjunction');
}

/** One test against the input. */
function compileTest(
  compiler: Compiler,
  node: SyntaxNode,
  scope: Scope,
  symbol: string | null = null,
): Test {
  if (symbol !== null) return comparisonTest(symbol, compiler.compile(node, scope));
  if (node.name === 'SimplePositiveUnaryTest') return simpleTest(compiler, node, scope);
  const inner = node.name === 'ParenthesizedExpression' ? only(compiler, node) : node;
  if (inner.name === 'SimplePositiveUnaryTest') return parenthesized(compiler, inner, scope);
  const code = compiler.compile(node, scope);
  return (frame, input) => valueTest(frame, input, code(frame));
}

/** A test in parentheses, with the same re-arrangement inside them. */
function parenthesized(compiler: Compiler, inner: SyntaxNode, scope: Scope): Test {
  return splitLogic(compiler, inner, scope, (test, symbol) => {
    const compiled = compileTest(compiler, test, scope, symbol);
    return (frame) => compiled(frame, frame.locals[scope.slot] ?? null);
  }) as Test;
}

function simpleTest(compiler: Compiler, node: SyntaxNode, scope: Scope): Test {
  const interval = node.getChild('Interval');
  if (interval !== null) {
    const range = compileRange(compiler, interval, scope);
    return (frame, input) => valueTest(frame, input, range(frame));
  }
  const operator = node.getChild('CompareOp');
  return comparisonTest(
    operator === null ? '=' : compiler.text(operator),
    compiler.child(node, scope),
  );
}

function comparisonTest(symbol: string, code: Code): Test {
  const compare = COMPARISONS.get(symbol);
  if (compare === undefined) throw new CompileError(`unknown comparison "${symbol}"`, 0);
  return (frame, input) => compare(frame, input, code(frame));
}

function valueTest(frame: Frame, input: FeelValue, value: FeelValue): boolean | null {
  if (value === true) return true;
  if (value instanceof FeelRange) {
    return inRange(input, value) ?? notComparable(frame, input, value.start, value.end);
  }
  if (value instanceof FeelList) return listTest(frame, input, value);
  return equality(frame, input, value) ?? notComparable(frame, input, value);
}

function listTest(frame: Frame, input: FeelValue, list: FeelList): boolean {
  frame.charge(list.items.length);
  if (
    list.items.some((item) =>
      item instanceof FeelRange ? inRange(input, item) === true : same(frame, input, item),
    )
  )
    return true;
  const equal = equality(frame, input, list);
  if (equal === undefined) notComparable(frame, input, list);
  return equal === true;
}

/** A range such as `[1..5)` as a value. */
export function compileRange(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [from, to] = compiler.operands(node);
  if (from === undefined || to === undefined)
    throw new CompileError('a range needs two ends', node.from);
  const start = compiler.compile(from, scope);
  const end = compiler.compile(to, scope);
  const text = compiler.text(node);
  const startIncluded = text.startsWith('[');
  const endIncluded = text.endsWith(']');
  return (frame) => new FeelRange(start(frame), startIncluded, end(frame), endIncluded);
}

/** A unary test as an expression: a range is a value, a comparison needs the input of the tests around it. */
export function compileUnaryTest(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const interval = node.getChild('Interval');
  if (interval !== null) return compileRange(compiler, interval, scope);
  const input = inputSlot(scope);
  if (input === undefined)
    return (frame) => frame.warn('NO_VARIABLE_FOUND', 'No input value found.');
  const test = simpleTest(compiler, node, input);
  return (frame) => test(frame, frame.locals[input.slot] ?? null);
}

function inputSlot(scope: Scope | null): Scope | undefined {
  for (let at = scope; at !== null; at = at.outer) if (at.name === INPUT) return at;
  return undefined;
}

/** `?`: the input of the unary tests around it. */
export function compileInput(_compiler: Compiler, _node: SyntaxNode, scope: Scope | null): Code {
  const input = inputSlot(scope);
  if (input !== undefined) return (frame) => frame.locals[input.slot] ?? null;
  return () => {
    throw new EvaluationFailure(
      "No input value available. '?' can only be used inside an unary-test expression.",
    );
  };
}
