// Writes FEEL values as JSON text. Containers that still have their raw text are copied, not rebuilt.
// Guarantees: every digit of a number; temporal values as the ISO texts of temporal-text.ts; ranges and functions are null, and an entry whose
// value is a function is left out (observed.md section 5, engine F.4). Text and depth are bounded: an expression can share one list a million
// times, and its text would fill the memory.
import { EvaluationFailure } from './evaluation-failure.ts';
import { Dec } from './number.ts';
import { numberJson } from './number-text.ts';
import { temporalVariableText } from './temporal-text.ts';
import { FeelContext, FeelFunction, FeelList, FeelRange, type FeelValue } from './values.ts';

/** Largest result as text, in characters; twice what a record may hold (4 MB). */
const MAX_LENGTH = 8 << 20;
/** Deepest nesting of lists and contexts, as for documents from clients. */
const MAX_DEPTH = 1000;

/** JSON text of a value. Throws EvaluationFailure when the result is too large or too deeply nested. */
export function toJson(value: FeelValue): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if ((value instanceof FeelContext || value instanceof FeelList) && value.raw !== null)
    return value.raw.trimEnd();
  const writer = new JsonWriter();
  writer.write(value, 0);
  return writer.text;
}

class JsonWriter {
  text = '';

  write(value: FeelValue, depth: number): void {
    if (depth > MAX_DEPTH)
      throw new EvaluationFailure(`the result is nested deeper than ${MAX_DEPTH} levels`);
    if (value instanceof FeelList && value.raw === null) this.#list(value, depth);
    else if (value instanceof FeelContext && value.raw === null) this.#context(value, depth);
    else this.#put(scalar(value));
  }

  #put(text: string): void {
    this.text += text;
    if (this.text.length > MAX_LENGTH)
      throw new EvaluationFailure(`the result is larger than ${MAX_LENGTH} characters`);
  }

  #list(list: FeelList, depth: number): void {
    let separator = '[';
    for (const item of list.items) {
      this.#put(separator);
      this.write(item, depth + 1);
      separator = ',';
    }
    this.#put(separator === '[' ? '[]' : ']');
  }

  #context(context: FeelContext, depth: number): void {
    let separator = '{';
    for (const [name, value] of context.entries) {
      if (value instanceof FeelFunction) continue;
      this.#put(`${separator}${JSON.stringify(name)}:`);
      this.write(value, depth + 1);
      separator = ',';
    }
    this.#put(separator === '{' ? '{}' : '}');
  }
}

function scalar(value: FeelValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value instanceof Dec) return numberJson(value);
  if (value instanceof FeelList || value instanceof FeelContext)
    return (value.raw ?? 'null').trimEnd();
  if (value instanceof FeelRange || value instanceof FeelFunction) return 'null';
  return JSON.stringify(temporalVariableText(value));
}
