// Each source file opens with a few lines: what it is for, what it guarantees, what it leaves to others.
import type { ParsedSource } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

/** Shorter ones say nothing that the name does not. */
const openingCharactersMin = 24;

export const openingComment: Rule = {
  name: 'files open with their purpose',
  remedy: 'Begin with comment lines: what it is for, what it guarantees, what it leaves to others.',
  keeps: {
    'raft/src/step.ts':
      '// The door of the core: one event in, what is to be done out; it touches nothing else.\nexport const a = 1;',
    'broker/src/main.ts':
      '#!/usr/bin/env node\n// The program: reads the configuration, starts the broker, ends it on a signal.\n',
    'raft/src/step.test.ts': "import { test } from 'vitest';",
  },
  breaks: {
    'raft/src/step.ts':
      'export const a = 1; // too late, and it says nothing of what the file is for',
    'raft/src/node.ts': '// The node.\nexport const a = 1;',
  },
  check(repository: Repository): readonly Finding[] {
    return repository.sources
      .filter(({ path }) => !path.endsWith('.test.ts'))
      .filter((source) => openingOf(source).length < openingCharactersMin)
      .map(({ path }) => ({ at: path, what: 'does not say what it is for' }));
  },
};

/** The text of the comments before the first statement. */
function openingOf(source: ParsedSource): string {
  const body = source.program.body as readonly { start: number }[];
  const end = body[0]?.start ?? source.text.length;
  return source.comments
    .filter((comment) => comment.end <= end && !source.text.startsWith('#!', comment.start))
    .map((comment) => source.text.slice(comment.start, comment.end).replaceAll(/[/*\s]+/g, ' '))
    .join(' ');
}
