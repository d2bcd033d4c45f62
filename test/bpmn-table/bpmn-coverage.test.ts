import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bpmnCoverage } from './bpmn-coverage.ts';
import { DEFINITIONS, POSITIONS, verdictOf } from './event-probes.ts';

const place = (name: string) => POSITIONS.find((position) => position.name === name)!;

test('docs/bpmn-coverage.md is what the tables give (npm run coverage:bpmn writes it)', () => {
  const path = join(import.meta.dirname, '../../docs/bpmn-coverage.md');
  expect(readFileSync(path, 'utf8')).toBe(bpmnCoverage());
});

test('the probes tell places apart', () => {
  const verdicts = (kind: string) =>
    POSITIONS.map((position) => verdictOf(position, DEFINITIONS[kind]!));
  expect(verdicts('terminate')).toEqual([...Array(8).fill('no'), 'yes']);
  expect(verdictOf(place('boundary, interrupting'), DEFINITIONS.error!)).toBe('yes');
  expect(verdictOf(place('boundary, not interrupting'), DEFINITIONS.error!)).toBe('no');
});
