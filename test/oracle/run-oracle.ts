// Compares our broker with the reference broker: plays recorded scenarios and adds up the verdicts.
//   npm run oracle -- --oracle DIR [--only TEXT] [--except FILE] [--verbose] [--keep] [FILE...]
// DIR holds the scenario runner (run.mjs) and scenarios/; without FILE all of its scenarios are played.
//
// Each file meets a fresh broker with a controlled clock whose records go to a file by the jsonl exporter. What this
// release does not cover is named, with the reason, in except.json. The last line is `N passed, N failed`.
// The folder may be read-only: when its packages are not installed, the runner is copied and installed elsewhere.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { closingLine } from '../kit/closing-line.ts';
import { installedRunner } from './installed-runner.ts';
import { playFile } from './play-file.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    oracle: { type: 'string' },
    only: { type: 'string' },
    except: { type: 'string', default: path.join(import.meta.dirname, 'except.json') },
    verbose: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

if (options.oracle === undefined) {
  console.log('skipped: no oracle folder given (npm run oracle -- --oracle DIR [FILE...])');
} else {
  process.exitCode = await playAll(fromCaller(options.oracle));
}

/** Paths are the caller's, wherever npm has moved to. */
function fromCaller(given: string): string {
  return path.resolve(process.env.INIT_CWD ?? process.cwd(), given);
}

async function playAll(oracle: string): Promise<number> {
  const runner = await installedRunner(oracle);
  const files = positionals.length > 0 ? positionals.map(find(oracle)) : scenariosOf(oracle);
  const total = { passed: 0, failed: 0, skipped: 0 };
  const flags = ['--except', fromCaller(options.except)];
  if (options.only !== undefined) flags.push('--only', options.only);
  if (options.verbose) flags.push('--verbose');
  for (const file of files) {
    console.log(`--- ${file}`);
    const counts = await playFile({ runner, file, flags, keep: options.keep });
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(closingLine(total));
  return total.failed > 0 ? 1 : 0;
}

function scenariosOf(oracle: string): string[] {
  const folder = path.join(oracle, 'scenarios');
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  return names.sort().map((name) => path.join(folder, name));
}

/** A file as given, or by its name among the folder's scenarios. */
function find(oracle: string): (given: string) => string {
  return (given) => {
    const places = [
      fromCaller(given),
      path.join(oracle, given),
      path.join(oracle, 'scenarios', given),
      path.join(oracle, 'scenarios', `${given}.mjs`),
    ];
    const found = places.find((place) => existsSync(place));
    if (found === undefined)
      throw new Error(`no scenario file ${given}; looked at ${places.join(', ')}`);
    return found;
  };
}
