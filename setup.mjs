// Installs the project's dependencies when they are missing or older than the lock file.
// Plain JavaScript on purpose: it runs on whatever Node the machine has, before ours is there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const lock = readFileSync(new URL('package-lock.json', import.meta.url), 'utf8');
const mark = new URL('node_modules/.millrace-setup', import.meta.url);
if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  console.log('Setting up: npm ci (once; takes about a minute)');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  execFileSync(npm, ['ci', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    cwd: new URL('.', import.meta.url),
    shell: process.platform === 'win32',
  });
  writeFileSync(mark, lock);
}
