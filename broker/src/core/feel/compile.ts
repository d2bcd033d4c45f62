// Compiles the syntax tree of an expression to closures, once, at deployment. This file is the table from node names to compilers; the parts
// of the language have a file each.
// Guarantees: no generated source, no look-up by string while running but for names of contexts; throws CompileError for what the grammar
// accepts and the language does not have.

import {
  compileContext,
  compileFunctionDefinition,
  compileInvocation,
  compileList,
} from './compile-boxed.ts';
import { compileFor, compileIf, compileQuantified } from './compile-control.ts';
import { compileAtLiteral, compileNumber, compileString } from './compile-literals.ts';
import { compileArithmetic, compileComparison, compileLogic } from './compile-operators.ts';
import { compileFilter, compileName, compilePath } from './compile-paths.ts';
import { compileInstanceOf } from './compile-types.ts';
import { compileInput, compileRange, compileUnaryTest } from './compile-unary-tests.ts';
import { CompileError, type Compiler, type NodeCompiler } from './compiler.ts';
import type { Code } from './frame.ts';
import type { SyntaxNode } from './parse.ts';
import type { Names, Scope } from './scope.ts';

const COMPILERS: ReadonlyMap<string, NodeCompiler> = new Map<string, NodeCompiler>([
  ['null', () => () => null],
  [
    'BooleanLiteral',
    (compiler, node) => (compiler.text(node) === 'true' ? () => true : () => false),
  ],
  ['NumericLiteral', compileNumber],
  ['StringLiteral', compileString],
  ['AtLiteral', compileAtLiteral],
  ['DateTimeLiteral', compileDateTimeLiteral],
  ['ParenthesizedExpression', (compiler, node, scope) => compiler.child(node, scope)],
  ['VariableName', compileName],
  ['PathExpression', compilePath],
  ['FilterExpression', compileFilter],
  ['ArithmeticExpression', compileArithmetic],
  ['Comparison', compileComparison],
  ['Conjunction', compileLogic],
  ['Disjunction', compileLogic],
  ['IfExpression', compileIf],
  ['ForExpression', compileFor],
  ['QuantifiedExpression', compileQuantified],
  ['List', compileList],
  ['Context', compileContext],
  ['FunctionDefinition', compileFunctionDefinition],
  ['FunctionInvocation', compileInvocation],
  ['InstanceOfExpression', compileInstanceOf],
  ['SimplePositiveUnaryTest', compileUnaryTest],
  ['Interval', compileRange],
  ['?', compileInput],
]);

function compileDateTimeLiteral(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const literal = node.getChild('AtLiteral');
  return literal === null
    ? compileInvocation(compiler, node, scope)
    : compileAtLiteral(compiler, literal, scope);
}

/** A compiler for the nodes of one source text that shares its names with others (mappings form one context of several sources). */
export function compilerFor(source: string, names: Names): Compiler {
  const compiler: Compiler = {
    names,
    text: (node) => source.slice(node.from, node.to),
    compile(node, scope) {
      const compile = COMPILERS.get(node.name);
      if (compile === undefined)
        throw new CompileError(
          `"${compiler.text(node).slice(0, 20)}" is not supported here`,
          node.from,
        );
      return compile(compiler, node, scope);
    },
    child(node, scope) {
      const [only] = compiler.operands(node);
      if (only === undefined) throw new CompileError('expected an expression', node.from);
      return compiler.compile(only, scope);
    },
    operands(node) {
      const found: SyntaxNode[] = [];
      for (let child = node.firstChild; child !== null; child = child.nextSibling) {
        if (COMPILERS.has(child.name)) found.push(child);
      }
      return found;
    },
  };
  return compiler;
}
