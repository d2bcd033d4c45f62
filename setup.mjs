// Installs the project's dependencies when they are missing or older than the lock file.
// Plain JavaScript on purpose: it runs on whatever Node the machine has, before ours is there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const windows = process.platform === 'win32';
const top = new URL('.', import.meta.url);
const lock = readFileSync(new URL('package-lock.json', top), 'utf8');
const mark = new URL('node_modules/.millrace-setup', top);

if (!existsSync(mark) || readFileSync(mark, 'utf8') !== lock) {
  console.log('Setting up: npm ci (once; takes about a minute)');
  try {
    execFileSync(
      windows ? 'npm.cmd' : 'npm',
      ['ci', '--no-audit', '--no-fund', '--loglevel=error'],
      {
        stdio: 'inherit',
        cwd: top,
        shell: windows,
      },
    );
  } catch (error) {
    console.error(
      `Setting up failed: npm ci ended with ${error.status ?? error.code}; see its lines above.`,
    );
    process.exit(1);
  }
  checkRuntime();
  writeFileSync(mark, lock);
}

/** The runtime comes as a package whose install script fetches it; with scripts switched off it is missing. */
function checkRuntime() {
  const node = new URL(
    windows ? 'node_modules/node/bin/node.exe' : 'node_modules/node/bin/node',
    top,
  );
  if (existsSync(node)) return;
  console.error(
    'Setting up failed: the package "node" brought no runtime. Allow install scripts (npm config',
  );
  console.error('delete ignore-scripts) and try again, or install Node 26 or newer yourself.');
  process.exit(1);
}
