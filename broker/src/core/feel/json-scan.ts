// Finds its way through raw JSON text without building values: skips over values, finds a member or an item.
// Relies on the text being valid JSON (the gateway checks documents strictly); on anything else it still ends, with undefined or the end of text.
// Leaves to others: turning the text of one value into a FEEL value (json-value.ts).

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const CLOSE_LIST = 93;
const CLOSE_OBJECT = 125;

/** Position of the first character at or after `at` that is no white space. */
export function skipSpace(text: string, at: number): number {
  let position = at;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
    position++;
  }
  return position;
}

/** Strings up to this length are walked through; longer ones are worth a search. */
const SHORT_STRING = 32;

/** Position after the string that starts with the quote at `at`. */
export function skipString(text: string, at: number): number {
  const near = Math.min(at + SHORT_STRING, text.length);
  let position = at + 1;
  for (; position < near; position++) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) return position + 1;
    if (code === BACKSLASH) position++;
  }
  return position < text.length ? skipLongString(text, position) : text.length;
}

/** Position after the string that goes on at `from` (not on an escaped sign). */
function skipLongString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end > from && text.charCodeAt(end - 1) === BACKSLASH) {
    let first = end - 1;
    while (first > from && text.charCodeAt(first - 1) === BACKSLASH) first--;
    if ((end - first) % 2 === 0) break;
    end = text.indexOf('"', end + 1);
  }
  return end < 0 ? text.length : end + 1;
}

/** Position after the value that starts at `at` (no white space before it). */
export function skipValue(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === QUOTE) return skipString(text, at);
  if (first !== 123 && first !== 91) return skipScalar(text, at);
  let depth = 0;
  for (let position = at; position < text.length; position++) {
    const code = text.charCodeAt(position);
    if (code === QUOTE) position = skipString(text, position) - 1;
    else if (code === 123 || code === 91) depth++;
    else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --depth === 0) return position + 1;
  }
  return text.length;
}

function skipScalar(text: string, at: number): number {
  let position = at + 1;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === COMMA || code === CLOSE_OBJECT || code === CLOSE_LIST || code <= 32) break;
    position++;
  }
  return position;
}

/** Reads a JSON string literal, quotes included. */
export function unquote(literal: string): string {
  return literal.includes('\\') ? String(JSON.parse(literal)) : literal.slice(1, -1);
}

/** Calls `visit` with the name literal's text and the bounds of each member's value. */
export function eachMember(
  text: string,
  visit: (name: string, from: number, to: number) => void,
): void {
  let position = skipSpace(text, 1);
  while (text.charCodeAt(position) === QUOTE) {
    const nameEnd = skipString(text, position);
    const from = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const to = skipValue(text, from);
    visit(text.slice(position, nameEnd), from, to);
    position = skipSpace(text, to);
    if (text.charCodeAt(position) !== COMMA) return;
    position = skipSpace(text, position + 1);
  }
}

/** Text of the value of a member of the object `text` (the last one of that name), or undefined. Builds nothing but the result. */
export function findMember(text: string, name: string): string | undefined {
  const plain = JSON.stringify(name);
  let found: string | undefined;
  let position = skipSpace(text, 1);
  while (text.charCodeAt(position) === QUOTE) {
    const nameEnd = skipString(text, position);
    const same = isName(text, position, nameEnd, plain, name);
    const from = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const to = skipValue(text, from);
    if (same) found = text.slice(from, to);
    position = skipSpace(text, to);
    if (text.charCodeAt(position) !== COMMA) break;
    position = skipSpace(text, position + 1);
  }
  return found;
}

function isName(text: string, from: number, to: number, plain: string, name: string): boolean {
  if (to - from === plain.length && text.startsWith(plain, from)) return true;
  // The same name may be written with escapes.
  const backslash = text.indexOf('\\', from);
  return backslash >= 0 && backslash < to && unquote(text.slice(from, to)) === name;
}

/** Calls `visit` with the bounds of each item of the list `text` until it returns false. */
export function eachItem(text: string, visit: (from: number, to: number) => boolean): void {
  let position = skipSpace(text, 1);
  while (position < text.length && text.charCodeAt(position) !== CLOSE_LIST) {
    const to = skipValue(text, position);
    if (!visit(position, to)) return;
    position = skipSpace(text, to);
    if (text.charCodeAt(position) !== COMMA) return;
    position = skipSpace(text, position + 1);
  }
}
