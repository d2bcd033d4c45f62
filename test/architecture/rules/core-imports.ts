// A folder called core, and all of protocol/src, stands alone: itself, the protocol, and a few pure libraries.
//
// Within the engine, appliers change state and decide nothing: they may not reach for what decides.
import path from 'node:path';
import { lineOf, type ParsedSource } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

/** Pure folder to the packages that its files may import. */
export const pureFolders: Readonly<Record<string, readonly string[]>> = {
  'protocol/src': [],
  'raft/src/core': [],
  'broker/src/core': ['@millrace/protocol', 'lezer-feel', 'decimal.js', 'fast-xml-parser'],
  'broker/src/cluster/configuration/core': [],
};

/** The pure folder that a file belongs to; its tests are not pure. */
export function pureFolderOf(file: string): string | undefined {
  if (file.endsWith('.test.ts') || file.endsWith('.bench.ts')) return undefined;
  return Object.keys(pureFolders).find((folder) => file.startsWith(`${folder}/`));
}

export const coreImports: Rule = {
  name: 'core folders stand alone',
  remedy: 'Hand the value in as a parameter, or move the code out of the core folder.',
  keeps: {
    'broker/src/core/feel/decimal.ts':
      "import { Decimal } from 'decimal.js';\nimport { keys } from '@millrace/protocol';",
    'broker/src/core/engine/appliers/job-created.v1.ts': "import { jobs } from '../state/jobs.ts';",
    'raft/src/core/step.test.ts': "import fs from 'node:fs';",
  },
  breaks: {
    'raft/src/core/step.ts': "import fs from 'node:fs';",
    'broker/src/core/engine/engine.ts': "import { store } from '../../store/store.ts';",
    'broker/src/core/feel/parse.ts': "import pino from 'pino';",
    'broker/src/core/engine/appliers/job-created.v1.ts':
      "import { complete } from '../commands/complete-job.ts';",
  },
  check(repository: Repository): readonly Finding[] {
    return repository.sources.flatMap(findingsIn);
  },
};

function findingsIn(source: ParsedSource): Finding[] {
  const folder = pureFolderOf(source.path);
  if (folder === undefined) return [];
  const findings: Finding[] = [];
  for (const { from, offset } of source.imports) {
    const at = `${source.path}:${lineOf(source, offset)}`;
    if (!from.startsWith('.')) {
      if (!pureFolders[folder]?.includes(from)) findings.push({ at, what: `imports ${from}` });
      continue;
    }
    const target = path.posix.join(path.posix.dirname(source.path), from);
    if (!target.startsWith(`${folder}/`)) findings.push({ at, what: `imports ${target}` });
    const deciding = /\/engine\/(commands|elements|steps)\//.exec(target);
    if (source.path.includes('/engine/appliers/') && deciding !== null) {
      findings.push({ at, what: `an applier imports ${deciding[1]}/` });
    }
  }
  return findings;
}
