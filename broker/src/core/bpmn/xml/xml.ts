// XML text -> element tree: names resolved to namespaces, references resolved, positions kept.
//
// fast-xml-parser builds the tree; well-formed.ts has refused before what the library would let through. Here the
// prefixes are bound (Namespaces in XML 1.0) and attribute values normalised. Comments and processing instructions
// are gone, CDATA is text.
import { XMLParser } from 'fast-xml-parser';
import { decodeXml } from './decode.ts';
import { resolveReferences } from './references.ts';
import { checkWellFormed, type WellFormed, XML_DEPTH_MAX } from './well-formed.ts';
import { type Position, positionAt, XmlError } from './xml-error.ts';

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/';

export interface XmlElement {
  /** Namespace URI, '' when there is none. */
  readonly namespace: string;
  /** Name without prefix. */
  readonly name: string;
  /** Attributes by name; those of another namespace as `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The element's own character data, all pieces joined. */
  readonly text: string;
  readonly parent: XmlElement | undefined;
  /** Number of the element in document order, 0 is the root. */
  readonly order: number;
}

/** A document whose elements know where they stand. */
export class XmlDocument {
  readonly root: XmlElement;
  readonly #text: string;
  readonly #form: WellFormed;

  constructor(root: XmlElement, text: string, form: WellFormed) {
    this.root = root;
    this.#text = text;
    this.#form = form;
  }

  /** Where the element begins. */
  position(element: XmlElement): Position {
    return positionAt(this.#text, this.#form.starts[element.order] ?? 0);
  }

  /** The line on which the element's start tag ends: the reference names that one. */
  startTagLine(element: XmlElement): number {
    return positionAt(this.#text, this.#form.startTagEnds[element.order] ?? 0).line;
  }

  /** The line of the root's end tag. */
  endLine(): number {
    return positionAt(this.#text, this.#form.rootEnd).line;
  }
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: XML_DEPTH_MAX + 1,
  jPath: false,
  onDangerousProperty: (name: string) => name,
});

/**
 * Reads an XML document.
 * @throws XmlError with line and reason when it is not well-formed, too deep or too large, or not decodable
 */
export function readXml(bytes: Uint8Array): XmlDocument {
  const text = decodeXml(bytes);
  const form = checkWellFormed(text);
  let nodes: ParsedNode[];
  try {
    nodes = parser.parse(form.text);
  } catch (error) {
    // What is left after the check: names that the library reserves, such as __proto__.
    throw new XmlError('fatal', 1, error instanceof Error ? error.message : String(error));
  }
  const builder = new TreeBuilder(text, form);
  const root = nodes.find((node) => tagOf(node) !== undefined);
  if (root === undefined) throw new XmlError('fatal', 1, 'Premature end of file.');
  const document = new XmlDocument(builder.element(root, undefined, undefined), text, form);
  if (builder.count !== form.starts.length) {
    throw new XmlError('fatal', 1, 'The document could not be read as a tree of elements.');
  }
  return document;
}

/** A node as the library hands it out in order-preserving mode: one key for the tag, `:@` for the attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

function tagOf(node: ParsedNode): string | undefined {
  for (const key in node) {
    if (key !== ':@' && key !== '#text' && key !== '#cdata') return key;
  }
  return undefined;
}

/** Prefixes bound by one element; the chain leads to the root. */
interface Bindings {
  readonly own: ReadonlyMap<string, string>;
  readonly outer: Bindings | undefined;
}

function lookUp(bindings: Bindings | undefined, prefix: string): string | undefined {
  for (let b = bindings; b !== undefined; b = b.outer) {
    const uri = b.own.get(prefix);
    if (uri !== undefined) return uri;
  }
  return prefix === 'xml' ? XML_NAMESPACE : prefix === '' ? '' : undefined;
}

interface MutableElement extends XmlElement {
  namespace: string;
  name: string;
  text: string;
}

class TreeBuilder {
  count = 0;
  readonly #text: string;
  readonly #form: WellFormed;

  constructor(text: string, form: WellFormed) {
    this.#text = text;
    this.#form = form;
  }

  element(
    node: ParsedNode,
    parent: XmlElement | undefined,
    outer: Bindings | undefined,
  ): XmlElement {
    const tag = tagOf(node)!;
    const order = this.count++;
    const parsed = (node[':@'] ?? NO_ATTRIBUTES) as Readonly<Record<string, string>>;
    const bindings = this.#bindings(parsed, outer, order);
    const attributes = new Map<string, string>();
    const children: XmlElement[] = [];
    const element: MutableElement = {
      namespace: '',
      name: '',
      attributes,
      children,
      text: '',
      parent,
      order,
    };
    this.#bindName(element, tag, bindings);
    this.#bindAttributes(attributes, parsed, tag, bindings, order);
    for (const child of node[tag] as ParsedNode[]) {
      const text = child['#text'];
      const data = child['#cdata'];
      if (typeof text === 'string') element.text += resolveReferences(text);
      else if (data !== undefined)
        element.text += (data as { '#text': string }[])[0]?.['#text'] ?? '';
      else children.push(this.element(child, element, bindings));
    }
    return element;
  }

  #fatal(order: number, reason: string): XmlError {
    const { line } = positionAt(this.#text, this.#form.startTagEnds[order] ?? 0);
    return new XmlError('fatal', line, reason);
  }

  #bindings(
    parsed: Readonly<Record<string, string>>,
    outer: Bindings | undefined,
    order: number,
  ): Bindings | undefined {
    let own: Map<string, string> | undefined;
    for (const name in parsed) {
      if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
      const prefix = name.slice(6);
      const uri = normalised(parsed[name]!);
      const reserved = uri === XML_NAMESPACE || uri === XMLNS_NAMESPACE;
      if (
        prefix === 'xmlns' ||
        (prefix === 'xml') !== (uri === XML_NAMESPACE) ||
        (reserved && prefix !== 'xml')
      ) {
        throw this.#fatal(order, `The prefix "${prefix}" cannot be bound to "${uri}".`);
      }
      if (prefix !== '' && uri === '') {
        throw this.#fatal(order, `The prefix "${prefix}" cannot be bound to an empty namespace.`);
      }
      own ??= new Map();
      own.set(prefix, uri);
    }
    return own === undefined ? outer : { own, outer };
  }

  #bindName(element: MutableElement, tag: string, bindings: Bindings | undefined): void {
    const colon = tag.indexOf(':');
    const prefix = colon < 0 ? '' : tag.slice(0, colon);
    const uri = lookUp(bindings, prefix);
    if (uri === undefined) {
      throw this.#fatal(element.order, `The prefix "${prefix}" for element "${tag}" is not bound.`);
    }
    element.namespace = uri;
    element.name = tag.slice(colon + 1);
  }

  #bindAttributes(
    attributes: Map<string, string>,
    parsed: Readonly<Record<string, string>>,
    tag: string,
    bindings: Bindings | undefined,
    order: number,
  ): void {
    let foreign: Set<string> | undefined;
    for (const name in parsed) {
      const colon = name.indexOf(':');
      if (colon < 0) {
        if (name !== 'xmlns') attributes.set(name, normalised(parsed[name]!));
        continue;
      }
      const prefix = name.slice(0, colon);
      if (prefix === 'xmlns') continue;
      const uri = lookUp(bindings, prefix);
      if (uri === undefined) {
        throw this.#fatal(
          order,
          `The prefix "${prefix}" for attribute "${name}" associated with an element type "${tag}" is not bound.`,
        );
      }
      foreign ??= new Set();
      const expanded = `{${uri}}${name.slice(colon + 1)}`;
      if (foreign.has(expanded)) {
        throw this.#fatal(order, `Element "${tag}" has the attribute "${expanded}" twice.`);
      }
      foreign.add(expanded);
      attributes.set(expanded, normalised(parsed[name]!));
    }
  }
}

const NO_ATTRIBUTES: Readonly<Record<string, string>> = {};

/** Attribute value: literal white space becomes spaces, then references are resolved (XML 1.0 section 3.3.3). */
const normalised = (value: string): string =>
  resolveReferences(/[\t\n\r]/.test(value) ? value.replace(/[\t\n\r]/g, ' ') : value);
