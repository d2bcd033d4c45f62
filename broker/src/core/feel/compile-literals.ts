// Literals: numbers, texts with their escapes, temporal `@"..."`.
// Facts (observed.md section 3): numbers have no exponent; in texts \" \' \n \r \t \b \f are escapes, every other backslash stays as it is
// (`"\d+"` is a regular expression as written, `"\\"` has two backslashes).
import { CompileError, type Compiler } from './compiler.ts';
import type { Code } from './frame.ts';
import { parseNumber } from './number.ts';
import type { SyntaxNode } from './parse.ts';
import type { Scope } from './scope.ts';
import { parseTemporal } from './temporal-text.ts';

export function compileNumber(compiler: Compiler, node: SyntaxNode): Code {
  const text = compiler.text(node).replace(/\s+/g, '');
  if (/[eE]/.test(text))
    throw new CompileError(`number "${text}" has an exponent, which FEEL does not know`, node.from);
  const value = parseNumber(text, true);
  if (value === undefined) throw new CompileError(`"${text}" is not a number`, node.from);
  return () => value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\"': '"',
  "\\'": "'",
  '\\n': '\n',
  '\\r': '\r',
  '\\t': '\t',
  '\\b': '\b',
  '\\f': '\f',
};

/** The text that a string literal, quotes included, stands for. */
export function stringLiteral(literal: string): string {
  const inner = literal.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\[\s\S]/g, (sign) => ESCAPES[sign] ?? sign) : inner;
}

export function compileString(compiler: Compiler, node: SyntaxNode): Code {
  const value = stringLiteral(compiler.text(node));
  return () => value;
}

export function compileAtLiteral(compiler: Compiler, node: SyntaxNode, _scope: Scope | null): Code {
  const value = parseTemporal(stringLiteral(compiler.text(node).replace(/^@\s*/, ''))) ?? null;
  return () => value;
}
