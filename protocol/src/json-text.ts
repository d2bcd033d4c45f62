// Strict JSON (RFC 8259) over text: checks it and cuts an object into its members without building values.
//
// Guarantees: accepts exactly what JSON.parse accepts, up to JSON_DEPTH_MAX levels; an error names line and column.
import type { DocumentEntry } from './document.ts';
import { JSON_DEPTH_MAX } from './limits.ts';

/** Where and why a text is no JSON. `column` counts from 1. */
export class JsonTextError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, text: string, at: number) {
    const before = text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - before.lastIndexOf('\n');
    super(`${message} at line ${line}, column ${column}`);
    this.line = line;
    this.column = column;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;

const isSpace = (c: number) => c === 32 || c === 10 || c === 13 || c === 9;
const isDigit = (c: number) => c >= 48 && c <= 57;

function skipSpace(text: string, at: number): number {
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

/** Index just after the string that begins at `at` (its opening quote). */
function skipString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) return i + 1;
    if (c < 32) throw new JsonTextError('control character in a string', text, i);
    if (c === BACKSLASH) {
      const escaped = text.charAt(i + 1);
      if (escaped === 'u') {
        if (!/^[0-9a-fA-F]{4}$/.test(text.slice(i + 2, i + 6))) {
          throw new JsonTextError('incomplete \\u escape', text, i);
        }
        i += 5;
      } else if (escaped !== '' && '"\\/bfnrt'.includes(escaped)) i++;
      else throw new JsonTextError(`unknown escape '\\${escaped}'`, text, i);
    }
  }
  throw new JsonTextError('a string does not end', text, at);
}

function skipNumber(text: string, at: number): number {
  let i = at;
  if (text.charCodeAt(i) === 45) i++;
  if (text.charCodeAt(i) === 48) i++;
  else if (isDigit(text.charCodeAt(i))) while (isDigit(text.charCodeAt(i))) i++;
  else throw unexpected(text, at);
  if (text.charCodeAt(i) === 46) {
    i++;
    if (!isDigit(text.charCodeAt(i))) throw new JsonTextError('digits are missing', text, i);
    while (isDigit(text.charCodeAt(i))) i++;
  }
  const e = text.charCodeAt(i);
  if (e === 101 || e === 69) {
    i++;
    const sign = text.charCodeAt(i);
    if (sign === 43 || sign === 45) i++;
    if (!isDigit(text.charCodeAt(i))) throw new JsonTextError('digits are missing', text, i);
    while (isDigit(text.charCodeAt(i))) i++;
  }
  return i;
}

function unexpected(text: string, at: number): JsonTextError {
  if (at >= text.length) return new JsonTextError('unexpected end of the text', text, at);
  return new JsonTextError(`unexpected character '${text.charAt(at)}'`, text, at);
}

function skipWord(text: string, at: number): number {
  for (const word of ['true', 'false', 'null'])
    if (text.startsWith(word, at)) return at + word.length;
  throw unexpected(text, at);
}

/** Index just after the value that begins at `at`. Iterative, so that depth costs no stack. */
export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return skipString(text, at);
  if (first !== 123 && first !== 91) {
    return first === 45 || isDigit(first) ? skipNumber(text, at) : skipWord(text, at);
  }
  const open: number[] = []; // 123 for an object, 91 for a list
  let i = at;
  let expectValue = true;
  for (;;) {
    i = skipSpace(text, i);
    const c = text.charCodeAt(i);
    if (expectValue) {
      if (c === 123 || c === 91) {
        if (open.length === JSON_DEPTH_MAX) {
          throw new JsonTextError(`nested deeper than ${JSON_DEPTH_MAX} levels`, text, i);
        }
        open.push(c);
        const inside = skipSpace(text, i + 1);
        if (text.charCodeAt(inside) === c + 2) i = inside;
        else {
          i = c === 123 ? skipName(text, inside) : inside;
          continue;
        }
        open.pop();
        i++;
      } else if (c === QUOTE) i = skipString(text, i);
      else i = c === 45 || isDigit(c) ? skipNumber(text, i) : skipWord(text, i);
      expectValue = false;
    } else if (c === 44) {
      i = skipSpace(text, i + 1);
      if (open.at(-1) === 123) i = skipName(text, i);
      expectValue = true;
    } else if (c === (open.at(-1) as number) + 2) {
      open.pop();
      i++;
    } else throw unexpected(text, i);
    if (!expectValue && open.length === 0) return i;
  }
}

/** Index just after the colon of the member whose name begins at `at`. */
function skipName(text: string, at: number): number {
  if (text.charCodeAt(at) !== QUOTE) throw unexpected(text, at);
  const colon = skipSpace(text, skipString(text, at));
  if (text.charCodeAt(colon) !== 58) throw unexpected(text, colon);
  return colon + 1;
}

/** The string that the JSON string literal text[from..to) stands for. */
export function stringOf(text: string, from: number, to: number): string {
  const inner = text.slice(from + 1, to - 1);
  return inner.includes('\\') ? (JSON.parse(text.slice(from, to)) as string) : inner;
}

/**
 * Cuts the JSON object `text` into its members, in order; of doubled names the last value counts, in the first place.
 * @throws JsonTextError when the text is no JSON object or something follows it
 */
export function splitObject(text: string): DocumentEntry[] {
  return splitMembers(text).entries;
}

/** What `splitObject` gives, and whether a name was doubled. @throws JsonTextError */
export function splitMembers(text: string): { entries: DocumentEntry[]; hasDoubles: boolean } {
  let hasDoubles = false;
  const entries: DocumentEntry[] = [];
  const places = new Map<string, number>();
  let i = skipSpace(text, 0);
  if (text.charCodeAt(i) !== 123) throw unexpected(text, i);
  i = skipSpace(text, i + 1);
  if (text.charCodeAt(i) === 125) i++;
  else {
    for (;;) {
      if (text.charCodeAt(i) !== QUOTE) throw unexpected(text, i);
      const nameEnd = skipString(text, i);
      const name = stringOf(text, i, nameEnd);
      i = skipSpace(text, nameEnd);
      if (text.charCodeAt(i) !== 58) throw unexpected(text, i);
      const from = skipSpace(text, i + 1);
      const to = skipValue(text, from);
      const entry = { name, json: text.slice(from, to) };
      const place = places.get(name);
      if (place === undefined) {
        places.set(name, entries.length);
        entries.push(entry);
      } else {
        entries[place] = entry;
        hasDoubles = true;
      }
      i = skipSpace(text, to);
      const c = text.charCodeAt(i);
      i++;
      if (c === 125) break;
      if (c !== 44) throw unexpected(text, i - 1);
      i = skipSpace(text, i);
    }
  }
  const end = skipSpace(text, i);
  if (end !== text.length) throw unexpected(text, end);
  return { entries, hasDoubles };
}

/** What kind of JSON value a text begins with, in the reference's words (its texts name them). */
export function rootType(text: string): string {
  const c = text.charAt(skipSpace(text, 0));
  if (c === '{') return 'OBJECT';
  if (c === '[') return 'ARRAY';
  if (c === '"') return 'STRING';
  if (c === 't' || c === 'f') return 'BOOLEAN';
  if (c === 'n') return 'NIL';
  return /^[-\d]+$/.test(text.trim()) ? 'INTEGER' : 'FLOAT';
}

/**
 * The same JSON in the one form that is stored: without white space outside its strings, strings without needless escapes.
 * One line; equal strings have equal texts. Numbers stay as written.
 * @param text valid JSON; other text is not noticed
 */
export function compactJson(text: string): string {
  if (!/[ \n\r\t\\\ud800-\udfff]/.test(text)) return text;
  let out = '';
  let from = 0;
  for (let i = 0; i < text.length; ) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      const end = skipString(text, i);
      out += text.slice(from, i) + plainString(text.slice(i, end));
      from = i = end;
    } else if (isSpace(c)) {
      out += text.slice(from, i);
      from = i = skipSpace(text, i);
    } else i++;
  }
  return out + text.slice(from);
}

/** A string literal with the escapes that JSON demands, and those of characters beyond 16 bits, as the reference writes them. */
function plainString(literal: string): string {
  if (!/[\\\ud800-\udfff]/.test(literal)) return literal;
  return JSON.stringify(JSON.parse(literal)).replace(
    /\\u[0-9a-f]{4}|[\ud800-\udfff]/g,
    (part) =>
      `\\u${(part.length === 1 ? part.charCodeAt(0).toString(16) : part.slice(2)).toUpperCase()}`,
  );
}
