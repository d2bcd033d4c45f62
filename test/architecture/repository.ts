// The repository as the rules see it: paths and texts, source files parsed once.
//
// A repository is read from disk or made from a few texts, so that each rule can be shown to bite on an example.
// Ignored and installed folders are left out; which files a rule looks at is the rule's own affair.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type ParsedSource, parseSource } from './parsed-source.ts';

export interface Repository {
  /** Path from the top, with forward slashes, to text. */
  readonly files: ReadonlyMap<string, string>;
  /** Every TypeScript file, parsed. */
  readonly sources: readonly ParsedSource[];
}

/** A workspace's manifest, as far as the rules read it. */
export interface Manifest {
  readonly path: string;
  /** The folder that holds it, '' for the top. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

const leftOut = new Set([
  'node_modules',
  '.git',
  'data',
  'data-cluster',
  'coverage',
  '.vitest',
  'dist',
]);
const notText = /\.(png|jpg|ico|woff2|bin|gz|tgz|cpuprofile|tsbuildinfo)$/;

/** Reads what lies under `root`; installed and generated folders are left out. */
export function readRepository(root: string): Repository {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (leftOut.has(entry.name)) continue;
      if (entry.isDirectory()) walk(name);
      else if (entry.isFile() && !notText.test(name)) {
        files.set(name, readFileSync(path.join(root, name), 'utf8'));
      }
    }
  };
  walk('');
  return repositoryOf(files);
}

/** A repository of the given texts. */
export function repositoryOf(files: ReadonlyMap<string, string>): Repository {
  const sources = [...files]
    .filter(([name]) => name.endsWith('.ts'))
    .map(([name, text]) => parseSource(name, text));
  return { files, sources };
}

/** The manifests of the top and of all workspaces. */
export function manifestsOf(repository: Repository): readonly Manifest[] {
  const manifests: Manifest[] = [];
  for (const [name, text] of repository.files) {
    if (path.posix.basename(name) !== 'package.json') continue;
    const folder = path.posix.dirname(name);
    manifests.push({
      exports: {},
      dependencies: {},
      devDependencies: {},
      scripts: {},
      ...(JSON.parse(text) as object),
      path: name,
      folder: folder === '.' ? '' : folder,
    } as Manifest);
  }
  return manifests;
}

/** The manifest of the workspace that a file belongs to. */
export function manifestFor(manifests: readonly Manifest[], file: string): Manifest | undefined {
  return manifests
    .filter(({ folder }) => folder !== '' && file.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
}
