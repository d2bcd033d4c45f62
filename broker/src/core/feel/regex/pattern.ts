// Reads a regular expression into a tree. The syntax is what Java's and the runtime's expressions have in common, plus possessive quantifiers,
// atomic groups and class unions and intersections: sets and their escapes, groups (capturing, named, not capturing), alternatives, greedy, lazy
// and possessive quantifiers, anchors, word boundaries, look-ahead and look-behind, back references, flags i, s, m.
// Guarantees: a text that is none of this gives undefined, never an exception. Leaves to others: matching (matcher.ts).

/** Whether a code point belongs to a set. */
export type CharTest = (code: number) => boolean;

export type Pattern =
  | { readonly kind: 'set'; readonly test: CharTest }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'alternatives'; readonly options: readonly Pattern[] }
  | { readonly kind: 'group'; readonly index: number; readonly inner: Pattern }
  | { readonly kind: 'atomic'; readonly inner: Pattern }
  | {
      readonly kind: 'repeat';
      readonly inner: Pattern;
      readonly min: number;
      readonly max: number;
      readonly mode: RepeatMode;
    }
  | {
      readonly kind: 'look';
      readonly inner: Pattern;
      readonly behind: boolean;
      readonly negated: boolean;
    }
  | { readonly kind: 'reference'; readonly index: number; readonly ignoreCase: boolean }
  | { readonly kind: 'start' | 'end'; readonly lines: boolean }
  | { readonly kind: 'boundary'; readonly negated: boolean };

export type RepeatMode = 'greedy' | 'lazy' | 'possessive';

export interface ParsedPattern {
  readonly root: Pattern;
  /** Number of capturing groups. */
  readonly groups: number;
}

/** Deepest nesting of groups. */
const MAX_DEPTH = 200;

/** Reads a pattern; undefined when it is invalid. */
export function parsePattern(source: string, flags: string): ParsedPattern | undefined {
  const reader = new PatternReader(source, flags);
  try {
    const root = reader.alternatives(0);
    return reader.atEnd ? { root, groups: reader.groups } : undefined;
  } catch (error) {
    if (error instanceof InvalidPattern) return undefined;
    throw error;
  }
}

class InvalidPattern extends Error {}

const between =
  (low: number, high: number): CharTest =>
  (code) =>
    code >= low && code <= high;
const isDigit = between(48, 57);
const isUpper = between(65, 90);
const isLower = between(97, 122);
/** Letters, digits and the underscore of ASCII, as `\w`. */
export const isWordChar: CharTest = (code) =>
  isLower(code) || isDigit(code) || isUpper(code) || code === 95;
const isSpace: CharTest = (code) => (code >= 9 && code <= 13) || code === 32;
const isLineEnd: CharTest = (code) =>
  code === 10 || code === 13 || code === 0x85 || code === 0x2028 || code === 0x2029;
const not =
  (test: CharTest): CharTest =>
  (code) =>
    !test(code);

const CLASS_ESCAPES: ReadonlyMap<string, CharTest> = new Map([
  ['d', isDigit],
  ['D', not(isDigit)],
  ['w', isWordChar],
  ['W', not(isWordChar)],
  ['s', isSpace],
  ['S', not(isSpace)],
]);

const CHAR_ESCAPES: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['f', 12],
  ['a', 7],
  ['e', 27],
  ['0', 0],
]);

/** Names of Java's character classes that the runtime's properties do not have. */
const NAMED_CLASSES: ReadonlyMap<string, string> = new Map([
  ['Alpha', '[A-Za-z]'],
  ['Digit', '[0-9]'],
  ['Alnum', '[A-Za-z0-9]'],
  ['Upper', '[A-Z]'],
  ['Lower', '[a-z]'],
  ['Punct', '[!-/:-@\\[-`{-~]'],
  ['Space', '[\\t-\\r ]'],
  ['IsAlphabetic', '\\p{Alphabetic}'],
  ['IsLetter', '\\p{L}'],
  ['IsDigit', '\\p{Nd}'],
]);

class PatternReader {
  readonly #source: string;
  #flags: ReadonlySet<string>;
  readonly #names = new Map<string, number>();
  #at = 0;
  groups = 0;

  constructor(source: string, flags: string) {
    this.#source = source;
    this.#flags = new Set(flags);
  }

  get atEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match !== null) this.#at += match[0].length;
    return match;
  }

  alternatives(depth: number): Pattern {
    if (depth > MAX_DEPTH) throw new InvalidPattern();
    const options: Pattern[] = [];
    do {
      const parts: Pattern[] = [];
      while (!this.atEnd && !/[|)]/.test(this.#source[this.#at] ?? '')) {
        const part = this.#atom(depth);
        if (part !== undefined) parts.push(this.#quantified(part));
      }
      const [first] = parts;
      options.push(parts.length === 1 && first !== undefined ? first : { kind: 'sequence', parts });
    } while (this.#take('|'));
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'alternatives', options };
  }

  /** One element without its quantifier; undefined for what matches nothing by itself, such as inline flags. */
  #atom(depth: number): Pattern | undefined {
    if (this.#take('(')) return this.#group(depth);
    if (this.#take('[')) return { kind: 'set', test: this.#class(depth + 1) };
    if (this.#take('.'))
      return { kind: 'set', test: this.#flags.has('s') ? () => true : not(isLineEnd) };
    if (this.#take('^')) return { kind: 'start', lines: this.#flags.has('m') };
    if (this.#take('$')) return { kind: 'end', lines: this.#flags.has('m') };
    if (this.#take('\\')) return this.#escape();
    if (/[*+?{]/.test(this.#source[this.#at] ?? '')) throw new InvalidPattern();
    return this.#literal(this.#code());
  }

  #code(): number {
    const code = this.#source.codePointAt(this.#at);
    if (code === undefined) throw new InvalidPattern();
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #literal = (code: number): Pattern => this.#set((other) => other === code);

  #set = (test: CharTest): Pattern => ({ kind: 'set', test: this.#folded(test) });

  /** The set with the other case of its letters when case does not matter. */
  #folded(test: CharTest): CharTest {
    if (!this.#flags.has('i')) return test;
    return (code) => test(code) || test(otherCase(code, true)) || test(otherCase(code, false));
  }

  #group(depth: number): Pattern | undefined {
    if (!this.#take('?')) return this.#capture(depth);
    const named = this.#match(/<([A-Za-z][A-Za-z0-9]*)>/y);
    if (named !== null) {
      this.#names.set(named[1] ?? '', this.groups + 1);
      return this.#capture(depth);
    }
    const look = this.#match(/<?[=!]/y)?.[0];
    if (look !== undefined) {
      return {
        kind: 'look',
        inner: this.#closed(depth),
        behind: look.startsWith('<'),
        negated: look.endsWith('!'),
      };
    }
    if (this.#take('>')) return { kind: 'atomic', inner: this.#closed(depth) };
    const flags = this.#match(/([a-z]*)(?:-([a-z]*))?([:)])/y);
    if (flags === null) throw new InvalidPattern();
    const outer = this.#flags;
    this.#flags = new Set(
      [...outer, ...(flags[1] ?? '')].filter((flag) => !(flags[2] ?? '').includes(flag)),
    );
    if (flags[3] === ')') return undefined;
    const inner = this.#closed(depth);
    this.#flags = outer;
    return inner;
  }

  #capture(depth: number): Pattern {
    const index = ++this.groups;
    return { kind: 'group', index, inner: this.#closed(depth) };
  }

  /** The inside of a group up to its parenthesis; flags set inside end with it. */
  #closed(depth: number): Pattern {
    const outer = this.#flags;
    const inner = this.alternatives(depth + 1);
    this.#flags = outer;
    if (!this.#take(')')) throw new InvalidPattern();
    return inner;
  }

  #escape(): Pattern {
    if (this.#take('b')) return { kind: 'boundary', negated: false };
    if (this.#take('B')) return { kind: 'boundary', negated: true };
    if (this.#take('A')) return { kind: 'start', lines: false };
    if (this.#take('z') || this.#take('Z')) return { kind: 'end', lines: false };
    const quoted = this.#match(/Q([\s\S]*?)(?:\\E|$)/y);
    if (quoted !== null)
      return {
        kind: 'sequence',
        parts: Array.from(quoted[1] ?? '', (sign) => this.#literal(sign.codePointAt(0) ?? 0)),
      };
    const named = this.#match(/k<([A-Za-z][A-Za-z0-9]*)>/y);
    const index =
      named === null ? Number(this.#match(/[1-9]\d*/y)?.[0]) : this.#names.get(named[1] ?? '');
    if (named !== null && index === undefined) throw new InvalidPattern();
    if (index !== undefined && !Number.isNaN(index)) {
      if (index > this.groups) throw new InvalidPattern();
      return { kind: 'reference', index, ignoreCase: this.#flags.has('i') };
    }
    return this.#set(this.#escapedTest());
  }

  /** What stands after a backslash, in or outside of a class. */
  #escapedTest(): CharTest {
    const hex = this.#match(/x\{([0-9A-Fa-f]{1,6})\}|[xu]([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})/y);
    if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16);
      return (other) => other === code;
    }
    const property = this.#match(/([pP])(?:\{\^?([^}]*)\}|([A-Z]))/y);
    if (property !== null)
      return propertyTest(property[2] ?? property[3] ?? '', property[1] === 'P');
    const sign = this.#source[this.#at] ?? '';
    const known = CLASS_ESCAPES.get(sign);
    if (known !== undefined) {
      this.#at++;
      return known;
    }
    const code = CHAR_ESCAPES.get(sign);
    if (code === undefined && /[A-Za-z]/.test(sign)) throw new InvalidPattern();
    const literal = this.#code();
    return (other) => other === (code ?? literal);
  }

  /** A class after its bracket: items, ranges, nested classes (union), `&&` (intersection), `-[` (difference). */
  #class(depth: number): CharTest {
    if (depth > MAX_DEPTH) throw new InvalidPattern();
    const negated = this.#take('^');
    let tests: CharTest[] = [];
    const limits: CharTest[] = [];
    for (let first = true; first || !this.#take(']'); first = false) {
      if (this.atEnd) throw new InvalidPattern();
      if (this.#take('&&')) {
        const left = tests;
        limits.push((code) => left.some((test) => test(code)));
        tests = [];
      } else if (this.#take('-[')) limits.push(not(this.#class(depth + 1)));
      else if (this.#take('[')) tests.push(this.#class(depth + 1));
      else tests.push(this.#classItem());
    }
    const all: CharTest = (code) =>
      tests.some((test) => test(code)) && limits.every((limit) => limit(code));
    const folded = this.#folded(all);
    return negated ? not(folded) : folded;
  }

  #classItem(): CharTest {
    const start = this.#at;
    if (this.#take('\\')) {
      const escaped = this.#escapedTest();
      const [sign = ''] = this.#source.slice(start + 1);
      // An escaped single sign may start a range; a class escape or a property may not.
      if (!/[A-Za-z]/.test(sign)) return this.#range(this.#source.codePointAt(start + 1) ?? 0);
      return CHAR_ESCAPES.has(sign) ? this.#range(CHAR_ESCAPES.get(sign) ?? 0) : escaped;
    }
    return this.#range(this.#code());
  }

  #range(low: number): CharTest {
    if (!/^-[^\][]/.test(this.#source.slice(this.#at, this.#at + 2))) return (code) => code === low;
    this.#at++;
    if (this.#take('\\')) {
      const sign = this.#source[this.#at] ?? '';
      if (CLASS_ESCAPES.has(sign)) throw new InvalidPattern();
      const named = CHAR_ESCAPES.get(sign);
      const high = this.#code();
      return this.#ordered(low, named ?? high);
    }
    return this.#ordered(low, this.#code());
  }

  #ordered(low: number, high: number): CharTest {
    if (high < low) throw new InvalidPattern();
    return between(low, high);
  }

  #quantified(inner: Pattern): Pattern {
    const quantifier = this.#match(/(?:([*+?])|\{(\d{1,6})(,(\d{0,6}))?\})([+?]?)/y);
    if (quantifier === null) return inner;
    const [, sign, low = '', open, high = '', suffix] = quantifier;
    const min = sign === undefined ? Number(low) : sign === '+' ? 1 : 0;
    const max =
      sign === undefined ? limitOf(low, open, high) : sign === '?' ? 1 : Number.POSITIVE_INFINITY;
    if (max < min) throw new InvalidPattern();
    const mode = suffix === '+' ? 'possessive' : suffix === '?' ? 'lazy' : 'greedy';
    return { kind: 'repeat', inner, min, max, mode };
  }
}

function limitOf(low: string, open: string | undefined, high: string): number {
  if (open === undefined) return Number(low);
  return high === '' ? Number.POSITIVE_INFINITY : Number(high);
}

function otherCase(code: number, upper: boolean): number {
  const sign = String.fromCodePoint(code);
  const other = upper ? sign.toUpperCase() : sign.toLowerCase();
  return other.codePointAt(0) ?? code;
}

function propertyTest(name: string, negated: boolean): CharTest {
  const named = NAMED_CLASSES.get(name);
  let single: RegExp;
  try {
    // One code point against one property: no repetition, so the runtime's own engine is safe here.
    single = new RegExp(named ?? `\\p{${name.replace(/^Is/, '')}}`, 'u');
  } catch {
    throw new InvalidPattern();
  }
  return (code) => single.test(String.fromCodePoint(code)) !== negated;
}
