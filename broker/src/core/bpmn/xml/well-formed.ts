// Checks that a text is well-formed XML 1.0, in one pass and linear time, before the parser library sees it.
//
// The library (fast-xml-parser) builds the tree but lets crossed tags, doubled attributes, several roots, undefined
// entities and control characters through; this pass refuses them. It also bounds what the tree may cost: depth,
// attributes of one element, elements. DOCTYPE is refused, so there is nothing to expand. Namespaces are left to xml.ts.
import { firstForbidden, isXmlSpace, NAME_AT, QNAME } from './characters.ts';
import { faultyReference } from './references.ts';
import { positionAt, XmlError } from './xml-error.ts';

export const XML_DEPTH_MAX = 500;
export const XML_ATTRIBUTES_MAX = 1000;
export const XML_ELEMENTS_MAX = 200_000;

/** What the pass found, beside that all is well. */
export interface WellFormed {
  /** The text with the content of processing instructions blanked out (the library stumbles over quotes there); same offsets. */
  readonly text: string;
  /** For each element in document order: offset of its `<` and offset just behind its start tag. */
  readonly starts: readonly number[];
  readonly startTagEnds: readonly number[];
  /** Offset of the end tag of the root. */
  readonly rootEnd: number;
}

/**
 * @throws XmlError (fatal) naming line and reason
 */
export function checkWellFormed(text: string): WellFormed {
  return new Scanner(text).run();
}

class Scanner {
  readonly #text: string;
  /** Offset of the first forbidden character, or -1. */
  readonly #forbidden: number;
  readonly #open: string[] = [];
  readonly #starts: number[] = [];
  readonly #startTagEnds: number[] = [];
  readonly #instructions: { from: number; to: number }[] = [];
  #rootEnd = -1;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#forbidden = firstForbidden(text);
  }

  run(): WellFormed {
    const text = this.#text;
    while (this.#at < text.length) {
      const next = text.indexOf('<', this.#at);
      const end = next < 0 ? text.length : next;
      this.#content(this.#at, end);
      if (next < 0) break;
      this.#at = next;
      this.#markup();
    }
    if (this.#starts.length === 0) throw this.#fatal(text.length, 'Premature end of file.');
    if (this.#open.length > 0) throw this.#cutOff();
    return {
      text: this.#blanked(),
      starts: this.#starts,
      startTagEnds: this.#startTagEnds,
      rootEnd: this.#rootEnd,
    };
  }

  #fatal(at: number, reason: string): XmlError {
    return new XmlError('fatal', positionAt(this.#text, at).line, reason);
  }

  /** A refusal in words of our own, with the column. */
  #refuse(at: number, reason: string): XmlError {
    const { line, column } = positionAt(this.#text, at);
    return new XmlError('fatal', line, `${reason} (column ${column})`);
  }

  #cutOff(): XmlError {
    return this.#fatal(
      this.#text.length,
      'XML document structures must start and end within the same entity.',
    );
  }

  #checkCharacters(from: number, to: number, place: string): void {
    if (this.#forbidden < from || this.#forbidden >= to) return;
    const code = this.#text.codePointAt(this.#forbidden)!.toString(16);
    throw this.#fatal(
      this.#forbidden,
      `An invalid XML character (Unicode: 0x${code}) was found in ${place}.`,
    );
  }

  /** Text between two pieces of markup. */
  #content(from: number, to: number): void {
    if (from === to) return;
    const text = this.#text;
    if (this.#open.length === 0) {
      for (let i = from; i < to; i++) {
        if (isXmlSpace(text.charCodeAt(i))) continue;
        const place = this.#rootEnd < 0 ? 'prolog' : 'trailing section';
        throw this.#fatal(i, `Content is not allowed in ${place}.`);
      }
      return;
    }
    this.#checkCharacters(from, to, 'the element content of the document');
    // Searches must end with the piece, or the whole pass would be quadratic.
    const piece = text.slice(from, to);
    const fault = faultyReference(piece);
    if (fault !== undefined) throw this.#fatal(from + fault.at, fault.reason);
    const close = piece.indexOf(']]>');
    if (close >= 0) {
      throw this.#refuse(
        from + close,
        'The text must not contain "]]>" outside of a CDATA section.',
      );
    }
  }

  #markup(): void {
    const text = this.#text;
    const next = text.charCodeAt(this.#at + 1);
    if (next === 47) this.#endTag();
    else if (next === 63) this.#instruction();
    else if (next !== 33) this.#startTag();
    else if (text.startsWith('<!--', this.#at)) this.#comment();
    else if (text.startsWith('<![CDATA[', this.#at)) this.#characterData();
    else if (text.startsWith('<!DOCTYPE', this.#at)) {
      throw this.#refuse(this.#at, 'DOCTYPE and the entities it could declare are not allowed.');
    } else if (this.#at + 9 > text.length) throw this.#cutOff();
    else throw this.#refuse(this.#at, 'Unknown markup "<!" in the document.');
  }

  #instruction(): void {
    const text = this.#text;
    const from = this.#at + 2;
    const end = text.indexOf('?>', from);
    if (end < 0) throw this.#cutOff();
    NAME_AT.lastIndex = from;
    const target = NAME_AT.exec(text)?.[0];
    if (target === undefined) throw this.#refuse(from, 'A processing instruction needs a name.');
    if (target.toLowerCase() === 'xml') {
      if (this.#at !== 0 || target !== 'xml') {
        throw this.#refuse(this.#at, 'The XML declaration is allowed at the very start only.');
      }
      const version = /\sversion\s*=\s*["']([^"']*)["']/.exec(text.slice(from, end))?.[1];
      if (version !== '1.0' && version !== '1.1') {
        throw this.#refuse(this.#at, `XML version "${version ?? ''}" is not supported.`);
      }
    }
    this.#checkCharacters(from, end, 'the processing instruction');
    this.#instructions.push({ from, to: end });
    this.#at = end + 2;
  }

  #comment(): void {
    const text = this.#text;
    const dashes = text.indexOf('--', this.#at + 4);
    if (dashes < 0) throw this.#cutOff();
    if (text.charCodeAt(dashes + 2) !== 62) {
      if (dashes + 2 >= text.length) throw this.#cutOff();
      throw this.#fatal(dashes, 'The string "--" is not permitted within comments.');
    }
    this.#checkCharacters(this.#at, dashes, 'the comment');
    this.#at = dashes + 3;
  }

  #characterData(): void {
    const end = this.#text.indexOf(']]>', this.#at);
    if (this.#open.length === 0) {
      throw this.#refuse(this.#at, 'A CDATA section must be inside of the root element.');
    }
    if (end < 0) throw this.#cutOff();
    this.#checkCharacters(this.#at, end, 'the CDATA section');
    this.#at = end + 3;
  }

  #endTag(): void {
    const text = this.#text;
    const open = this.#open.at(-1);
    if (open === undefined) throw this.#afterRoot(this.#at);
    let at = this.#at + 2;
    const named = text.startsWith(open, at);
    at += open.length;
    const behind = text.charCodeAt(at);
    if (!named || (!isXmlSpace(behind) && behind !== 62)) {
      throw this.#fatal(
        Math.min(at, text.length),
        `The element type "${open}" must be terminated by the matching end-tag "</${open}>".`,
      );
    }
    while (isXmlSpace(text.charCodeAt(at))) at++;
    if (text.charCodeAt(at) !== 62) {
      throw this.#fatal(
        at,
        `The end-tag for element type "${open}" must end with a '>' delimiter.`,
      );
    }
    this.#open.pop();
    if (this.#open.length === 0) this.#rootEnd = this.#at;
    this.#at = at + 1;
  }

  #afterRoot(at: number): XmlError {
    return this.#rootEnd < 0
      ? this.#refuse(at, 'An end tag without a start tag.')
      : this.#fatal(
          at,
          'The markup in the document following the root element must be well-formed.',
        );
  }

  #startTag(): void {
    const text = this.#text;
    const start = this.#at;
    if (this.#open.length === 0 && this.#rootEnd >= 0) throw this.#afterRoot(start);
    if (start + 1 >= text.length) throw this.#cutOff();
    const name = this.#name(start + 1);
    if (name === '') throw this.#refuse(start, 'The "<" does not begin a tag; write it as "&lt;".');
    this.#starts.push(start);
    if (this.#starts.length > XML_ELEMENTS_MAX) {
      throw this.#refuse(start, `The document has more than ${XML_ELEMENTS_MAX} elements.`);
    }
    this.#at = start + 1 + name.length;
    const empty = this.#attributes(name);
    this.#startTagEnds.push(this.#at);
    if (!empty) {
      this.#open.push(name);
      if (this.#open.length > XML_DEPTH_MAX) {
        throw this.#refuse(start, `Elements are nested deeper than ${XML_DEPTH_MAX} levels.`);
      }
    } else if (this.#open.length === 0) this.#rootEnd = start;
  }

  /** The name at an offset, '' when there is none. */
  #name(at: number): string {
    NAME_AT.lastIndex = at;
    const name = NAME_AT.exec(this.#text)?.[0] ?? '';
    if (name.includes(':') && !QNAME.test(name)) {
      throw this.#refuse(at, `The name "${name}" is not of the form name or prefix:name.`);
    }
    return name;
  }

  /** Reads all attributes and the end of the tag; true when the element is empty (`/>`). */
  #attributes(element: string): boolean {
    const text = this.#text;
    const names = new Set<string>();
    for (;;) {
      let at = this.#at;
      while (isXmlSpace(text.charCodeAt(at))) at++;
      const spaced = at > this.#at;
      const c = text.charCodeAt(at);
      if (c === 62) {
        this.#at = at + 1;
        return false;
      }
      if (c === 47 && text.charCodeAt(at + 1) === 62) {
        this.#at = at + 2;
        return true;
      }
      if (at >= text.length) throw this.#cutOff();
      const name = spaced ? this.#name(at) : '';
      if (name === '') {
        throw this.#fatal(
          at,
          `Element type "${element}" must be followed by either attribute specifications, ">" or "/>".`,
        );
      }
      if (names.has(name)) {
        throw this.#fatal(
          at,
          `Attribute "${name}" was already specified for element "${element}".`,
        );
      }
      names.add(name);
      if (names.size > XML_ATTRIBUTES_MAX) {
        throw this.#refuse(
          at,
          `Element "${element}" has more than ${XML_ATTRIBUTES_MAX} attributes.`,
        );
      }
      this.#attributeValue(element, name, at + name.length);
    }
  }

  #attributeValue(element: string, name: string, after: number): void {
    const text = this.#text;
    let at = after;
    while (isXmlSpace(text.charCodeAt(at))) at++;
    if (at >= text.length) throw this.#cutOff();
    if (text.charCodeAt(at) !== 61) {
      throw this.#refuse(
        at,
        `Attribute "${name}" of element "${element}" needs a value: ${name}="...".`,
      );
    }
    at++;
    while (isXmlSpace(text.charCodeAt(at))) at++;
    const quote = text.charAt(at);
    if (quote === '') throw this.#cutOff();
    if (quote !== '"' && quote !== "'") {
      throw this.#refuse(
        at,
        `The value of attribute "${name}" of element "${element}" needs quotes.`,
      );
    }
    const end = text.indexOf(quote, at + 1);
    if (end < 0) throw this.#cutOff();
    const value = text.slice(at + 1, end);
    const less = value.indexOf('<');
    if (less >= 0) {
      throw this.#fatal(
        at + 1 + less,
        `The value of attribute "${name}" associated with an element type "${element}" must not contain the '<' character.`,
      );
    }
    this.#checkCharacters(at, end, `the value of attribute "${name}" and element is "${element}"`);
    const fault = faultyReference(value);
    if (fault !== undefined) throw this.#fatal(at + 1 + fault.at, fault.reason);
    this.#at = end + 1;
  }

  #blanked(): string {
    if (this.#instructions.length === 0) return this.#text;
    const pieces: string[] = [];
    let from = 0;
    for (const instruction of this.#instructions) {
      pieces.push(this.#text.slice(from, instruction.from));
      pieces.push('x'.repeat(instruction.to - instruction.from));
      from = instruction.to;
    }
    pieces.push(this.#text.slice(from));
    return pieces.join('');
  }
}
