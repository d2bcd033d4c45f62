// Why a text is refused as XML, and where.
//
// The layout of the message is the one that clients of the reference broker know: a fatal error (not well-formed)
// or an error (well-formed, but no BPMN), with the line; texts of our own add the column.

/** `fatal`: not well-formed; `invalid`: well-formed, but not what the BPMN schema asks for. */
export type XmlErrorKind = 'fatal' | 'invalid';

export class XmlError extends Error {
  readonly kind: XmlErrorKind;
  /** Counts from 1. */
  readonly line: number;
  constructor(kind: XmlErrorKind, line: number, reason: string) {
    const severity = kind === 'fatal' ? 'Fatal Error' : 'Error';
    super(`${severity}: URI=null Line=${line}: ${reason}`);
    this.kind = kind;
    this.line = line;
  }
}

export interface Position {
  /** Both count from 1; columns are UTF-16 units. */
  readonly line: number;
  readonly column: number;
}

/** Line and column of an offset in a text. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < offset && i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 10 || (c === 13 && text.charCodeAt(i + 1) !== 10)) {
      line++;
      lineStart = i + 1;
    }
  }
  return { line, column: offset - lineStart + 1 };
}
