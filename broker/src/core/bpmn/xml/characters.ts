// Character classes of XML 1.0 (fifth edition, productions 2, 4 and 4a) and of namespace names.

const START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F' +
  '\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}';
const REST = `${START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040`;

/** A name as the document writes it, at `lastIndex`; colons are judged by QNAME. */
export const NAME_AT = new RegExp(`[:${START}][:${REST}]*`, 'uy');
export const QNAME = new RegExp(`^[${START}][${REST}]*(?::[${START}][${REST}]*)?$`, 'u');
/** A name without prefix: what an id must be. */
export const NCNAME = new RegExp(`^[${START}][${REST}]*$`, 'u');

const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Offset of the first character that XML does not allow (control characters, half surrogates), or -1. */
export const firstForbidden = (text: string): number => text.search(FORBIDDEN);

/** Whether a character reference may name this code point. */
export function isXmlCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13;
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  );
}

/** Space, tab, carriage return, line feed. */
export const isXmlSpace = (c: number): boolean => c === 32 || c === 10 || c === 13 || c === 9;
