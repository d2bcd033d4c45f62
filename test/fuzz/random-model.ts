// Grows random models that the deployment must accept.
// Guarantees: no two events that wait side by side wait for the same; whatever goes round waits on its way, and what a
// handler does cannot trigger that handler again, so that nothing goes on for ever by itself.
// Leaves to others: the BPMN of it (print-model.ts).
import type { SeededRandom } from '../sim/seeded-random.ts';
import {
  type Block,
  type BlockKind,
  block,
  type EventKind,
  type EventOf,
  type Handler,
  NONE,
  type RandomModel,
  type RandomProcess,
  type Rounds,
} from './block.ts';

const DEPTH_MAX = 4;
/** The one signal that models throw; what it interrupts nothing of does not wait for it, or it would feed itself. */
const THROWN_SIGNAL = 1;
const ACTIVITIES: ReadonlySet<BlockKind> = new Set([
  'job',
  'script',
  'user',
  'native',
  'receive',
  'pass',
  'scope',
  'call',
]);
const LISTS = ['=[1, 2, 3]', '=items', '=[]', '=[1]'];
const CONDITIONS = ['', '', '=numberOfCompletedInstances > 1', '=n > 4'];

/** Kinds with their weights. */
type Weights<T> = readonly (readonly [T, number])[];

const LEAVES: Weights<BlockKind> = [
  ['job', 9],
  ['script', 1],
  ['user', 2],
  ['native', 2],
  ['receive', 2],
  ['pass', 3],
  ['call', 3],
  ['catch', 4],
  ['throw', 4],
];
const TREES: Weights<BlockKind> = [
  ['sequence', 7],
  ['scope', 7],
  ['parallel', 3],
  ['fork', 2],
  ['choice', 2],
  ['inclusive', 3],
  ['early', 3],
  ['race', 2],
  ['loop', 2],
  ['link', 1],
];
const ENDS: Weights<EventKind> = [
  ['none', 8],
  ['error', 2],
  ['escalation', 2],
  ['terminate', 2],
  ['signal', 1],
  ['message', 1],
  ['compensation', 2],
];

export class ModelGrower {
  readonly #random: SeededRandom;
  #count = 0;
  /** Inside of a handler nothing is thrown that it may wait for, and nothing is called that might do so. */
  #handlers = 0;
  #budget = 0;
  readonly #made: RandomProcess[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  grow(): RandomModel {
    const count = this.#between(1, 3);
    for (let i = 1; i <= count; i++) this.#made.push(this.#process(`p${i}`));
    return this.#made;
  }

  #process(id: string): RandomProcess {
    this.#budget = this.#between(1, 30);
    return {
      id,
      body: this.#block(DEPTH_MAX),
      end: this.#end(),
      inner: this.#chance(0.25) ? this.#handlersOf('process', false, 1) : [],
      starts: this.#chance(0.2) ? [this.#start()] : [],
      listeners: this.#listeners(0.06),
    };
  }

  #between(from: number, to: number): number {
    return from + Math.floor(this.#random.next() * (to - from + 1));
  }

  #chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#between(0, list.length - 1)] as T;
  }

  #weighed<T>(weights: Weights<T>): T {
    let dice = this.#random.next() * weights.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of weights) {
      dice -= weight;
      if (dice < 0) return value;
    }
    return (weights[0] as readonly [T, number])[0];
  }

  #id(kind: string): string {
    return `${kind}${++this.#count}`;
  }

  #block(depth: number): Block {
    this.#budget--;
    const isTree = depth > 0 && this.#budget > 0 && this.#chance(0.6);
    const made = isTree ? this.#tree(this.#weighed(TREES), depth - 1) : this.#leaf();
    return this.#decorated(made, depth);
  }

  #leaf(): Block {
    const kind = this.#weighed(LEAVES);
    const id = this.#id(kind);
    if (kind === 'catch') return block(kind, id, { event: this.#caught() });
    if (kind === 'throw') return block(kind, id, { event: this.#thrown() });
    const isCall = kind === 'call';
    if (isCall && (this.#made.length === 0 || this.#handlers > 0)) return block('job', id);
    const variant = isCall ? this.#between(0, this.#made.length - 1) : this.#between(0, 3);
    return block(kind, id, { variant });
  }

  #tree(kind: BlockKind, depth: number): Block {
    const id = this.#id(kind);
    const variant = this.#between(0, 3);
    const parts = (from: number, to: number) =>
      Array.from({ length: this.#between(from, to) }, () => this.#block(depth));
    if (kind === 'scope') {
      const inner = this.#chance(0.35) ? this.#handlersOf('scope', false, depth) : [];
      return block(kind, id, { variant, parts: parts(1, 1), inner, event: this.#end() });
    }
    if (kind === 'early')
      return block(kind, id, { variant, parts: parts(1, 2), event: this.#end() });
    if (kind === 'loop') return block(kind, id, { variant, parts: parts(1, 1) });
    if (kind === 'link') return block(kind, id);
    return block(kind, id, { variant, parts: parts(2, 3) });
  }

  #decorated(made: Block, depth: number): Block {
    const isActivity = ACTIVITIES.has(made.kind);
    const hasListeners = isActivity || made.kind === 'catch' || made.kind === 'throw';
    const listeners = hasListeners ? this.#listeners(0.05) : [];
    if (!isActivity) return { ...made, listeners };
    const boundaries = this.#chance(0.25) ? this.#handlersOf(made.kind, true, depth - 1) : [];
    const rounds = this.#chance(0.12) ? this.#rounds() : undefined;
    const inputs = this.#chance(0.12) ? ['local=n'] : [];
    const outputs = this.#chance(0.12) ? [this.#pick(['n=n', 'checked=assert(n, n != null)'])] : [];
    return { ...made, listeners, boundaries, rounds, inputs, outputs };
  }

  #rounds(): Rounds {
    return {
      sequential: this.#chance(0.5),
      collects: this.#chance(0.5),
      list: this.#pick(LISTS),
      condition: this.#pick(CONDITIONS),
    };
  }

  #listeners(probability: number): ('start' | 'end')[] {
    const found: ('start' | 'end')[] = [];
    if (this.#chance(probability)) found.push('start');
    if (this.#chance(probability)) found.push('end');
    return found;
  }

  #caught(): EventOf {
    const kinds = ['message', 'timer', 'signal', 'conditional'] as const;
    return { kind: this.#pick(kinds), ref: this.#between(1, 2) };
  }

  #thrown(): EventOf {
    const kinds = ['none', 'message', 'escalation', 'compensation', 'compensation'] as const;
    const kind = this.#handlers === 0 && this.#chance(0.2) ? 'signal' : this.#pick(kinds);
    return { kind, ref: kind === 'signal' ? THROWN_SIGNAL : this.#between(1, 2) };
  }

  #end(): EventOf {
    const kind = this.#weighed(ENDS);
    if (kind === 'signal' && this.#handlers > 0) return NONE;
    if (kind === 'signal') return { kind, ref: THROWN_SIGNAL };
    return { kind, ref: this.#between(1, 2) };
  }

  #start(): EventOf {
    // A message starts one process of a file.
    const kinds =
      this.#made.length === 0
        ? (['message', 'timer', 'signal'] as const)
        : (['timer', 'signal'] as const);
    return { kind: this.#pick<EventKind>(kinds), ref: 3 };
  }

  /** Boundary events of an activity or event sub-processes of a scope: each kind once. */
  #handlersOf(owner: BlockKind | 'process', isBoundary: boolean, depth: number): Handler[] {
    const kinds: EventKind[] = ['message', 'timer', 'signal', 'error', 'conditional'];
    if (!isBoundary || owner === 'call' || owner === 'scope') kinds.push('escalation');
    if (isBoundary) kinds.push('compensation');
    const found: Handler[] = [];
    this.#handlers++;
    const count = this.#between(1, 2);
    for (let i = 0; i < count; i++) {
      const kind = kinds.splice(this.#between(0, kinds.length - 1), 1)[0] as EventKind;
      found.push(this.#handler(kind, Math.max(0, depth)));
    }
    this.#handlers--;
    return found;
  }

  #handler(kind: EventKind, depth: number): Handler {
    const mayGoOn = kind !== 'error' && kind !== 'compensation';
    const catchesAll = kind === 'error' || kind === 'escalation';
    const interrupting = !mayGoOn || this.#chance(0.5);
    const isFed = kind === 'signal' && !interrupting;
    return {
      id: this.#id('h'),
      event: { kind, ref: isFed ? THROWN_SIGNAL + 1 : this.#between(catchesAll ? 0 : 1, 2) },
      interrupting,
      body: kind === 'compensation' ? this.#compensation() : this.#block(Math.min(depth, 2)),
      merges: this.#chance(0.5),
    };
  }

  /** A handler is one activity outside of all flows. */
  #compensation(): Block {
    const kind = this.#pick(['job', 'job', 'script', 'pass', 'native'] as const);
    return block(kind, this.#id('undo'));
  }
}
