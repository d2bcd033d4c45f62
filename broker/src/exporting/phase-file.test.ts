// The phase of exporting on disk.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPhase, writePhase } from './phase-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'phase-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('without a file it exports; what was written is read', () => {
  const path = join(folder, 'deep', 'exporting');
  expect(readPhase(path)).toBe('exporting');
  for (const phase of ['paused', 'soft-paused', 'exporting'] as const) {
    writePhase(path, phase);
    expect(readPhase(path)).toBe(phase);
  }
});

test('something else in the file is refused with a remedy', () => {
  const path = join(folder, 'exporting');
  writeFileSync(path, 'later');
  expect(() => readPhase(path)).toThrow(/must hold one of exporting, paused, soft-paused; remove/);
});
