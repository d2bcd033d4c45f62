// Input and output mappings of an element: all of one kind form ONE context, evaluated in the order of the model.
// Facts (engine-semantics F.2, observed.md section 5): a later mapping sees the targets before it by name; the same target twice is evaluated in
// the place of the first with the source of the last; `a.b` nests: for inputs in a fresh object, for outputs merged into the present value of
// `a` (null when that is no object); a function as a result creates no variable.
// Leaves to others: where the results are written.

import { mergeContexts } from './builtins/context-functions.ts';
import { compilerFor } from './compile.ts';
import { contextCode, type EntrySource } from './compile-boxed.ts';
import { entryOf } from './compile-paths.ts';
import {
  type CompiledExpression,
  compiled,
  type Expression,
  failureMessage,
  rawPath,
  run,
} from './expression.ts';
import { type Code, type FeelEnvironment, Frame } from './frame.ts';
import { toJson } from './json-write.ts';
import { Names, nameCode, type Scope, valueCode } from './scope.ts';
import { evaluationFailure, withWarnings } from './typed-results.ts';
import { FeelContext, FeelFunction } from './values.ts';

export interface Mapping {
  readonly source: Expression;
  /** Name of a variable, or a path of names joined by dots. */
  readonly target: string;
}

/** The mappings of one element, compiled once. */
export interface CompiledMappings {
  /** Names of the variables that they read. */
  readonly variables: readonly string[];
  /** Targets at the top, in order. */
  readonly targets: readonly string[];
}

export interface MappedEntry {
  readonly name: string;
  readonly json: string;
}

export type MappingResult =
  | { readonly ok: true; readonly entries: readonly MappedEntry[] }
  | { readonly ok: false; readonly message: string };

/** Targets as a tree: a leaf is a source. */
type Tree = Map<string, Tree | CompiledExpression>;

function plant(mappings: readonly Mapping[]): Tree {
  const root: Tree = new Map();
  for (const { source, target } of mappings) {
    const path = target.split('.');
    let at = root;
    for (const name of path.slice(0, -1)) {
      const known = at.get(name);
      const next: Tree = known instanceof Map ? known : new Map();
      at.set(name, next);
      at = next;
    }
    at.set(path.at(-1) ?? '', compiled(source));
  }
  return root;
}

class WorkingMappings implements CompiledMappings {
  readonly variables: readonly string[];
  readonly targets: readonly string[];
  /** Paths of all targets when each is a plain path of a variable that no mapping before it hides; else null. */
  readonly paths: readonly (readonly string[])[] | null;
  readonly code: Code;
  readonly locals: number;
  /** The context as FEEL text, for incident messages. */
  readonly text: string;
  constructor(kind: 'input' | 'output', tree: Tree) {
    const names = new Names();
    this.code = contextCode(compilerFor('', names), entrySources(names, kind, tree, []), null);
    this.variables = names.variables;
    this.locals = names.locals;
    this.targets = [...tree.keys()];
    this.text = contextText(kind, tree, []);
    this.paths = plainPaths(tree);
  }
}

function plainPaths(tree: Tree): readonly (readonly string[])[] | null {
  const paths: (readonly string[])[] = [];
  const hidden = new Set<string>();
  for (const [name, leaf] of tree) {
    const path = leaf instanceof Map ? null : leaf.path;
    if (path === null || hidden.has(path[0] ?? '')) return null;
    paths.push(path);
    hidden.add(name);
  }
  return paths;
}

function entrySources(
  names: Names,
  kind: 'input' | 'output',
  tree: Tree,
  path: readonly string[],
): readonly EntrySource[] {
  return Array.from(
    tree,
    ([name, leaf]): EntrySource => ({
      name,
      compile: (scope) =>
        leaf instanceof Map
          ? branchCode(names, kind, leaf, [...path, name], scope)
          : sourceCode(names, leaf, scope),
    }),
  );
}

function sourceCode(names: Names, source: CompiledExpression, scope: Scope | null): Code {
  // The source of an input mapping that is no FEEL is always a text, also when it looks like a number.
  if (source.feel === null) return () => source.source;
  return compilerFor(source.feel.text, names).child(source.feel.root, scope);
}

function branchCode(
  names: Names,
  kind: 'input' | 'output',
  tree: Tree,
  path: readonly string[],
  scope: Scope | null,
): Code {
  const fresh = contextCode(compilerFor('', names), entrySources(names, kind, tree, path), scope);
  if (kind === 'input') return fresh;
  const present = presentCode(names, path, scope);
  return (frame) => {
    const value = present(frame);
    return value === null ? fresh(frame) : mergeContexts(frame, [value, fresh(frame)]);
  };
}

/** The present value at the path of a target. */
function presentCode(
  names: Names,
  [first = '', ...rest]: readonly string[],
  scope: Scope | null,
): Code {
  const read = nameCode(names, scope, first);
  if (rest.length === 0) return valueCode(read);
  return (frame) => {
    const value = read(frame);
    return value === undefined ? null : rest.reduce((at, name) => entryOf(frame, at, name), value);
  };
}

/** The FEEL text that the mappings stand for, as incidents quote it. */
function contextText(kind: 'input' | 'output', tree: Tree, path: readonly string[]): string {
  const entries = Array.from(tree, ([name, leaf]) => {
    if (!(leaf instanceof Map))
      return `${name}:${leaf.feel === null ? `"${leaf.source.replaceAll('"', '\\"')}"` : leaf.text}`;
    const inner = contextText(kind, leaf, [...path, name]);
    if (kind === 'input') return `${name}:${inner}`;
    const target = [...path, name].join('.');
    return `${name}:if (${target} != null) then context merge(${target},${inner}) else ${inner}`;
  });
  return `{${entries.join(',')}}`;
}

/** Compiles the mappings of an element. The targets must have been validated (engine-semantics D "Target paths"). */
export function compileMappings(
  kind: 'input' | 'output',
  mappings: readonly Mapping[],
): CompiledMappings {
  return new WorkingMappings(kind, plant(mappings));
}

/**
 * Evaluates mappings. For outputs `environment.variable` gives the present values into which nested targets are merged. A failure has the
 * text of an IO_MAPPING_ERROR incident.
 */
export function evaluateMappings(
  mappings: CompiledMappings,
  environment: FeelEnvironment,
): MappingResult {
  if (!(mappings instanceof WorkingMappings))
    throw new TypeError('mappings were not made by compileMappings');
  return copiedPaths(mappings, environment) ?? evaluatedContext(mappings, environment);
}

/** Only plain paths that exist: the raw texts are copied, no value is built. */
function copiedPaths(
  { paths, targets }: WorkingMappings,
  environment: FeelEnvironment,
): MappingResult | undefined {
  if (paths === null) return undefined;
  const entries: MappedEntry[] = [];
  for (const [index, path] of paths.entries()) {
    const json = rawPath(path, environment);
    if (json === undefined) return undefined;
    entries.push({ name: targets[index] ?? '', json });
  }
  return { ok: true, entries };
}

function evaluatedContext(
  { code, variables, locals, text }: WorkingMappings,
  environment: FeelEnvironment,
): MappingResult {
  const frame = new Frame(environment, variables.length, locals);
  const evaluation = run(frame, code, text);
  if (evaluation.kind === 'failure') return evaluationFailure(evaluation);
  if (!(evaluation.value instanceof FeelContext))
    throw new TypeError('mappings did not give a context');
  try {
    const entries: MappedEntry[] = [];
    for (const [name, value] of evaluation.value.entries) {
      if (!(value instanceof FeelFunction)) entries.push({ name, json: toJson(value) });
    }
    return { ok: true, entries };
  } catch (error) {
    return { ok: false, message: withWarnings(failureMessage(error, text), evaluation.warnings) };
  }
}
