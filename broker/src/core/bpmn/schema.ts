// The rules of the BPMN schema that execution stands on, for the whole file: the root, ids (form, unique), references by
// id, required and misspelt attributes, truth values, unknown elements. The first fault ends the reading, as with the
// reference, whose texts (those of a schema validator) are kept. What the schema says beyond that is not checked.
import { ATTRIBUTES, BPMN, SCOPE_MEMBERS } from './names.ts';
import { NCNAME } from './xml/characters.ts';
import type { XmlDocument, XmlElement } from './xml/xml.ts';
import { XmlError } from './xml/xml-error.ts';

const REQUIRED: ReadonlyMap<string, readonly string[]> = new Map([
  ['definitions', ['targetNamespace']],
  ['sequenceFlow', ['sourceRef', 'targetRef']],
  ['boundaryEvent', ['attachedToRef']],
  ['association', ['sourceRef', 'targetRef']],
  ['linkEventDefinition', ['name']],
]);
const TRUTH_VALUES = [
  'isExecutable',
  'triggeredByEvent',
  'cancelActivity',
  'isInterrupting',
  'isForCompensation',
  'isSequential',
  'waitForCompletion',
];
const WORDS_OF_TRUTH = ['true', 'false', '1', '0'];

/** Attributes whose value is the id of another element of the file. */
const REFERENCES: ReadonlyMap<string, readonly string[]> = new Map([
  ['sequenceFlow', ['sourceRef', 'targetRef']],
  ...[...ATTRIBUTES]
    .filter(([, attributes]) => attributes.includes('default'))
    .map(([name]): [string, readonly string[]] => [name, ['default']]),
]);

/**
 * Checks a document against the part of the schema that matters.
 * @throws XmlError ('invalid') at the first fault
 */
export function checkSchema(document: XmlDocument): void {
  const { root } = document;
  if (root.namespace !== BPMN || root.name !== 'definitions') {
    const reason = `cvc-elt.1.a: Cannot find the declaration of element '${root.name}'.`;
    throw new XmlError('invalid', document.startTagLine(root), reason);
  }
  const check = new SchemaCheck(document);
  check.element(root);
  check.references();
}

class SchemaCheck {
  readonly #document: XmlDocument;
  readonly #ids = new Set<string>();
  readonly #references: string[] = [];

  constructor(document: XmlDocument) {
    this.#document = document;
  }

  #fault(element: XmlElement, reason: string): XmlError {
    return new XmlError('invalid', this.#document.startTagLine(element), reason);
  }

  element(element: XmlElement): void {
    if (element.namespace !== BPMN) return;
    this.#attributes(element);
    this.#id(element);
    if (element.name === 'extensionElements') return;
    const scope = element.name === 'process' || element.name === 'subProcess';
    let extensions = 0;
    for (const child of element.children) {
      if (child.namespace !== BPMN) continue;
      const second = child.name === 'extensionElements' && ++extensions > 1;
      if (second || (scope && !SCOPE_MEMBERS.has(child.name))) {
        throw this.#fault(
          child,
          `cvc-complex-type.2.4.a: Invalid content was found starting with element '{"${BPMN}":${child.name}}'.`,
        );
      }
      this.element(child);
    }
  }

  #attributes(element: XmlElement): void {
    for (const name of REQUIRED.get(element.name) ?? []) {
      if (element.attributes.has(name)) continue;
      throw this.#fault(
        element,
        `cvc-complex-type.4: Attribute '${name}' must appear on element '${element.name}'.`,
      );
    }
    const allowed = ATTRIBUTES.get(element.name);
    if (allowed !== undefined) {
      for (const name of element.attributes.keys()) {
        if (name.startsWith('{') || allowed.includes(name)) continue;
        throw this.#fault(
          element,
          `cvc-complex-type.3.2.2: Attribute '${name}' is not allowed to appear in element '${element.name}'.`,
        );
      }
    }
    for (const name of TRUTH_VALUES) {
      const value = element.attributes.get(name);
      if (value === undefined || WORDS_OF_TRUTH.includes(value.trim())) continue;
      throw this.#fault(
        element,
        `cvc-datatype-valid.1.2.1: '${value}' is not a valid value for 'boolean'.`,
      );
    }
    for (const name of REFERENCES.get(element.name) ?? []) {
      const value = element.attributes.get(name)?.trim();
      if (value === undefined) continue;
      this.#ncName(element, value);
      this.#references.push(value);
    }
  }

  #id(element: XmlElement): void {
    const id = element.attributes.get('id')?.trim();
    if (id === undefined) return;
    this.#ncName(element, id);
    if (this.#ids.has(id)) {
      throw this.#fault(element, `cvc-id.2: There are multiple occurrences of ID value '${id}'.`);
    }
    this.#ids.add(id);
  }

  #ncName(element: XmlElement, value: string): void {
    if (NCNAME.test(value)) return;
    throw this.#fault(
      element,
      `cvc-datatype-valid.1.2.1: '${value}' is not a valid value for 'NCName'.`,
    );
  }

  /** After the whole file: every reference by id must have met its element. */
  references(): void {
    for (const id of this.#references) {
      if (this.#ids.has(id)) continue;
      throw new XmlError(
        'invalid',
        this.#document.endLine(),
        `cvc-id.1: There is no ID/IDREF binding for IDREF '${id}'.`,
      );
    }
  }
}
