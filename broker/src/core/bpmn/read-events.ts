// Event definitions and what they refer to: messages, signals, errors and escalations of the file.
import type {
  Coded,
  EventDefinition,
  EventKind,
  ExpressionText,
  Extensions,
  Message,
  Signal,
} from './model.ts';
import { BPMN } from './names.ts';
import { attribute, reference } from './references.ts';
import type { XmlElement } from './xml/xml.ts';

/** The kinds that are executed, by the name of their element, and the attribute that refers to something else. */
const KINDS: ReadonlyMap<string, readonly [kind: EventKind, reference: string]> = new Map([
  ['messageEventDefinition', ['message', 'messageRef']],
  ['timerEventDefinition', ['timer', '']],
  ['signalEventDefinition', ['signal', 'signalRef']],
  ['errorEventDefinition', ['error', 'errorRef']],
  ['escalationEventDefinition', ['escalation', 'escalationRef']],
  ['linkEventDefinition', ['link', '']],
  ['terminateEventDefinition', ['terminate', '']],
  ['compensateEventDefinition', ['compensation', 'activityRef']],
  ['conditionalEventDefinition', ['conditional', '']],
]);

const TEXTS: ReadonlySet<string> = new Set(['timeDate', 'timeDuration', 'timeCycle', 'condition']);

export type ReadExtensions = (owner: XmlElement) => Extensions;

/** The event definitions of an event, those that are not executed included (kind 'unknown'). */
export function eventDefinitions(
  xml: XmlElement,
  extensions: ReadExtensions,
): readonly EventDefinition[] {
  const definitions: EventDefinition[] = [];
  for (const child of xml.children) {
    if (child.namespace !== BPMN || !/^eventDefinitionRef$|EventDefinition$/.test(child.name))
      continue;
    const [kind, ref] = KINDS.get(child.name) ?? (['unknown', ''] as const);
    definitions.push({
      kind,
      xml: child,
      extensions: extensions(child),
      ref: reference(child, ref),
      name: child.attributes.get('name'),
      texts: child.children.filter(({ name }) => TEXTS.has(name)).map(expressionText),
    });
  }
  return definitions;
}

/** An element whose text is an expression. */
export const expressionText = (xml: XmlElement): ExpressionText => ({
  xml,
  source: xml.text.trim(),
});

/** What events of a file refer to, by id. */
export class ReferredReader {
  readonly errors = new Map<string, Coded>();
  readonly escalations = new Map<string, Coded>();
  readonly messages = new Map<string, Message>();
  readonly signals = new Map<string, Signal>();
  readonly associations = new Map<string, string[]>();

  /** Reads one child of the file's root. */
  read(xml: XmlElement, extensions: ReadExtensions): void {
    if (xml.name === 'collaboration') {
      for (const child of xml.children) if (child.name === 'association') this.associate(child);
    }
    const id = attribute(xml, 'id');
    if (id === undefined) return;
    const name = xml.attributes.get('name');
    if (xml.name === 'message') this.messages.set(id, { xml, name, extensions: extensions(xml) });
    else if (xml.name === 'signal') this.signals.set(id, { xml, name });
    else if (xml.name === 'error')
      this.errors.set(id, { xml, code: xml.attributes.get('errorCode') });
    else if (xml.name === 'escalation') {
      this.escalations.set(id, { xml, code: xml.attributes.get('escalationCode') });
    }
  }

  associate(xml: XmlElement): void {
    const source = reference(xml, 'sourceRef');
    const target = reference(xml, 'targetRef');
    if (source === undefined || target === undefined) return;
    const targets = this.associations.get(source);
    if (targets === undefined) this.associations.set(source, [target]);
    else targets.push(target);
  }
}
