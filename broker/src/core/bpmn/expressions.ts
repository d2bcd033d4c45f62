// Expressions of a model: which texts are FEEL, what each place asks for, and each text compiled once.
//
// A text is FEEL when it begins with `=` and something follows; everything else is a static value (engine-semantics D).
import { compileExpression, type Expression } from '../feel/index.ts';
import type { Problems } from './problems.ts';
import type { XmlElement } from './xml/xml.ts';

type Compiled = ReturnType<typeof compileExpression>;

export const isFeel = (text: string): boolean => text.length > 1 && text.startsWith('=');

export class ExpressionTable {
  readonly #compiled = new Map<string, Compiled>();

  #compile(text: string): Compiled {
    let compiled = this.#compiled.get(text);
    if (compiled === undefined) {
      compiled = compileExpression(text);
      this.#compiled.set(text, compiled);
    }
    return compiled;
  }

  /** The expression of a text that was judged before. */
  get(text: string): Expression {
    const compiled = this.#compile(text);
    if (!compiled.ok)
      throw new Error(`expression '${text}' was not validated: ${compiled.message}`);
    return compiled.expression;
  }

  /** A static value that is a text whatever it looks like; FEEL stays FEEL. */
  getText(text: string): Expression {
    const looksLikeNumber = text.trim() !== '' && !Number.isNaN(Number(text));
    return this.get(!isFeel(text) && looksLikeNumber ? feelText(text) : text);
  }

  /** Whether a text can be evaluated. */
  parses(text: string): boolean {
    return this.#compile(text).ok;
  }

  /** Reports FEEL that does not parse. Static values are fine. */
  judge(text: string | undefined, at: XmlElement, problems: Problems): boolean {
    if (text === undefined || !isFeel(text)) return true;
    const compiled = this.#compile(text);
    if (!compiled.ok) problems.add('expression-invalid', at, compiled.message);
    return compiled.ok;
  }

  /** Reports a missing or empty text, and FEEL that does not parse. */
  judgeRequired(text: string | undefined, at: XmlElement, problems: Problems): void {
    if (text === undefined || text === '') problems.add('expression-missing', at);
    else this.judge(text, at, problems);
  }

  /** Reports a static value where only FEEL is allowed, and FEEL that does not parse. */
  judgeFeel(text: string, at: XmlElement, problems: Problems): void {
    if (!isFeel(text)) problems.add('expression-static', at, text);
    else this.judge(text, at, problems);
  }

  /** As judgeFeel, a missing or empty text being reported as missing. */
  judgeRequiredFeel(text: string | undefined, at: XmlElement, problems: Problems): void {
    if (text === undefined || text === '') problems.add('expression-missing', at);
    else this.judgeFeel(text, at, problems);
  }
}

/** A FEEL string literal, as an expression. */
export const feelText = (text: string): string => `=${JSON.stringify(text)}`;

/** A FEEL list of string literals, as an expression. */
export const feelList = (items: readonly string[]): string =>
  `=[${items.map((item) => JSON.stringify(item)).join(',')}]`;
