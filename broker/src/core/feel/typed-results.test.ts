import { describe, expect, test } from 'vitest';
import {
  evaluateBoolean,
  evaluateCorrelationKey,
  evaluateDateTimeOrNull,
  evaluateInteger,
  evaluateJson,
  evaluateList,
  evaluateListOfStrings,
  evaluateNonEmptyString,
  evaluateNumber,
  evaluateString,
  evaluateStringOrNull,
  type Typed,
} from './index.ts';
import { environmentOf, expressionOf } from './test-environment.ts';

type Evaluate = (
  expression: ReturnType<typeof expressionOf>,
  environment: ReturnType<typeof environmentOf>,
) => Typed<unknown>;

/** What an evaluation for a property gives: its value as JSON, or the incident text. */
function result(
  evaluate: Evaluate,
  source: string,
  variables: Record<string, unknown> = {},
): string {
  const outcome = evaluate(expressionOf(source), environmentOf(variables));
  return outcome.ok ? JSON.stringify(outcome.value) : outcome.message;
}

const WARNED = 'The evaluation reported the following warnings:\n';

/** Results and the type names that incident texts use for them. */
const TYPES: readonly (readonly [source: string, type: string])[] = [
  ['null', 'NULL'],
  ['1', 'NUMBER'],
  ['1.5', 'NUMBER'],
  ['true', 'BOOLEAN'],
  ['"a"', 'STRING'],
  ['[1]', 'ARRAY'],
  ['{a:1}', 'OBJECT'],
  ['@"2024-01-01"', 'DATE'],
  ['@"10:00:00"', 'UNKNOWN'],
  ['@"10:00:00Z"', 'UNKNOWN'],
  ['@"2024-01-01T10:00:00"', 'DATE_TIME'],
  ['@"2024-01-01T10:00:00Z"', 'DATE_TIME'],
  ['@"P1D"', 'DURATION'],
  ['@"P1Y"', 'PERIOD'],
];

describe('a result of another type', () => {
  test.each(TYPES)('%s is %s', (source, type) => {
    const text = (expected: string) =>
      `Expected result of the expression '${source}' to be '${expected}', but was '${type}'.`;
    if (type !== 'STRING') expect(result(evaluateString, `=${source}`)).toBe(text('STRING'));
    if (type !== 'STRING')
      expect(result(evaluateNonEmptyString, `=${source}`)).toBe(text('STRING'));
    if (type !== 'NUMBER') expect(result(evaluateNumber, `=${source}`)).toBe(text('NUMBER'));
    if (type !== 'BOOLEAN') expect(result(evaluateBoolean, `=${source}`)).toBe(text('BOOLEAN'));
    if (type !== 'ARRAY') expect(result(evaluateListOfStrings, `=${source}`)).toBe(text('ARRAY'));
    if (type !== 'ARRAY') expect(result(evaluateList, `=${source}`)).toBe(text('ARRAY'));
    if (type !== 'STRING' && type !== 'NUMBER') {
      expect(result(evaluateCorrelationKey, `=${source}`)).toBe(
        `Failed to extract the correlation key for '${source}': The value must be either a string or a number, but was '${type}'.`,
      );
    }
    if (!['NULL', 'STRING', 'DATE_TIME'].includes(type)) {
      expect(result(evaluateDateTimeOrNull, `=${source}`)).toBe(
        `Expected result of the expression '${source}' to be one of '[NULL, DATE_TIME, STRING]', but was '${type}'.`,
      );
    }
  });
});

test('warnings follow in their order', () => {
  expect(result(evaluateBoolean, '=x > 10')).toBe(
    `Expected result of the expression 'x > 10' to be 'BOOLEAN', but was 'NULL'. ${WARNED}` +
      "[NO_VARIABLE_FOUND] No variable found with name 'x'\n[NOT_COMPARABLE] Can't compare 'null' with '10'",
  );
  expect(result(evaluateNonEmptyString, '=jobType')).toBe(
    `Expected result of the expression 'jobType' to be 'STRING', but was 'NULL'. ${WARNED}[NO_VARIABLE_FOUND] No variable found with name 'jobType'`,
  );
  expect(result(evaluateCorrelationKey, '=key')).toBe(
    `Failed to extract the correlation key for 'key': The value must be either a string or a number, but was 'NULL'. ${WARNED}[NO_VARIABLE_FOUND] No variable found with name 'key'`,
  );
});

test('failures of the evaluation', () => {
  expect(result(evaluateString, '=assert(1,false)')).toBe(
    `Assertion failure on evaluate the expression 'assert(1,false)': The condition is not fulfilled ${WARNED}[ASSERT_FAILURE] The condition is not fulfilled`,
  );
  expect(result(evaluateString, '=?')).toBe(
    "failed to evaluate expression '?': No input value available. '?' can only be used inside an unary-test expression.",
  );
  expect(result(evaluateString, '=x.f(1)')).toBe(
    `failed to evaluate expression 'x.f(1)': Expected context but found 'null' ${WARNED}` +
      "[NO_VARIABLE_FOUND] No variable found with name 'x'\n[INVALID_TYPE] Expected context but found 'null'",
  );
});

test('texts', () => {
  expect(result(evaluateString, '=""')).toBe('""');
  expect(result(evaluateNonEmptyString, '=" "')).toBe('" "');
  expect(result(evaluateNonEmptyString, '=""')).toBe(
    `Expected result of the expression '""' to be a not-empty string, but was an empty string.`,
  );
  expect(result(evaluateStringOrNull, '=null')).toBe('null');
});

describe('constants of the model', () => {
  test.each(['123', '1e3', '1.0', '-5', '+5', '.5', '5.'])('%s is a number', (source) => {
    expect(result(evaluateString, source)).toBe(
      `Expected result of the expression '${source}' to be 'STRING', but was 'NUMBER'.`,
    );
  });
  test.each(['true', ' 1', '1d', 'Infinity', 'null', '=', '0x10', 'NaN', '1_0', 'many', ''])(
    '"%s" is a text',
    (source) => {
      expect(expressionOf(source).isStatic).toBe(true);
      expect(result(evaluateString, source)).toBe(JSON.stringify(source));
    },
  );
});

test.each([
  ['=2.7', '2'],
  ['2.7', '2'],
  ['=-1.9', '-1'],
  ['=3000000000', '-1294967296'],
  ['=2 ** 32 + 5', '5'],
  ['=10 ** 20 + 0.5', '1661992960'],
])('retries %s are %s', (source, expected) =>
  expect(result(evaluateNumber, source)).toBe(expected),
);

test('retries that are no number', () => {
  expect(result(evaluateNumber, 'many')).toBe(
    "Expected result of the expression 'many' to be 'NUMBER', but was 'STRING'.",
  );
});

test('whole numbers in a range', () => {
  const priority: Evaluate = (expression, environment) =>
    evaluateInteger(expression, environment, { name: 'priority', low: 0, high: 100 });
  expect(result(priority, '=50')).toBe('50');
  expect(result(priority, '=50.0')).toBe('50');
  expect(result(priority, '=50.5')).toBe(
    "Expected result of the expression '50.5' to be an integer, but was a decimal.",
  );
  expect(result(priority, '=101')).toBe(
    "Expected priority to be in the range [0,100] but was '101'.",
  );
});

test('lists of texts', () => {
  expect(result(evaluateListOfStrings, '=["a","b"]')).toBe('["a","b"]');
  expect(result(evaluateListOfStrings, '=[]')).toBe('[]');
  expect(result(evaluateListOfStrings, '=users', { users: ['x'] })).toBe('["x"]');
  expect(result(evaluateListOfStrings, '=["a",null]')).toBe(
    `Expected result of the expression '["a",null]' to be 'ARRAY' containing 'STRING' items, but was 'ARRAY' containing at least one non-'STRING' item.`,
  );
});

describe('due dates', () => {
  const due = (source: string): string => {
    const outcome = evaluateDateTimeOrNull(expressionOf(source), environmentOf());
    return outcome.ok ? (outcome.value?.text ?? 'null') : outcome.message;
  };
  test.each([
    ['=null', 'null'],
    ['=nothing', 'null'],
    ['=""', 'null'],
    ['=@"2024-01-01T10:00:00"', '2024-01-01T10:00Z[Etc/UTC]'],
    ['=@"2024-01-01T10:00:00Z"', '2024-01-01T10:00Z'],
    ['=@"2024-01-01T10:00:00@Europe/Berlin"', '2024-01-01T10:00+01:00[Europe/Berlin]'],
    ['="2024-01-01T10:00:00Z"', '2024-01-01T10:00Z'],
    ['="2024-01-01T10:00Z"', '2024-01-01T10:00Z'],
    ['="2024-01-01T10:00:00+01:00[Europe/Berlin]"', '2024-01-01T10:00+01:00[Europe/Berlin]'],
    ['2024-01-01T10:00:00.250+02:00', '2024-01-01T10:00:00.250+02:00'],
    ['=" "', `Invalid date-time format ' ' for expression '" "'.`],
    ['="2024-01-01"', `Invalid date-time format '2024-01-01' for expression '"2024-01-01"'.`],
    [
      '="2024-01-01T10:00:00"',
      `Invalid date-time format '2024-01-01T10:00:00' for expression '"2024-01-01T10:00:00"'.`,
    ],
  ])('%s is %s', (source, expected) => expect(due(source)).toBe(expected));
  test('have their moment', () => {
    expect(result(evaluateDateTimeOrNull, '="2024-01-01T10:00:00+02:00"')).toContain(
      `"epochMs":${Date.UTC(2024, 0, 1, 8)}`,
    );
  });
});

test.each([
  ['=1', '"1"'],
  ['=1.5', '"1"'],
  ['=2 ** 70', '"1180591620717411303424"'],
  ['="a"', '"a"'],
  ['=""', '""'],
])('correlation key %s is %s', (source, expected) =>
  expect(result(evaluateCorrelationKey, source)).toBe(expected),
);

test('any value as JSON', () => {
  const json = (source: string, variables = {}) => {
    const outcome = evaluateJson(
      expressionOf(source),
      environmentOf(variables, { raw: ' { "a" : [ 1, 2.50 ] } ' }),
    );
    return outcome.ok ? outcome.value : outcome.message;
  };
  expect(json('=raw')).toBe('{ "a" : [ 1, 2.50 ] }');
  expect(json('=raw.a')).toBe('[ 1, 2.50 ]');
  expect(json('=raw.a[2]')).toBe('2.5');
  expect(json('=raw.b')).toBe('null');
  expect(json('=function(x) x')).toBe('null');
  expect(json('="a" + string(1)')).toBe('"a1"');
});
