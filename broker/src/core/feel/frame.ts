// State of one evaluation: the variables it has read, its local values, the warnings and the work budget.
// Guarantees: an evaluation ends. Whatever loops, copies or calls charges the budget, so that no user's expression can stop a partition.
import { EvaluationFailure } from './evaluation-failure.ts';
import { type FeelValue, readJson } from './values.ts';

/** What an evaluation may ask of its surroundings. */
export interface FeelEnvironment {
  /** Raw JSON text of a visible variable, or undefined when there is none of that name. */
  variable(name: string): string | undefined;
  /** Time of the evaluation in milliseconds since 1970, for `now()` and `today()`. */
  readonly nowMs: number;
  /** A number from 0 to below 1, for `random number()` and `uuid()`. */
  random?(): number;
}

export interface FeelWarning {
  readonly type: string;
  readonly message: string;
}

/** Steps that one evaluation may take: loop rounds, calls, copied list items, every 8 characters of built text (well below a second). */
export const MAX_WORK = 10_000_000;
/** Deepest nesting of calls of functions that expressions define. */
const MAX_CALLS = 200;
/** Warnings kept of one evaluation; a filter over a long list can give one for each item. */
const MAX_WARNINGS = 1000;

/** Compiled code of a part of an expression. */
export type Code = (frame: Frame) => FeelValue;

/** Values of the variables by slot: undefined = not read yet, MISSING = there is none. */
const MISSING = Symbol('missing');

export class Frame {
  readonly environment: FeelEnvironment;
  readonly warnings: FeelWarning[] = [];
  /** Values of names that the expression itself binds (loop variables, context entries, parameters), by slot. */
  locals: FeelValue[];
  readonly #variables: (FeelValue | typeof MISSING | undefined)[];
  #work = MAX_WORK;
  #calls = 0;

  constructor(environment: FeelEnvironment, variables: number, locals: number) {
    this.environment = environment;
    this.#variables = variables === 0 ? NONE : new Array(variables);
    this.locals = locals === 0 ? NONE : new Array(locals).fill(null);
  }

  /** The value of a variable, undefined when it does not exist. */
  variable(slot: number, name: string): FeelValue | undefined {
    let value = this.#variables[slot];
    if (value === undefined) {
      const raw = this.environment.variable(name);
      value = raw === undefined ? MISSING : readJson(raw);
      this.#variables[slot] = value;
    }
    return value === MISSING ? undefined : value;
  }

  /** Adds a warning and gives null, the result of most things that cannot be computed. */
  warn(type: string, message: string): null {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push({ type, message });
    return null;
  }

  /** Takes `steps` off the budget. Throws EvaluationFailure when it is used up. */
  charge(steps: number): void {
    this.#work -= steps;
    if (this.#work < 0) {
      throw new EvaluationFailure(
        `stopped after ${MAX_WORK} steps, the limit of one evaluation; use smaller lists or fewer nested loops`,
      );
    }
  }

  /** Runs the body of a function with its own local values. */
  call(locals: FeelValue[], body: Code): FeelValue {
    if (++this.#calls > MAX_CALLS)
      throw new EvaluationFailure(`functions call each other deeper than ${MAX_CALLS} levels`);
    this.charge(1 + locals.length);
    const outer = this.locals;
    this.locals = locals;
    const result = body(this);
    this.locals = outer;
    this.#calls--;
    return result;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: shared by both arrays, never written to.
const NONE: any[] = [];
