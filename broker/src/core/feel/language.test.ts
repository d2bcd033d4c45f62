import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileExpression, compileMappings, evaluate, evaluateMappings } from './index.ts';
import { environmentOf } from './test-environment.ts';

type Row = [
  expression: string,
  variables: Record<string, unknown>,
  json: string,
  ...warnings: string[],
];

const folder = new URL('./tables/', import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.jsonl'))) {
  const rows = readFileSync(new URL(file, folder), 'utf8').trim().split('\n');
  describe(file, () => {
    test.each(rows.map((row) => JSON.parse(row) as Row))(
      '%s',
      (source, variables, json, ...warnings) => {
        const compiled = compileExpression(`=${source}`);
        if (!compiled.ok) throw new Error(compiled.message);
        const environment = environmentOf(variables);
        const result = evaluate(compiled.expression, environment);
        expect(result.warnings.map(({ type, message }) => `[${type}] ${message}`)).toEqual(
          warnings,
        );
        // The result goes the way of a mapping, which has its own fast path.
        const mappings = compileMappings('output', [{ source: compiled.expression, target: 'v' }]);
        expect(evaluateMappings(mappings, environment)).toEqual({
          ok: true,
          entries: [{ name: 'v', json }],
        });
      },
    );
  });
}

test('the tables are not empty', () => {
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(new URL(file, folder), 'utf8').split('\n'),
  );
  expect(lines.length).toBeGreaterThan(1000);
});
