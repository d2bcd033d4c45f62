// The front door of the reader: the bytes of one BPMN resource -> executable processes, or why not.
import { compileProcess } from './compile.ts';
import { ExpressionTable } from './expressions.ts';
import type { ExecutableProcess } from './graph.ts';
import { Problems } from './problems.ts';
import { readDefinitions } from './read.ts';
import { checkSchema } from './schema.ts';
import { type Processes, straightThroughLoop } from './straight-through-loop.ts';
import { validate } from './validate.ts';
import { readXml, type XmlDocument } from './xml/xml.ts';
import { XmlError } from './xml/xml-error.ts';

export type Deployable =
  | { readonly ok: true; readonly processes: readonly ExecutableProcess[] }
  /** `message` names the resource; rejectionOf() makes the answer out of those of all resources. */
  | { readonly ok: false; readonly message: string };

/**
 * Reads, judges and compiles one BPMN resource.
 * Never throws for bad input; a resource with any fault yields no process.
 */
export function deployable(resourceName: string, bytes: Uint8Array): Deployable {
  let document: XmlDocument;
  try {
    document = readXml(bytes);
    checkSchema(document);
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    return { ok: false, message: `'${resourceName}': ${error.message}` };
  }
  const problems = new Problems();
  const expressions = new ExpressionTable();
  const definitions = readDefinitions(document.root, problems);
  validate(definitions, expressions, problems);
  if (!problems.none) {
    return { ok: false, message: `'${resourceName}': ${problems.text(document)}` };
  }
  const processes = definitions.processes.map((process) =>
    compileProcess(process, definitions, expressions),
  );
  const byId = new Map(processes.map((process) => [process.bpmnProcessId, process]));
  const loops = processes.map((process) => loopText(resourceName, process, byId)).join('');
  return loops === '' ? { ok: true, processes } : { ok: false, message: loops };
}

function loopText(resourceName: string, process: ExecutableProcess, processes: Processes): string {
  const loop = straightThroughLoop(process, processes);
  if (loop === undefined) return '';
  return (
    `\`${resourceName}\`: - Process: ${process.bpmnProcessId}\n` +
    `    - ERROR: Processes are not allowed to contain a straight-through processing loop: ${loop.join(' > ')}\n`
  );
}
