// What is imported is declared: npm links every workspace and every package for everyone, so the compiler does not notice.
import { builtinModules } from 'node:module';
import { isTest, lineOf } from '../parsed-source.ts';
import { type Manifest, manifestFor, manifestsOf, type Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

export const declaredDependencies: Rule = {
  name: 'imports are declared in the manifest',
  remedy: 'Add the package to the dependencies of that manifest, with its line in DECISIONS.md.',
  keeps: {
    'package.json': '{"devDependencies":{"vitest":"1.0.0"}}',
    'broker/package.json': '{"name":"@millrace/broker","dependencies":{"pino":"1.0.0"}}',
    'broker/src/log.ts': "import fs from 'node:fs';\nimport pino from 'pino/file.js';",
    'broker/src/log.test.ts': "import { test } from 'vitest';",
  },
  breaks: {
    'package.json': '{"devDependencies":{"vitest":"1.0.0"}}',
    'broker/package.json': '{"name":"@millrace/broker","dependencies":{}}',
    'broker/src/log.ts': "import pino from 'pino';\nimport fs from 'fs';",
    'broker/src/store.ts': "import { test } from 'vitest';",
  },
  check(repository: Repository): readonly Finding[] {
    const manifests = manifestsOf(repository);
    const top = manifests.find(({ folder }) => folder === '');
    return repository.sources.flatMap((source) => {
      const manifest = manifestFor(manifests, source.path);
      if (manifest === undefined) return [];
      const declared = declaredBy(manifest, isTest(source.path) ? top : undefined);
      return source.imports.flatMap(({ from, offset }) => {
        const name = packageOf(from);
        if (name === undefined || declared.has(name)) return [];
        const what = builtinModules.includes(name)
          ? `imports ${from} without node: before it`
          : `imports ${name}, which ${manifest.path} does not declare`;
        return [{ at: `${source.path}:${lineOf(source, offset)}`, what }];
      });
    });
  },
};

function declaredBy(manifest: Manifest, top: Manifest | undefined): Set<string> {
  return new Set([
    ...Object.keys(manifest.dependencies),
    ...(top === undefined ? [] : Object.keys(manifest.devDependencies)),
    ...Object.keys(top?.devDependencies ?? {}),
  ]);
}

/** The package that an import names; undefined for files and for Node's own modules. */
function packageOf(from: string): string | undefined {
  if (from.startsWith('.') || from.startsWith('node:')) return undefined;
  const parts = from.split('/');
  return from.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
}
