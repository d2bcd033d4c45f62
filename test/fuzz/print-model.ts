// Random models as BPMN.
// Guarantees: every block has one entry and one exit; ids are those of the blocks.
// Leaves to others: what is in the model.
import {
  and,
  end,
  error,
  file,
  type ModelNode,
  node,
  type Parts,
  processXml,
  start,
  xor,
} from '../engine/models.ts';
import type { Block, EventOf, Handler, RandomModel, RandomProcess, Rounds } from './block.ts';

/** The one job type of all work, and that of all listeners. */
export const WORK = 'w';
export const LISTEN = 'l';
export const NAMES = {
  messages: ['m1', 'm2', 'm3', 'r1'],
  signals: ['g1', 'g2', 'g3'],
  errors: ['E1', 'E2'],
} as const;

/** A part of a scope. */
interface Printed {
  readonly entry: string;
  readonly exit: string;
  readonly nodes: readonly ModelNode[];
  readonly flows: readonly string[];
}

const BESIDE =
  NAMES.messages
    .map((name) => {
      const key = name === 'm3' ? '' : '<zeebe:subscription correlationKey="=k"/>';
      return `<message id="${name}" name="${name}"><extensionElements>${key}</extensionElements></message>`;
    })
    .join('') +
  NAMES.signals.map((name) => `<signal id="${name}" name="${name}"/>`).join('') +
  NAMES.errors.map((code) => error(code)).join('') +
  ['C1', 'C2'].map((code) => `<escalation id="${code}" escalationCode="${code}"/>`).join('');

const TASKS = ['serviceTask', 'sendTask', 'businessRuleTask', 'scriptTask'] as const;
const JOB = `<zeebe:taskDefinition type="${WORK}" retries="2"/>`;

/** The file of a model. */
export function printModel(model: RandomModel): string {
  return file(...model.map((process) => printProcess(process, model)), BESIDE);
}

function printProcess(
  { id, body, end: last, inner, starts, listeners }: RandomProcess,
  model: RandomModel,
): string {
  const printed = print(body, model);
  const merge = xor(`${id}_in`);
  const nodes = [
    start(`${id}_start`),
    ...starts.map((event, i) =>
      node('startEvent', `${id}_start${i}`, {}, definition(event, false, true)),
    ),
    merge,
    ...printed.nodes,
    endEvent(`${id}_end`, last),
    ...inner.map((handler) => eventSubProcess(handler, model)),
  ];
  const flows = [
    `${id}_start -> ${merge.id} -> ${printed.entry}`,
    ...starts.map((_, i) => `${id}_start${i} -> ${merge.id}`),
    ...printed.flows,
    `${printed.exit} -> ${id}_end`,
  ];
  const xml = processXml(id, nodes, flows.join(';'));
  const extensions = listenersXml(listeners);
  if (extensions === '') return xml;
  return xml.replace('>', `><extensionElements>${extensions}</extensionElements>`);
}

function print(each: Block, model: RandomModel): Printed {
  switch (each.kind) {
    case 'sequence':
      return chain(each.parts.map((part) => print(part, model)));
    case 'parallel':
      return branches(each, model, 'parallelGateway', () => '');
    case 'choice':
      return branches(each, model, 'exclusiveGateway', (i) =>
        i === 0 ? ' ? else' : ` ? =n > ${i * 3}`,
      );
    case 'inclusive':
      return branches(each, model, 'inclusiveGateway', (i) =>
        i === 0 ? ' ? else' : ` ? =n > ${i * 2}`,
      );
    case 'fork':
      return fork(each, model);
    case 'early':
      return early(each, model);
    case 'race':
      return race(each, model);
    case 'loop':
      return loop(each, model);
    case 'link':
      return link(each);
    default:
      return activity(each, model);
  }
}

function chain(parts: readonly Printed[]): Printed {
  const links = parts.slice(1).map((part, i) => `${parts[i]?.exit} -> ${part.entry}`);
  return {
    entry: (parts[0] as Printed).entry,
    exit: (parts.at(-1) as Printed).exit,
    nodes: parts.flatMap(({ nodes }) => nodes),
    flows: [...parts.flatMap(({ flows }) => flows), ...links],
  };
}

function branches(
  { id, parts, variant }: Block,
  model: RandomModel,
  tag: string,
  condition: (i: number) => string,
): Printed {
  const printed = parts.map((part) => print(part, model));
  // Some joins are none: every token goes on by itself.
  const join = node(variant === 3 ? 'task' : tag, `${id}_join`);
  return {
    entry: id,
    exit: join.id,
    nodes: [node(tag, id), ...printed.flatMap(({ nodes }) => nodes), join],
    flows: printed.flatMap((part, i) => [
      `${id} -> ${part.entry}${condition(i)}`,
      ...part.flows,
      `${part.exit} -> ${join.id}`,
    ]),
  };
}

/** The first branch goes on, the others end; every other time the fork is that of an activity. */
function fork({ id, parts, variant }: Block, model: RandomModel): Printed {
  const printed = parts.map((part) => print(part, model));
  const ends = printed.slice(1).map((_, i) => end(`${id}_end${i}`));
  return {
    entry: id,
    exit: (printed[0] as Printed).exit,
    nodes: [
      variant % 2 === 0 ? and(id) : node('task', id),
      ...printed.flatMap(({ nodes }) => nodes),
      ...ends,
    ],
    flows: printed.flatMap((part, i) => [
      `${id} -> ${part.entry}`,
      ...part.flows,
      ...(i === 0 ? [] : [`${part.exit} -> ${id}_end${i - 1}`]),
    ]),
  };
}

/** On some condition the path ends here, in some way. */
function early({ id, parts, event }: Block, model: RandomModel): Printed {
  const before = print(parts[0] as Block, model);
  const other = parts[1] === undefined ? undefined : print(parts[1], model);
  const merge = xor(`${id}_on`);
  const last = endEvent(`${id}_end`, event);
  const exits =
    other === undefined
      ? [`${id} -> ${last.id} ? =n > 5`]
      : [`${id} -> ${other.entry} ? =n > 5`, ...other.flows, `${other.exit} -> ${last.id}`];
  return {
    entry: before.entry,
    exit: merge.id,
    nodes: [...before.nodes, xor(id), merge, ...(other?.nodes ?? []), last],
    flows: [...before.flows, `${before.exit} -> ${id}`, `${id} -> ${merge.id} ? else`, ...exits],
  };
}

function race({ id, parts, variant }: Block, model: RandomModel): Printed {
  const printed = parts.map((part) => print(part, model));
  const kinds = ['message', 'timer', 'signal', 'conditional'] as const;
  const waits = printed.map((_, i) => {
    const kind = kinds[(i + variant) % kinds.length] as (typeof kinds)[number];
    return node('intermediateCatchEvent', `${id}_${i}`, {}, definition({ kind, ref: 1 }, false));
  });
  const merge = xor(`${id}_on`);
  return {
    entry: id,
    exit: merge.id,
    nodes: [
      node('eventBasedGateway', id),
      ...waits,
      ...printed.flatMap(({ nodes }) => nodes),
      merge,
    ],
    flows: printed.flatMap((part, i) => [
      `${id} -> ${id}_${i} -> ${part.entry}`,
      ...part.flows,
      `${part.exit} -> ${merge.id}`,
    ]),
  };
}

/** Goes round while n is large; a job on the way waits for somebody. */
function loop({ id, parts }: Block, model: RandomModel): Printed {
  const body = print(parts[0] as Block, model);
  const work = node('serviceTask', `${id}_work`, { extensions: JOB });
  return {
    entry: `${id}_in`,
    exit: `${id}_on`,
    nodes: [xor(`${id}_in`), work, ...body.nodes, xor(id), xor(`${id}_on`)],
    flows: [
      `${id}_in -> ${work.id} -> ${body.entry}`,
      ...body.flows,
      `${body.exit} -> ${id}`,
      `${id} -> ${id}_in ? =n > 6`,
      `${id} -> ${id}_on ? else`,
    ],
  };
}

function link({ id }: Block): Printed {
  const definitionXml = `<linkEventDefinition name="${id}"/>`;
  return {
    entry: id,
    exit: `${id}_on`,
    nodes: [
      node('intermediateThrowEvent', id, {}, definitionXml),
      node('intermediateCatchEvent', `${id}_on`, {}, definitionXml),
    ],
    flows: [],
  };
}

/** A node with its boundary events. */
function activity(each: Block, model: RandomModel): Printed {
  const { id, boundaries } = each;
  const nodes: ModelNode[] = [nodeOf(each, model)];
  const flows: string[] = [];
  const merges = boundaries.some(
    (handler) => handler.merges && handler.event.kind !== 'compensation',
  );
  const exit = merges ? `${id}_on` : id;
  if (merges) {
    nodes.push(xor(exit));
    flows.push(`${id} -> ${exit}`);
  }
  for (const { id: event, event: of, interrupting, body, merges: joins } of boundaries) {
    const attributes = ` attachedToRef="${id}" cancelActivity="${interrupting}"`;
    nodes.push(node('boundaryEvent', event, {}, definition(of, !interrupting), attributes));
    if (of.kind === 'compensation') {
      nodes.push(nodeOf(body, model, ' isForCompensation="true"'));
      const ends = ` sourceRef="${event}" targetRef="${body.id}"`;
      nodes.push(node('association', `${event}_to`, {}, '', ends));
      continue;
    }
    const printed = print(body, model);
    nodes.push(...printed.nodes);
    if (!joins) nodes.push(end(`${event}_end`));
    const next = joins ? exit : `${event}_end`;
    flows.push(`${event} -> ${printed.entry}`, ...printed.flows, `${printed.exit} -> ${next}`);
  }
  return { entry: id, exit, nodes, flows };
}

function nodeOf(each: Block, model: RandomModel, attributes = ''): ModelNode {
  const { kind, id, variant, event, listeners } = each;
  const inside = each.rounds === undefined ? '' : roundsXml(each.rounds);
  const make = (tag: string, extensions = '', more = ''): ModelNode => {
    const parts: Parts = {
      extensions: extensions + listenersXml(listeners),
      inputs: pairs(each.inputs),
      outputs: pairs(each.outputs),
    };
    return node(tag, id, parts, more + inside, attributes);
  };
  if (kind === 'job') return make(TASKS[variant % 4] as string, JOB);
  if (kind === 'script')
    return make('scriptTask', '<zeebe:script expression="=n" resultVariable="m"/>');
  if (kind === 'user') return make('userTask');
  if (kind === 'native') return make('userTask', `<zeebe:userTask/>${taskListenersXml(variant)}`);
  if (kind === 'receive')
    return { ...make('receiveTask'), attributes: `${attributes} messageRef="r1"` };
  if (kind === 'call') {
    const called = model[variant % model.length]?.id;
    return make('callActivity', `<zeebe:calledElement processId="${called}"/>`);
  }
  if (kind === 'catch') return make('intermediateCatchEvent', '', definition(event, false));
  if (kind === 'throw') {
    const job = event.kind === 'message' ? JOB : '';
    return make('intermediateThrowEvent', job, definition(event, false));
  }
  if (kind === 'scope') return { ...make('subProcess'), ...inner(each, model) };
  return make(variant % 2 === 0 ? 'task' : 'manualTask');
}

/** What is in a sub-process. */
function inner(each: Block, model: RandomModel): Pick<ModelNode, 'nodes' | 'flows'> {
  const { id, parts, event } = each;
  const body = print(parts[0] as Block, model);
  return {
    nodes: [
      start(`${id}_start`),
      ...body.nodes,
      endEvent(`${id}_end`, event),
      ...each.inner.map((handler) => eventSubProcess(handler, model)),
    ],
    flows: [`${id}_start -> ${body.entry}`, ...body.flows, `${body.exit} -> ${id}_end`].join(';'),
  };
}

function eventSubProcess(
  { id, event, interrupting, body }: Handler,
  model: RandomModel,
): ModelNode {
  const printed = print(body, model);
  const attributes = ` isInterrupting="${interrupting}"`;
  const first = node('startEvent', `${id}_start`, {}, definition(event, !interrupting), attributes);
  return {
    ...node('subProcess', id, {}, '', ' triggeredByEvent="true"'),
    nodes: [first, ...printed.nodes, end(`${id}_end`)],
    flows: [
      `${id}_start -> ${printed.entry}`,
      ...printed.flows,
      `${printed.exit} -> ${id}_end`,
    ].join(';'),
  };
}

function endEvent(id: string, event: EventOf): ModelNode {
  const extensions = event.kind === 'message' ? JOB : '';
  return node('endEvent', id, { extensions }, definition(event, false));
}

function definition({ kind, ref }: EventOf, repeats: boolean, starts = false): string {
  const name = (prefix: string) => (ref === 0 ? '' : `${prefix}${ref}"`);
  switch (kind) {
    case 'none':
      return '';
    case 'message':
      return `<messageEventDefinition messageRef="m${ref}"/>`;
    case 'signal':
      return `<signalEventDefinition signalRef="g${ref}"/>`;
    case 'error':
      return `<errorEventDefinition${name(' errorRef="E')}/>`;
    case 'escalation':
      return `<escalationEventDefinition${name(' escalationRef="C')}/>`;
    case 'conditional':
      return `<conditionalEventDefinition><condition>=n &gt; ${ref * 3}</condition></conditionalEventDefinition>`;
    case 'terminate':
      return '<terminateEventDefinition/>';
    case 'compensation':
      return '<compensateEventDefinition/>';
    case 'timer': {
      const cycle = starts || (repeats && ref === 2);
      const [tag, text] = cycle ? ['timeCycle', 'R2/PT7S'] : ['timeDuration', `PT${ref * 5}S`];
      return `<timerEventDefinition><${tag}>${text}</${tag}></timerEventDefinition>`;
    }
  }
}

function roundsXml({ sequential, collects, list, condition }: Rounds): string {
  const output = collects ? ' outputCollection="all" outputElement="=item"' : '';
  const until = condition.replaceAll('>', '&gt;');
  return (
    `<multiInstanceLoopCharacteristics isSequential="${sequential}"><extensionElements>` +
    `<zeebe:loopCharacteristics inputCollection="${list}" inputElement="item"${output}/></extensionElements>` +
    (until && `<completionCondition>${until}</completionCondition>`) +
    '</multiInstanceLoopCharacteristics>'
  );
}

function listenersXml(listeners: readonly string[]): string {
  const list = listeners.map(
    (event) => `<zeebe:executionListener eventType="${event}" type="${LISTEN}"/>`,
  );
  return list.length === 0
    ? ''
    : `<zeebe:executionListeners>${list.join('')}</zeebe:executionListeners>`;
}

/** Listeners of a native user task; some have none. */
function taskListenersXml(variant: number): string {
  const events = [[], [], ['creating', 'completing'], ['assigning', 'canceling']][variant] ?? [];
  const list = events.map((event) => `<zeebe:taskListener eventType="${event}" type="${LISTEN}"/>`);
  return list.length === 0 ? '' : `<zeebe:taskListeners>${list.join('')}</zeebe:taskListeners>`;
}

const pairs = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    list.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at)];
    }),
  );
