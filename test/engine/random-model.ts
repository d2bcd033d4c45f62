// Block-structured processes by chance: every block has one way in and one way out, so that whatever workers do, an
// instance can always come to its end.
import { between } from '../kit/random.ts';
import {
  and,
  bpmn,
  caught,
  end,
  error,
  fail,
  job,
  type ModelNode,
  node,
  pass,
  start,
  stop,
  sub,
  xor,
} from './models.ts';

/** The one job type of all tasks. */
export const JOB_TYPE = 'w';
/** Codes that some sub-process may catch. */
export const CODES = ['E1', 'E2'] as const;

interface Block {
  readonly entry: string;
  readonly exit: string;
  readonly nodes: readonly ModelNode[];
  readonly flows: readonly string[];
}

export class RandomModel {
  readonly #random: () => number;
  #count = 0;
  readonly #made: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A process of this id as BPMN. */
  bpmn(id: string): string {
    const body = this.#block(4);
    this.#made.push(id);
    const nodes = [start(), ...body.nodes, end()];
    const flows = [`start -> ${body.entry}`, ...body.flows, `${body.exit} -> end`];
    return bpmn(id, nodes, flows.join(';'), CODES.map((code) => error(code)).join(''));
  }

  #id(kind: string): string {
    return `${kind}${++this.#count}`;
  }

  #block(depth: number): Block {
    const dice = depth === 0 ? this.#random() * 0.3 : this.#random();
    if (dice < 0.22) return single(job(this.#id('t'), this.#parts()));
    if (dice < 0.3) return single(pass(this.#id('n')));
    if (dice < 0.5) return this.#sequence(depth - 1);
    if (dice < 0.6) return this.#parallel(depth - 1);
    if (dice < 0.68) return this.#choice(depth - 1);
    if (dice < 0.75) return this.#inclusive(depth - 1);
    if (dice < 0.84) return this.#scope(depth - 1);
    if (dice < 0.91) return this.#terminating(depth - 1);
    return dice < 0.97 ? this.#rounds(depth - 1) : this.#called();
  }

  #parts() {
    const dice = this.#random();
    if (dice < 0.2) return { type: JOB_TYPE, inputs: { local: '=n' }, outputs: { n: '=n' } };
    if (dice < 0.3) return { type: JOB_TYPE, outputs: { checked: '=assert(n, n != null)' } };
    return { type: JOB_TYPE };
  }

  #sequence(depth: number): Block {
    const parts = Array.from({ length: between(this.#random, 2, 3) }, () => this.#block(depth));
    const links = parts.slice(1).map((part, i) => `${parts[i]?.exit} -> ${part.entry}`);
    return {
      entry: (parts[0] as Block).entry,
      exit: (parts.at(-1) as Block).exit,
      nodes: parts.flatMap((part) => part.nodes),
      flows: [...parts.flatMap((part) => part.flows), ...links],
    };
  }

  #parallel(depth: number): Block {
    const parts = Array.from({ length: between(this.#random, 2, 3) }, () => this.#block(depth));
    const fork = and(this.#id('f'));
    const join = and(this.#id('j'));
    return around(fork, join, parts, () => '');
  }

  #choice(depth: number): Block {
    const parts = Array.from({ length: between(this.#random, 2, 3) }, () => this.#block(depth));
    const conditions = parts.map((_, i) => (i === 0 ? ' ? else' : ` ? =n > ${i * 3}`));
    return around(xor(this.#id('x')), xor(this.#id('m')), parts, (i) => conditions[i] as string);
  }

  /** As a choice, but several may be taken. */
  #inclusive(depth: number): Block {
    const parts = Array.from({ length: between(this.#random, 2, 3) }, () => this.#block(depth));
    const conditions = parts.map((_, i) => (i === 0 ? ' ? else' : ` ? =n > ${i * 2}`));
    const fork = node('inclusiveGateway', this.#id('o'));
    const join = node('inclusiveGateway', this.#id('k'));
    return around(fork, join, parts, (i) => conditions[i] as string);
  }

  /** A task or sub-process once for each item of a short list. */
  #rounds(depth: number): Block {
    const id = this.#id('r');
    const isSequential = this.#random() < 0.5;
    const output = this.#random() < 0.5 ? ' outputCollection="all" outputElement="=item"' : '';
    const condition = this.#random() < 0.3 ? '=numberOfCompletedInstances &gt; 1' : '';
    const marker =
      `<multiInstanceLoopCharacteristics isSequential="${isSequential}"><extensionElements>` +
      `<zeebe:loopCharacteristics inputCollection="=[1, 2, 3]" inputElement="item"${output}/></extensionElements>` +
      (condition && `<completionCondition>${condition}</completionCondition>`) +
      '</multiInstanceLoopCharacteristics>';
    if (this.#random() < 0.4) return single({ ...job(id, { type: JOB_TYPE }), inside: marker });
    const body = this.#block(Math.min(depth, 1));
    const [first, last] = [start(this.#id('i')), end(this.#id('e'))];
    const flows = [`${first.id} -> ${body.entry}`, ...body.flows, `${body.exit} -> ${last.id}`];
    return single({ ...sub(id, [first, ...body.nodes, last], flows.join(';')), inside: marker });
  }

  /** A call of a process that was made before; a task when there is none. */
  #called(): Block {
    const called = this.#made.at(-1);
    if (called === undefined) return single(job(this.#id('t'), this.#parts()));
    const extensions = `<zeebe:calledElement processId="${called}"/>`;
    return single(node('callActivity', this.#id('c'), { extensions }));
  }

  /** A sub-process, mostly with events that catch errors; sometimes one of its ends throws what is caught. */
  #scope(depth: number): Block {
    const id = this.#id('s');
    const merge = xor(this.#id('m'));
    const body = this.#block(depth);
    const code = CODES[between(this.#random, 0, 1)] as string;
    const isCaught = this.#random() < 0.8;
    const throws = isCaught && this.#random() < 0.3;
    const last = throws ? fail(this.#id('e'), code) : end(this.#id('e'));
    const first = start(this.#id('i'));
    const inside = [`${first.id} -> ${body.entry}`, ...body.flows, `${body.exit} -> ${last.id}`];
    const scope = sub(id, [first, ...body.nodes, last], inside.join(';'));
    if (!isCaught) return { entry: id, exit: id, nodes: [scope], flows: [] };
    const other = this.#block(depth);
    const boundary = caught(this.#id('b'), id, this.#random() < 0.3 ? undefined : code);
    return {
      entry: id,
      exit: merge.id,
      nodes: [scope, boundary, ...other.nodes, merge],
      flows: [
        `${id} -> ${merge.id}`,
        `${boundary.id} -> ${other.entry}`,
        ...other.flows,
        `${other.exit} -> ${merge.id}`,
      ],
    };
  }

  /** A sub-process of two paths, one of which ends the other. */
  #terminating(depth: number): Block {
    const id = this.#id('s');
    const first = start(this.#id('i'));
    const fork = and(this.#id('f'));
    const ends = [
      stop(this.#id('e')),
      this.#random() < 0.3 ? stop(this.#id('e')) : end(this.#id('e')),
    ];
    const parts = ends.map(() => this.#block(depth));
    const flows = parts.flatMap((part, i) => [
      `${fork.id} -> ${part.entry}`,
      ...part.flows,
      `${part.exit} -> ${ends[i]?.id}`,
    ]);
    const nodes = [first, fork, ...parts.flatMap((part) => part.nodes), ...ends];
    const scope = sub(id, nodes, [`${first.id} -> ${fork.id}`, ...flows].join(';'));
    return { entry: id, exit: id, nodes: [scope], flows: [] };
  }
}

const single = (node: ModelNode): Block => ({
  entry: node.id,
  exit: node.id,
  nodes: [node],
  flows: [],
});

function around(
  before: ModelNode,
  after: ModelNode,
  parts: readonly Block[],
  condition: (i: number) => string,
): Block {
  return {
    entry: before.id,
    exit: after.id,
    nodes: [before, ...parts.flatMap((part) => part.nodes), after],
    flows: parts.flatMap((part, i) => [
      `${before.id} -> ${part.entry}${condition(i)}`,
      ...part.flows,
      `${part.exit} -> ${after.id}`,
    ]),
  };
}
