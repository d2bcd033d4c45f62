// A document: one JSON object whose members stay raw JSON text, so that every digit survives.
//
// It is split into top-level names and slices at most once, and only when somebody asks for a member.
// Texts from outside are checked by parseDocument before they become a Document; see json-text.ts.
import { compactJson, splitMembers, splitObject } from './json-text.ts';

export interface DocumentEntry {
  readonly name: string;
  /** Raw JSON text of the value. */
  readonly json: string;
}

export class Document {
  /** The whole object as JSON text. */
  readonly text: string;
  #entries: readonly DocumentEntry[] | undefined;

  /** @param text a valid JSON object; callers that take text from outside use parseDocument instead */
  constructor(text: string, entries?: readonly DocumentEntry[]) {
    this.text = text;
    this.#entries = entries;
  }

  /** Members in the order of the text. A doubled name stands once, with its last value. */
  get entries(): readonly DocumentEntry[] {
    this.#entries ??= splitObject(this.text);
    return this.#entries;
  }

  get isEmpty(): boolean {
    return this.text === '{}' || this.entries.length === 0;
  }

  toJSON(): unknown {
    return this.text;
  }
}

export const EMPTY_DOCUMENT = new Document('{}', []);

/** The document with these members. Names are written as JSON strings, values as they are. */
export function documentOf(entries: readonly DocumentEntry[]): Document {
  if (entries.length === 0) return EMPTY_DOCUMENT;
  let text = '{';
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as DocumentEntry;
    text += `${(i === 0 ? '' : ',') + JSON.stringify(entry.name)}:${entry.json}`;
  }
  return new Document(`${text}}`, entries);
}

/**
 * A document from outside: checked, without white space between its parts, doubled names resolved.
 * @param text one JSON object
 * @throws JsonTextError
 */
export function parseDocument(text: string): Document {
  // Checked as it came: without its white space "1 2" would be a number, and errors would name wrong places.
  const { entries, hasDoubles } = splitMembers(text);
  if (entries.length === 0) return EMPTY_DOCUMENT;
  const compact = compactJson(hasDoubles ? documentOf(entries).text : text);
  return compact === text ? new Document(text, entries) : new Document(compact);
}
