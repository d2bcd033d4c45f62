// Variables: raw JSON text by scope and name. A scope knows the names it has, so that all its variables are
// point reads and no range needs loading.
import {
  type Document,
  type DocumentEntry,
  documentOf,
  type Key,
  NO_KEY,
} from '@millrace/protocol';
import { keyPart, numberPart, textPart } from '../../state/families.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import type { ElementStateStore } from './element-state.ts';
import { FAMILY } from './families.ts';
import { readStrings, writeStrings } from './value-codecs.ts';

export interface VariableInstance {
  readonly key: Key;
  /** Raw JSON text. */
  readonly json: string;
}

/** Names that stand in one piece. */
const NAMES_TOGETHER = 32;
const NO_NAMES: readonly string[] = [];

interface Names {
  /** In the first piece: how many names all pieces have. */
  readonly total: number;
  readonly names: readonly string[];
}

export class VariableState {
  readonly #variables: RangeFamily<Key, string, VariableInstance>;
  /** Names of a scope in the order of their creation, in pieces: what a new one costs does not depend on how many there are. */
  readonly #names: RangeFamily<Key, number, Names>;
  readonly #elements: ElementStateStore;

  constructor(db: StateDb, elements: ElementStateStore) {
    this.#elements = elements;
    this.#variables = db.range({
      number: FAMILY.variable,
      name: 'variable',
      prefix: keyPart,
      suffix: textPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.key(value.key);
          out.string(value.json);
        },
        read: (from) => {
          from.u8();
          return { key: from.key(), json: from.string() };
        },
      },
    });
    this.#names = db.range({
      number: FAMILY.variableNames,
      name: 'variable-names',
      prefix: keyPart,
      suffix: numberPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.varint(value.total);
          writeStrings(out, value.names);
        },
        read: (from) => {
          from.u8();
          return { total: from.varint(), names: readStrings(from) };
        },
      },
    });
  }

  /** The variable of this very scope. */
  local(scopeKey: Key, name: string): VariableInstance | undefined {
    return this.#variables.get(scopeKey, name);
  }

  /** The raw JSON text of the nearest variable of that name, from the scope upward. */
  visible(scopeKey: Key, name: string): string | undefined {
    let scope: Key = scopeKey;
    while (scope !== NO_KEY) {
      const variable = this.#variables.get(scope, name);
      if (variable !== undefined) return variable.json;
      scope = this.parentOf(scope);
    }
    return undefined;
  }

  /** The scope around a scope; NO_KEY above the process instance. */
  parentOf(scopeKey: Key): Key {
    return this.#elements.get(scopeKey)?.value.flowScopeKey ?? NO_KEY;
  }

  localNames(scopeKey: Key): readonly string[] {
    const first = this.#names.get(scopeKey, 0);
    if (first === undefined || first.total <= NAMES_TOGETHER) return first?.names ?? NO_NAMES;
    const names = first.names.slice();
    for (let piece = 1; names.length < first.total; piece++) {
      names.push(...(this.#names.get(scopeKey, piece) as Names).names);
    }
    return names;
  }

  /** All variables of this very scope. */
  localDocument(scopeKey: Key): Document {
    return documentOf(this.#entries(scopeKey, this.localNames(scopeKey)));
  }

  #entries(scopeKey: Key, names: readonly string[]): DocumentEntry[] {
    const entries: DocumentEntry[] = [];
    for (const name of names) {
      const variable = this.#variables.get(scopeKey, name);
      if (variable !== undefined) entries.push({ name, json: variable.json });
    }
    return entries;
  }

  /** All variables that the scope can see, or those named: inner scopes hide outer ones. */
  visibleDocument(scopeKey: Key, wanted: readonly string[]): Document {
    if (wanted.length > 0) {
      const entries: DocumentEntry[] = [];
      for (const name of new Set(wanted)) {
        const json = this.visible(scopeKey, name);
        if (json !== undefined) entries.push({ name, json });
      }
      return documentOf(entries);
    }
    let entries: DocumentEntry[] = [];
    for (let scope = scopeKey; scope !== NO_KEY; scope = this.parentOf(scope)) {
      const outer = this.#entries(scope, this.localNames(scope));
      if (entries.length === 0) entries = outer;
      else if (outer.length > 0) {
        const known = new Set(entries.map((entry) => entry.name));
        for (const entry of outer) if (!known.has(entry.name)) entries.push(entry);
      }
    }
    return documentOf(entries);
  }

  /** The scope was just born: it has no variables. Its process instance gets them before it is born. */
  fresh(scopeKey: Key): void {
    this.#variables.fresh(scopeKey);
    this.#names.fresh(scopeKey);
  }

  // Changes, for appliers only.

  create(scopeKey: Key, name: string, key: Key, json: string): void {
    this.#variables.insertFresh(scopeKey, name, { key, json });
    this.#addName(scopeKey, name);
  }

  #addName(scopeKey: Key, name: string): void {
    const first = this.#names.get(scopeKey, 0);
    if (first === undefined)
      return this.#names.insertFresh(scopeKey, 0, { total: 1, names: [name] });
    const piece = Math.floor(first.total / NAMES_TOGETHER);
    const total = first.total + 1;
    if (piece === 0)
      return this.#names.update(scopeKey, 0, { total, names: [...first.names, name] });
    this.#names.update(scopeKey, 0, { total, names: first.names });
    const last = this.#names.get(scopeKey, piece)?.names ?? NO_NAMES;
    this.#names.upsert(scopeKey, piece, { total: 0, names: [...last, name] });
  }

  update(scopeKey: Key, name: string, key: Key, json: string): void {
    this.#variables.update(scopeKey, name, { key, json });
  }

  /** Forgets all variables of a scope that ended. */
  removeScope(scopeKey: Key): void {
    const names = this.localNames(scopeKey);
    for (const name of names) this.#variables.delete(scopeKey, name);
    for (let piece = 0; piece * NAMES_TOGETHER < names.length; piece++) {
      this.#names.delete(scopeKey, piece);
    }
    this.#variables.ended(scopeKey);
    this.#names.ended(scopeKey);
  }
}
