// What the manifests promise: one version for all packages, exact versions of others, a reason for each of them.
import { type Manifest, manifestsOf, type Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

export const oneVersion: Rule = {
  name: 'all packages have one version',
  remedy: 'Give every package.json, and every dependency among ours, the version of the top one.',
  keeps: {
    'package.json': '{"version":"1.0.0"}',
    'raft/package.json': '{"version":"1.0.0","dependencies":{"@millrace/protocol":"1.0.0"}}',
  },
  breaks: {
    'package.json': '{"version":"1.0.0"}',
    'raft/package.json': '{"version":"1.0.1","dependencies":{"@millrace/protocol":"0.9.0"}}',
  },
  check(repository: Repository): readonly Finding[] {
    const manifests = manifestsOf(repository);
    const version = manifests.find(({ folder }) => folder === '')?.version;
    return manifests.flatMap((manifest) => {
      const claims = { [manifest.name]: manifest.version, ...ours(manifest) };
      return Object.entries(claims)
        .filter(([, claimed]) => claimed !== version)
        .map(([name, claimed]) => ({
          at: manifest.path,
          what: `${name} is ${claimed}, not ${version}`,
        }));
    });
  },
};

export const reasonedDependencies: Rule = {
  name: 'each dependency has a reason',
  remedy:
    'Write one line in DECISIONS.md that names it in backquotes and says why, and pin its version.',
  keeps: {
    'broker/package.json': '{"dependencies":{"pino":"10.4.0","@millrace/raft":"1.0.0"}}',
    'DECISIONS.md': '- `pino`: log lines as JSON without cost when they are off.',
  },
  breaks: {
    'broker/package.json': '{"dependencies":{"pino":"10.4.0","left-pad":"^1.0.0"}}',
    'DECISIONS.md': '- `pino`: log lines as JSON without cost when they are off.',
  },
  check(repository: Repository): readonly Finding[] {
    const decisions = repository.files.get('DECISIONS.md') ?? '';
    return manifestsOf(repository).flatMap((manifest) =>
      Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).flatMap(
        ([name, version]) => {
          const findings: Finding[] = [];
          if (!name.startsWith('@millrace/') && !decisions.includes(`\`${name}\``)) {
            findings.push({ at: manifest.path, what: `depends on ${name} without a reason` });
          }
          if (!/^(npm:.*@)?\d+\.\d+(\.\d+)?$/.test(version)) {
            findings.push({
              at: manifest.path,
              what: `leaves the version of ${name} open (${version})`,
            });
          }
          return findings;
        },
      ),
    );
  },
};

function ours(manifest: Manifest): Record<string, string> {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('@millrace/')));
}
