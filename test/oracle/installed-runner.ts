// The scenario runner with its packages installed: in place, or as a copy when its folder has none.
//
// A copy lies in the system's folder for temporary files, named after the lock file, and serves later runs too.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The path of a runner that can be started. @throws Error when the folder holds none or npm fails */
export async function installedRunner(oracle: string): Promise<string> {
  const runner = path.join(oracle, 'run.mjs');
  if (!existsSync(runner))
    throw new Error(`${runner} does not exist: --oracle names another folder`);
  const lockFile = path.join(oracle, 'package-lock.json');
  if (existsSync(path.join(oracle, 'node_modules')) || !existsSync(lockFile)) return runner;

  const hash = createHash('sha256');
  hash.update(await readFile(lockFile));
  const copy = path.join(tmpdir(), `millrace-oracle-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(copy)) await install(oracle, copy);
  await copyFile(runner, path.join(copy, 'run.mjs'));
  return path.join(copy, 'run.mjs');
}

async function install(oracle: string, copy: string): Promise<void> {
  console.log('installing the packages of the scenario runner (once)');
  const unfinished = `${copy}-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) {
    await copyFile(path.join(oracle, name), path.join(unfinished, name));
  }
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: unfinished, stdio: 'inherit' });
  await rename(unfinished, copy);
}
