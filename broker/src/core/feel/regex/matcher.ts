// Matches regular expressions by backtracking, with a price for every step: the runtime's own engine cannot be interrupted, and one short
// pattern over one short text (`(a+)+$`) can keep it busy for years. Here it uses up the budget of its evaluation instead.
// Guarantees: the leftmost match, alternatives in their order, as Java and the runtime have it.
import {
  type CharTest,
  isWordChar,
  type ParsedPattern,
  type Pattern,
  parsePattern,
} from './pattern.ts';

/** Takes steps off a budget; throws when it is used up. */
export type Charge = (steps: number) => void;

export interface RegexMatch {
  readonly start: number;
  readonly end: number;
  /** Texts of the whole match and of its groups. */
  readonly groups: readonly (string | undefined)[];
}

/** State of one search. `opened` is where a group began, `from` and `to` hold its bounds when it has matched. */
interface Run {
  readonly input: string;
  readonly charge: Charge;
  readonly opened: number[];
  readonly from: number[];
  readonly to: number[];
  readonly counts: number[];
  readonly lasts: number[];
}

/** Matches at a position and what follows it: the end of the whole match, or -1. */
type Step = (run: Run, at: number) => number;

const done: Step = (_run, at) => at;

/** A compiled regular expression. */
export class Regex {
  readonly #groups: number;
  readonly #start: Step;
  readonly #loops: number;

  constructor({ root, groups }: ParsedPattern) {
    const builder = new StepBuilder();
    this.#start = builder.build(root, done);
    this.#groups = groups;
    this.#loops = builder.loops;
  }

  /** The leftmost match at or after `from`, or undefined. */
  find(input: string, from: number, charge: Charge): RegexMatch | undefined {
    for (let start = from; start <= input.length; start++) {
      const run: Run = {
        input,
        charge,
        opened: new Array(this.#groups + 1).fill(-1),
        from: new Array(this.#groups + 1).fill(-1),
        to: new Array(this.#groups + 1).fill(-1),
        counts: new Array(this.#loops).fill(0),
        lasts: new Array(this.#loops).fill(-1),
      };
      charge(1);
      const end = this.#start(run, start);
      if (end >= 0) return { start, end, groups: texts(run, start, end) };
    }
    return undefined;
  }

  /** All matches from left to right; after an empty one the search goes on one sign later. */
  findAll(input: string, charge: Charge): readonly RegexMatch[] {
    const all: RegexMatch[] = [];
    for (let at = 0; at <= input.length; ) {
      const match = this.find(input, at, charge);
      if (match === undefined) break;
      all.push(match);
      at = match.end > match.start ? match.end : match.end + 1;
    }
    return all;
  }
}

function texts({ input, from, to }: Run, start: number, end: number): (string | undefined)[] {
  return from.map((first, index) => {
    if (index === 0) return input.slice(start, end);
    return first < 0 ? undefined : input.slice(first, to[index]);
  });
}

class StepBuilder {
  loops = 0;

  build(pattern: Pattern, next: Step): Step {
    switch (pattern.kind) {
      case 'set':
        return setStep(pattern.test, next);
      case 'sequence':
        return pattern.parts.reduceRight((following, part) => this.build(part, following), next);
      case 'alternatives':
        return firstOf(pattern.options.map((option) => this.build(option, next)));
      case 'group':
        return this.#group(pattern.index, pattern.inner, next);
      case 'atomic':
        return once(this.build(pattern.inner, done), next);
      case 'repeat':
        return this.#repeat(pattern, next);
      case 'look':
        return this.#look(pattern, next);
      case 'reference':
        return referenceStep(pattern.index, pattern.ignoreCase, next);
      case 'boundary':
        return (run, at) => (isBoundary(run.input, at) !== pattern.negated ? next(run, at) : -1);
      default:
        return anchorStep(pattern.kind, pattern.lines, next);
    }
  }

  #group(index: number, inner: Pattern, next: Step): Step {
    const close: Step = (run, at) => {
      const [from, to] = [run.from[index] ?? -1, run.to[index] ?? -1];
      run.from[index] = run.opened[index] ?? -1;
      run.to[index] = at;
      const end = next(run, at);
      if (end < 0) {
        run.from[index] = from;
        run.to[index] = to;
      }
      return end;
    };
    const body = this.build(inner, close);
    return (run, at) => {
      const outer = run.opened[index] ?? -1;
      run.opened[index] = at;
      const end = body(run, at);
      if (end < 0) run.opened[index] = outer;
      return end;
    };
  }

  #repeat({ inner, min, max, mode }: Extract<Pattern, { kind: 'repeat' }>, next: Step): Step {
    if (mode === 'possessive')
      return once(this.#repeat({ kind: 'repeat', inner, min, max, mode: 'greedy' }, done), next);
    if (inner.kind === 'set' && mode === 'greedy') return greedySet(inner.test, min, max, next);
    const id = this.loops++;
    const round: Step = (run, at) => {
      const count = run.counts[id] ?? 0;
      const last = run.lasts[id] ?? -1;
      // A round that took nothing does not count, unless it is required.
      if (count > min && at === last) return -1;
      const more = count < max;
      if (mode === 'lazy' && count >= min) {
        const end = leave(run, at);
        if (end >= 0 || !more) return end;
      } else if (!more) return count >= min ? leave(run, at) : -1;
      run.charge(1);
      run.counts[id] = count + 1;
      run.lasts[id] = at;
      const end = body(run, at);
      if (end >= 0) return end;
      run.counts[id] = count;
      run.lasts[id] = last;
      return mode === 'greedy' && count >= min ? leave(run, at) : -1;
    };
    const body = this.build(inner, round);
    const leave: Step = (run, at) => {
      const [count, last] = [run.counts[id] ?? 0, run.lasts[id] ?? -1];
      const end = next(run, at);
      run.counts[id] = count;
      run.lasts[id] = last;
      return end;
    };
    return (run, at) => {
      run.counts[id] = 0;
      run.lasts[id] = -1;
      return round(run, at);
    };
  }

  #look({ inner, behind, negated }: Extract<Pattern, { kind: 'look' }>, next: Step): Step {
    if (!behind) {
      const ahead = this.build(inner, done);
      return (run, at) => (ahead(run, at) >= 0 !== negated ? next(run, at) : -1);
    }
    const target: { at: number } = { at: -1 };
    const body = this.build(inner, (_run, at) => (at === target.at ? at : -1));
    return (run, at) => {
      let found = false;
      for (let from = at; from >= 0 && !found; from--) {
        run.charge(1);
        target.at = at;
        found = body(run, from) >= 0;
      }
      return found !== negated ? next(run, at) : -1;
    };
  }
}

const firstOf =
  (options: readonly Step[]): Step =>
  (run, at) => {
    for (const option of options) {
      const end = option(run, at);
      if (end >= 0) return end;
    }
    return -1;
  };

/** Matches the inside on its own; what it has matched is not tried in another way. */
const once =
  (inner: Step, next: Step): Step =>
  (run, at) => {
    const end = inner(run, at);
    return end < 0 ? -1 : next(run, end);
  };

/** Width of the sign at a position if it is in the set, else 0. */
function width(input: string, at: number, test: CharTest): number {
  const code = input.codePointAt(at);
  if (code === undefined || !test(code)) return 0;
  return code > 0xffff ? 2 : 1;
}

const setStep =
  (test: CharTest, next: Step): Step =>
  (run, at) => {
    run.charge(1);
    const wide = width(run.input, at, test);
    return wide === 0 ? -1 : next(run, at + wide);
  };

/** A repeated set without recursion: takes all it can, then gives back sign by sign. */
const greedySet =
  (test: CharTest, min: number, max: number, next: Step): Step =>
  (run, start) => {
    const { input } = run;
    let at = start;
    let count = 0;
    for (; count < max; count++) {
      run.charge(1);
      const wide = width(input, at, test);
      if (wide === 0) break;
      at += wide;
    }
    for (; count >= min; count--) {
      run.charge(1);
      const end = next(run, at);
      if (end >= 0) return end;
      const low = input.charCodeAt(at - 1);
      at -= low >= 0xdc00 && low <= 0xdfff && at - 2 >= start ? 2 : 1;
    }
    return -1;
  };

const referenceStep =
  (index: number, ignoreCase: boolean, next: Step): Step =>
  (run, at) => {
    const from = run.from[index] ?? -1;
    if (from < 0) return -1;
    const text = run.input.slice(from, run.to[index]);
    const here = run.input.slice(at, at + text.length);
    run.charge(1 + (text.length >> 3));
    const same = here === text || (ignoreCase && here.toLowerCase() === text.toLowerCase());
    return same ? next(run, at + text.length) : -1;
  };

function isBoundary(input: string, at: number): boolean {
  const before = at > 0 && isWordChar(input.charCodeAt(at - 1));
  return before !== (at < input.length && isWordChar(input.charCodeAt(at)));
}

const isLineFeed = (input: string, at: number): boolean => input.charCodeAt(at) === 10;

function anchorStep(kind: 'start' | 'end', lines: boolean, next: Step): Step {
  if (kind === 'start')
    return (run, at) => (at === 0 || (lines && isLineFeed(run.input, at - 1)) ? next(run, at) : -1);
  return (run, at) => {
    const { input } = run;
    const last = at === input.length || (at === input.length - 1 && isLineFeed(input, at));
    return last || (lines && isLineFeed(input, at)) ? next(run, at) : -1;
  };
}

/** Most compiled patterns kept; expressions use few. */
const MAX_PATTERNS = 500;
const known = new Map<string, Regex | null>();

/** The compiled expression of a pattern with flags (i, s, m; others are ignored), or undefined when it is invalid. */
export function regexOf(source: string, flags: string): Regex | undefined {
  const key = `${flags}/${source}`;
  let regex = known.get(key);
  if (regex === undefined) {
    const parsed = parsePattern(source, flags.replace(/[^ism]/g, ''));
    regex = parsed === undefined ? null : new Regex(parsed);
    if (known.size >= MAX_PATTERNS) known.clear();
    known.set(key, regex);
  }
  return regex ?? undefined;
}
