// The items of a multi-instance's input collection as JSON texts.
//
// Every round asks for the whole collection again, because it may have changed (engine-semantics.md C.11). What an expression
// gave last is kept with the variables that it has read: as long as these are the same, so is the result. That is no state:
// it only spares work.
import type { Key } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import { eachItem, evaluateJson, evaluateList, type FeelEnvironment } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';

interface Known {
  readonly bodyKey: Key;
  readonly body: ExecutableElement;
  readonly reads: ReadonlyMap<string, string | undefined>;
  readonly items: readonly string[];
}

/** Collections that are kept. */
const KNOWN_MAX = 4;

const knownBy = new WeakMap<Context, Known[]>();

/** Notes what an expression reads, and whether its result depends on anything else. */
class ReadingEnvironment implements FeelEnvironment {
  readonly reads = new Map<string, string | undefined>();
  isRepeatable = true;
  readonly #feel: FeelEnvironment;

  constructor(feel: FeelEnvironment) {
    this.#feel = feel;
  }

  variable(name: string): string | undefined {
    const json = this.#feel.variable(name);
    this.reads.set(name, json);
    return json;
  }

  get nowMs(): number {
    this.isRepeatable = false;
    return this.#feel.nowMs;
  }

  random(): number {
    this.isRepeatable = false;
    return this.#feel.random?.() ?? 0;
  }
}

function isFresh(known: Known, feel: FeelEnvironment): boolean {
  for (const [name, json] of known.reads) if (feel.variable(name) !== json) return false;
  return true;
}

/** @param e the multi-instance body */
export function inputItems(c: Context, e: ElementContext): readonly string[] | Failure {
  const feel = c.feel(e.key);
  let all = knownBy.get(c);
  if (all === undefined) {
    all = [];
    knownBy.set(c, all);
  }
  const place = all.findIndex((known) => known.bodyKey === e.key && known.body === e.element);
  const known = all[place];
  if (known !== undefined) {
    if (isFresh(known, feel)) return known.items;
    all.splice(place, 1);
  }
  const reading = new ReadingEnvironment(feel);
  const items = evaluateItems(e, reading);
  if (!('errorType' in items) && reading.isRepeatable) {
    all.unshift({ bodyKey: e.key, body: e.element, reads: reading.reads, items });
    all.length = Math.min(all.length, KNOWN_MAX);
  }
  return items;
}

function evaluateItems(e: ElementContext, feel: FeelEnvironment): readonly string[] | Failure {
  const { loop } = e.element;
  if (loop === undefined) throw new Error(`element '${e.element.id}' has no loop`);
  const json = evaluateJson(loop.inputCollection, feel);
  if (!json.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: json.message };
  if (json.value.startsWith('[')) return itemsOf(json.value);
  const list = evaluateList(loop.inputCollection, feel);
  if (list.ok) throw new Error(`the list of '${e.element.id}' is no list as JSON`);
  return { errorType: 'EXTRACT_VALUE_ERROR', message: list.message };
}

/** The JSON texts of the items of a list. */
export function itemsOf(list: string): string[] {
  const items: string[] = [];
  eachItem(list, (from, to) => {
    items.push(list.slice(from, to));
    return true;
  });
  return items;
}
