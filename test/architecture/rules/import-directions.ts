// Imports go down the layers: protocol and raft know nobody, exporters know the protocol, the broker puts it together.
//
// Files are imported within a package only; another package is entered by a door that its manifest opens.
import path from 'node:path';
import { isTest, lineOf, type ParsedSource } from '../parsed-source.ts';
import { type Manifest, manifestsOf, type Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

/** Package folder to the packages of ours that it may import. */
const directions: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  raft: [],
  exporters: ['protocol'],
  broker: ['protocol', 'raft', 'exporters'],
  'clients/typescript': ['protocol'],
  'clients/cli': ['protocol', 'clients/typescript'],
  'clients/web': ['protocol', 'clients/typescript'],
  test: ['protocol', 'raft', 'exporters', 'broker', 'clients/typescript', 'clients/cli'],
};

export const importDirections: Rule = {
  name: 'imports go down the layers',
  remedy:
    'Move the shared part down (protocol knows nobody) or hand it in from broker; see ARCHITECTURE.md.',
  keeps: {
    'raft/src/node.ts': "import { step } from './core/step.ts';\nimport fs from 'node:fs';",
    'raft/src/core/step.ts': 'export const step = 1;',
    'broker/src/broker.ts': "import { step } from '@millrace/raft';",
    'raft/package.json': '{"name":"@millrace/raft","exports":{".":"./src/index.ts"}}',
  },
  breaks: {
    'raft/src/node.ts': "import { keys } from '@millrace/protocol';",
    'protocol/src/keys.ts': "import { kit } from '../../test/kit/kit.ts';",
    'broker/src/broker.ts': "import { step } from '@millrace/raft/src/core/step.ts';",
    'exporters/src/jsonl.ts': "export { broker } from '@millrace/broker';",
    'raft/package.json': '{"name":"@millrace/raft","exports":{".":"./src/index.ts"}}',
  },
  check(repository: Repository): readonly Finding[] {
    const manifests = manifestsOf(repository);
    return repository.sources.flatMap((source) => findingsIn(source, manifests));
  },
};

function findingsIn(source: ParsedSource, manifests: readonly Manifest[]): Finding[] {
  const home = folderOf(source.path);
  if (home === undefined) return [];
  const findings: Finding[] = [];
  for (const { from, offset } of source.imports) {
    const at = `${source.path}:${lineOf(source, offset)}`;
    const what = from.startsWith('.')
      ? faultOfRelative(source.path, home, from)
      : faultOfPackage(home, from, manifests);
    if (what !== undefined) findings.push({ at, what });
  }
  return findings;
}

function faultOfRelative(file: string, home: string, from: string): string | undefined {
  const target = path.posix.join(path.posix.dirname(file), from);
  if (target.startsWith(`${home}/`)) return undefined;
  return isTest(file) && home === 'test'
    ? undefined
    : `imports ${target}, outside its package ${home}`;
}

function faultOfPackage(
  home: string,
  from: string,
  manifests: readonly Manifest[],
): string | undefined {
  const match = /^@millrace\/([^/]+)(.*)$/.exec(from);
  if (match === null) return undefined;
  const name = `@millrace/${match[1]}`;
  const manifest = manifests.find((candidate) => candidate.name === name);
  const target = manifest?.folder ?? match[1] ?? '';
  if (!directions[home]?.includes(target)) return `${home} may not import ${name}`;
  const door = `.${match[2]}`;
  if (manifest !== undefined && !(door in manifest.exports)) {
    return `${from} is no door that ${manifest.path} opens in its exports`;
  }
  return undefined;
}

function folderOf(file: string): string | undefined {
  return Object.keys(directions).find((folder) => file.startsWith(`${folder}/`));
}
