// An expression of a model: compiled at deployment, evaluated as often as needed.
// Facts: engine-semantics D "Expression marker", K.1-K.3. A text is FEEL when it starts with `=` and has something after it; else it is a constant,
// a number when it reads as one.

import { compilerFor } from './compile.ts';
import { CompileError } from './compiler.ts';
import { EvaluationFailure } from './evaluation-failure.ts';
import { type Code, type FeelEnvironment, type FeelWarning, Frame } from './frame.ts';
import { findMember } from './json-scan.ts';
import { parseNumber } from './number.ts';
import { parseFeel, type SyntaxNode } from './parse.ts';
import { Names } from './scope.ts';
import type { FeelValue } from './values.ts';

export interface Expression {
  /** As in the model, with `=` when it is FEEL. */
  readonly source: string;
  /** Whether it is a constant of the model and no FEEL. */
  readonly isStatic: boolean;
  /** Names of the variables that it reads. */
  readonly variables: readonly string[];
}

export type Evaluation =
  | { readonly kind: 'value'; readonly value: FeelValue; readonly warnings: readonly FeelWarning[] }
  | {
      readonly kind: 'failure';
      readonly message: string;
      readonly warnings: readonly FeelWarning[];
    };

/** A FEEL source that was parsed: mappings compile it again, inside the context that they form together. */
export interface FeelSource {
  /** Without the `=`. */
  readonly text: string;
  readonly root: SyntaxNode;
}

/** The working form behind an Expression. Only this folder looks into it. */
export class CompiledExpression implements Expression {
  readonly source: string;
  readonly isStatic: boolean;
  readonly variables: readonly string[];
  /** Text that incident messages quote. */
  readonly text: string;
  readonly feel: FeelSource | null;
  readonly constant: FeelValue;
  readonly code: Code;
  readonly locals: number;
  /** Names of a plain path such as `order.id`, null for anything else. */
  readonly path: readonly string[] | null;

  constructor(
    source: string,
    feel: FeelSource | null,
    constant: FeelValue,
    names: Names,
    code: Code,
  ) {
    this.source = source;
    this.isStatic = feel === null;
    this.variables = names.variables;
    this.text = feel === null ? source : feel.text;
    this.feel = feel;
    this.constant = constant;
    this.code = code;
    this.locals = names.locals;
    this.path = feel === null ? null : plainPath(feel);
  }
}

/** The working form of an expression that compileExpression made. */
export function compiled(expression: Expression): CompiledExpression {
  if (expression instanceof CompiledExpression) return expression;
  throw new TypeError(`expression '${expression.source}' was not made by compileExpression`);
}

/** Whether a text of a model is FEEL. */
export const isFeel = (source: string): boolean => source.length > 1 && source.startsWith('=');

/**
 * Compiles a text of a model. Texts without leading `=` (or just `=`) become constants. A FEEL text that does not parse gives a message
 * that names the expression and the place; it never throws.
 */
export function compileExpression(
  source: string,
): { ok: true; expression: Expression } | { ok: false; message: string } {
  if (!isFeel(source)) {
    const constant = parseStaticNumber(source) ?? source;
    return {
      ok: true,
      expression: new CompiledExpression(source, null, constant, new Names(), () => constant),
    };
  }
  const text = source.slice(1);
  const parsed = parseFeel(text);
  if (!parsed.ok)
    return { ok: false, message: parseMessage(text, parsed.message, parsed.position) };
  const names = new Names();
  const compiler = compilerFor(text, names);
  try {
    const code = compiler.child(parsed.root, null);
    return {
      ok: true,
      expression: new CompiledExpression(source, { text, root: parsed.root }, null, names, code),
    };
  } catch (error) {
    if (error instanceof CompileError)
      return { ok: false, message: parseMessage(text, error.message, error.position) };
    if (error instanceof RangeError)
      return { ok: false, message: parseMessage(text, 'the expression is nested too deeply', 0) };
    throw error;
  }
}

/** The number that a constant stands for; a text with spaces or a name such as `NaN` is none. */
const parseStaticNumber = (source: string) =>
  /^[+-]?[\d.]/.test(source) ? parseNumber(source, false) : undefined;

function parseMessage(text: string, detail: string, position: number): string {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = position - (before.lastIndexOf('\n') + 1) + 1;
  return `failed to parse expression '${text}': ${detail} (line ${line}, column ${column})`;
}

/** The names of a path that consists of plain names only. */
function plainPath({ text, root }: FeelSource): readonly string[] | null {
  const plain = text.trim();
  const only = root.firstChild;
  if (only === null || (only.name !== 'VariableName' && only.name !== 'PathExpression'))
    return null;
  return /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u.test(plain)
    ? plain.split('.')
    : null;
}

/** Evaluates an expression against the variables of the environment. Never throws for what an expression does. */
export function evaluate(expression: Expression, environment: FeelEnvironment): Evaluation {
  const working = compiled(expression);
  const frame = new Frame(environment, working.variables.length, working.locals);
  return run(frame, working.code, working.text);
}

/** Runs compiled code; `text` is quoted by failure messages. */
export function run(frame: Frame, code: Code, text: string): Evaluation {
  try {
    return { kind: 'value', value: code(frame), warnings: frame.warnings };
  } catch (error) {
    return { kind: 'failure', message: failureMessage(error, text), warnings: frame.warnings };
  }
}

/** The message of an exception that ended an evaluation; exceptions that are faults of ours are thrown on. */
export function failureMessage(error: unknown, text: string): string {
  if (error instanceof EvaluationFailure) {
    return error.isAssertion
      ? `Assertion failure on evaluate the expression '${text}': ${error.message}`
      : `failed to evaluate expression '${text}': ${error.message}`;
  }
  // The stack or the longest possible string ran out: the expression's doing.
  if (error instanceof RangeError)
    return `failed to evaluate expression '${text}': its values are too large or nested too deeply`;
  throw error;
}

/**
 * Raw JSON text at a plain path, taken from the variable's text without building a value; undefined when the expression is no plain path
 * or the path does not lead to a value inside objects.
 */
export function rawPath(path: readonly string[], environment: FeelEnvironment): string | undefined {
  const [first = '', ...rest] = path;
  let text = environment.variable(first)?.trim();
  for (const name of rest) {
    if (text === undefined || !text.startsWith('{')) return undefined;
    text = findMember(text, name);
  }
  return text;
}
