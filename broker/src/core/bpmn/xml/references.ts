// Entity and character references: the five that XML predefines and &#...; nothing can be declared here.
import { isXmlCharacter } from './characters.ts';

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
]);

const REFERENCE = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([^\s&;<>"'=]+));/g;
const REFERENCE_AT = /&(?:#x([0-9a-fA-F]+)|#([0-9]+)|([^\s&;<>"'=#]+));/y;

/** The first faulty reference of a piece of text: where in it, and why; undefined when all are fine. */
export function faultyReference(text: string): { at: number; reason: string } | undefined {
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    REFERENCE_AT.lastIndex = at;
    const match = REFERENCE_AT.exec(text);
    if (match === null) return { at, reason: broken(text, at) };
    const [whole, hex, decimal, name] = match;
    if (name !== undefined) {
      if (!PREDEFINED.has(name)) {
        return { at, reason: `The entity "${name}" was referenced, but not declared.` };
      }
    } else if (!isXmlCharacter(codeOf(hex, decimal))) {
      const shown = whole.slice(0, Math.min(whole.length - 1, 20));
      return { at, reason: `Character reference "${shown}" is an invalid XML character.` };
    }
  }
  return undefined;
}

function broken(text: string, at: number): string {
  const name = /^&([^\s&;<>"'=#]+)/.exec(text.slice(at, at + 100))?.[1];
  return name === undefined
    ? "The entity name must immediately follow the '&' in the entity reference."
    : `The reference to entity "${name}" must end with the ';' delimiter.`;
}

function codeOf(hex: string | undefined, decimal: string | undefined): number {
  return hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(decimal ?? '', 10);
}

/** Replaces all references of a text that was checked before. */
export function resolveReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(REFERENCE, (whole, hex, decimal, name) =>
    name !== undefined
      ? (PREDEFINED.get(name) ?? whole)
      : String.fromCodePoint(codeOf(hex, decimal)),
  );
}
