// Attributes that are ids or refer to ids.
import type { XmlElement } from './xml/xml.ts';

/** An id or a reference to one: surrounding white space does not count. */
export const attribute = (xml: XmlElement, name: string): string | undefined =>
  xml.attributes.get(name)?.trim();

/** As attribute(), for references that may carry a prefix. */
export function reference(xml: XmlElement, name: string): string | undefined {
  const value = attribute(xml, name);
  return value === undefined ? undefined : localName(value);
}

export const localName = (reference: string): string => reference.slice(reference.indexOf(':') + 1);

export const isTrue = (value: string | undefined): boolean => value === 'true' || value === '1';
