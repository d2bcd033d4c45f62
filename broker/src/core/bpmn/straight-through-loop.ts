// Finds loops that would never wait: a token in one runs for ever (engine-semantics E.3).
//
// As the reference sees it: a loop counts when it consists of tasks without work (manual, undefined), intermediate throw
// events, calls of processes of the same file, gateways, start and end events and sub-processes made of those, and holds
// at least one such task, throw event or call. Loops of gateways alone and loops over links are let through.
import type { ExecutableElement, ExecutableProcess } from './graph.ts';

const PASSED: ReadonlySet<string> = new Set([
  'TASK',
  'MANUAL_TASK',
  'EXCLUSIVE_GATEWAY',
  'PARALLEL_GATEWAY',
  'INCLUSIVE_GATEWAY',
  'INTERMEDIATE_THROW_EVENT',
  'START_EVENT',
  'END_EVENT',
  'SUB_PROCESS',
]);

const IDLE: ReadonlySet<string> = new Set([
  'TASK',
  'MANUAL_TASK',
  'INTERMEDIATE_THROW_EVENT',
  'CALL_ACTIVITY',
]);

/** Every process of a file by its id. */
export type Processes = ReadonlyMap<string, ExecutableProcess>;

/** What an element does, be it once or for many instances. */
const activityOf = (element: ExecutableElement): ExecutableElement =>
  element.innerActivity ?? element;

const isIdle = (element: ExecutableElement): boolean => IDLE.has(activityOf(element).elementType);

/** The ids along such a loop, the first one repeated at the end; undefined when there is none. */
export function straightThroughLoop(
  process: ExecutableProcess,
  processes: Processes,
): readonly string[] | undefined {
  if (!hasIdle(process)) return undefined;
  const ways = new Ways(processes);
  const components = new Components(ways);
  const roots = [process.root.startEvent, ...process.elements.values()];
  for (const root of roots) if (root !== undefined && ways.passes(root)) components.visit(root);
  for (const element of components.order) {
    if (!isIdle(element) || process.elements.get(element.id) !== element) continue;
    const loop = wayBack(element, components.of, ways);
    if (loop !== undefined) return loop;
  }
  return undefined;
}

function hasIdle(process: ExecutableProcess): boolean {
  for (const element of process.elements.values()) if (isIdle(element)) return true;
  return false;
}

/** Where tokens go without waiting. */
class Ways {
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  /** The process of this file that a call activity always calls. */
  #called({ calledElement }: ExecutableElement): ExecutableProcess | undefined {
    const id = calledElement?.processId;
    return id?.isStatic === true ? this.#processes.get(id.source) : undefined;
  }

  passes(element: ExecutableElement): boolean {
    const activity = activityOf(element);
    if (activity.elementType === 'CALL_ACTIVITY') return this.#called(activity) !== undefined;
    return PASSED.has(activity.elementType);
  }

  successors(element: ExecutableElement): readonly ExecutableElement[] {
    const activity = activityOf(element);
    if (activity.elementType === 'CALL_ACTIVITY') return begin(this.#called(activity)?.root);
    if (activity.elementType === 'SUB_PROCESS') return begin(activity);
    if (activity.linkTarget !== undefined) return [];
    // The end of a path inside a sub-process leads on behind the sub-process.
    let from: ExecutableElement | undefined = element;
    while (from !== undefined && from.outgoing.length === 0) from = from.scope;
    return (from?.outgoing ?? [])
      .map((flow) => flow.target)
      .filter((target) => this.passes(target));
  }
}

const begin = (scope: ExecutableElement | undefined): readonly ExecutableElement[] =>
  scope?.startEvent === undefined ? [] : [scope.startEvent];

interface Frame {
  readonly element: ExecutableElement;
  readonly next: readonly ExecutableElement[];
  at: number;
}

/** Strongly connected components (Tarjan), without recursion: models may be long chains. */
class Components {
  /** Elements in the order in which they were first reached, flows followed in file order. */
  readonly order: ExecutableElement[] = [];
  readonly of = new Map<ExecutableElement, number>();
  readonly #index = new Map<ExecutableElement, number>();
  readonly #low = new Map<ExecutableElement, number>();
  readonly #open: ExecutableElement[] = [];
  readonly #ways: Ways;
  #count = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  visit(root: ExecutableElement): void {
    if (this.#index.has(root)) return;
    const frames = [this.#enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.next[frame.at++];
      if (next === undefined) {
        frames.pop();
        this.#leave(frame.element, frames.at(-1)?.element);
      } else if (!this.#index.has(next)) frames.push(this.#enter(next));
      else if (!this.of.has(next)) this.#lower(frame.element, this.#index.get(next)!);
    }
  }

  #enter(element: ExecutableElement): Frame {
    const index = this.order.length;
    this.order.push(element);
    this.#index.set(element, index);
    this.#low.set(element, index);
    this.#open.push(element);
    return { element, next: this.#ways.successors(element).toReversed(), at: 0 };
  }

  #lower(element: ExecutableElement, to: number): void {
    if (to < this.#low.get(element)!) this.#low.set(element, to);
  }

  #leave(element: ExecutableElement, parent: ExecutableElement | undefined): void {
    const low = this.#low.get(element)!;
    if (parent !== undefined) this.#lower(parent, low);
    if (low !== this.#index.get(element)) return;
    const component = this.#count++;
    for (let member = this.#open.pop(); member !== undefined; member = this.#open.pop()) {
      this.of.set(member, component);
      if (member === element) return;
    }
  }
}

/** A way from an element back to itself inside its component, in visiting order. */
function wayBack(
  start: ExecutableElement,
  components: ReadonlyMap<ExecutableElement, number>,
  ways: Ways,
): readonly string[] | undefined {
  const component = components.get(start);
  const seen = new Set<ExecutableElement>([start]);
  const frames: Frame[] = [{ element: start, next: ways.successors(start), at: 0 }];
  for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
    const next = frame.next[frame.at++];
    if (next === undefined) frames.pop();
    else if (next === start) return [...frames.map(({ element }) => element.id), start.id];
    else if (!seen.has(next) && components.get(next) === component) {
      seen.add(next);
      frames.push({ element: next, next: ways.successors(next), at: 0 });
    }
  }
  return undefined;
}
