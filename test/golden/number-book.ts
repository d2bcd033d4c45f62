// Every number and word order that stands on disk, read from the code, and how it differs from the book kept in numbers.json.
//
// The book only grows: what it holds is in logs and states somewhere and means the same for ever. A retired number stays.
import {
  catalog,
  type FieldShape,
  RECORD_TYPES,
  REJECTION_TYPES,
  type ValueType,
} from '@millrace/protocol';
import { EntryKind } from '@millrace/raft';
import { ELEMENT_STATES } from '../../broker/src/core/engine/state/element-instance.ts';
import { FAMILY } from '../../broker/src/core/engine/state/families.ts';
import { JOB_STATES } from '../../broker/src/core/engine/state/job-state.ts';
import { FAMILY_EXPORTER_POSITION } from '../../broker/src/partition/exporter-positions.ts';

type Numbers = Readonly<Record<string, number>>;

export interface NumberBook {
  readonly entryKinds: Numbers;
  readonly families: Numbers;
  readonly valueTypes: Numbers;
  readonly intents: Readonly<Record<string, Numbers>>;
  /** Fields of each value in the order on disk, under `TYPE version N`: such a list never changes. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** Words whose place in the list is their number. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** The numbers of this release. */
export function numbersNow(): NumberBook {
  const valueTypes: Record<string, number> = {};
  const intents: Record<string, Numbers> = {};
  const fields: Record<string, readonly string[]> = {};
  const words: Record<string, readonly string[]> = {
    'record type': RECORD_TYPES,
    'rejection type': REJECTION_TYPES,
    'state of an element': ELEMENT_STATES,
    'state of a job': JOB_STATES,
  };
  const families = { ...FAMILY, exporterPosition: FAMILY_EXPORTER_POSITION };
  for (const valueType of Object.keys(catalog) as ValueType[]) {
    const entry = catalog[valueType];
    valueTypes[valueType] = entry.number;
    intents[valueType] = entry.intents;
    const lines: string[] = [];
    describe(entry.codec.shape, '', lines, (path, list) => {
      words[`${valueType}${path}`] = list;
    });
    fields[`${valueType} version ${entry.version}`] = lines;
  }
  return { entryKinds: EntryKind, families, valueTypes, intents, fields, words };
}

function describe(
  shape: FieldShape,
  path: string,
  lines: string[],
  onWords: (path: string, words: readonly string[]) => void,
): void {
  if (shape.kind === 'struct') {
    for (const [name, field] of shape.fields) describe(field, `${path}.${name}`, lines, onWords);
    return;
  }
  if (shape.kind === 'list') {
    describe(shape.item, `${path}[]`, lines, onWords);
    return;
  }
  if (shape.kind === 'word') onWords(path, shape.words);
  lines.push(`${path.slice(1)}: ${shape.kind}`);
}

/** Items that no release could write may get a shape: nothing of the old one is on any disk. */
function keepsFields(before: readonly string[], after: readonly string[]): boolean {
  let at = 0;
  for (const line of before) {
    const never = line.endsWith('[]: none') ? line.slice(0, -': none'.length) : undefined;
    if (line === after[at]) at++;
    else if (never === undefined) return false;
    else while (after[at]?.startsWith(`${never}.`)) at++;
  }
  return at === after.length;
}

/** What the book says and the code no longer does, as lines. Additions are none. */
export function brokenPromises(book: NumberBook, now: NumberBook): string[] {
  const broken: string[] = [];
  const numbers = (what: string, before: Numbers, after: Numbers | undefined) => {
    for (const [name, number] of Object.entries(before)) {
      const is = after?.[name];
      if (is !== number) broken.push(`${what} ${name} was ${number} and is ${is ?? 'gone'}`);
    }
    const names = new Map<number, string>();
    for (const [name, number] of Object.entries(after ?? {})) {
      const other = names.get(number);
      if (other !== undefined) broken.push(`${what} ${name} and ${other} both have ${number}`);
      names.set(number, name);
    }
  };
  numbers('entry kind', book.entryKinds, now.entryKinds);
  numbers('family', book.families, now.families);
  numbers('value type', book.valueTypes, now.valueTypes);
  for (const [valueType, before] of Object.entries(book.intents)) {
    numbers(`intent of ${valueType}`, before, now.intents[valueType]);
  }
  for (const [key, before] of Object.entries(book.fields)) {
    if (!keepsFields(before, now.fields[key] ?? []))
      broken.push(`the fields of ${key} have changed`);
  }
  for (const [key, before] of Object.entries(book.words)) {
    const after = now.words[key]?.slice(0, before.length);
    if (after?.join() !== before.join()) broken.push(`the words of ${key} have changed`);
  }
  return broken;
}
