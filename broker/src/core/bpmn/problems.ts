// What is wrong with a model: coded findings, collected while it is read and judged, shown in the reference's layout.
//
// Findings come out in the order of the file (the reference's own order is that of a hash). The texts of rules that the
// reference has are its answers (observed on 8.6.0); the others are ours and end with line and column.
import { ZEEBE } from './names.ts';
import type { XmlDocument, XmlElement } from './xml/xml.ts';

/** Every finding by its code. */
const TEXTS = {
  'process-none-executable': () => 'Must contain at least one executable process',
  'start-missing': () => 'Must have at least one start event',
  'start-none-several': () => 'Multiple none start events are not allowed',
  'start-definitions': () => "Start event can't have more than one type",
  'event-unknown': () => 'Event definition of this type is not supported',
  'event-sub-process-start-type': () =>
    'Start events in event subprocesses must be one of: message, timer, error, signal or escalation',
  'sub-process-start': () => 'Must have exactly one start event',
  'sub-process-start-type': () => 'Start events in subprocesses must be of type none',
  'end-outgoing': () => 'End events must not have outgoing sequence flows to other elements.',
  'end-definitions': () => 'Must have at most one event definition',
  'end-type': () =>
    'End events must be one of: none, error, message, terminate, signal, escalation or compensation',
  'catch-definitions': () => 'Must have exactly one event definition',
  'catch-type': () => 'Event definition must be one of: message, timer, signal, or link',
  'message-reference': () => 'Must reference a message',
  'message-name': () => 'Name must be present and not empty',
  'message-subscription': () => 'Must have exactly one zeebe:subscription extension element',
  'signal-reference': () => 'Must reference a signal',
  'signal-name': () => 'Name must be present and not empty',
  'timer-definition': () =>
    'Must be exactly one type of timer: timeDuration, timeDate or timeCycle',
  'escalation-reference': () => 'Must reference an escalation',
  'escalation-code': () => 'EscalationCode must be present and not empty',
  'escalation-code-expression': () =>
    'The escalationCode of the escalation catch event is not allowed to be an expression',
  'link-name': () => 'Link name must be present and not empty.',
  'link-target': (name: string) =>
    `Can't find an catch link event for the throw link event with the name '${name}'.`,
  'loop-characteristics': () =>
    "Must have exactly one 'zeebe:loopCharacteristics' extension element",
  'loop-output': (missing: string, given: string) =>
    `Attribute '${missing}' must be present if the attribute '${given}' is set`,
  'called-element': () => "Must have exactly one 'zeebe:calledElement' extension element",
  'event-sub-process-compensation': () =>
    'A compensation event subprocess is not allowed on the process level',
  'message-start-twice': () => 'A message cannot be referred by more than one start event',
  'message-twice': (name: string) =>
    `Multiple message event definitions with the same name '${name}' are not allowed.`,
  'signal-twice': (name: string) =>
    `Multiple signal event definitions with the same name '${name}' are not allowed.`,
  'start-name': (what: string, name: string, type: string) =>
    `Expected constant expression of type String for ${what} name '${name}', but was ${type}`,
  'receive-boundary': () => 'Cannot reference the same message name as a boundary event',
  'timer-value': (kind: string, reason: string) => `Invalid timer ${kind} expression (${reason})`,
  'timer-catch': () =>
    'Intermediate timer catch event must have either a time duration or a time date.',
  'timer-cycle-interrupting': () => 'Interrupting timer event with time cycle is not allowed.',
  'escalation-attached': () =>
    'An escalation boundary event should only be attached to a subprocess, or a call activity.',
  'escalation-catch-all-twice': () =>
    'The same scope can not contain more than one escalation catch event without escalation code. An escalation catch event without escalation code catches all escalations.',
  'escalation-code-twice': (code: string) =>
    `Multiple escalation catch events with the same escalation code '${code}' are not supported on the same scope.`,
  'link-twice': (name: string) =>
    `Multiple intermediate catch link event definitions with the same name '${name}' are not allowed.`,
  'compensation-wait': (event: string) =>
    `A compensation ${event} waitForCompletion attribute must be true or not present`,
  'compensation-unknown': (id: string) =>
    `The referenced compensation activity '${id}' doesn't exist`,
  'compensation-scope': (id: string) =>
    `The referenced compensation activity '${id}' must be in the same scope as the compensation throw event`,
  'compensation-handler': (id: string) =>
    `The referenced compensation activity '${id}' must have either a compensation boundary event or be a subprocess`,
  'handler-incoming': () => 'A compensation handler should have no incoming sequence flows',
  'handler-outgoing': () => 'A compensation handler should have no outgoing sequence flows',
  'handler-boundary': () => 'A compensation handler should have no boundary events',
  'event-gateway-flows': () => 'Event-based gateway must have at least 2 outgoing sequence flows.',
  'event-gateway-target': () =>
    'Event-based gateway must not have an outgoing sequence flow to other elements than message/timer/signal intermediate catch events.',
  'event-gateway-incoming': () =>
    'Target elements of an event gateway must not have any additional incoming sequence flows other than that from the event gateway.',
  'listener-start': (kind: string) =>
    `Execution listeners of type 'start' are not supported by ${kind} events`,
  'listener-end-gateway': () =>
    "Execution listeners of type 'end' are not supported by gateway element",
  'listener-end-error': () =>
    "Execution listeners of type 'end' are not supported by [error] end events",
  'listener-compensation': () =>
    "Execution listeners of type 'start' and 'end' are not supported by [compensation] boundary events",
  'element-unsupported': (type: string) =>
    `Elements of type '${type}' are currently not supported. Please refer to the documentation for a list of supported elements: https://docs.camunda.io/docs/components/modeler/bpmn/bpmn-coverage/`,
  'error-reference': () => 'Must reference an error',
  'error-code': () => 'ErrorCode must be present and not empty',
  'error-code-expression': () =>
    'The errorCode of the error catch event is not allowed to be an expression',
  'boundary-definitions': () => 'Must have exactly one event definition',
  'boundary-type': () =>
    'Boundary events must be one of: timer, message, error, signal, escalation',
  'boundary-incoming': () => 'Cannot have incoming sequence flows',
  'boundary-outgoing': () => 'Must have at least one outgoing sequence flow or association',
  'boundary-interrupting': () => 'Non-Interrupting event of this type is not allowed',
  'error-catch-all-twice': () =>
    'The same scope can not contain more than one error catch event without error code. An error catch event without error code catches all errors.',
  'error-code-twice': (code: string) =>
    `Multiple error catch events with the same error code '${code}' are not supported on the same scope.`,
  'flow-condition-missing': () => 'Must have a condition or be default flow',
  'flow-condition-missing-inclusive': () => 'Must have a condition',
  'flow-default-source': () => 'Default flow must start at gateway',
  'flow-condition-place': () =>
    'Conditional sequence flows are only supported at exclusive or inclusive gateway',
  'task-definition': () => "Must have exactly one 'zeebe:taskDefinition' extension element",
  'task-definition-or': (other: string) =>
    `Must have either one 'zeebe:${other}' or one 'zeebe:taskDefinition' extension element`,
  'attribute-empty': (name: string) => `Attribute '${name}' must be present and not empty`,
  'expression-missing': () => 'Expected expression but not found.',
  'expression-static': (text: string) =>
    `Expected expression but found static value '${text}'. An expression must start with '=' (e.g. '=${text}').`,
  'expression-invalid': (reason: string) => reason,
  'path-missing': () => 'Expected path expression but not found.',
  'path-pattern': (text: string) =>
    `Expected path expression '${text}' but doesn't match the pattern '[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*'.`,
  'path-reserved': (text: string, words: string) =>
    `Expected path expression '${text}' but is one of the reserved words (${words}).`,
  'header-reserved': (key: string) =>
    `Attribute 'key' contains '${key}', but header keys starting with 'io.camunda.zeebe:' are reserved for internal use.`,
  'header-twice': (key: string) => `Headers contain duplicate entries for key '${key}'`,
  'form-definition': () =>
    "Exactly one of the attributes 'formId, formKey' must be present and not blank",
  'form-definition-native': () =>
    "Exactly one of the attributes 'formId, externalReference' must be present and not blank for native user tasks",
  'priority-static': (text: string) =>
    `Expected static value to be a valid Number between 0 and 100, but found '${text}'.`,
  'priority-range': (text: string) =>
    `Priority must be a number between 0 and 100, but was '${text}'.`,
  'binding-unknown': () => "Attribute 'bindingType' must be one of: deployment, latest, versionTag",
  'binding-tag-missing': () =>
    "Attribute 'versionTag' must be present and not empty if 'bindingType' is 'versionTag'",
  'binding-tag-unused': () =>
    "Attribute 'versionTag' may only be used if 'bindingType' is 'versionTag'",
  'listener-twice': (count: string, event: string, type: string) =>
    `Found '${count}' duplicates based on eventType[${event}] and type[${type}], these combinations should be unique.`,
  'form-text': () => 'User task form text content has to be present and not empty',
  'list-static': (text: string) =>
    `Expected static value to be a list of comma-separated values, e.g. 'a,b,c', but found '${text}'.`,
  'date-static': (text: string) =>
    `Expected static value to be a valid DateTime String, e.g. '2023-03-02T15:35+02:00', but found '${text}'.`,
  // Rules of our own.
  'not-executed': (what: string) => `This release does not execute ${what}`,
  'listener-event': (event: string, known: string) =>
    `Attribute 'eventType' must be one of: ${known}; but was '${event}'`,
  'variable-events': (text: string) =>
    `Attribute 'variableEvents' must be a list of 'create' and 'update', but was '${text}'`,
  'event-sub-process-flow': () => 'An event sub-process cannot have sequence flows',
  'history-time-to-live': (text: string) =>
    `'historyTimeToLive' must be a number of days or a duration such as P30D, but was '${text}'`,
  'id-missing': (kind: string) => `A ${kind} must have an id`,
  'extension-twice': (name: string) => `Must have at most one 'zeebe:${name}' extension element`,
  'reference-unknown': (attribute: string, id: string, what: string) =>
    `'${attribute}' refers to '${id}', which is not ${what} of the same process`,
  'scope-crossed': () =>
    'A sequence flow must begin and end in the same process or sub-process, not cross its border',
  'attached-scope': (id: string) =>
    `A boundary event must be in the same process or sub-process as its activity '${id}'`,
} as const;

export type ProblemCode = keyof typeof TEXTS;

/** Findings that carry line and column: the reference has no text for them that could be kept. */
const POSITIONED: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'not-executed',
  'listener-event',
  'variable-events',
  'history-time-to-live',
  'event-sub-process-flow',
  'id-missing',
  'extension-twice',
  'reference-unknown',
  'scope-crossed',
  'attached-scope',
]);

export interface Problem {
  readonly code: ProblemCode;
  readonly element: XmlElement;
  readonly details: readonly string[];
}

/** Shown text is cut between findings when it has reached this many characters. */
export const PROBLEM_TEXT_MAX = 12 * 1024;

/** A text of the model that a finding quotes is cut behind this many characters. */
const QUOTED_MAX = 2000;

export class Problems {
  readonly #found: Problem[] = [];

  add(code: ProblemCode, element: XmlElement, ...details: readonly string[]): void {
    this.#found.push({ code, element, details });
  }

  get none(): boolean {
    return this.#found.length === 0;
  }

  /** All findings in the order of the file; those of one element in the order in which they were found. */
  list(): readonly Problem[] {
    return this.#found.toSorted((a, b) => a.element.order - b.element.order);
  }

  /** The findings as one text: an element's path, beneath it its errors. */
  text(document: XmlDocument): string {
    let text = '';
    let element: XmlElement | undefined;
    let left = this.#found.length;
    for (const problem of this.list()) {
      if (text.length >= PROBLEM_TEXT_MAX) return `${text}and ${left} more errors and/or warnings`;
      left--;
      if (problem.element !== element) text += `- Element: ${pathOf(problem.element)}\n`;
      element = problem.element;
      text += `    - ERROR: ${problemText(problem, document)}\n`;
    }
    return text;
  }
}

/** The sentence of one finding. */
export function problemText(problem: Problem, document: XmlDocument): string {
  const render = TEXTS[problem.code] as (...details: readonly string[]) => string;
  const text = render(...problem.details.map(shortened));
  if (!POSITIONED.has(problem.code)) return text;
  const { line, column } = document.position(problem.element);
  return `${text} (line ${line}, column ${column})`;
}

const shortened = (text: string): string =>
  text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}...` : text;

/** An element's id, or the way to it from the nearest element that has one. Ids of extension elements do not count. */
export function pathOf(element: XmlElement): string {
  const id = element.namespace === ZEEBE ? undefined : element.attributes.get('id');
  if (id !== undefined) return id;
  return element.parent === undefined
    ? element.name
    : `${pathOf(element.parent)} > ${element.name}`;
}
