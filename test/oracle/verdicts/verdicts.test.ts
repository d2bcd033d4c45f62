// What the reference says to models that are deployed, and that this broker says the same (order of findings aside, which
// is that of a hash there). The models are built by `*.cases.mjs`; the answers were recorded on the reference, 8.6.0.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployable } from '../../../broker/src/core/bpmn/deployable.ts';
import { DEVIATIONS } from './deviations.ts';

type Verdicts = Readonly<Record<string, Readonly<Record<string, string>>>>;

const folder = import.meta.dirname;
const golden: Verdicts = JSON.parse(readFileSync(join(folder, 'verdicts.golden.json'), 'utf8'));
const suffix = '.cases.mjs';
const files = readdirSync(folder).filter((name) => name.endsWith(suffix));

function ours(xml: string): string {
  const result = deployable('x.bpmn', new TextEncoder().encode(xml));
  return result.ok ? 'deployed' : result.message.trim();
}

/** Findings by element, both sorted. */
function sorted(verdict: string): readonly string[] {
  const findings = /^'x\.bpmn': (- Element: .*)$/s.exec(verdict)?.[1];
  if (findings === undefined) return [verdict];
  return findings
    .split(/^- Element: /m)
    .filter((block) => block !== '')
    .map((block) => {
      const [element = '', ...errors] = block.trim().split(/\n(?= {4}- ERROR)/);
      return [element, ...errors.toSorted()].join('\n');
    })
    .toSorted();
}

it('every file of cases was recorded', () => {
  expect(files.map((name) => name.slice(0, -suffix.length)).toSorted()).toEqual(
    Object.keys(golden).toSorted(),
  );
});

describe.each(files)('%s', (name) => {
  it('says what the reference says, but where it differs on purpose', async () => {
    const { cases }: { cases: Readonly<Record<string, string>> } = await import(join(folder, name));
    for (const [title, recorded] of Object.entries(golden[name.slice(0, -suffix.length)] ?? {})) {
      const verdict = ours(cases[title]!);
      if (sorted(verdict).join('\n') === sorted(recorded).join('\n')) continue;
      const deviation = DEVIATIONS.find(({ titles }) => titles.test(title));
      if (deviation === undefined) expect([title, verdict]).toEqual([title, recorded]);
      else expect(`${title}: ${verdict}`).toMatch(deviation.ours);
    }
  });
});
