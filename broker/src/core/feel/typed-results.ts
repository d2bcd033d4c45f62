// Evaluates expressions for the properties of elements, each with the type that the property needs.
// Guarantees: the failure texts are those of the reference's incidents (engine-semantics J and K.1, observed.md section 5, probed), with the
// warnings of the evaluation behind them, one per line.

import { SYSTEM_ZONE } from './builtins/temporal-functions.ts';
import {
  compiled,
  type Evaluation,
  type Expression,
  evaluate,
  failureMessage,
  rawPath,
} from './expression.ts';
import type { FeelEnvironment, FeelWarning } from './frame.ts';
import { toJson } from './json-write.ts';
import { compareNumbers, type FeelNumber, isFeelNumber, toDecimal, truncated } from './number.ts';
import { dateTimeVariableText, parseZonedIso } from './temporal-text.ts';
import { FeelDateTime, inZone } from './temporal-values.ts';
import { FeelList, type FeelValue, typeName } from './values.ts';

/** The result of an evaluation for a property: its value, or the text of the incident. */
export type Typed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

const success = <T>(value: T): Typed<T> => ({ ok: true, value });

/** A message with the warnings of an evaluation behind it, as incidents show them. */
export function withWarnings(message: string, warnings: readonly FeelWarning[]): string {
  if (warnings.length === 0) return message;
  const lines = warnings.map(({ type, message: text }) => `[${type}] ${text}`);
  return `${message} The evaluation reported the following warnings:\n${lines.join('\n')}`;
}

const failure = (
  message: string,
  warnings: readonly FeelWarning[],
): { ok: false; message: string } => ({
  ok: false,
  message: withWarnings(message, warnings),
});

/** The failure of an evaluation as an incident text. */
export const evaluationFailure = (
  evaluation: Extract<Evaluation, { kind: 'failure' }>,
): { ok: false; message: string } => failure(evaluation.message, evaluation.warnings);

/** Evaluates and lets `take` accept the value; what it does not accept (undefined) is not of type `expected`. */
export function evaluateTyped<T>(
  expression: Expression,
  environment: FeelEnvironment,
  expected: string,
  take: (value: FeelValue, text: string) => Typed<T> | undefined,
): Typed<T> {
  const evaluation = evaluate(expression, environment);
  if (evaluation.kind === 'failure') return evaluationFailure(evaluation);
  const { text } = compiled(expression);
  const result = take(evaluation.value, text);
  if (result !== undefined) return result;
  const was = typeName(evaluation.value);
  return failure(
    `Expected result of the expression '${text}' to be ${expected}, but was '${was}'.`,
    evaluation.warnings,
  );
}

/** A text; may be empty. */
export function evaluateString(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<string> {
  return evaluateTyped(expression, environment, "'STRING'", (value) =>
    typeof value === 'string' ? success(value) : undefined,
  );
}

/** A text that is not empty (job types). */
export function evaluateNonEmptyString(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<string> {
  return evaluateTyped(expression, environment, "'STRING'", (value, text) => {
    if (typeof value !== 'string') return undefined;
    if (value !== '') return success(value);
    return failure(
      `Expected result of the expression '${text}' to be a not-empty string, but was an empty string.`,
      [],
    );
  });
}

/** A text or null. */
export function evaluateStringOrNull(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<string | null> {
  return evaluateTyped(expression, environment, "one of '[NULL, STRING]'", (value) =>
    value === null || typeof value === 'string' ? success(value) : undefined,
  );
}

/** A boolean (conditions); null is a failure. */
export function evaluateBoolean(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<boolean> {
  return evaluateTyped(expression, environment, "'BOOLEAN'", (value) =>
    typeof value === 'boolean' ? success(value) : undefined,
  );
}

/** A number cut to a 32-bit integer like the reference's (job retries: 2.7 is 2, 3000000000 overflows). */
export function evaluateNumber(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<number> {
  return evaluateTyped(expression, environment, "'NUMBER'", (value) =>
    isFeelNumber(value) ? success(int32(value)) : undefined,
  );
}

/** The low 32 bits of the integer part. */
function int32(value: FeelNumber): number {
  const whole = truncated(value);
  return Number.isSafeInteger(whole)
    ? whole | 0
    : toDecimal(value)
        .trunc()
        .mod(2 ** 32)
        .toNumber() | 0;
}

/** A whole number within bounds (user task priority). */
export function evaluateInteger(
  expression: Expression,
  environment: FeelEnvironment,
  range?: { readonly name: string; readonly low: number; readonly high: number },
): Typed<number> {
  return evaluateTyped(expression, environment, "'NUMBER'", (value, text) => {
    if (!isFeelNumber(value)) return undefined;
    const whole = truncated(value);
    if (compareNumbers(value, whole) !== 0) {
      return failure(
        `Expected result of the expression '${text}' to be an integer, but was a decimal.`,
        [],
      );
    }
    if (range !== undefined && (whole < range.low || whole > range.high)) {
      return failure(
        `Expected ${range.name} to be in the range [${range.low},${range.high}] but was '${whole}'.`,
        [],
      );
    }
    return success(whole);
  });
}

/** A list of any items. */
export function evaluateList(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<readonly FeelValue[]> {
  return evaluateTyped(expression, environment, "'ARRAY'", (value) =>
    value instanceof FeelList ? success(value.items) : undefined,
  );
}

/** A list of texts (candidate users and groups). */
export function evaluateListOfStrings(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<readonly string[]> {
  return evaluateTyped(expression, environment, "'ARRAY'", (value, text) => {
    if (!(value instanceof FeelList)) return undefined;
    const texts = value.items.filter((item) => typeof item === 'string');
    if (texts.length === value.items.length) return success(texts);
    return failure(
      `Expected result of the expression '${text}' to be 'ARRAY' containing 'STRING' items, but was 'ARRAY' containing at least one non-'STRING' item.`,
      [],
    );
  });
}

/** A moment as an element uses it: its ISO text (`2024-03-10T10:00+01:00[Europe/Berlin]`) and milliseconds since 1970. */
export interface Moment {
  readonly text: string;
  readonly epochMs: number;
}

/** The moment of a date-time; a local one is in the broker's zone. */
export function momentOf(value: FeelDateTime): Moment | undefined {
  const zoned = inZone(value, value.zone ?? SYSTEM_ZONE);
  if (zoned?.zoned == null) return undefined;
  return { text: dateTimeVariableText(zoned), epochMs: zoned.zoned.epochMilliseconds };
}

/** A date-time, a text with one, or null; an empty text is null too (due and follow-up dates). A local date-time is in the broker's zone. */
export function evaluateDateTimeOrNull(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<Moment | null> {
  return evaluateTyped(
    expression,
    environment,
    "one of '[NULL, DATE_TIME, STRING]'",
    (value, text) => {
      if (value === null || value === '') return success(null);
      if (value instanceof FeelDateTime) return success(momentOf(value) ?? null);
      if (typeof value !== 'string') return typeName(value) === 'NULL' ? success(null) : undefined;
      const parsed = parseZonedIso(value);
      const result = parsed === undefined ? undefined : momentOf(parsed);
      return result === undefined
        ? failure(`Invalid date-time format '${value}' for expression '${text}'.`, [])
        : success(result);
    },
  );
}

/** A text, or a number cut to its integer part (correlation keys). */
export function evaluateCorrelationKey(
  expression: Expression,
  environment: FeelEnvironment,
): Typed<string> {
  const evaluation = evaluate(expression, environment);
  if (evaluation.kind === 'failure') return evaluationFailure(evaluation);
  const { value, warnings } = evaluation;
  if (typeof value === 'string') return success(value);
  if (isFeelNumber(value)) return success(toDecimal(value).trunc().toFixed());
  const { text } = compiled(expression);
  const was = typeName(value);
  return failure(
    `Failed to extract the correlation key for '${text}': The value must be either a string or a number, but was '${was}'.`,
    warnings,
  );
}

/** Any value as JSON text (script results, output elements); a plain path is copied without reading it. */
export function evaluateJson(expression: Expression, environment: FeelEnvironment): Typed<string> {
  const { path, text } = compiled(expression);
  const raw = path === null ? undefined : rawPath(path, environment);
  if (raw !== undefined) return success(raw);
  const evaluation = evaluate(expression, environment);
  if (evaluation.kind === 'failure') return evaluationFailure(evaluation);
  try {
    return success(toJson(evaluation.value));
  } catch (error) {
    return failure(failureMessage(error, text), evaluation.warnings);
  }
}
