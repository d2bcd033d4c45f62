// The house rules as a test: each rule is shown to bite on an example, then asked about the whole repository.
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRepository, repositoryOf } from './repository.ts';
import { describeFinding, type Rule } from './rule.ts';
import { coreImports } from './rules/core-imports.ts';
import { corePurity } from './rules/core-purity.ts';
import { declaredDependencies } from './rules/declared-dependencies.ts';
import { documents } from './rules/documents.ts';
import { importDirections } from './rules/import-directions.ts';
import { oneVersion, reasonedDependencies } from './rules/manifests.ts';
import { namedExports } from './rules/named-exports.ts';
import { names } from './rules/names.ts';
import { openingComment } from './rules/opening-comment.ts';
import { portableText } from './rules/portable-text.ts';
import { sizes } from './rules/sizes.ts';
import { testsNeverSleep } from './rules/tests-never-sleep.ts';

const rules: readonly Rule[] = [
  importDirections,
  coreImports,
  corePurity,
  declaredDependencies,
  sizes,
  names,
  namedExports,
  openingComment,
  testsNeverSleep,
  documents,
  oneVersion,
  reasonedDependencies,
  portableText,
];

const repository = readRepository(path.resolve(import.meta.dirname, '../..'));

/** Manifests and documents give the context of a source file; they break a rule only where no source does. */
const isContext = (file: string): boolean => !file.endsWith('.ts');

describe.each(rules)('$name', (rule) => {
  test('passes the example that keeps it', () => {
    const messages = rule.check(exampleOf(rule.keeps)).map((found) => describeFinding(rule, found));
    expect(messages).toEqual([]);
  });

  test('finds every example that breaks it', () => {
    const found = new Set(rule.check(exampleOf(rule.breaks)).map(({ at }) => at.split(':')[0]));
    const sources = Object.keys(rule.breaks).filter((file) => !isContext(file));
    const missed = sources.filter((file) => rule.breaks[file] !== '' && !found.has(file));
    expect(missed).toEqual([]);
    expect(found.size).toBeGreaterThan(0);
  });

  test('holds for the repository', () => {
    const messages = rule.check(repository).map((finding) => describeFinding(rule, finding));
    expect(messages).toEqual([]);
  });
});

function exampleOf(files: Readonly<Record<string, string>>): ReturnType<typeof repositoryOf> {
  return repositoryOf(new Map(Object.entries(files)));
}
