// What the tests of this folder share: variables and expressions in one line. Not used by the broker.
import {
  compileExpression,
  type Expression,
  evaluate,
  evaluateJson,
  type FeelEnvironment,
} from './index.ts';

/** Sunday, 2024-03-10, 12:30 UTC. */
const NOW = 1_710_073_800_000;

/** An environment whose variables are given as JavaScript values (or as raw JSON text in `raw`). */
export function environmentOf(
  variables: Readonly<Record<string, unknown>> = {},
  raw: Readonly<Record<string, string>> = {},
): FeelEnvironment {
  const texts = new Map<string, string>(Object.entries(raw));
  for (const [name, value] of Object.entries(variables)) texts.set(name, JSON.stringify(value));
  return { variable: (name) => texts.get(name), nowMs: NOW, random: () => 0.25 };
}

/** A compiled expression or constant of a model; throws when it does not compile. */
export function expressionOf(source: string): Expression {
  const result = compileExpression(source);
  if (!result.ok) throw new Error(result.message);
  return result.expression;
}

/** JSON text of the result of a FEEL text (without `=`), or the failure's message. */
export function resultOf(
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
  raw: Readonly<Record<string, string>> = {},
): string {
  const result = evaluateJson(expressionOf(`=${source}`), environmentOf(variables, raw));
  return result.ok ? result.value : result.message;
}

/** Warnings of a FEEL text as `[TYPE] message`. */
export function warningsOf(
  source: string,
  variables: Readonly<Record<string, unknown>> = {},
): readonly string[] {
  const { warnings } = evaluate(expressionOf(`=${source}`), environmentOf(variables));
  return warnings.map(({ type, message }) => `[${type}] ${message}`);
}
