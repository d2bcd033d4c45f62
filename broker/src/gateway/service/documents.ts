// Variables from a client: checked JSON, root must be an object (gateway-grpc.md 3.1 and trap 7).
import {
  type Document,
  EMPTY_DOCUMENT,
  JsonTextError,
  parseDocument,
  rootType,
  skipValue,
  splitObject,
} from '@millrace/protocol';
import { StatusError } from '../status.ts';

const BRACE = 123;

/**
 * The document in `text`. Blank and `null` mean no variables.
 * @throws StatusError INVALID_ARGUMENT naming the fault and its place
 */
export function clientDocument(text: string): Document {
  if (text === '') return EMPTY_DOCUMENT;
  try {
    if (text.charCodeAt(0) === BRACE) return parseDocument(text);
    const bare = text.trim();
    if (bare === '') return EMPTY_DOCUMENT;
    if (bare.charCodeAt(0) === BRACE) return parseDocument(text);
    const from = text.search(/[^ \t\r\n]/);
    const to = skipValue(text, from);
    if (text.slice(to).trim() !== '') {
      throw new JsonTextError(
        `unexpected character '${text.slice(to).trim().charAt(0)}'`,
        text,
        to,
      );
    }
    if (bare === 'null') return EMPTY_DOCUMENT;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    const fault = text.trim().charCodeAt(0) === BRACE ? faultOf(text, error) : error;
    throw new StatusError('INVALID_ARGUMENT', invalidJsonText(text, fault));
  }
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Property 'variables' is invalid: Expected document to be a root level object, but was '${rootType(text)}'`,
  );
}

/** Characters of a faulty text that its message repeats. */
const SHOWN_CHARS_MAX = 1_000;

/**
 * The text as the reference words it, so that whoever reads it finds line and column where they are used to (observed.md 4):
 * behind a word that is no JSON value, at the character that does not fit otherwise.
 */
function invalidJsonText(text: string, error: JsonTextError): string {
  const shown = text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}...` : text;
  return (
    `Invalid JSON value: ${shown}\n at [Source: REDACTED ` +
    '(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); ' +
    `line: ${error.line}, column: ${error.column + wordChars(text, error)}]`
  );
}

/** Characters of the word that stands where a value should be; the one behind it was read too, unless the text ends. */
function wordChars(text: string, error: JsonTextError): number {
  const line = text.split('\n')[error.line - 1] ?? '';
  const before = line.slice(0, error.column - 1).trimEnd();
  const word = /^[A-Za-z_$][\w$]*/.exec(line.slice(error.column - 1))?.[0] ?? '';
  if (word === '' || before.endsWith('{') || before.endsWith(',')) return 0;
  const isLast = error.column - 1 + word.length === line.length;
  return word.length + (isLast || word === 'NaN' ? 0 : 1);
}

/** The fault with its place in the text as the client sent it; parsing works on the text without white space. */
function faultOf(text: string, error: JsonTextError): JsonTextError {
  try {
    splitObject(text);
  } catch (fault) {
    if (fault instanceof JsonTextError) return fault;
  }
  return error;
}
