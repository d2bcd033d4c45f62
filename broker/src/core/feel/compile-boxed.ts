// Lists, contexts, functions that an expression defines, and calls.
// Facts (K.3, observed.md section 3): a context entry sees the entries before it, a function sees the names at its definition but not itself;
// a name is first looked up among the functions of the expression (by number of parameters), then among the built-in ones.

import { invokeBuiltin } from './builtins/builtin.ts';
import { BUILTINS, type Builtin, type Overload } from './builtins/index.ts';
import { stringLiteral } from './compile-literals.ts';
import { entryOf, nameOf } from './compile-paths.ts';
import { CompileError, type Compiler } from './compiler.ts';
import { displayText } from './display-text.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import type { Code, Frame } from './frame.ts';
import type { SyntaxNode } from './parse.ts';
import { boundCode, type NameCode, type Scope } from './scope.ts';
import { FeelContext, FeelFunction, FeelList, type FeelValue } from './values.ts';

export function compileList(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const items = compiler.operands(node).map((item) => compiler.compile(item, scope));
  return (frame) => {
    frame.charge(items.length);
    return new FeelList(items.map((item) => item(frame)));
  };
}

/** One entry to be built: `compile` gets the scope in which the entries before it are visible. */
export interface EntrySource {
  readonly name: string;
  compile(scope: Scope | null): Code;
}

/** Code of a context, from entries in their order. */
export function contextCode(
  compiler: Compiler,
  sources: readonly EntrySource[],
  scope: Scope | null,
): Code {
  let inner = scope;
  const entries = sources.map(({ name, compile }) => {
    const code = compile(inner);
    inner = compiler.names.bind(inner, name);
    return { name, slot: inner.slot, code };
  });
  return (frame) => {
    frame.charge(entries.length);
    const values = new Map<string, FeelValue>();
    let failed: EvaluationFailure | undefined;
    for (const { name, slot, code } of entries) {
      let value: FeelValue = null;
      try {
        value = code(frame);
      } catch (error) {
        // As in the reference, the entries behind a failed assertion are evaluated too and add their warnings.
        if (!(error instanceof EvaluationFailure && error.isAssertion)) throw error;
        failed ??= error;
      }
      frame.locals[slot] = value;
      values.set(name, value);
    }
    if (failed !== undefined) throw failed;
    return new FeelContext(values);
  };
}

export function compileContext(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const sources = node.getChildren('ContextEntry').map((entry): EntrySource => {
    const key = entry.getChild('Key');
    const value = compiler.operands(entry).at(-1);
    if (key === null || value === undefined)
      throw new CompileError('expected "name: value"', entry.from);
    return { name: keyName(compiler, key), compile: (inner) => compiler.compile(value, inner) };
  });
  return contextCode(compiler, sources, scope);
}

function keyName(compiler: Compiler, key: SyntaxNode): string {
  const text = compiler.text(key);
  if (text.startsWith('`')) return text.slice(1, -1);
  if (text.startsWith('"')) return stringLiteral(text);
  // Signs in a name stand without the spaces around them, words with one.
  return text.replace(/\s+/g, ' ').trim();
}

export function compileFunctionDefinition(
  compiler: Compiler,
  node: SyntaxNode,
  scope: Scope | null,
): Code {
  const parameters = node.getChild('FormalParameters')?.getChildren('FormalParameter') ?? [];
  const names: string[] = [];
  const slots: number[] = [];
  let inner = scope;
  for (const parameter of parameters) {
    const name = parameter.getChild('ParameterName');
    if (name === null) throw new CompileError('expected a parameter name', parameter.from);
    names.push(nameOf(compiler, name));
    inner = compiler.names.bind(inner, nameOf(compiler, name));
    slots.push(inner.slot);
  }
  if (node.getChild('external') !== null)
    throw new CompileError('external functions are not supported', node.from);
  const bodyNode = node.getChild('FunctionBody');
  if (bodyNode === null) throw new CompileError('a function needs a body', node.from);
  const body = compiler.child(bodyNode, inner);
  return (frame) => {
    const captured = frame.locals.slice();
    return new FeelFunction(names, (args) => {
      const locals = captured.slice();
      for (const [index, slot] of slots.entries()) locals[slot] = args[index] ?? null;
      return frame.call(locals, body);
    });
  };
}

/** Arguments of a call: `names` is null for positional ones. */
interface Arguments {
  readonly names: readonly string[] | null;
  readonly codes: readonly Code[];
}

function compileArguments(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Arguments {
  const named = node.getChild('NamedParameters');
  if (named === null) {
    const positional = node.getChild('PositionalParameters');
    const operands = positional === null ? [] : compiler.operands(positional);
    return { names: null, codes: operands.map((operand) => compiler.compile(operand, scope)) };
  }
  const names: string[] = [];
  const codes: Code[] = [];
  for (const parameter of named.getChildren('NamedParameter')) {
    const name = parameter.getChild('ParameterName');
    if (name === null) throw new CompileError('expected a parameter name', parameter.from);
    names.push(nameOf(compiler, name));
    codes.push(compiler.child(parameter, scope));
  }
  return { names, codes };
}

/** The values of the arguments in the order of the parameters; null for parameters that are not named. */
function orderedArguments(
  frame: Frame,
  args: Arguments,
  parameters: readonly string[],
): FeelValue[] {
  const values = args.codes.map((code) => code(frame));
  const names = args.names;
  return names === null
    ? values
    : parameters.map((parameter) => values[names.indexOf(parameter)] ?? null);
}

const fits = (args: Arguments, parameters: readonly string[]): boolean =>
  args.names === null
    ? args.codes.length === parameters.length
    : args.names.every((name) => parameters.includes(name));

export function compileInvocation(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const args = compileArguments(compiler, node, scope);
  const temporal = node.getChild('DateTimeConstructor') ?? node.getChild('SpecialFunctionName');
  if (temporal !== null) return namedCall(nameOf(compiler, temporal), args, undefined);
  const callee = node.firstChild;
  if (callee === null) throw new CompileError('expected a function', node.from);
  if (callee.name === 'VariableName') {
    const name = nameOf(compiler, callee);
    return namedCall(name, args, boundCode(scope, name));
  }
  if (callee.name === 'PathExpression') return pathCall(compiler, callee, args, scope);
  const code = compiler.compile(callee, scope);
  return (frame) => {
    const value = code(frame);
    if (value instanceof FeelFunction && fits(args, value.parameters)) {
      return value.invoke(orderedArguments(frame, args, value.parameters));
    }
    return frame.warn('INVALID_TYPE', `Expected function but found '${displayText(value)}'`);
  };
}

const describeArguments = (args: Arguments): string =>
  args.names === null ? `${args.codes.length} parameters` : `parameters: ${args.names.join(',')}`;

/** The built-in function of that name which takes these arguments. */
function overloadFor(builtin: Builtin | undefined, args: Arguments): Overload | undefined {
  if (builtin === undefined) return undefined;
  const { names, codes } = args;
  if (names === null) {
    return (
      builtin.overloads.find(
        (overload) => !overload.variadic && overload.parameters.length === codes.length,
      ) ??
      builtin.overloads.find(
        (overload) => overload.variadic === true && codes.length >= overload.parameters.length,
      )
    );
  }
  const knows = ({ parameters }: Overload) => names.every((name) => parameters.includes(name));
  return (
    builtin.overloads.find(
      (overload) => overload.parameters.length === names.length && knows(overload),
    ) ?? builtin.overloads.find(knows)
  );
}

function namedCall(name: string, args: Arguments, bound: NameCode | undefined): Code {
  const overload = overloadFor(BUILTINS.get(name), args);
  const described = describeArguments(args);
  const builtinCall: Code =
    overload === undefined
      ? (frame) =>
          frame.warn('NO_FUNCTION_FOUND', `No function found with name '${name}' and ${described}`)
      : (frame) => {
          const values = orderedArguments(frame, args, overload.parameters);
          return invokeBuiltin(frame, name, overload, values, args.names !== null);
        };
  if (bound === undefined) return builtinCall;
  return (frame) => {
    const value = bound(frame);
    if (value instanceof FeelFunction && fits(args, value.parameters)) {
      return value.invoke(orderedArguments(frame, args, value.parameters));
    }
    return builtinCall(frame);
  };
}

/** `a.f(x)`: a function in a context. What is no context or has no such function fails the evaluation, as in the reference. */
function pathCall(
  compiler: Compiler,
  callee: SyntaxNode,
  args: Arguments,
  scope: Scope | null,
): Code {
  const step = callee.getChild('PathName');
  const [base] = compiler.operands(callee);
  if (step === null || base === undefined)
    throw new CompileError('expected a function', callee.from);
  const name = nameOf(compiler, step);
  const read = compiler.compile(base, scope);
  return (frame) => {
    const context = read(frame);
    if (!(context instanceof FeelContext)) {
      return fail(frame, 'INVALID_TYPE', `Expected context but found '${displayText(context)}'`);
    }
    const value = context.get(name) === undefined ? null : entryOf(frame, context, name);
    if (value instanceof FeelFunction && fits(args, value.parameters)) {
      return value.invoke(orderedArguments(frame, args, value.parameters));
    }
    return fail(
      frame,
      'NO_FUNCTION_FOUND',
      `No function found with name '${name}' and ${describeArguments(args)}`,
    );
  };
}

function fail(frame: Frame, type: string, message: string): never {
  frame.warn(type, message);
  throw new EvaluationFailure(message);
}
