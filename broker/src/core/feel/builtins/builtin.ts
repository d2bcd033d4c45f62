// What a built-in function is, and how it is called.
// Guarantees: wrong arguments never throw: the result is null with the reference's FUNCTION_INVOCATION_FAILURE warning.
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import { FeelList, type FeelValue } from '../values.ts';

/** Says why a call has no result; the call is null with that reason. */
export class Refusal {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** The arguments do not have the types that the function needs. */
export const ILLEGAL = new Refusal('');

/** Body of a function. `args` has one value for each parameter; the last one of a variadic function is a list. */
export type Run = (frame: Frame, args: readonly FeelValue[]) => FeelValue | Refusal;

export interface Overload {
  readonly parameters: readonly string[];
  /** The last parameter takes all further positional arguments (at least one) as a list. */
  readonly variadic: boolean;
  readonly run: Run;
}

export interface Builtin {
  readonly name: string;
  readonly overloads: readonly Overload[];
}

/** A function with a fixed number of parameters. */
export const overload = (parameters: readonly string[], run: Run): Overload => ({
  parameters,
  variadic: false,
  run,
});

/** A function whose last parameter takes all further arguments. */
export const variadic = (parameters: readonly string[], run: Run): Overload => ({
  parameters,
  variadic: true,
  run,
});

export const builtin = (name: string, ...overloads: readonly Overload[]): Builtin => ({
  name,
  overloads,
});

/**
 * Calls a built-in function. `args` are positional (as many as given) or, when `named`, one for each parameter.
 */
export function invokeBuiltin(
  frame: Frame,
  name: string,
  { parameters, variadic: open, run }: Overload,
  args: readonly FeelValue[],
  named: boolean,
): FeelValue {
  frame.charge(1 + args.length);
  const values = open && !named ? gathered(args, parameters.length - 1) : args;
  const result = run(frame, values);
  if (!(result instanceof Refusal)) return result;
  const reason =
    result === ILLEGAL
      ? `Illegal arguments: ${values.map((value) => `'${displayText(value)}'`).join(', ')}`
      : result.reason;
  return frame.warn(
    'FUNCTION_INVOCATION_FAILURE',
    `Failed to invoke function '${name}': ${reason}`,
  );
}

const gathered = (args: readonly FeelValue[], fixed: number): readonly FeelValue[] => [
  ...args.slice(0, fixed),
  new FeelList(args.slice(fixed)),
];

/** The items of the only parameter of a function such as `min`, which takes a list or several values; undefined when it is neither. */
export function listOrItems(value: FeelValue | undefined): readonly FeelValue[] | undefined {
  if (!(value instanceof FeelList)) return undefined;
  const [first] = value.items;
  return value.items.length === 1 && first instanceof FeelList ? first.items : value.items;
}
