// Names, paths and filters.
// Facts (observed.md section 3 and seen on the reference): a missing variable ends a path of plain names with one warning; a path over a list maps
// over its items; a filter that is no comparison is tried without an item first, and a number then is a position (negative from the end).
import { CompileError, type Compiler } from './compiler.ts';
import { displayText } from './display-text.ts';
import type { Code, Frame } from './frame.ts';
import { isFeelNumber, truncated } from './number.ts';
import type { SyntaxNode } from './parse.ts';
import { type NameCode, NO_ITEM, nameCode, type Scope, valueCode } from './scope.ts';
import { propertiesOf, propertyOf } from './temporal-properties.ts';
import { FeelContext, FeelList, type FeelValue } from './values.ts';

/** The name that a VariableName, PathName or Name node stands for. */
export function nameOf(compiler: Compiler, node: SyntaxNode): string {
  const text = compiler.text(node);
  if (text.startsWith('`')) return text.slice(1, -1);
  return text.replace(/\s+/g, ' ').trim();
}

/** A name in an expression; refuses several words, which only functions and properties have. */
function plainName(compiler: Compiler, node: SyntaxNode): string {
  const name = nameOf(compiler, node);
  if (node.getChildren('Identifier').length > 1) {
    const second = node.getChildren('Identifier')[1];
    throw new CompileError(
      `unexpected "${name.slice(name.indexOf(' ') + 1).slice(0, 10)}" (a name with spaces is written in backticks)`,
      second?.from ?? node.from,
    );
  }
  const mark = name.indexOf('?');
  if (mark >= 0 && !compiler.text(node).startsWith('`')) {
    throw new CompileError(`unexpected "${name.slice(mark)}"`, node.from + mark);
  }
  return name;
}

export function compileName(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  return valueCode(nameCode(compiler.names, scope, plainName(compiler, node)));
}

export function compilePath(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const read = pathCode(compiler, node, scope);
  return valueCode(read);
}

/** A path; undefined when it starts with a variable that does not exist. */
function pathCode(compiler: Compiler, node: SyntaxNode, scope: Scope | null): NameCode {
  if (node.name === 'VariableName')
    return nameCode(compiler.names, scope, plainName(compiler, node));
  if (node.name !== 'PathExpression') return compiler.compile(node, scope);
  const [base] = compiler.operands(node);
  const step = node.getChild('PathName');
  if (base === undefined || step === null)
    throw new CompileError('expected a name after "."', node.to);
  const name = nameOf(compiler, step);
  if (
    name.includes(' ') &&
    !name.startsWith('`') &&
    step.getChild('BacktickIdentifier') === null &&
    !SPACED.has(name)
  ) {
    plainName(compiler, step);
  }
  const read = pathCode(compiler, base, scope);
  return (frame) => {
    const value = read(frame);
    return value === undefined ? undefined : entryOf(frame, value, name);
  };
}

const SPACED = new Set(['time offset', 'start included', 'end included']);

/** The entry or property of a value; null with a warning when there is none. */
export function entryOf(frame: Frame, value: FeelValue, name: string): FeelValue {
  if (value instanceof FeelContext) {
    const entry = value.get(name);
    return entry === undefined ? noEntry(frame, value, name) : entry;
  }
  if (value instanceof FeelList) {
    const items = value.items;
    frame.charge(items.length);
    return new FeelList(items.map((item) => entryOf(frame, item, name)));
  }
  if (value === null) {
    return frame.warn(
      'NO_CONTEXT_ENTRY_FOUND',
      `No context entry found with key '${name}'. The context is null`,
    );
  }
  const property = propertyOf(value, name);
  if (property !== undefined) return property;
  const available = propertiesOf(value)
    .map((known) => `'${known}'`)
    .join(', ');
  return frame.warn(
    'NO_PROPERTY_FOUND',
    `No property found with name '${name}' of value '${displayText(value)}'. Available properties: ${available}`,
  );
}

function noEntry(frame: Frame, context: FeelContext, name: string): null {
  const keys = Array.from(context.entries.keys(), (key) => `'${key}'`).join(', ');
  const rest =
    keys === '' && context.raw === null ? 'The context is empty' : `Available keys: ${keys}`;
  return frame.warn('NO_CONTEXT_ENTRY_FOUND', `No context entry found with key '${name}'. ${rest}`);
}

/** Filters that can only give a boolean: they are not tried as a position. */
function isCondition(compiler: Compiler, node: SyntaxNode): boolean {
  if (node.name === 'Comparison') return !isDifference(compiler, node);
  return ['Conjunction', 'Disjunction', 'QuantifiedExpression', 'InstanceOfExpression'].includes(
    node.name,
  );
}

const isDifference = (compiler: Compiler, node: SyntaxNode): boolean => {
  const operator = node.getChild('CompareOp');
  return operator !== null && compiler.text(operator) === '!=';
};

export function compileFilter(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const [listNode, filterNode] = compiler.operands(node);
  if (listNode === undefined || filterNode === undefined)
    throw new CompileError('expected a filter', node.from);
  const list = compiler.compile(listNode, scope);
  const triesPosition = !isCondition(compiler, filterNode);
  const item = compiler.names.bind(scope, 'item', true, !triesPosition);
  const each = compiler.compile(filterNode, item);
  return (frame) => {
    const value = list(frame);
    frame.charge(1);
    if (!(value instanceof FeelList)) {
      return frame.warn('INVALID_TYPE', `Expected list but found '${displayText(value)}'`);
    }
    if (triesPosition) {
      frame.locals[item.slot] = NO_ITEM;
      const position = each(frame);
      if (isFeelNumber(position)) return itemAt(value, truncated(position));
    }
    return filtered(frame, value, item.slot, each);
  };
}

function filtered(frame: Frame, list: FeelList, slot: number, condition: Code): FeelValue {
  const found: FeelValue[] = [];
  const items = list.items;
  frame.charge(items.length);
  for (const item of items) {
    frame.locals[slot] = item;
    const holds = condition(frame);
    if (holds === true) found.push(item);
    else if (isFeelNumber(holds)) return itemAt(list, truncated(holds));
  }
  return new FeelList(found);
}

/** The item at a position from 1, or from the end when negative; null when there is none. */
export function itemAt(list: FeelList, position: number): FeelValue {
  if (position > 0) return list.at(position - 1) ?? null;
  return position < 0 ? (list.items[list.items.length + position] ?? null) : null;
}
