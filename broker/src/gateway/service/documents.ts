// Variables from a client: checked JSON, root must be an object (gateway-grpc.md 3.1 and trap 7).
import {
  Document,
  EMPTY_DOCUMENT,
  JsonTextError,
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
    if (text.charCodeAt(0) === BRACE) return new Document(text, splitObject(text));
    const bare = text.trim();
    if (bare === '') return EMPTY_DOCUMENT;
    if (bare.charCodeAt(0) === BRACE) return new Document(text, splitObject(text));
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
    throw new StatusError('INVALID_ARGUMENT', `Invalid JSON value: ${error.message}`);
  }
  throw new StatusError(
    'INVALID_ARGUMENT',
    `Property 'variables' is invalid: Expected document to be a root level object, but was '${rootType(text)}'`,
  );
}
