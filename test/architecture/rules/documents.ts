// Documents are part of the program: every path, npm script and link they name exists.
//
// A path is a code span or a link target that begins with a folder of the repository or ends like a file; a `*`
// stands for at least one match, and what has a placeholder in angle brackets is not looked up.
import path from 'node:path';
import { manifestsOf, type Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

const spans = /`([^`\n]+)`|\]\(([^)\s#]+)[^)]*\)/g;
const folders = /^(\.ci|\.github|protocol|raft|broker|exporters|clients|test|docs)\//;
const bareFile = /^[\w.-]+\.(md|ts|mjs|json|ya?ml|proto)$/;
/** Files of the data directory and of users, which a document may name although nobody commits them. */
const notOurs = /^(records\.jsonl|millrace\.ya?ml|order\.bpmn)$/;

export const documents: Rule = {
  name: 'documents name only what exists',
  remedy: 'Correct the path or script, or write the document when the thing is there.',
  keeps: {
    'README.md':
      'See [the design](ARCHITECTURE.md), `raft/src/`, `raft/src/*.ts`, `npm run check`, `<name>.test.ts`.',
    'ARCHITECTURE.md': '`raft/src/step.ts`, or simply `step.ts`',
    'raft/src/step.ts': '',
    'package.json': '{"scripts":{"check":"true"}}',
  },
  breaks: {
    'README.md':
      'See [the design](DESIGN.md), `raft/src/gone.ts`, `raft/test/*.ts`, `npm run gone`.',
    'ARCHITECTURE.md': '`steps.ts`',
    'raft/src/step.ts': '',
    'package.json': '{"scripts":{"check":"true"}}',
  },
  check(repository: Repository): readonly Finding[] {
    const scripts = manifestsOf(repository).find(({ folder }) => folder === '')?.scripts ?? {};
    const paths = [...repository.files.keys()];
    return paths.filter(isDocument).flatMap((document) => {
      const text = repository.files.get(document) ?? '';
      const gone = [...text.matchAll(spans)].flatMap((match) => {
        const [, span, link] = match;
        const named = link ?? pathIn(span ?? '');
        if (named === undefined || /[<>]|:\/\//.test(named)) return [];
        const found =
          link === undefined ? exists(paths, named) : linkExists(paths, document, named);
        return found ? [] : [{ text: `names ${named}, which does not exist`, at: match.index }];
      });
      const unknown = [...text.matchAll(/npm run ([\w:-]+)/g)]
        .filter(([, script]) => !((script ?? '') in scripts))
        .map((match) => ({
          text: `names the script ${match[1]}, which does not exist`,
          at: match.index,
        }));
      return [...gone, ...unknown].map(({ text: what, at }) => ({
        at: `${document}:${text.slice(0, at).split('\n').length}`,
        what,
      }));
    });
  },
};

function isDocument(file: string): boolean {
  return /^([A-Z]+\.md|docs\/.*\.md|[\w/-]+\/README\.md)$/.test(file);
}

/** The path that a code span names; undefined when it is code or a command. */
function pathIn(span: string): string | undefined {
  const word = span.trim();
  if (/\s/.test(word) || notOurs.test(word)) return undefined;
  return folders.test(word) || bareFile.test(word) ? word : undefined;
}

function exists(paths: readonly string[], named: string): boolean {
  const trimmed = named.replace(/^\.\//, '').replace(/\/$/, '');
  if (trimmed.includes('*')) {
    const pattern = trimmed.split('*').map(escaped).join('[^/]*');
    return paths.some((candidate) => new RegExp(`^${pattern}(/|$)`).test(candidate));
  }
  if (!trimmed.includes('/') && !named.endsWith('/')) {
    return paths.some((candidate) => path.posix.basename(candidate) === trimmed);
  }
  return paths.some((candidate) => candidate === trimmed || candidate.startsWith(`${trimmed}/`));
}

function linkExists(paths: readonly string[], document: string, link: string): boolean {
  const target = path.posix.join(path.posix.dirname(document), link).replace(/\/$/, '');
  return paths.some((candidate) => candidate === target || candidate.startsWith(`${target}/`));
}

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
