// Every public sample model is read; it deploys, or is refused with a text that names an element.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';

const folder =
  process.env.MILLRACE_MODELS ?? join(import.meta.dirname, '../../../../../shared/models');
const files = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.bpmn'),
    )
  : [];

describe.skipIf(files.length === 0)(
  `models of ${folder} (set MILLRACE_MODELS to choose another folder)`,
  () => {
    it.each(files)('%s', (name) => {
      const result = deployable(basename(name), readFileSync(join(folder, name)));
      if (basename(name) === 'modeller7File.bpmn') {
        expect(result).toEqual({
          ok: false,
          message:
            "'modeller7File.bpmn': Fatal Error: URI=null Line=107: XML document structures must start and end within the same entity.",
        });
      } else if (!result.ok) expect(result.message).toMatch(/^'.*': - Element: \S+/);
    });

    it('some of them deploy', () => {
      const deployed = files.filter(
        (name) => deployable(name, readFileSync(join(folder, name))).ok,
      );
      expect(deployed.length).toBeGreaterThan(0);
    });
  },
);
