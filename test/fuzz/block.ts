// A random model as a tree: what the generator grows, the shrinker prunes and the printer turns into BPMN.
//
// Every block has one way in and one way out, so that blocks can be put anywhere a block can be; what is not so in BPMN (early
// ends, several tokens, event sub-processes) happens inside of a block.

export type BlockKind =
  // Work and waits.
  | 'job'
  | 'script'
  | 'user'
  | 'native'
  | 'receive'
  | 'pass'
  | 'call'
  | 'catch'
  | 'throw'
  // Several blocks.
  | 'sequence'
  | 'scope'
  | 'parallel'
  | 'fork'
  | 'choice'
  | 'inclusive'
  | 'early'
  | 'race'
  | 'loop'
  | 'link';

export type EventKind =
  | 'none'
  | 'message'
  | 'timer'
  | 'signal'
  | 'error'
  | 'escalation'
  | 'terminate'
  | 'compensation'
  | 'conditional';

/** What is caught or thrown; `ref` counts names of its kind, 0 catches all where that is possible. */
export interface EventOf {
  readonly kind: EventKind;
  readonly ref: number;
}

/** A boundary event or an event sub-process with what follows. */
export interface Handler {
  readonly id: string;
  readonly event: EventOf;
  readonly interrupting: boolean;
  readonly body: Block;
  /** The path joins the way out of the activity; otherwise it ends by itself. */
  readonly merges: boolean;
}

export interface Rounds {
  readonly sequential: boolean;
  readonly collects: boolean;
  readonly list: string;
  readonly condition: string;
}

export interface Block {
  readonly kind: BlockKind;
  readonly id: string;
  readonly parts: readonly Block[];
  /** Picks among spellings of a kind: which task, which join, which called process. */
  readonly variant: number;
  readonly event: EventOf;
  readonly boundaries: readonly Handler[];
  /** Event sub-processes of a scope. */
  readonly inner: readonly Handler[];
  readonly rounds: Rounds | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Execution listeners. */
  readonly listeners: readonly ('start' | 'end')[];
}

/** One executable process. */
export interface RandomProcess {
  readonly id: string;
  readonly body: Block;
  readonly end: EventOf;
  readonly inner: readonly Handler[];
  /** Start events beside the none start event. */
  readonly starts: readonly EventOf[];
  readonly listeners: readonly ('start' | 'end')[];
}

/** The processes of one model; a process calls only those before it. */
export type RandomModel = readonly RandomProcess[];

export const NONE: EventOf = { kind: 'none', ref: 0 };

export const block = (kind: BlockKind, id: string, of: Partial<Block> = {}): Block => ({
  kind,
  id,
  parts: [],
  variant: 0,
  event: NONE,
  boundaries: [],
  inner: [],
  rounds: undefined,
  inputs: [],
  outputs: [],
  listeners: [],
  ...of,
});

/** How many nodes a model has, roughly. */
export function sizeOf(model: RandomModel): number {
  const handlers = (list: readonly Handler[]): number =>
    list.reduce((sum, { body }) => sum + 2 + ofBlock(body), 0);
  const ofBlock = (each: Block): number =>
    1 +
    each.parts.reduce((sum, part) => sum + ofBlock(part), 0) +
    handlers(each.boundaries) +
    handlers(each.inner) +
    each.listeners.length +
    each.inputs.length +
    each.outputs.length +
    (each.rounds === undefined ? 0 : 1) +
    (each.kind === 'pass' ? 0 : 1);
  return model.reduce(
    (sum, { body, inner, starts, listeners, end }) =>
      sum +
      2 +
      ofBlock(body) +
      handlers(inner) +
      starts.length +
      listeners.length +
      (end.kind === 'none' ? 0 : 1),
    0,
  );
}
