// The contract between the compilers of the language's parts.
import type { Code } from './frame.ts';
import type { SyntaxNode } from './parse.ts';
import type { Names, Scope } from './scope.ts';

/** What the compiler of a node may use. */
export interface Compiler {
  readonly names: Names;
  /** Source text of a node. */
  text(node: SyntaxNode): string;
  /** Compiles an expression node. Throws CompileError. */
  compile(node: SyntaxNode, scope: Scope | null): Code;
  /** Compiles the only expression below a node. */
  child(node: SyntaxNode, scope: Scope | null): Code;
  /** The expression nodes directly below a node: without keywords, brackets and comments. */
  operands(node: SyntaxNode): SyntaxNode[];
}

export type NodeCompiler = (compiler: Compiler, node: SyntaxNode, scope: Scope | null) => Code;

/** An expression that parses but that the language does not have; `position` counts characters from 0. */
export class CompileError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}
