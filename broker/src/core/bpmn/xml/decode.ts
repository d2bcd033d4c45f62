// Bytes of a resource -> text: finds the encoding by byte order mark or XML declaration and decodes strictly.
//
// Understood: UTF-8 and US-ASCII, UTF-16 with a byte order mark, ISO-8859-1. Everything else is refused by name.
import { type Position, positionAt, XmlError } from './xml-error.ts';

declare const TextDecoder: new (
  label?: string,
  options?: { fatal?: boolean; ignoreBOM?: boolean },
) => { decode(bytes: Uint8Array, options?: { stream?: boolean }): string };

const DECLARATION_MAX = 256;
const DECODERS: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
};

/**
 * The text of an XML document, without byte order mark.
 * @throws XmlError when the encoding is not understood or the bytes are not valid in it
 */
export function decodeXml(bytes: Uint8Array): string {
  const [b0, b1, b2, b3] = bytes;
  if ((b0 === 0xff && b1 === 0xfe) || (b0 === 0xfe && b1 === 0xff)) {
    if (b0 === 0xff && b2 === 0 && b3 === 0 && bytes.length > 3) throw refused('UTF-32');
    return strictly(b0 === 0xff ? 'utf-16le' : 'utf-16be', bytes.subarray(2), 'UTF-16');
  }
  if (b0 === 0xef && b1 === 0xbb && b2 === 0xbf) {
    return strictly('utf-8', bytes.subarray(3), 'UTF-8');
  }
  if (b0 === 0 || b1 === 0) throw refused('UTF-16 or UTF-32 without a byte order mark');
  const declared = declaredEncoding(bytes);
  if (declared === undefined) return strictly('utf-8', bytes, 'UTF-8');
  const decoder = Object.hasOwn(DECODERS, declared.toLowerCase())
    ? DECODERS[declared.toLowerCase()]
    : undefined;
  if (decoder === undefined) throw refused(`encoding "${declared}"`);
  return strictly(decoder, bytes, declared);
}

function refused(what: string): XmlError {
  return new XmlError('fatal', 1, `${what} is not supported here: save the file as UTF-8.`);
}

function strictly(label: string, bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const { line, column } = firstFault(label, bytes);
    throw new XmlError('fatal', line, `Invalid ${name} byte sequence at column ${column}.`);
  }
}

/** Where decoding fails: behind the characters of the longest prefix that can be decoded. */
function firstFault(label: string, bytes: Uint8Array): Position {
  let good = 0;
  let text = '';
  for (let step = 2 ** 30; step >= 1; step /= 2) {
    if (good + step > bytes.length) continue;
    const decoded = decodedPrefix(label, bytes.subarray(0, good + step));
    if (decoded === undefined) continue;
    good += step;
    text = decoded;
  }
  return positionAt(text, text.length);
}

/** The characters that the bytes hold; the last one may be cut. */
function decodedPrefix(label: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

function declaredEncoding(bytes: Uint8Array): string | undefined {
  let head = '';
  for (let i = 0; i < bytes.length && i < DECLARATION_MAX; i++) {
    const c = bytes[i]!;
    head += String.fromCharCode(c);
    if (c === 62) break;
  }
  return /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(head)?.[1];
}
