// Names during compilation: which slot a name has, from the innermost binding outwards.
// A filter makes the entries of each item visible as names; whether an item has such an entry is only known when the filter runs.
// Guarantees: every binding of an expression has its own slot, so that inner ones never overwrite outer ones.
import type { Code, Frame } from './frame.ts';
import { FeelContext, FeelFunction, type FeelValue } from './values.ts';

/** One binding. */
export interface Scope {
  readonly outer: Scope | null;
  readonly name: string;
  readonly slot: number;
  /** The item of a filter, whose entries are names too. */
  readonly isItem: boolean;
  /** Whether the slot always holds a value: a filter may be tried without an item. */
  readonly isCertain: boolean;
}

/** Collects what one expression needs: its variables and the number of its local values. */
export class Names {
  readonly variables: string[] = [];
  locals = 0;

  bind(outer: Scope | null, name: string, isItem = false, isCertain = true): Scope {
    return { outer, name, slot: this.locals++, isItem, isCertain };
  }

  /** Slot of a variable. */
  variable(name: string): number {
    const known = this.variables.indexOf(name);
    return known >= 0 ? known : this.variables.push(name) - 1;
  }
}

/** Reads a name: undefined when there is no such variable (a warning has been given then, unless `silent`). */
export type NameCode = (frame: Frame) => FeelValue | undefined;

/** In the slot of a filter's item while the filter is tried without one. */
export const NO_ITEM: FeelValue = new FeelFunction([], () => null);

/** Code that reads a name, from a binding of the expression or a variable. */
export function nameCode(names: Names, scope: Scope | null, name: string): NameCode {
  const bound = boundCode(scope, name);
  const isCertain = bound !== undefined && isBoundForSure(scope, name);
  if (bound !== undefined && isCertain) return bound;
  const outer = variableCode(names.variable(name), name);
  if (bound === undefined) return outer;
  return (frame) => {
    const value = bound(frame);
    return value === undefined ? outer(frame) : value;
  };
}

function variableCode(slot: number, name: string): NameCode {
  return (frame) => {
    const value = frame.variable(slot, name);
    if (value === undefined)
      frame.warn('NO_VARIABLE_FOUND', `No variable found with name '${name}'`);
    return value;
  };
}

function isBoundForSure(scope: Scope | null, name: string): boolean {
  for (let at = scope; at !== null; at = at.outer)
    if (at.name === name && at.isCertain) return true;
  return false;
}

/** Code that reads a name only if the expression itself binds it; undefined when none of its bindings can have the name. */
export function boundCode(scope: Scope | null, name: string): NameCode | undefined {
  if (scope === null) return undefined;
  const { slot, outer } = scope;
  if (scope.isItem) {
    const further = boundCode(outer, name);
    const isName = scope.name === name;
    return (frame) => {
      const entry = itemEntry(frame.locals[slot] ?? null, name, isName);
      return entry === undefined ? further?.(frame) : entry;
    };
  }
  if (scope.name === name) return (frame) => frame.locals[slot] ?? null;
  return boundCode(outer, name);
}

/** What a name means by a filter's item: one of its entries, or the item itself. */
function itemEntry(item: FeelValue, name: string, isName: boolean): FeelValue | undefined {
  if (item === NO_ITEM) return undefined;
  const entry = item instanceof FeelContext ? item.get(name) : undefined;
  return entry === undefined && isName ? item : entry;
}

/** A name as a value: null when it does not exist. */
export const valueCode =
  (read: NameCode): Code =>
  (frame) =>
    read(frame) ?? null;
