// Functions over contexts (engine-semantics K.4; results as seen on the reference).
import type { Frame } from '../frame.ts';
import { FeelContext, FeelList, type FeelValue } from '../values.ts';
import {
  type Builtin,
  builtin,
  ILLEGAL,
  listOrItems,
  overload,
  type Run,
  variadic,
} from './builtin.ts';

const getValue: Run = (_frame, [context, key]) => {
  if (!(context instanceof FeelContext)) return ILLEGAL;
  if (typeof key === 'string') return context.get(key) ?? null;
  if (!(key instanceof FeelList)) return ILLEGAL;
  let value: FeelValue = context;
  for (const step of key.items) {
    if (typeof step !== 'string') return ILLEGAL;
    value = value instanceof FeelContext ? (value.get(step) ?? null) : null;
  }
  return value;
};

const getEntries: Run = (frame, [context]) => {
  if (!(context instanceof FeelContext)) return ILLEGAL;
  frame.charge(context.entries.size);
  return new FeelList(
    Array.from(
      context.entries,
      ([key, value]) =>
        new FeelContext(
          new Map<string, FeelValue>([
            ['key', key],
            ['value', value],
          ]),
        ),
    ),
  );
};

/** A copy of the context with one entry set. */
function withEntry(frame: Frame, context: FeelContext, key: string, value: FeelValue): FeelContext {
  frame.charge(context.entries.size);
  return new FeelContext(new Map(context.entries).set(key, value));
}

function withPath(
  frame: Frame,
  context: FeelContext,
  [first, ...rest]: readonly string[],
  value: FeelValue,
): FeelContext {
  if (first === undefined) return context;
  if (rest.length === 0) return withEntry(frame, context, first, value);
  const inner = context.get(first);
  const base = inner instanceof FeelContext ? inner : new FeelContext(new Map());
  return withEntry(frame, context, first, withPath(frame, base, rest, value));
}

const contextPut: Run = (frame, [context, key, value = null]) => {
  if (!(context instanceof FeelContext)) return ILLEGAL;
  if (typeof key === 'string') return withEntry(frame, context, key, value);
  if (!(key instanceof FeelList)) return ILLEGAL;
  const steps = key.items.filter((step) => typeof step === 'string');
  if (steps.length === 0 || steps.length !== key.items.length) return null;
  return withPath(frame, context, steps, value);
};

/** All entries of several contexts, later ones over earlier ones; null when one is no context. */
export function mergeContexts(frame: Frame, contexts: readonly FeelValue[]): FeelValue {
  const merged = new Map<string, FeelValue>();
  for (const context of contexts) {
    if (!(context instanceof FeelContext)) return null;
    frame.charge(context.entries.size);
    for (const [key, value] of context.entries) merged.set(key, value);
  }
  return new FeelContext(merged);
}

const contextMerge: Run = (frame, [contexts]) => {
  const items = listOrItems(contexts);
  return items === undefined ? null : mergeContexts(frame, items);
};

/** A context from a list of contexts with `key` and `value`. */
const context: Run = (frame, [entries]) => {
  if (!(entries instanceof FeelList)) return null;
  const items = entries.items;
  frame.charge(items.length);
  const result = new Map<string, FeelValue>();
  for (const item of items) {
    const key = item instanceof FeelContext ? item.get('key') : undefined;
    const value = item instanceof FeelContext ? item.get('value') : undefined;
    if (typeof key !== 'string' || value === undefined) return null;
    result.set(key, value);
  }
  return new FeelContext(result);
};

const putOverloads = [
  overload(['context', 'key', 'value'], contextPut),
  overload(['context', 'keys', 'value'], contextPut),
];

export const CONTEXT_FUNCTIONS: readonly Builtin[] = [
  builtin(
    'get value',
    overload(['context', 'key'], getValue),
    overload(['m', 'key'], getValue),
    overload(['context', 'keys'], getValue),
  ),
  builtin('get entries', overload(['context'], getEntries), overload(['m'], getEntries)),
  builtin('context put', ...putOverloads),
  builtin('put', ...putOverloads),
  builtin('context merge', variadic(['contexts'], contextMerge)),
  builtin('put all', variadic(['contexts'], contextMerge)),
  builtin('context', overload(['entries'], context)),
];
