// Parses FEEL with lezer-feel in its Camunda dialect and refuses what the reference's parser refuses but this grammar accepts or repairs.
// Guarantees: names in an expression never depend on the variables of an instance (an expression is parsed once, at deployment): only the names of
// built-in functions and temporal properties may contain spaces. The result is a tree without error nodes, or a message with a position.
// Leaves to others: meaning (compile.ts).
import { parser, trackVariables } from 'lezer-feel';
import { BUILTIN_NAMES } from './builtins/index.ts';

/** A node of the syntax tree. */
export type SyntaxNode = ReturnType<typeof camundaParser.parse>['topNode'];

export type Parsed =
  | { ok: true; root: SyntaxNode }
  | { ok: false; message: string; position: number };

/** Deepest nesting of an expression; it bounds the stack of compiler and evaluation. */
export const MAX_DEPTH = 500;
/** Longest expression in characters. */
const MAX_LENGTH = 200_000;

const SPACED_PROPERTIES = ['time offset', 'start included', 'end included'];
const spacedNames = [
  ...BUILTIN_NAMES.filter((name) => name.includes(' ')),
  ...SPACED_PROPERTIES,
].filter(
  // Words that the grammar itself knows as one constructor.
  (name) => name !== 'date and time' && name !== 'years and months duration',
);

const NAMES = {
  keys: new Set(spacedNames),
  prefixes: new Set(
    spacedNames.flatMap((name) => Array.from(name, (_, end) => name.slice(0, end + 1))),
  ),
};

/** What lezer-feel's tokenizer asks of its context: the words of the name read so far, and the names that have several words. */
class Names {
  readonly tokens: readonly string[];
  constructor(tokens: readonly string[]) {
    this.tokens = tokens;
  }
  contextCache(): typeof NAMES {
    return NAMES;
  }
}

const noName = new Names([]);

// The library's own tracker follows the types of all values, at quadratic cost; ours only joins the words of a name. Its class comes with
// the library's tracker, so that no further package is needed.
const Tracker = trackVariables({}).constructor as new (spec: {
  start: Names;
  reduce(
    names: Names,
    term: number,
    stack: { pos: number },
    input: { pos: number; read(from: number, to: number): string },
  ): Names;
}) => ReturnType<typeof trackVariables>;

const tracker = new Tracker({
  start: noName,
  reduce(names, term, stack, input) {
    switch (parser.nodeSet.types[term]?.name) {
      case 'Identifier':
        return new Names([...names.tokens, input.read(input.pos, stack.pos)]);
      case 'VariableName':
      case 'PathName':
      case 'Name':
        return names.tokens.length > 0 ? noName : names;
      default:
        return names;
    }
  },
});

const camundaParser = parser.configure({
  top: 'Expression',
  dialect: 'camunda',
  contextTracker: tracker,
});

/** Parses an expression (without its `=`). */
export function parseFeel(source: string): Parsed {
  if (source.length > MAX_LENGTH)
    return refusal(`the expression is longer than ${MAX_LENGTH} characters`, MAX_LENGTH);
  let root: SyntaxNode;
  try {
    root = camundaParser.parse(forGrammar(source)).topNode;
  } catch (error) {
    // The library spreads the letters of a name over the stack.
    if (error instanceof RangeError) return refusal('a name is too long', 0);
    throw error;
  }
  return firstProblem(root, source) ?? { ok: true, root };
}

const refusal = (message: string, position: number) => ({ ok: false, message, position }) as const;

/** The text given to the grammar: same length, so that positions stay; names are always read from the original. */
function forGrammar(source: string): string {
  let text = source;
  // `$` is a letter of names; a key may be a number.
  if (text.includes('$')) text = text.replaceAll('$', 'S');
  // Keys of contexts and parameter names in backticks: the grammar knows them in quotes.
  if (text.includes('`'))
    text = outsideTexts(text, /(?<=[{,]\s*)`([^`"\n]*)`(?=\s*:)/g, (_, name) => `"${name}"`);
  if (/\d[^:]*:/.test(text)) text = outsideTexts(text, /(?<=[{,]\s*)\d(?=[\w ]*:)/g, () => 'N');
  // The grammar knows the type `function` only with its parameters.
  if (/\binstance\b/.test(text)) {
    text = outsideTexts(text, /(?<=\bof\s+)function\b(?!\s*<)/g, (word) => word.toUpperCase());
  }
  // `and(...)` and `or(...)` at the place of an operand are functions.
  if (/\b(and|or)\s*\(/.test(text)) {
    text = outsideTexts(
      text,
      /(?<=(?:^|[([{,:=<>+*/-]|\b(?:and|or|then|else|return|if|satisfies|in))\s*)\b(and|or)(?=\s*\()/g,
      (word) => word.toUpperCase(),
    );
  }
  return text;
}

/** Replaces in the parts of an expression that are no string and no comment. */
function outsideTexts(
  source: string,
  pattern: RegExp,
  replace: (match: string, ...groups: string[]) => string,
): string {
  const inside = /"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const ranges = Array.from(
    source.matchAll(inside),
    (match) => [match.index, match.index + match[0].length] as const,
  );
  return source.replace(pattern, (match: string, ...rest: unknown[]) => {
    const at = rest.find((value) => typeof value === 'number') as number;
    if (ranges.some(([from, to]) => at >= from && at < to)) return match;
    return replace(match, ...rest.filter((value) => typeof value === 'string'));
  });
}

/** The first place that is no FEEL of the reference, or undefined. Walks without recursion: the depth is not known to be bounded yet. */
function firstProblem(root: SyntaxNode, source: string): Parsed | undefined {
  const cursor = root.cursor();
  for (let depth = 0; ; ) {
    if (cursor.type.isError) return unexpected(source, cursor.from);
    if (depth > MAX_DEPTH)
      return refusal(`the expression is nested deeper than ${MAX_DEPTH} levels`, cursor.from);
    if (cursor.firstChild()) {
      depth++;
      continue;
    }
    while (!cursor.nextSibling()) {
      if (!cursor.parent()) return undefined;
      depth--;
    }
  }
}

function unexpected(source: string, position: number): Parsed {
  const at = position + (/^\s*/.exec(source.slice(position))?.[0].length ?? 0);
  if (at >= source.length)
    return refusal('expected an expression, found the end of the text', source.length);
  return refusal(`unexpected "${source.slice(at, at + 10)}"`, at);
}
