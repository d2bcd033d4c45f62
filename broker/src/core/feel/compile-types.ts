// `instance of`: whether a value has a type. Facts (seen): null has no type but Any's; an unknown type name matches nothing; the item, entry and
// result types of list<...>, context<...> and function<...> are not looked at.
import { CompileError, type Compiler } from './compiler.ts';
import type { Code } from './frame.ts';
import { isFeelNumber } from './number.ts';
import type { SyntaxNode } from './parse.ts';
import type { Scope } from './scope.ts';
import {
  DayTimeDuration,
  FeelDateTime,
  FeelTime,
  isDate,
  YearMonthDuration,
} from './temporal-values.ts';
import { FeelContext, FeelFunction, FeelList, type FeelValue } from './values.ts';

const TYPES: ReadonlyMap<string, (value: FeelValue) => boolean> = new Map<
  string,
  (value: FeelValue) => boolean
>([
  ['Any', () => true],
  ['number', isFeelNumber],
  ['string', (value) => typeof value === 'string'],
  ['boolean', (value) => typeof value === 'boolean'],
  ['date', isDate],
  ['time', (value) => value instanceof FeelTime],
  ['date and time', (value) => value instanceof FeelDateTime],
  ['days and time duration', (value) => value instanceof DayTimeDuration],
  ['years and months duration', (value) => value instanceof YearMonthDuration],
  ['list', (value) => value instanceof FeelList],
  ['context', (value) => value instanceof FeelContext],
  ['function', (value) => value instanceof FeelFunction],
]);

export function compileInstanceOf(compiler: Compiler, node: SyntaxNode, scope: Scope | null): Code {
  const type = node.getChild('Type');
  if (type === null) throw new CompileError('expected a type after "instance of"', node.to);
  const name = compiler
    .text(type)
    .replace(/\s+/g, ' ')
    .replace(/\s*<.*$/, '')
    .trim();
  const test = TYPES.get(name) ?? (() => false);
  const code = compiler.child(node, scope);
  return (frame) => test(code(frame));
}
