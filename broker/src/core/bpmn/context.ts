// What the rules and the compiler of an element kind see of everything around it.
import type { ExpressionTable } from './expressions.ts';
import type { ElementDraft, ExecutableFlow } from './graph.ts';
import type { Definitions, Process } from './model.ts';
import type { Problems } from './problems.ts';

/** For judging one process. */
export interface RuleContext {
  readonly definitions: Definitions;
  readonly process: Process;
  readonly problems: Problems;
  readonly expressions: ExpressionTable;
}

/** For compiling one process, after it was judged without findings. */
export interface CompileContext {
  readonly definitions: Definitions;
  readonly process: Process;
  readonly expressions: ExpressionTable;
  /** By id; under the id of a multi-instance activity its body. */
  readonly elements: ReadonlyMap<string, ElementDraft>;
  readonly flows: ReadonlyMap<string, ExecutableFlow>;
}
