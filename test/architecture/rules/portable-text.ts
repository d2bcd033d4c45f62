// Nothing committed knows the machine it was written on: no home folders, no registry or mirror hosts.
import type { Repository } from '../repository.ts';
import type { Finding, Rule } from '../rule.ts';

const home = ['', 'home', 'someone', 'millrace'].join('/');
const registry = ['https:/', 'registry.example.org', 'pino'].join('/');
const machinePath = /(?<![\w.:])\/(?:home|Users|root|work|tmp\/w)\/[\w.-]+|\b[A-Z]:\\Users\\/;
const registryHost =
  /https?:\/\/(?:[\w.-]*\b(?:registry|npm|mirror|artifactory|nexus|proxy)\b[\w.-]*)/;

export const portableText: Rule = {
  name: 'nothing knows the machine it was written on',
  remedy: 'Use a path relative to the file, os.tmpdir(), or a setting; leave the registry to npm.',
  keeps: {
    'README.md': 'See https://docs.example.org/npm and `/data` in the container, broker/work/x.',
    '.npmrc': 'omit-lockfile-registry-resolved=true',
  },
  breaks: {
    'README.md': `Run it in ${home}.`,
    'package-lock.json': `{"resolved":"${registry}"}`,
  },
  check(repository: Repository): readonly Finding[] {
    const findings: Finding[] = [];
    for (const [file, text] of repository.files) {
      text.split('\n').forEach((line, index) => {
        const match = machinePath.exec(line) ?? registryHost.exec(line);
        if (match !== null)
          findings.push({ at: `${file}:${index + 1}`, what: `names ${match[0]}` });
      });
    }
    return findings;
  },
};
