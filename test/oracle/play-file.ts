// Plays one scenario file against a fresh broker and returns the runner's counts.
//
// Whatever goes wrong counts as failed: a broker that does not start or ends meanwhile, a runner without a verdict.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BrokerProcess } from '../kit/broker-process.ts';
import { parseClosingLine, type RunCounts } from '../kit/closing-line.ts';

export interface Play {
  /** Path of run.mjs, with its packages installed. */
  readonly runner: string;
  readonly file: string;
  /** Handed on to the runner. */
  readonly flags: readonly string[];
  /** Leave the folder with data and records behind. */
  readonly keep: boolean;
  /** The broker's program; ours unless a test brings another. */
  readonly main?: string;
}

const playMsMax = 20 * 60_000;
const printedLinesShown = 40;

export async function playFile(play: Play): Promise<RunCounts> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-oracle-run-'));
  const records = path.join(folder, 'records.jsonl');
  try {
    await using broker = await BrokerProcess.start({
      dataDirectory: path.join(folder, 'data'),
      ...(play.main === undefined ? {} : { main: play.main }),
      env: {
        ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
        ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: records,
        ZEEBE_CLOCK_CONTROLLED: 'true',
      },
    });
    const counts = await runScenarios(play, broker, records);
    if (broker.running) return counts;
    show(`the broker ended while ${play.file} was played`, broker.printed);
    return { ...counts, failed: counts.failed + 1 };
  } catch (error) {
    show(`${play.file}: ${error}`, '');
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    if (play.keep) console.log(`kept ${folder}`);
    else await rm(folder, { recursive: true, force: true });
  }
}

function runScenarios(play: Play, broker: BrokerProcess, records: string): Promise<RunCounts> {
  const { address, management } = broker;
  const where = ['--records', records, '--address', address, '--management', management];
  const child = spawn(process.execPath, [play.runner, ...where, ...play.flags, play.file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: playMsMax,
  });
  let printed = '';
  child.stdout.on('data', (bytes: Buffer) => {
    process.stdout.write(bytes);
    printed = (printed + bytes.toString()).slice(-4_000);
  });
  child.stderr.on('data', (bytes: Buffer) => process.stderr.write(bytes));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      const counts = parseClosingLine(printed.trimEnd().split('\n').at(-1) ?? '');
      if (counts === undefined)
        show(`the runner ended with ${code} and without a verdict`, broker.printed);
      resolve(counts ?? { passed: 0, failed: 1, skipped: 0 });
    });
  });
}

function show(what: string, printed: string): void {
  console.error(what);
  if (printed !== '')
    console.error(printed.trimEnd().split('\n').slice(-printedLinesShown).join('\n'));
}
