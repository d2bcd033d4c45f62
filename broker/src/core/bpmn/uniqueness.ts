// What must be there once in a scope (engine-semantics B.5): what the boundary events of an activity, the event
// sub-processes of a scope, the start events of a process and the events behind a gateway wait for; names of links.
import type { RuleContext } from './context.ts';
import { caughtErrorCode } from './events/error.ts';
import { caughtEscalationCode } from './events/escalation.ts';
import type { Definitions, EventDefinition, FlowNode, Scope } from './model.ts';
import type { ProblemCode, Problems } from './problems.ts';
import type { XmlElement } from './xml/xml.ts';

/** Judges all scopes of a process. */
export function judgeUniqueness(context: RuleContext): void {
  const { process } = context;
  judgeScope(process.scope, process.xml, context);
  judgeStarts(process.scope, context);
  judgeCaughtLinks(context);
  for (const node of process.nodes.values()) {
    if (node.inner !== undefined) judgeScope(node.inner, node.xml, context);
    if (node.kind === 'eventBasedGateway') judgeNames(behind(node, context), node.xml, context);
  }
  for (const [id, events] of process.attached) {
    const activity = process.nodes.get(id);
    if (activity === undefined) continue;
    const definitions = events.flatMap(({ eventDefinitions }) => eventDefinitions);
    judgeCaught(definitions, activity.xml, context);
  }
}

const behind = (gateway: FlowNode, { process }: RuleContext): readonly EventDefinition[] =>
  gateway.outgoing.flatMap(
    (id) => process.nodes.get(process.flows.get(id)?.target ?? '')?.eventDefinitions ?? [],
  );

/** The event sub-processes of a scope, and links that lead nowhere. */
function judgeScope({ nodes, links }: Scope, at: XmlElement, context: RuleContext): void {
  const starts = nodes
    .filter(({ kind }) => kind === 'eventSubProcess')
    .flatMap(({ inner }) => inner?.nodes.filter(({ kind }) => kind === 'startEvent') ?? []);
  judgeCaught(
    starts.flatMap(({ eventDefinitions }) => eventDefinitions),
    at,
    context,
  );
  const lost = new Set<string>();
  for (const node of nodes) {
    if (node.kind !== 'intermediateThrowEvent') continue;
    for (const { kind, name } of node.eventDefinitions) {
      if (kind === 'link' && (name ?? '') !== '' && !links.has(name!)) lost.add(name!);
    }
  }
  for (const name of lost) context.problems.add('link-target', at, name);
}

/** A message starts one process of a file, by one start event. */
export function judgeMessageStarts({ processes, messages }: Definitions, problems: Problems): void {
  const refs = processes.flatMap(({ scope }) => refsOf(startsOf(scope), 'message'));
  for (const ref of twice(refs)) {
    const message = messages.get(ref);
    if (message !== undefined) problems.add('message-start-twice', message.xml);
  }
}

/** The start events of a process: signals by name. */
function judgeStarts(
  scope: Scope,
  { definitions: { signals }, process, problems }: RuleContext,
): void {
  const signalNames = refsOf(startsOf(scope), 'signal').map((ref) => signals.get(ref)?.name);
  reportTwice(signalNames, 'signal-twice', process.xml, problems);
}

const startsOf = ({ nodes }: Scope): readonly EventDefinition[] =>
  nodes
    .filter(({ kind }) => kind === 'startEvent')
    .flatMap(({ eventDefinitions }) => eventDefinitions);

const refsOf = (
  definitions: readonly EventDefinition[],
  kind: EventDefinition['kind'],
): readonly string[] =>
  definitions.filter((definition) => definition.kind === kind).map(({ ref }) => ref ?? '');

/** Messages and signals that are waited for side by side. */
function judgeNames(
  caught: readonly EventDefinition[],
  at: XmlElement,
  { definitions: { messages, signals }, problems }: RuleContext,
): void {
  const messageNames = refsOf(caught, 'message').map((ref) => messages.get(ref)?.name);
  reportTwice(messageNames, 'message-twice', at, problems);
  const signalNames = refsOf(caught, 'signal').map((ref) => signals.get(ref)?.name);
  reportTwice(signalNames, 'signal-twice', at, problems);
}

/** Events of every kind that are waited for side by side. */
function judgeCaught(
  caught: readonly EventDefinition[],
  at: XmlElement,
  context: RuleContext,
): void {
  if (caught.length < 2) return;
  judgeNames(caught, at, context);
  const { definitions, problems } = context;
  const of = (kind: EventDefinition['kind']) => caught.filter((event) => event.kind === kind);
  const errorCodes = of('error').map((event) => caughtErrorCode(event, definitions));
  reportTwice(errorCodes, 'error-code-twice', at, problems);
  if (catchesAllTwice(of('error'), definitions.errors)) problems.add('error-catch-all-twice', at);
  const codes = of('escalation').map((event) => caughtEscalationCode(event, definitions));
  reportTwice(codes, 'escalation-code-twice', at, problems);
  if (catchesAllTwice(of('escalation'), definitions.escalations)) {
    problems.add('escalation-catch-all-twice', at);
  }
}

/** No reference, no code and an empty code count each for itself, as with the reference broker. */
function catchesAllTwice(
  caught: readonly EventDefinition[],
  known: ReadonlyMap<string, { readonly code: string | undefined }>,
): boolean {
  let bare = 0;
  let missing = 0;
  let empty = 0;
  for (const { ref } of caught) {
    const found = known.get(ref ?? '');
    if (ref === undefined) bare++;
    else if (found !== undefined && found.code === undefined) missing++;
    else if (found?.code === '') empty++;
  }
  return bare > 1 || missing > 1 || empty > 1;
}

function judgeCaughtLinks({ process, problems }: RuleContext): void {
  const names: (string | undefined)[] = [];
  for (const { kind, eventDefinitions } of process.nodes.values()) {
    if (kind !== 'intermediateCatchEvent') continue;
    for (const definition of eventDefinitions) {
      if (definition.kind === 'link') names.push(definition.name);
    }
  }
  reportTwice(names, 'link-twice', process.xml, problems);
}

function reportTwice(
  texts: readonly (string | undefined)[],
  code: ProblemCode,
  at: XmlElement,
  problems: Problems,
): void {
  const given = texts.filter((text): text is string => text !== undefined && text !== '');
  for (const text of twice(given)) problems.add(code, at, text);
}

function twice(texts: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const again = new Set<string>();
  for (const text of texts) (seen.has(text) ? again : seen).add(text);
  return again;
}
