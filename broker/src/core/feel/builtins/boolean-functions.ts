// Functions about truth and presence (engine-semantics K.4; results as seen on the reference).
import { EvaluationFailure } from '../evaluation-failure.ts';
import type { Frame } from '../frame.ts';
import type { FeelValue } from '../values.ts';
import { type Builtin, builtin, listOrItems, overload, type Run, variadic } from './builtin.ts';

const not: Run = (_frame, [value]) => (typeof value === 'boolean' ? !value : null);

/** `all` and `any`: the decisive value wins; null when an item is no boolean. */
const quantifier =
  (decisive: boolean): Run =>
  (_frame, [list]) => {
    const items = listOrItems(list);
    if (items === undefined) return null;
    if (items.includes(decisive)) return decisive;
    return items.every((item) => item === !decisive) ? !decisive : null;
  };

function assertion(frame: Frame, value: FeelValue, condition: FeelValue, cause: string): FeelValue {
  if (condition === true) return value;
  frame.warn('ASSERT_FAILURE', cause);
  throw new EvaluationFailure(cause, true);
}

const UNFULFILLED = 'The condition is not fulfilled';

export const BOOLEAN_FUNCTIONS: readonly Builtin[] = [
  builtin('not', overload(['negand'], not)),
  builtin(
    'is defined',
    overload(['value'], (_frame, [value]) => value !== null),
  ),
  builtin(
    'get or else',
    overload(['value', 'default'], (_frame, [value = null, fallback = null]) => value ?? fallback),
  ),
  builtin(
    'assert',
    overload(['value', 'condition'], (frame, [value = null, condition = null]) =>
      assertion(frame, value, condition, UNFULFILLED),
    ),
    overload(['value', 'condition', 'cause'], (frame, [value = null, condition = null, cause]) =>
      assertion(frame, value, condition, typeof cause === 'string' ? cause : UNFULFILLED),
    ),
  ),
  builtin('all', variadic(['list'], quantifier(false))),
  builtin('and', variadic(['list'], quantifier(false))),
  builtin('any', variadic(['list'], quantifier(true))),
  builtin('or', variadic(['list'], quantifier(true))),
];
