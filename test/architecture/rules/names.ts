// Names are nouns in whole words, none of them apologises, and a path is at most six segments.
//
// Files are named after what they export, in kebab case.
import { identifier, lineOf, type ParsedSource, visit } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

const segmentsMax = 6;
const fileName = /^[a-z0-9]+(-[a-z0-9]+)*(\.(v\d+|test|bench|conformance|child|config|d))*\.ts$/;
const apologyInPath = /(^|[-/])(impl|abstract|manager|helpers?|utils?|misc)([-./]|$)/;
const apologyInName = /(Impl|Manager|Helpers?|Utils?)$|^(Default|Abstract)[A-Z]/;

export const names: Rule = {
  name: 'no name apologises',
  remedy:
    'Name the thing for what it is: a noun in whole words, kebab-case.ts, at most six path segments.',
  keeps: {
    'broker/src/core/engine/job-queue.ts': 'export class JobQueue {}',
    'broker/src/core/engine/appliers/job-created.v1.ts': 'export const a = 1;',
  },
  breaks: {
    'broker/src/job-manager.ts': 'export const a = 1;',
    'broker/src/utils/text.ts': 'export const a = 1;',
    'broker/src/JobQueue.ts': 'export const a = 1;',
    'broker/src/store.ts': 'export class StoreImpl {}',
    'broker/src/state.ts': 'export abstract class AbstractState {}',
    'broker/src/a/b/c/d/deep.ts': 'export const a = 1;',
  },
  check(repository: Repository): readonly Finding[] {
    return repository.sources.flatMap((source) => [...ofPath(source), ...ofDeclarations(source)]);
  },
};

function ofPath({ path }: ParsedSource): Finding[] {
  const findings: Finding[] = [];
  const segments = path.split('/');
  if (!fileName.test(segments.at(-1) ?? '')) findings.push({ at: path, what: 'is not kebab-case' });
  const apology = apologyInPath.exec(path);
  if (apology !== null) findings.push({ at: path, what: `is named "${apology[2]}"` });
  if (segments.length > segmentsMax) {
    findings.push({ at: path, what: `has ${segments.length} path segments` });
  }
  return findings;
}

function ofDeclarations(source: ParsedSource): Finding[] {
  const findings: Finding[] = [];
  visit(source.program, (node) => {
    if (!/^(ClassDeclaration|TSInterfaceDeclaration|TSTypeAliasDeclaration)$/.test(node.type))
      return;
    const name = identifier(node.id) ?? '';
    if (!apologyInName.test(name)) return;
    findings.push({ at: `${source.path}:${lineOf(source, node.start)}`, what: `declares ${name}` });
  });
  return findings;
}
