// Exports have names: a thing is called the same wherever it is imported. (Configuration of tools is their affair.)
import { lineOf, visit } from '../parsed-source.ts';
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

export const namedExports: Rule = {
  name: 'exports have names',
  remedy: 'Export it under its name.',
  keeps: {
    'raft/src/step.ts': 'export function step() {}',
    'vitest.config.ts': 'export default {};',
  },
  breaks: {
    'raft/src/step.ts': 'export default function step() {}',
    'raft/src/node.ts': 'const node = 1;\nexport { node as default };',
  },
  check(repository: Repository): readonly Finding[] {
    const findings: Finding[] = [];
    for (const source of repository.sources) {
      if (source.path.endsWith('.config.ts')) continue;
      visit(source.program, (node) => {
        const exported = node.type === 'ExportSpecifier' ? node.exported : undefined;
        const named = (exported as { name?: string } | undefined)?.name;
        if (node.type !== 'ExportDefaultDeclaration' && named !== 'default') return;
        findings.push({
          at: `${source.path}:${lineOf(source, node.start)}`,
          what: 'has a default export',
        });
      });
    }
    return findings;
  },
};
